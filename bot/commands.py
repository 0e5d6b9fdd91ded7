"""What the bot does for a citizen: carries out the commands of a turn inside the reply's transaction.

Each command has a key, so a turn that is done again books once. What can't be done is said, with a way on.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import forms, texts
from bot.desk import Desk, describe_moment
from bot.engine import Command
from handoff import audit, own_words, personal_data, reports
from handoff.appointments import TimeTaken, UnknownAppointment, Wanted
from handoff.hours import AMSTERDAM
from handoff.messages import Button, Draft, Link
from handoff.reports import Reported
from handoff.tables import Appointment, Conversation
from handoff.vocabulary import MessageKind

log = structlog.get_logger(__name__)


async def carry_out(
    desk: Desk, session: AsyncSession, conversation: Conversation, command: Command, now: dt.datetime
) -> tuple[Draft, ...]:
    """Do what the command says and return what the citizen hears of it; nothing for a command of another kind."""
    verb = _VERBS.get(command.name)
    return () if verb is None else (await verb(desk, session, conversation, command, now),)


def is_doable(command: Command) -> bool:
    """Whether the command is one of these; a handoff is the turn's own."""
    return command.name in _VERBS


async def _book(
    desk: Desk, session: AsyncSession, conversation: Conversation, command: Command, now: dt.datetime
) -> Draft:
    product, start = command.arguments["product"], _moment(command.arguments["start"])
    wanted = Wanted(conversation.municipality, product, start, command.key, conversation.id)
    try:
        async with session.begin_nested():
            booked = await desk.calendar.book(session, wanted)
    except TimeTaken:
        again = Button(texts.OTHER_TIME, f"{forms.BEGIN_APPOINTMENT}/{product}")
        return Draft(texts.TIME_TAKEN, MessageKind.TEXT, buttons=(again,))
    _record(session, "appointment_booked", conversation, booked.reference, now)
    return _confirmed(desk, conversation, booked, texts.BOOKED)


async def _move(
    desk: Desk, session: AsyncSession, conversation: Conversation, command: Command, now: dt.datetime
) -> Draft:
    reference, start = command.arguments["reference"], _moment(command.arguments["start"])
    try:
        async with session.begin_nested():
            moved = await desk.calendar.move(session, conversation.municipality, reference, start)
    except TimeTaken:
        again = Button(texts.OTHER_TIME, forms.BEGIN_CHANGE)
        return Draft(texts.TIME_TAKEN_KEPT, MessageKind.TEXT, buttons=(again,))
    except UnknownAppointment:
        return Draft(texts.NO_SUCH_APPOINTMENT, MessageKind.TEXT)
    _record(session, "appointment_moved", conversation, moved.reference, now)
    return _confirmed(desk, conversation, moved, texts.MOVED)


async def _cancel(
    desk: Desk, session: AsyncSession, conversation: Conversation, command: Command, now: dt.datetime
) -> Draft:
    reference = command.arguments["reference"]
    try:
        cancelled = await desk.calendar.cancel(session, conversation.municipality, reference)
    except UnknownAppointment:
        return Draft(texts.NO_SUCH_APPOINTMENT, MessageKind.TEXT)
    _record(session, "appointment_cancelled", conversation, cancelled.reference, now)
    return Draft(texts.cancelled(cancelled.reference, describe_moment(cancelled.starts_at)), MessageKind.TEXT)


async def _report(
    desk: Desk, session: AsyncSession, conversation: Conversation, command: Command, now: dt.datetime
) -> Draft:
    """A report goes to the municipality's own system, or else to the queue; its words keep their placeholders.

    One that is dangerous always goes to the queue: a citizen's report has no priority in another system.
    """
    about = {name: str(command.arguments[name]) for name in ("kind", "category", "description", "place", "danger")}
    reported = Reported(**about)
    reference = await reports.known(session, conversation.id, command.key)
    if reference is None:
        elsewhere = conversation.municipality in desk.public_space and reported.danger != "ja"
        put = reports.to_bring if elsewhere else reports.to_team
        row = await put(
            session,
            reported,
            key=command.key,
            conversation_id=conversation.id,
            municipality=conversation.municipality,
            now=now,
        )
        await session.flush()
        reference = row.reference
        _record(session, "report", conversation, reference, now)
    place = personal_data.in_words(reported.place, keep=own_words.REPEATED)
    return Draft(texts.reported(reference, place), MessageKind.TEXT)


_VERBS: dict[str, Callable[[Desk, AsyncSession, Conversation, Command, dt.datetime], Awaitable[Draft]]] = {
    "book": _book,
    "move": _move,
    "cancel": _cancel,
    "report": _report,
}


def _confirmed(desk: Desk, conversation: Conversation, booked: Appointment, begin: str) -> Draft:
    where = desk.municipality(conversation.municipality)
    text = texts.confirmed(begin, describe_moment(booked.starts_at), where.address, booked.reference)
    link = Link(texts.TO_CALENDAR, f"{desk.public_url}/afspraken/{booked.download_key}.ics")
    change = Button(texts.CHANGE_APPOINTMENT, forms.BEGIN_CHANGE)
    return Draft(text, MessageKind.TEXT, buttons=(change,), links=(link,))


def _record(session: AsyncSession, action: str, conversation: Conversation, reference: str, now: dt.datetime) -> None:
    audit.record(
        session,
        action,
        at=now,
        municipality=conversation.municipality,
        actor="citizen",
        conversation_id=conversation.id,
        case_reference=reference,
    )


def _moment(local: str) -> dt.datetime:
    """A local time without a zone, as the forms hold it."""
    return dt.datetime.fromisoformat(local).replace(tzinfo=AMSTERDAM).astimezone(dt.UTC)
