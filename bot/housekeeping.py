"""What has to happen on time without anybody asking: closing, deleting, and missing who vanished."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot import long_waits, offering, on_call, place, quiet_citizens, report_delivery
from bot.desk import Desk
from bot.long_waits import LongWaits
from bot.metrics import HOUSEKEEPING_FAILURES
from bot.offering import Offering
from bot.on_call import OnCall
from bot.quiet_citizens import QuietCitizens
from bot.report_delivery import ReportDelivery
from bot.settings import Settings
from handoff import (
    appointments,
    conversations,
    employees,
    figures,
    looking_again,
    ownership,
    retention,
    service_levels,
)
from handoff.exceptions import StaleOwner, UnknownConversation
from handoff.looking_again import LookingAgain
from handoff.quiet import Patience
from handoff.vocabulary import CaseKind

log = structlog.get_logger(__name__)

EVERY_SECONDS = 600.0
BATCH = 500
"""Conversations that are read at once: however much is due, a round needs little memory."""
RETENTION_WITHOUT_MUNICIPALITY_DAYS = 28
"""For conversations of a municipality whose folder was taken away."""
LEFT_ALONE_HOURS = 24.0
"""A conversation with the bot in which nothing happened for a day is closed, so that its retention time begins."""

WATCH_SECONDS = 15.0
"""The shortest service level is a minute, and its warning a quarter of that before."""
ROLL_CALL_SECONDS = 5.0
COMING_BACK_SECONDS = 60.0
"""After a silence of balie's own: consoles try again within 30 seconds (`stream.js`), and have a lease to do so."""
CALLS_STAY = timedelta(hours=1)
"""How long what nobody waits for in the chat stays with an employee whose console is gone."""
WITHOUT_CHAT = tuple(kind for kind in CaseKind if kind is not CaseKind.CONVERSATION)
SILENCE_SECONDS = 15.0
"""Without a roll call for so long balie itself was away, or the database: no lease could be renewed."""


async def keep_house(desk: Desk, settings: Settings) -> None:
    """Do the rounds for as long as the application runs."""
    roll_call = RollCall(desk)
    quiet = QuietCitizens(
        desk, Patience(timedelta(minutes=settings.silent_ask_minutes), timedelta(minutes=settings.silent_close_minutes))
    )
    await asyncio.gather(
        _every(report_delivery.EVERY_SECONDS, "report_delivery.failed", ReportDelivery(desk).deliver),
        _every(on_call.EVERY_SECONDS, "on_call.failed", OnCall(desk, settings).call, at_once=False),
        _every(WATCH_SECONDS, "service_levels.failed", partial(watch_service_levels, desk)),
        _every(offering.EVERY_SECONDS, "offering.failed", Offering(desk).offer, at_once=False),
        _every(long_waits.EVERY_SECONDS, "long_waits.failed", LongWaits(desk).tell, at_once=False),
        _every(quiet_citizens.EVERY_SECONDS, "quiet_citizens.failed", quiet.look, at_once=False),
        _every(EVERY_SECONDS, "housekeeping.failed", partial(round_once, desk)),
        _every(ROLL_CALL_SECONDS, "roll_call.failed", roll_call.call),
        _every(looking_again.EVERY_SECONDS, "looking_again.failed", LookingAgain(desk.database, desk.bus).look),
    )


async def _every(seconds: float, failed: str, work: Callable[[], Awaitable[object]], *, at_once: bool = True) -> None:
    if not at_once:
        await asyncio.sleep(seconds)
    while True:
        try:
            await work()
        except Exception:
            log.exception(failed)
        await asyncio.sleep(seconds)


async def round_once(desk: Desk) -> tuple[int, int]:
    """Close what was left alone and erase what is overdue; returns how many of each.

    A part that fails is logged and counted, and stops none of the others: erasing is promised (docs/privacy.md).
    """
    now = desk.clock()
    closed = await _part("close", _close_left_alone(desk, now))
    await _part("count", _count(desk, now))
    erased = await _part("erase", _erase_overdue(desk, now))
    await _part("figures", _write(desk, partial(figures.forget_old, now=now)))
    await _part("sessions", _write(desk, partial(retention.drop_expired_sessions, now=now)))
    await _part("parked", _write(desk, partial(retention.forget_parked, now=now)))
    await _part("appointments", _write(desk, partial(appointments.forget_past, now=now)))
    swept = await _part("files", desk.attachments.sweep(desk.database, now=now))
    if swept:
        log.info("housekeeping.files_swept", files=swept)
    if closed or erased:
        log.info("housekeeping.done", closed=closed, erased=erased)
    return closed, erased


async def _part(name: str, work: Awaitable[int | None]) -> int:
    """What a part of the round counted; none when it failed."""
    try:
        return await work or 0
    except Exception:
        log.exception("housekeeping.part_failed", part=name)
        HOUSEKEEPING_FAILURES.labels(name).inc()
        return 0


