"""Serves a trained model to balie: `python -m balie_rasa.serve --model FILE --port N --actions URL`.

Secrets come from the environment: BALIE_RASA_TOKEN that callers must have, BALIE_ACTIONS_TOKEN that actions ask for.
"""

import argparse
import os
import sys
from pathlib import Path

from balie_rasa import surroundings

KEEP_ALIVE_SECONDS = 75
"""Longer than balie keeps an idle connection (`bot.engine`): then it never sends into one that closes."""


def main() -> None:
    """Run until stopped. Ends with status 2 and one sentence when the model is missing."""
    arguments = _arguments()
    if not arguments.model.is_file():
        sys.exit(f"There is no model at {arguments.model}: make one with `balie train`.")
    token = arguments.token or os.environ.get("BALIE_RASA_TOKEN", "")
    if not token:
        sys.exit("Give a token: --token, or BALIE_RASA_TOKEN.")
    surroundings.prepare()
    surroundings.quieten()
    from balie_rasa.server import build

    app = build(
        arguments.model, arguments.actions, token, os.environ.get("BALIE_ACTIONS_TOKEN"), arguments.actions_timeout
    )
    app.config.KEEP_ALIVE_TIMEOUT = KEEP_ALIVE_SECONDS
    app.run(
        host=arguments.host,
        port=arguments.port,
        workers=1,
        access_log=False,
        debug=False,
        auto_reload=False,
        motd=False,
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m balie_rasa.serve", description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="file that `balie_rasa.train` made")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=5105, help="port to listen on (default: %(default)s)")
    parser.add_argument("--actions", default="http://127.0.0.1:5155/webhook", help="address of the action server")
    parser.add_argument("--actions-timeout", type=float, default=4.0, help="seconds an action may take")
    parser.add_argument("--token", help="secret of the callers; or BALIE_RASA_TOKEN, which other users can't see")
    return parser.parse_args()


if __name__ == "__main__":
    main()
