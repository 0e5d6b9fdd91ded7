"""Who else looks at a conversation, by what the other consoles say."""

from __future__ import annotations

from handoff import signals
from handoff.bus import Event
from handoff.console.viewers import GONE_AFTER_SECONDS, TYPING_LASTS_SECONDS, Viewers
from handoff.vocabulary import Sender


def looks(who: str, *, on: bool = True, asks: bool = False) -> Event:
    return signals.watching("gesprek", who, who.capitalize(), on=on, asks=asks)


def types(who: str, *, on: bool = True) -> Event:
    return signals.typing("gesprek", Sender.EMPLOYEE, on=on, name=who.capitalize(), employee_id=who)


def test_others_are_named_and_she_herself_is_not() -> None:
    viewers = Viewers("samira")
    for one in ("samira", "noor", "joost"):
        viewers.hear(looks(one), 0)
    assert viewers.now(1) == (("Joost", "Noor"), ())


def test_who_types_is_said_as_typing_and_then_again_as_looking() -> None:
    viewers = Viewers("samira")
    viewers.hear(looks("noor"), 0)
    viewers.hear(types("noor"), 1)
    assert viewers.now(2) == ((), ("Noor",))
    assert viewers.now(2 + TYPING_LASTS_SECONDS) == (("Noor",), ())
    viewers.hear(types("noor"), 12)
    viewers.hear(types("noor", on=False), 13)
    assert viewers.now(14) == (("Noor",), ())


def test_who_says_goodbye_or_falls_silent_is_gone() -> None:
    viewers = Viewers("samira")
    viewers.hear(looks("noor"), 0)
    viewers.hear(looks("joost"), 0)
    viewers.hear(looks("noor", on=False), 1)
    assert viewers.now(2) == (("Joost",), ())
    assert viewers.now(GONE_AFTER_SECONDS + 1) == ((), ())


def test_who_asks_is_to_be_answered() -> None:
    viewers = Viewers("samira")
    assert viewers.hear(looks("noor", asks=True), 0) is True
    assert viewers.hear(looks("noor"), 1) is False
    assert viewers.hear(looks("samira", asks=True), 1) is False


def test_what_makes_no_sense_is_passed_over() -> None:
    viewers = Viewers("samira")
    viewers.hear(signals.typing("gesprek", Sender.CITIZEN, on=True), 0)
    viewers.hear(signals.seen("gesprek", 3), 0)
    assert viewers.now(1) == ((), ())
