"""The answers that Balie itself has for a topic, for an employee to insert and edit."""

from __future__ import annotations

from datetime import datetime

from bot.content import Aspect, UnknownTopic
from bot.desk import Desk
from handoff.console.dependencies import Suggestion
from handoff.hours import local_date

_ABOUT: dict[Aspect, str] = {
    Aspect.AANVRAGEN: "aanvragen",
    Aspect.KOSTEN: "kosten",
    Aspect.TERMIJN: "hoe lang het duurt",
    Aspect.BENODIGDHEDEN: "wat u nodig heeft",
    Aspect.VOORWAARDEN: "voorwaarden",
    Aspect.KWIJT: "kwijt of gestolen",
    Aspect.WIJZIGEN: "wijzigen",
    Aspect.STATUS: "hoe het ervoor staat",
    Aspect.ALGEMEEN: "in het algemeen",
}


def of_topic(desk: Desk, municipality: str, topic: str, now: datetime) -> tuple[Suggestion, ...]:
    """The answers to each aspect of a topic in this municipality."""
    today = local_date(now)
    content = desk.content
    found: dict[str, Suggestion] = {}
    for aspect in Aspect:
        try:
            answer = content.answer(topic, aspect, municipality, today)
        except UnknownTopic:
            return ()
        if answer.aspect is not aspect:
            continue
        links = [f"{link.title}: {link.url}" for link in answer.links]
        found[answer.text] = Suggestion(f"{answer.title}: {_ABOUT[aspect]}", "\n".join([answer.text, *links]))
    return tuple(found.values())


def fill(desk: Desk, municipality: str, text: str, now: datetime) -> str:
    """A standard reply with the municipality's values filled in; a variable without a value stays as it is."""
    return desk.content.fill(text, municipality, local_date(now))
