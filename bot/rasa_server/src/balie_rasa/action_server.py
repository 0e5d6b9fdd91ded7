"""The way to the action server. Rasa hides its failures and goes on silently; here they are kept."""

from contextvars import ContextVar
from typing import Any

import aiohttp
from jsonschema.validators import validator_for
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import EndpointConfig

_FORMAT = RemoteAction.action_response_format_spec()
_FORMAT_CHECKER = validator_for(_FORMAT)(_FORMAT)

IDLE_SECONDS = 15
"""How long an idle connection is kept: shorter than the action server does, so that no call meets one that closes."""

_failures: ContextVar[list[str] | None] = ContextVar("action_failures", default=None)


def record_failures() -> list[str]:
    """Start a list that fills with what goes wrong in this task from now on."""
    failures: list[str] = []
    _failures.set(failures)
    return failures


def check_format_once() -> None:
    """Check each answer of an action against Rasa's format, but not that format itself each time.

    Rasa 3.6 checks both at every call: 22 of the 27 ms of a turn.
    """

    def check(_: RemoteAction, result: dict[str, Any]) -> bool:
        _FORMAT_CHECKER.validate(result)
        return True

    RemoteAction._validate_action_result = check  # noqa: SLF001  # Rasa has no setting for it


class ActionServer(EndpointConfig):
    """One connection pool for all calls, a limit in seconds, and a memory of what failed."""

    def __init__(self, url: str, token: str | None, timeout_seconds: float) -> None:
        # The domain is large and our actions don't read it: send it only to those that ask.
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        super().__init__(url=url, headers=headers, enable_selective_domain=True)
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._open_session: aiohttp.ClientSession | None = None

    async def request(
        self,
        method: str = "post",
        subpath: str | None = None,
        content_type: str | None = "application/json",
        compress: bool = False,
        **kwargs: Any,
    ) -> Any | None:
        """Run an action.

        Raises:
            aiohttp.ClientError: not reached, too slow, or refused; Rasa turns this into an empty reply.
        """
        call = {"domain": {}, **kwargs["json"]}  # rasa-sdk 3.21 refuses a call without any domain
        try:
            async with self._session().post(self.url, json=call, timeout=self._timeout) as response:
                response.raise_for_status()
                return await response.json()
        except Exception as error:
            failures = _failures.get()
            if failures is not None:
                failures.append(f"{call.get('next_action')}: {type(error).__name__}")
            raise

    async def close(self) -> None:
        if self._open_session is not None:
            await self._open_session.close()

    def _session(self) -> aiohttp.ClientSession:
        if self._open_session is None or self._open_session.closed:
            self._open_session = aiohttp.ClientSession(
                headers=self.headers, connector=aiohttp.TCPConnector(keepalive_timeout=IDLE_SECONDS)
            )
        return self._open_session
