"""`make setup`: from a bare Python to an installed project. Does nothing when nothing changed."""

import os
import sys
import time
from pathlib import Path

from setup.environments import Environment, SetupError
from setup.node import find_node, front_end_is_current, install_front_end
from setup.python310 import Python310NotFoundError, find_python310

PROJECT = Path(__file__).resolve().parent.parent

MAIN = Environment(name="balie", folder=PROJECT / ".venv", lock=PROJECT / "requirements-dev.lock", project=PROJECT)
RASA = Environment(
    name="Rasa",
    folder=PROJECT / "bot" / "rasa_server" / ".venv",
    lock=PROJECT / "bot" / "rasa_server" / "requirements.lock",
    project=PROJECT / "bot" / "rasa_server",
)


def say(text: str) -> None:
    print(f"setup: {text}", flush=True)


def set_up() -> None:
    if not MAIN.is_current():
        started = time.monotonic()
        say("installing balie's packages in .venv (about a minute)")
        MAIN.make(Path(sys.executable))
        say(f"balie's packages installed in {time.monotonic() - started:.0f} s")
    if not RASA.is_current():
        started = time.monotonic()
        python = find_python310(
            environment=os.environ,
            home=Path.home(),
            uv=MAIN.folder / "bin" / "uv",
            fetch_dir=PROJECT / "var" / "python",
            say=say,
        )
        say("installing Rasa's packages in bot/rasa_server/.venv (2.4 GB, two to three minutes)")
        RASA.make(python)
        say(f"Rasa's packages installed in {time.monotonic() - started:.0f} s")
    if (PROJECT / "package-lock.json").exists() and not front_end_is_current(PROJECT):
        started = time.monotonic()
        say("installing the front end's packages")
        install_front_end(PROJECT, find_node(MAIN.python))
        say(f"the front end's packages installed in {time.monotonic() - started:.0f} s")


def main() -> int:
    try:
        set_up()
    except (SetupError, Python310NotFoundError) as error:
        print(f"setup: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("setup: broken off; the next `make setup` goes on.", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
