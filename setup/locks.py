"""`make check`: lock files carry a hash for everything and no registry's address."""

import re
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
PYTHON_LOCKS = ("requirements.lock", "requirements-dev.lock", "bot/rasa_server/requirements.lock")
ADDRESS = re.compile(r"[a-z+]+://|--(?:index-url|extra-index-url|find-links|trusted-host)|@ file:")
NPM_ADDRESS = re.compile(r'"resolved"\s*:')


def faults(project: Path) -> list[str]:
    """What is wrong with the lock files, each as `file:line: reason`."""
    found = []
    for name in PYTHON_LOCKS:
        found += python_lock_faults(name, (project / name).read_text())
    npm_lock = project / "package-lock.json"
    if npm_lock.exists():
        found += npm_lock_faults("package-lock.json", npm_lock.read_text())
    return found


def python_lock_faults(name: str, text: str) -> list[str]:
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        if ADDRESS.search(line):
            found.append(f"{name}:{number}: names a host or another index: {line.strip()}")
        if re.match(r"^[a-z0-9]", line) and not re.search(r"==\S.*\\$", line):
            found.append(f"{name}:{number}: no exact version with hashes: {line.strip()}")
    return found


def npm_lock_faults(name: str, text: str) -> list[str]:
    lines = enumerate(text.splitlines(), start=1)
    return [f"{name}:{number}: carries a download address" for number, line in lines if NPM_ADDRESS.search(line)]


def main() -> int:
    found = faults(PROJECT)
    for fault in found:
        print(fault, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
