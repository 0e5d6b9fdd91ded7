"""Brings reports to where each municipality handles them, and says what became of them."""

from __future__ import annotations

import asyncio
import uuid
from datetime import timedelta

import structlog

from bot import texts
from bot.desk import Desk
from bot.metrics import REPORTS
from handoff import conversations, messages, own_words, reports
from handoff.exceptions import ReportNotSent, ReportRefused, ReportUncertain
from handoff.messages import Draft
from handoff.outbox import OutboxState
from handoff.personal_data import left_out
from handoff.reports import Outgoing
from handoff.tables import Report
from handoff.vocabulary import MessageKind, Owner, Sender

log = structlog.get_logger(__name__)

EVERY_SECONDS = 5.0
AT_ONCE = 10
INTERRUPTED_AFTER = timedelta(minutes=3)
"""Longer than one report takes (two calls of 20 seconds): whoever was sending it is gone."""


class ReportDelivery:
    """One worker; several processes may each have one, since a report is taken before it is sent."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._holder = str(uuid.uuid4())
        self._others_gone = desk.database.is_sqlite
        """With SQLite there is one process: what is being sent when it starts, a dead one was sending."""

    async def deliver(self) -> int:
        """Bring what is due; returns how many reports arrived."""
        await self._find_interrupted()
        async with self._desk.database.read() as session:
            due = await reports.due(session, now=self._desk.clock(), limit=AT_ONCE)
        return sum(await asyncio.gather(*(self._bring(report) for report in due)))

    async def _find_interrupted(self) -> None:
        now = self._desk.clock()
        older_than = now + timedelta(seconds=1) if self._others_gone else now - INTERRUPTED_AFTER
        self._others_gone = False
        async with self._desk.database.read() as session:
            if not await reports.interrupted(session, older_than=older_than):
                return  # nearly always: nobody else's writing is held up
        async with self._desk.database.write() as session:
            for report_id, holder in await reports.interrupted(session, older_than=older_than):
                why = "het versturen werd onderbroken"
                await reports.give_to_team(session, report_id, OutboxState.UNCERTAIN, why, holder=holder, now=now)
                self._count(OutboxState.UNCERTAIN, why)

    async def _bring(self, report: Report) -> bool:
        desk = self._desk
        async with desk.database.write() as session:
            if not await reports.take(session, report.id, holder=self._holder, now=desk.clock()):
                return False
        try:
            system = desk.public_space.get(report.municipality)
            if system is None:
                raise ReportRefused("deze gemeente heeft geen meldingensysteem meer")
            number = await system.bring(await self._outgoing(report))
        except ReportNotSent as error:
            await self._again(report, error)
            return False
        except ReportRefused as error:
            await self._to_team(report, OutboxState.FAILED, error.why)
            return False
        except ReportUncertain as error:
            await self._to_team(report, OutboxState.UNCERTAIN, error.why)
            return False
        await self._arrived(report, number)
        return True

    async def _outgoing(self, report: Report) -> Outgoing:
        reported = reports.reported_in(report)
        async with self._desk.database.read() as session:
            values = await own_words.values_of(session, self._desk.vault, report.conversation_id)
        return Outgoing(
            reference=report.reference,
            municipality=report.municipality,
            kind=reported.kind,
            description=own_words.restore(reported.description, values, left_out),
            place=own_words.restore(reported.place, values, left_out),
            reported_at=report.created_at,
        )

    async def _arrived(self, report: Report, number: str | None) -> None:
        """Settle it and tell her the number there, while she can still read it."""
        now = self._desk.clock()
        async with self._desk.database.write() as session:
            settled = await reports.arrived(session, report.id, number, holder=self._holder, now=now)
            if settled is not None and number is not None:
                conversation = await conversations.lock(session, report.conversation_id)
                if conversation.owner != Owner.CLOSED:
                    told = Draft(texts.report_arrived(report.reference, number), MessageKind.NOTICE)
                    await messages.append(session, conversation.id, told, sender=Sender.SYSTEM, now=now)
        self._count(OutboxState.SENT)

    async def _again(self, report: Report, error: ReportNotSent) -> None:
        async with self._desk.database.write() as session:
            state = await reports.again(
                session,
                report.id,
                error.why,
                holder=self._holder,
                now=self._desk.clock(),
                after_seconds=error.after_seconds,
            )
        self._count("retry" if state is OutboxState.PENDING else OutboxState.FAILED, error.why)

    async def _to_team(self, report: Report, state: OutboxState, why: str) -> None:
        async with self._desk.database.write() as session:
            await reports.give_to_team(session, report.id, state, why, holder=self._holder, now=self._desk.clock())
        self._count(state, why)

    def _count(self, result: str, why: str | None = None) -> None:
        REPORTS.labels(str(result)).inc()
        if why is not None:
            log.warning("report_delivery.not_arrived", result=str(result), why=why)