async def _write(desk: Desk, change: Callable[[AsyncSession], Awaitable[object]]) -> None:
    async with desk.database.write() as session:
        await change(session)


async def watch_service_levels(desk: Desk) -> int:
    """Note which cases come near to their service level, pass it, or met it; returns how many."""
    return await service_levels.watch(desk.database, desk.rules, now=desk.clock())


async def _close_left_alone(desk: Desk, now: datetime) -> int:
    quiet_since = now - timedelta(hours=LEFT_ALONE_HOURS)
    closed = 0
    async for conversation_id in _each(desk, partial(retention.left_alone, quiet_since=quiet_since)):
        try:
            async with desk.database.write() as session:
                await ownership.close_left_alone(session, conversation_id, now=now, quiet_since=quiet_since)
        except (StaleOwner, UnknownConversation):
            continue  # somebody wrote meanwhile: then it is not left alone
        closed += 1
    return closed


async def _count(desk: Desk, now: datetime) -> None:
    """Keep what is counted of conversations that are over; one at a time, so that nobody waits for it."""
    async for conversation_id in _each(desk, partial(figures.due, now=now)):
        async with desk.database.write() as session:
            try:
                await conversations.lock(session, conversation_id)
            except UnknownConversation:
                continue  # erased meanwhile, and counted then
            await figures.keep(session, conversation_id, now=now)


async def _erase_overdue(desk: Desk, now: datetime) -> int:
    days = {key: known.retention_days for key, known in desk.content.municipalities.items()}
    overdue = partial(retention.overdue, now=now, days=days, otherwise_days=RETENTION_WITHOUT_MUNICIPALITY_DAYS)
    erased = 0
    async for conversation_id in _each(desk, overdue):
        try:
            async with desk.database.write() as session:
                files = await retention.erase(session, conversation_id, now=now, actor="system")
            await desk.attachments.remove(files)
        except UnknownConversation:
            continue  # another process did it
        except Exception:
            log.exception("housekeeping.erase_failed", conversation=conversation_id)
            HOUSEKEEPING_FAILURES.labels("erase").inc()
            continue  # the others are erased all the same
        erased += 1
    return erased


async def _each(desk: Desk, read: Callable[..., Awaitable[Sequence[str]]]) -> AsyncIterator[str]:
    """The ids that `read` gives, batch by batch, each once."""
    last = ""
    while True:
        async with desk.database.read() as session:
            ids = await read(session, limit=BATCH, after_id=last)
        for one in ids:
            yield one
        if len(ids) < BATCH:
            return
        last = ids[-1]


class RollCall:
    """Misses employees whose console has gone, and gives their waiting citizens back to the queue.

    A callback or report stays with her for an hour: nobody waits for that in the chat, and she may be on the telephone.
    After that it goes back too, for a call that was promised is not forgotten on a screen that is off.

    Leases can't be renewed while balie itself is away. So they count anew from its start, and from any silence between
    two calls: nobody is missed until every console had time to come back.
    """

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._called_at = desk.clock()
        self._patient_until = self._called_at + timedelta(seconds=COMING_BACK_SECONDS)

    async def call(self) -> int:
        """Look who is gone; returns how many cases went back to the queue."""
        now = self._desk.clock()
        if now - self._called_at > timedelta(seconds=SILENCE_SECONDS):
            self._patient_until = now + timedelta(seconds=COMING_BACK_SECONDS)
        if now < self._patient_until:
            self._called_at = now
            return 0
        async with self._desk.database.read() as session:
            gone = await employees.absent_with_citizens(session, now=now)
            left_calls = await employees.absent_with_calls(session, now=now, claimed_before=now - CALLS_STAY)
        missed: list[tuple[str, tuple[CaseKind, ...]]] = [(one, (CaseKind.CONVERSATION,)) for one in gone]
        missed += [(one, WITHOUT_CHAT) for one in left_calls]
        released = 0
        for employee_id, kinds in missed:
            try:
                async with self._desk.database.write() as session:
                    released += await self._miss(session, employee_id, kinds, now)
            except SQLAlchemyError:
                log.exception("roll_call.release_failed", employee=employee_id)
        self._called_at = now
        return released

    async def _miss(self, session: AsyncSession, employee_id: str, kinds: tuple[CaseKind, ...], now: datetime) -> int:
        employee = await employees.end_lapsed_lease(session, employee_id, now=now)
        if employee is None:
            return 0  # she came back meanwhile
        count = await ownership.release_all(
            session,
            employee,
            now=now,
            notice_for=partial(place.connection_lost, self._desk),
            kinds=kinds,
            actor="system",
            why="lease_lost",
        )
        if count:
            log.warning("roll_call.employee_vanished", employee=employee_id, released=count)
        return count
