"""Finds a Python 3.10, which Rasa needs, by running each candidate.

A name on the PATH is no proof: a pyenv shim `python3.10` exists and fails when another version is selected,
and a `.python-version` file can mislead a shim. So what counts is what a candidate answers.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

WANTED = (3, 10)
ANSWER_SECONDS = 20
_QUESTION = "import ensurepip, json, sys, venv; print(json.dumps([sys.executable, sys.version_info[:2]]))"


class Python310NotFoundError(Exception):
    """No candidate runs; the message names the ways to bring one."""


@dataclass(frozen=True)
class Candidate:
    path: str
    origin: str


def find_python310(
    *,
    environment: Mapping[str, str],
    home: Path,
    uv: Path | None,
    fetch_dir: Path,
    say: Callable[[str], None] = lambda _: None,
) -> Path:
    """The interpreter of a Python 3.10 that can make virtual environments.

    Tried in this order: BALIE_PYTHON310, PATH, pyenv's versions, what uv already has, and last what uv can
    fetch into `fetch_dir`.

    Raises:
        Python310NotFoundError: none of them ran, or BALIE_PYTHON310 names something else.
    """
    named = environment.get("BALIE_PYTHON310")
    if named:
        found = ask(named)
        if found is None:
            raise Python310NotFoundError(f"BALIE_PYTHON310 is {named}, and that does not run as Python 3.10 with venv.")
        return found
    for candidate in candidates(environment, home):
        found = ask(candidate.path)
        if found is not None:
            say(f"Python 3.10 for Rasa: {found} ({candidate.origin})")
            return found
    if uv is not None:
        found = _from_uv(uv, environment, fetch_dir, say)
        if found is not None:
            return found
    raise Python310NotFoundError(
        "Rasa needs Python 3.10 and none was found: set BALIE_PYTHON310 to one, put python3.10 on the PATH, "
        "install it with pyenv (`pyenv install 3.10`), or let uv fetch it where the network allows "
        "(`.venv/bin/uv python install 3.10`)."
    )


def candidates(environment: Mapping[str, str], home: Path) -> Iterator[Candidate]:
    """What may be a Python 3.10, likeliest first; most of it usually is not there."""
    path = environment.get("PATH", "")
    for folder in filter(None, path.split(os.pathsep)):
        python = Path(folder) / "python3.10"
        if python.exists():
            yield Candidate(str(python), "on the PATH")
    for versions in _pyenv_versions(environment, home):
        for version in sorted(versions.glob("3.10*"), reverse=True):
            yield Candidate(str(version / "bin" / "python"), "from pyenv")


def _pyenv_versions(environment: Mapping[str, str], home: Path) -> Iterator[Path]:
    """pyenv's folders of versions: under PYENV_ROOT, beside shims or pyenv on the PATH, at home."""
    path = [Path(folder) for folder in environment.get("PATH", "").split(os.pathsep) if folder]
    roots = [Path(environment["PYENV_ROOT"])] if environment.get("PYENV_ROOT") else []
    roots += [folder.parent for folder in path if folder.name == "shims"]
    roots += [(folder / "pyenv").resolve().parent.parent for folder in path if (folder / "pyenv").exists()]
    roots.append(home / ".pyenv")
    for root in dict.fromkeys(roots):
        if (root / "versions").is_dir():
            yield root / "versions"


def ask(python: str) -> Path | None:
    """The path that `python` calls itself, when it runs and is a 3.10 with venv and ensurepip; else None."""
    try:
        answer = subprocess.run(
            [python, "-I", "-c", _QUESTION],
            capture_output=True,
            text=True,
            timeout=ANSWER_SECONDS,
            check=True,
        )
        executable, version = json.loads(answer.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return Path(executable) if tuple(version) == WANTED else None


def _from_uv(uv: Path, environment: Mapping[str, str], fetch_dir: Path, say: Callable[[str], None]) -> Path | None:
    known = _uv_find(uv, environment, fetch_dir)
    if known is not None:
        say(f"Python 3.10 for Rasa: {known} (from uv)")
        return known
    say("Python 3.10 for Rasa: none on this machine, uv fetches one")
    command = [str(uv), "python", "install", "3.10", "--no-bin", "--no-config"]
    uv_environment = _uv_environment(environment, fetch_dir)
    fetched = subprocess.run(command, env=uv_environment, stdout=sys.stderr, check=False, cwd=fetch_dir.anchor)
    return _uv_find(uv, environment, fetch_dir) if fetched.returncode == 0 else None


def _uv_find(uv: Path, environment: Mapping[str, str], fetch_dir: Path) -> Path | None:
    """What uv knows, asked outside the project's folder so that no `.python-version` there misleads it."""
    command = [str(uv), "python", "find", "3.10", "--no-python-downloads", "--no-config", "--no-project"]
    answer = subprocess.run(
        command,
        env=_uv_environment(environment, fetch_dir),
        capture_output=True,
        text=True,
        check=False,
        cwd=fetch_dir.anchor,
    )
    return ask(answer.stdout.strip()) if answer.returncode == 0 else None


def _uv_environment(environment: Mapping[str, str], fetch_dir: Path) -> dict[str, str]:
    return {**environment, "UV_PYTHON_INSTALL_DIR": environment.get("UV_PYTHON_INSTALL_DIR", str(fetch_dir))}
