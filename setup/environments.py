"""The two virtual environments: made from hash-locked files, again only when those changed."""

import hashlib
import os
import re
import shutil
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

MISLEADING = frozenset({"PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "PIP_REQUIRE_VIRTUALENV", "PIP_TARGET", "PIP_USER"})
BUILD_TOOLS = ("setuptools", "wheel")
"""What packages without a wheel are built with: installed first, so that no build fetches its own."""


class SetupError(Exception):
    """Set-up cannot go on; the message says why and what to do."""


@dataclass(frozen=True)
class Environment:
    """One virtual environment and the project that is installed editable in it."""

    name: str
    folder: Path
    lock: Path
    project: Path

    @property
    def python(self) -> Path:
        return self.folder / "bin" / "python"

    @property
    def stamp(self) -> Path:
        return self.folder / ".balie-stamp"

    def wanted(self) -> str:
        """A digest of what the environment is made from, and of its place: scripts carry absolute paths."""
        declared = tomllib.loads((self.project / "pyproject.toml").read_text())
        parts = [str(self.folder), self.lock.read_text(), declared["build-system"], declared["project"]]
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def is_current(self) -> bool:
        try:
            return self.stamp.read_text() == self.wanted() and self.runs()
        except OSError:
            return False

    def runs(self) -> bool:
        """Whether the environment's Python still starts: the one that it was made from may be gone."""
        try:
            return subprocess.run([self.python, "-I", "-c", "import pip"], check=False).returncode == 0
        except OSError:
            return False

    def make(self, base_python: Path) -> None:
        """Create or bring up to date; the stamp is written last, so that a broken-off set-up is repeated."""
        self.stamp.unlink(missing_ok=True)
        if not self.runs():
            shutil.rmtree(self.folder, ignore_errors=True)
            _run([base_python, "-m", "venv", self.folder], "Is the package python3-venv installed?")
        tools = locked_lines(self.lock, BUILD_TOOLS)
        if tools:
            self._pip_install("--no-deps", "--require-hashes", "-r", "/dev/stdin", stdin=tools)
        self._pip_install("--no-deps", "--require-hashes", "--no-build-isolation", "-r", self.lock)
        self._pip_install("--no-deps", "--no-index", "--no-build-isolation", "--editable", self.project)
        self.stamp.write_text(self.wanted())

    def _pip_install(self, *arguments: str | Path, stdin: str | None = None) -> None:
        command = [self.python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *arguments]
        _run(command, "The lines above say why. Set-up needs a package registry.", stdin=stdin)


def locked_lines(lock: Path, names: Sequence[str]) -> str:
    """The entries of a lock file, hashes included, for the named packages that are in it."""
    entries = re.split(r"^(?=[a-z0-9])", lock.read_text(), flags=re.MULTILINE)
    return "".join(entry for entry in entries if entry.split("==")[0] in names)


def _run(command: Sequence[str | Path], hint: str, stdin: str | None = None) -> None:
    done = subprocess.run(command, check=False, input=stdin, text=True, env=_clean(os.environ))
    if done.returncode != 0:
        words = " ".join(str(word) for word in command)
        raise SetupError(f"This command failed (exit code {done.returncode}): {words}\n{hint}")


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Without what would lead pip or Python to another environment."""
    return {name: value for name, value in environment.items() if name not in MISLEADING}
