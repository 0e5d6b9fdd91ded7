"""`make lock`: resolves the dependencies anew, with the commands that stand in the lock files' own headers."""

import os
import shlex
import subprocess
import sys
from pathlib import Path

from setup.locks import PROJECT, PYTHON_LOCKS


def command_in(lock: Path) -> list[str]:
    """The command that made a lock file, from its header."""
    for line in lock.read_text().splitlines():
        words = shlex.split(line.lstrip("# "))
        if words[:3] == ["uv", "pip", "compile"]:
            return words
    raise SystemExit(f"{lock} has no header that says how it was made")


def compile_anew(lock: Path) -> None:
    """Resolve everything to its newest; the old file is put back when that fails.

    The old file is moved away first: with it in place uv prefers what it holds, and was seen to reach other markers.
    """
    command = command_in(lock)
    print("lock:", *command)
    old = lock.rename(lock.with_suffix(".old"))
    uv = PROJECT / ".venv" / "bin" / "uv"
    environment = {**os.environ, "UV_NO_CONFIG": "1"}  # as an option it would end up in the header
    done = subprocess.run([uv, *command[1:]], cwd=PROJECT, env=environment, stdout=subprocess.DEVNULL, check=False)
    if done.returncode != 0:
        old.replace(lock)
        raise SystemExit(done.returncode)
    old.unlink()


def main() -> int:
    for name in PYTHON_LOCKS:
        compile_anew(PROJECT / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
