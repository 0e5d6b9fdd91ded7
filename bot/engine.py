"""The door to Rasa: one call is one turn, and nothing of the conversation stays behind."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self

import httpx

TURN_PATH = "/webhooks/balie/turn"
MEANING_PATH = "/webhooks/balie/meaning"
HEALTH_PATH = "/webhooks/balie/health"
MEANING_SECONDS = 1.0
"""How long a turn waits for what a message means: detection goes on with words alone."""
IDLE_SECONDS = 5.0
"""How long an idle connection is kept: shorter than Rasa does, so that no turn meets one that closes."""


class EngineError(Exception):
    """Rasa gave no usable reply; the conversation goes on without it."""


class EngineUnavailable(EngineError):
    """Rasa is down, too slow, or failed inside; the message says which."""


class EngineSilent(EngineError):
    """Rasa answered, but with no reply and no command."""


class ReplyKind(StrEnum):
    ANSWER = "answer"
    CLARIFY = "clarify"
    FALLBACK = "fallback"
    SMALLTALK = "smalltalk"
    FORM = "form"


@dataclass(frozen=True)
class Button:
    title: str
    value: str
    """A key such as `onderwerp:paspoort/kosten`; comes back as `choice` when pressed."""


@dataclass(frozen=True)
class Link:
    title: str
    url: str


@dataclass(frozen=True)
class Reply:
    text: str
    buttons: tuple[Button, ...] = ()
    links: tuple[Link, ...] = ()
    kind: ReplyKind = ReplyKind.ANSWER


@dataclass(frozen=True)
class Ranked:
    topic: str
    confidence: float


@dataclass(frozen=True)
class Question:
    """What Rasa understood: one thing that the citizen wants to know."""

    topic: str
    aspect: str
    confidence: float
    ranking: tuple[Ranked, ...] = ()


@dataclass(frozen=True)
class Command:
    """Something to be done in the reply's transaction; the same `key` is done once."""

    name: str
    key: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class EngineTurn:
    replies: tuple[Reply, ...]
    questions: tuple[Question, ...]
    entities: tuple[Mapping[str, Any], ...]
    commands: tuple[Command, ...]
    state: dict[str, Any]
    """To be stored with the reply and given with the next turn."""
    failures_in_a_row: int = 0
    """Messages in a row that were not understood, this one included."""


class Engine:
    """Asks Rasa.

    Args:
        base_url: Rasa's address.
        token: the secret that Rasa was started with.
        timeout_seconds: for the whole turn.
        transport: for tests.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        timeout_seconds: float = 5.0,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=timeout_seconds,
            limits=httpx.Limits(max_connections=100, max_keepalive_connections=20, keepalive_expiry=IDLE_SECONDS),
            trust_env=False,  # a proxy of the machine must never see what citizens type
            transport=transport,
        )
        self._timeout_seconds = timeout_seconds

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        await self._client.aclose()

    async def turn(
        self,
        *,
        text: str,
        choice: str | None,
        municipality: str,
        state: dict[str, Any] | None,
        turn_id: str,
        today: str | None = None,
    ) -> EngineTurn:
        """One turn.

        Args:
            text: what the citizen typed, with personal data masked.
            choice: value of the pressed button, if one was pressed.
            municipality: its key.
            state: what the former turn returned; None for the first.
            turn_id: names the turn; commands derive their key from it.
            today: ISO date to answer for instead of today, for tests.

        Raises:
            EngineUnavailable: down, slower than the timeout, or an error inside.
            EngineSilent: no reply and no command.
        """
        call = {
            "turn_id": turn_id,
            "text": text,
            "choice": choice,
            "municipality": municipality,
            "state": state,
            "today": today,
        }
        data = await self._post(TURN_PATH, call, self._timeout_seconds)
        try:
            turn = _read(data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise EngineUnavailable(f"Rasa answered something unreadable: {error!r}") from error
        if not turn.replies and not turn.commands:
            raise EngineSilent("Rasa answered without a reply or a command")
        return turn

    async def meaning(self, text: str) -> Sequence[float] | None:
        """A message as a vector, by the encoder with which Rasa reads: what detection learned from.

        It costs no more than the turn itself, in which Rasa reads the same message and remembers.

        Returns:
            None when the language model has no encoder, or Rasa gives nothing usable in time.
        """
        try:
            vector = (await self._post(MEANING_PATH, {"text": text}, MEANING_SECONDS))["meaning"]
            return None if vector is None else tuple(float(number) for number in vector)
        except (EngineError, KeyError, TypeError, ValueError):
            return None

    async def healthy(self) -> bool:
        """Whether Rasa has its model loaded and answers."""
        try:
            response = await self._client.get(HEALTH_PATH)
        except httpx.HTTPError:
            return False
        return response.status_code == httpx.codes.OK

    async def _post(self, path: str, call: Mapping[str, Any], seconds: float) -> Any:
        try:
            async with asyncio.timeout(seconds):  # httpx counts each read alone: a reply may drip
                response = await self._client.post(path, json=call)
        except (TimeoutError, httpx.TimeoutException) as error:
            raise EngineUnavailable(f"Rasa took longer than {seconds} seconds") from error
        except httpx.HTTPError as error:
            raise EngineUnavailable(f"Rasa can't be reached: {type(error).__name__}") from error
        if response.status_code != httpx.codes.OK:
            raise EngineUnavailable(f"Rasa answered {response.status_code}")
        try:
            return response.json()
        except ValueError as error:
            raise EngineUnavailable("Rasa answered something other than JSON") from error


def open_form(state: Mapping[str, Any] | None) -> str | None:
    """The form that is open in a state that a turn returned, by Rasa's name; None when there is none."""
    if state is None:
        return None
    name: str | None = state.get("active_loop")
    for event in state.get("events", ()):  # the state before the last turns, and what happened since
        if event.get("event") == "active_loop":
            name = event.get("name")
    return name


def _read(data: Any) -> EngineTurn:
    if not isinstance(data["state"], dict):
        raise TypeError("state is no object")
    return EngineTurn(
        replies=tuple(_reply(item) for item in data["replies"]),
        questions=tuple(_question(item) for item in data["questions"]),
        entities=tuple(data["entities"]),
        commands=tuple(Command(item["name"], item["key"], item["arguments"]) for item in data["commands"]),
        state=data["state"],
        failures_in_a_row=int(data["failures_in_a_row"]),
    )


def _reply(item: Mapping[str, Any]) -> Reply:
    return Reply(
        text=item["text"],
        buttons=tuple(Button(button["title"], button["payload"]) for button in item["buttons"]),
        links=tuple(Link(link["title"], link["url"]) for link in item["links"]),
        kind=ReplyKind(item["kind"]),
    )


def _question(item: Mapping[str, Any]) -> Question:
    return Question(
        topic=item["topic"],
        aspect=item["aspect"],
        confidence=float(item["confidence"]),
        ranking=tuple(Ranked(row["topic"], float(row["confidence"])) for row in item["ranking"]),
    )
