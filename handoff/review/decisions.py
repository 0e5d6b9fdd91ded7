"""What an editor decides about a sentence that was missed: teach it, write an answer, or leave it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit, personal_data
from handoff.exceptions import InvalidText, NotAllowed
from handoff.review.items import check_right, one_group
from handoff.review.tables import MissingAnswer, ReviewItem, TrainingExample
from handoff.tables import Employee

MAX_SENTENCE = 500
MAX_QUESTION = 300


class Dismissal(StrEnum):
    """Why nothing has to be done about a sentence."""

    ANSWERED_WELL = "answered_well"
    NO_QUESTION = "no_question"
    NOT_OURS = "not_ours"
    PERSONAL = "personal"
    OTHER = "other"


@dataclass(frozen=True)
class Example:
    """What the bot has to learn."""

    topic: str
    aspect: str
    sentence: str


async def teach(session: AsyncSession, editor: Employee, item_id: str, example: Example, *, now: datetime) -> Example:
    """Propose a sentence as training example, for all items that say the same; returns it as it is kept.

    The topic and aspect are the caller's to check: which there are is not known here.

    Raises:
        InvalidText: empty, too long, or with personal data in it.
        NotAllowed: she is no editor, or it is not on her list (any more).
    """
    _, ids = await one_group(session, editor, item_id, now=now)
    sentence = _plain(example.sentence, MAX_SENTENCE)
    kept = Example(example.topic, example.aspect, sentence)
    if not await _is_known(session, editor.municipality, kept):
        session.add(
            TrainingExample(
                municipality=editor.municipality,
                topic=kept.topic,
                aspect=kept.aspect,
                sentence=sentence,
                added_at=now,
                added_by=editor.id,
            )
        )
    await _decide(session, editor, ids, "taught", now)
    _record(session, "review_taught", editor, now, topic=kept.topic, aspect=kept.aspect, items=len(ids))
    return kept


async def miss(
    session: AsyncSession, editor: Employee, item_id: str, question: str, topic: str | None, *, now: datetime
) -> None:
    """Put what was asked on the list of answers to be written, in the editor's own words.

    Raises:
        InvalidText: empty, too long, or with personal data in it.
        NotAllowed: she is no editor, or it is not on her list (any more).
    """
    group, ids = await one_group(session, editor, item_id, now=now)
    session.add(
        MissingAnswer(
            municipality=editor.municipality,
            topic=topic,
            question=_plain(question, MAX_QUESTION),
            times_asked=group.times,
            created_at=now,
            created_by=editor.id,
        )
    )
    await _decide(session, editor, ids, "missing", now)
    _record(session, "review_missing", editor, now, topic=topic, items=len(ids))


async def dismiss(session: AsyncSession, editor: Employee, item_id: str, why: Dismissal, *, now: datetime) -> None:
    """Take a sentence off the list.

    Raises:
        NotAllowed: she is no editor, or it is not on her list (any more).
    """
    _, ids = await one_group(session, editor, item_id, now=now)
    await _decide(session, editor, ids, "dismissed", now, dismissed_as=str(why))
    _record(session, "review_dismissed", editor, now, why=why, items=len(ids))


async def withdraw(session: AsyncSession, editor: Employee, example_id: str, *, now: datetime) -> None:
    """Take a proposed training example back, before anybody took it over.

    Raises:
        NotAllowed: she is no editor, or it is not there (any more).
    """
    check_right(editor)
    example = await session.get(TrainingExample, example_id)
    if example is None or example.municipality != editor.municipality:
        raise NotAllowed("this example is not there (any more)")
    await session.delete(example)
    _record(session, "review_withdrawn", editor, now, topic=example.topic, aspect=example.aspect)


async def finish(session: AsyncSession, editor: Employee, answer_id: str, *, now: datetime) -> None:
    """A missing answer has been written.

    Raises:
        NotAllowed: she is no editor, or it is not there (any more).
    """
    check_right(editor)
    answer = await session.get(MissingAnswer, answer_id)
    if answer is None or answer.municipality != editor.municipality or answer.done_at is not None:
        raise NotAllowed("this answer is not on the list (any more)")
    answer.done_at, answer.done_by = now, editor.id
    _record(session, "review_answer_written", editor, now, topic=answer.topic)


def _plain(text: str, longest: int) -> str:
    """One line that can stand in a file: printable, and without a telephone number or the like."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not line:
        raise InvalidText("Vul eerst een zin in.")
    if len(line) > longest:
        raise InvalidText(f"De zin is te lang. Hij mag {longest} tekens hebben.")
    if personal_data.find(line):
        raise InvalidText("In de zin staat een persoonlijk gegeven, zoals een telefoonnummer. Haal dat eerst weg.")
    return line


async def _is_known(session: AsyncSession, municipality: str, example: Example) -> bool:
    wanted = select(TrainingExample.sentence).where(
        TrainingExample.municipality == municipality,
        TrainingExample.topic == example.topic,
        TrainingExample.aspect == example.aspect,
    )
    return any(one.casefold() == example.sentence.casefold() for one in await session.scalars(wanted))


async def _decide(
    session: AsyncSession,
    editor: Employee,
    ids: list[str],
    state: str,
    now: datetime,
    dismissed_as: str | None = None,
) -> None:
    await session.execute(
        update(ReviewItem)
        .where(ReviewItem.id.in_(ids))
        .values(state=state, decided_at=now, decided_by=editor.id, dismissed_as=dismissed_as)
    )


def _record(session: AsyncSession, action: str, editor: Employee, now: datetime, **details: Any) -> None:
    audit.record(session, action, at=now, municipality=editor.municipality, actor=f"employee:{editor.id}", **details)
