"""What came of the review list: examples that wait to be learnt, and answers that have to be written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.review.decisions import Example
from handoff.review.tables import MissingAnswer, TrainingExample


@dataclass(frozen=True)
class Proposed:
    """A training example with its id, so that it can be withdrawn."""

    id: str
    example: Example
    added_at: datetime


async def examples(session: AsyncSession, municipality: str) -> Sequence[Proposed]:
    """What editors of a municipality propose to teach, by topic and aspect."""
    wanted = (
        select(TrainingExample)
        .where(TrainingExample.municipality == municipality)
        .order_by(TrainingExample.topic, TrainingExample.aspect, TrainingExample.added_at)
    )
    return [
        Proposed(row.id, Example(row.topic, row.aspect, row.sentence), row.added_at)
        for row in await session.scalars(wanted)
    ]


async def forget_taken_over(session: AsyncSession, ids: Collection[str]) -> None:
    """Drop examples that stand in nlu_data now."""
    await session.execute(delete(TrainingExample).where(TrainingExample.id.in_(ids)))


async def missing_answers(session: AsyncSession, municipality: str) -> Sequence[MissingAnswer]:
    """Answers of a municipality that have to be written, what was asked most first."""
    wanted = (
        select(MissingAnswer)
        .where(MissingAnswer.municipality == municipality, MissingAnswer.done_at.is_(None))
        .order_by(MissingAnswer.times_asked.desc(), MissingAnswer.created_at)
    )
    return (await session.scalars(wanted)).all()
