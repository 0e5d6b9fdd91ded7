"""What has to happen on time without anybody asking: closing what was left, deleting what is due."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.desk import Desk
from handoff import ownership, retention
from handoff.exceptions import StaleOwner, UnknownConversation

log = structlog.get_logger(__name__)

EVERY_SECONDS = 600.0
RETENTION_WITHOUT_MUNICIPALITY_DAYS = 28
"""For conversations of a municipality whose folder was taken away."""
LEFT_ALONE_HOURS = 24.0
"""A conversation with the bot in which nothing happened for a day is closed, so that its retention time begins."""


async def keep_house(desk: Desk) -> None:
    """Do the rounds for as long as the application runs."""
    while True:
        try:
            await round_once(desk)
        except Exception:
            log.exception("housekeeping.failed")
        await asyncio.sleep(EVERY_SECONDS)


async def round_once(desk: Desk) -> tuple[int, int]:
    """Close what was left alone and erase what is overdue; returns how many of each."""
    now = desk.clock()

    def days_of(municipality: str) -> int:
        known = desk.content.municipalities.get(municipality)
        return known.retention_days if known else RETENTION_WITHOUT_MUNICIPALITY_DAYS

    async with desk.database.read() as session:
        left = await retention.left_alone(session, now=now, hours=LEFT_ALONE_HOURS)
        overdue = await retention.overdue(session, now=now, days_of=days_of)
    quiet_since = now - timedelta(hours=LEFT_ALONE_HOURS)
    for conversation_id in left:
        try:
            async with desk.database.write() as session:
                await ownership.close_left_alone(session, conversation_id, now=now, quiet_since=quiet_since)
        except (StaleOwner, UnknownConversation):
            continue  # somebody wrote meanwhile: then it is not left alone
    for conversation_id in overdue:
        try:
            async with desk.database.write() as session:
                await retention.erase(session, conversation_id, now=now, actor="system")
        except UnknownConversation:
            continue  # another process did it
        except SQLAlchemyError:
            log.exception("housekeeping.erase_failed", conversation=conversation_id)
    async with desk.database.write() as session:
        await retention.drop_expired_sessions(session, now=now)
    if left or overdue:
        log.info("housekeeping.done", closed=len(left), erased=len(overdue))
    return len(left), len(overdue)
