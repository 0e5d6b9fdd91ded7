"""Serves the actions to Rasa on loopback: `python -m actions.serve --port N`.

rasa-sdk's own server listens on every address, allows every origin and sends the message back in its errors.
"""

import argparse
import hmac
import logging
import os
import sys
from pathlib import Path

import uvicorn
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection, ActionMissingDomainException, ActionNotFoundException
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from actions.answer import ActionAnswer
from actions.fill_in import form_actions
from actions.forms.times import BalieTimes, Times
from bot.content import ContentStore, InvalidContent

logger = logging.getLogger(__name__)

DEFAULT_PORT = 5155
KEEP_ALIVE_SECONDS = 75
"""Longer than Rasa keeps an idle connection (`balie_rasa.action_server`): then it never sends into one that closes."""
CONTENT = Path(__file__).resolve().parent.parent / "bot" / "content"


def executor(store: ContentStore, times: Times) -> ActionExecutor:
    """All actions, ready to run."""
    actions = ActionExecutor()
    for action in (ActionAnswer(store, times), *form_actions(store, times)):
        actions.register_action(action)
    return actions


def create_app(store: ContentStore, times: Times, token: str | None = None) -> Starlette:
    """POST /webhook as Rasa calls it, and GET /health. With `token`, calls must carry it as bearer."""
    actions = executor(store, times)

    async def health(_: Request) -> JSONResponse:
        return JSONResponse({"status": "ok"})

    async def webhook(request: Request) -> JSONResponse:
        given = request.headers.get("authorization", "")
        if token is not None and not hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
            return JSONResponse({"error": "wrong or missing token"}, status_code=401)
        call = await request.json()
        try:
            result = await actions.run(call)
        except ActionExecutionRejection as error:
            return JSONResponse({"error": error.message, "action_name": error.action_name}, status_code=400)
        except (ActionNotFoundException, ActionMissingDomainException) as error:
            return JSONResponse({"error": error.message, "action_name": error.action_name}, status_code=404)
        except Exception as error:  # Rasa must hear of it, but not what the citizen typed
            logger.exception("action %s failed", call.get("next_action"))
            return JSONResponse({"error": type(error).__name__}, status_code=500)
        return JSONResponse(result.model_dump() if result else None)

    return Starlette(routes=[Route("/webhook", webhook, methods=["POST"]), Route("/health", health, methods=["GET"])])


def main() -> None:
    """Run until stopped. Ends with status 1 and the list of mistakes when the answers can't be read."""
    parser = argparse.ArgumentParser(prog="python -m actions.serve", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port (default: %(default)s)")
    parser.add_argument("--content", type=Path, default=CONTENT, help="folder with the answers")
    parser.add_argument("--balie", default="http://127.0.0.1:8080", help="address of balie (default: %(default)s)")
    arguments = parser.parse_args()
    try:
        store = ContentStore(arguments.content)
    except InvalidContent as error:
        sys.exit(f"The answers can't be read:\n{error}")
    token = os.environ.get("BALIE_ACTIONS_TOKEN") or None
    app = create_app(store, BalieTimes(arguments.balie, token or ""), token)
    uvicorn.run(
        app,
        host=arguments.host,
        port=arguments.port,
        log_level="warning",
        access_log=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )


if __name__ == "__main__":
    main()
