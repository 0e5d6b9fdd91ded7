"""What a citizen hears of her place in the queue: who is there, when they are, and at every answer a way on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from bot import handover
from bot.desk import Desk
from bot.voice import Voice, voice_in
from handoff import cases, queue, texts, waiting_time
from handoff.detection import Level
from handoff.messages import Draft
from handoff.ownership import Notice
from handoff.reading_together import ReadTogether
from handoff.tables import Case, Conversation, Employee
from handoff.waiting_time import QueuePlace

Places = ReadTogether[str, dict[str, QueuePlace]]
"""Of a municipality: where each conversation that waits there stands, by id."""


async def joined(desk: Desk, session: AsyncSession, conversation: Conversation, team: str, level: Level) -> Notice:
    """The notice for who comes into the queue of this team."""
    voice = await voice_in(desk, session, conversation.id)
    return await _notice(desk, session, conversation.municipality, team, level, voice)


async def released(desk: Desk, session: AsyncSession, case: Case, employee: Employee) -> Notice:
    """The notice for whom an employee gives back; she herself counts no longer as somebody who is there for her."""
    return await _back(desk, session, case, employee, texts.released(employee.display_name))


async def to_team(desk: Desk, session: AsyncSession, case: Case, employee: Employee, team: str) -> Notice:
    """The notice for whom an employee passes on to another team."""
    teams = desk.municipality(case.municipality).teams
    name = next((settings.name for key, settings in teams.items() if key == team), team)
    return await _back(desk, session, case, employee, texts.to_team(employee.display_name, name), team)


async def connection_lost(desk: Desk, session: AsyncSession, case: Case, employee: Employee) -> Notice:
    """The notice for whose employee has vanished."""
    return await _back(desk, session, case, employee, texts.connection_lost(employee.display_name))


async def _back(
    desk: Desk, session: AsyncSession, case: Case, employee: Employee, why: str, team: str | None = None
) -> Notice:
    voice = await voice_in(desk, session, case.conversation_id)
    level, team = Level(case.level), team or case.team
    told = await _notice(desk, session, case.municipality, team, level, voice, besides=employee.id)
    return told if voice.language else _with_reason(told, why)


def _with_reason(told: Notice, why: str) -> Notice:
    def with_reason(place: int) -> Draft:
        draft = told(place)
        return replace(draft, text=f"{why}\n\n{draft.text}")

    return with_reason


async def _notice(
    desk: Desk,
    session: AsyncSession,
    municipality: str,
    team: str,
    level: Level,
    voice: Voice,
    *,
    besides: str | None = None,
) -> Notice:
    now = desk.clock()
    present = await queue.anybody_present(session, municipality, team, now=now, besides=besides)
    queue_now = await waiting_time.queue_of(session, municipality, team, now=now) if present else ()
    return handover.queue_notice(
        desk.rules(municipality, team),
        level=level,
        present=present,
        now=now,
        wait=lambda place: waiting_time.expected(queue_now, place, now),
        presence=desk.crisis_texts.presence(voice.reader, present=present),
        voice=voice,
    )


async def places(
    desk: Desk, session: AsyncSession, municipality: str, conversation_ids: Collection[str] | None = None
) -> dict[str, QueuePlace]:
    """Where those of these conversations that wait stand, all without ids: as `place_of`, for a few queries a team."""
    now = desk.clock()
    found: dict[str, QueuePlace] = {}
    for team, line in (await queue.lines(session, municipality)).items():
        numbered = enumerate(line, start=1)
        mine = [(number, one) for number, one in numbered if conversation_ids is None or one in conversation_ids]
        if not mine:
            continue
        present = await queue.anybody_present(session, municipality, team, now=now)
        queue_now = await waiting_time.queue_of(session, municipality, team, now=now) if present else ()
        wait = waiting_time.forecast(queue_now, now)
        found |= {one: QueuePlace(number, wait(number)) for number, one in mine}
    return found


def together(desk: Desk) -> Places:
    """Where everybody in a municipality stands, read once for all who look at the same time."""

    async def read(municipality: str) -> dict[str, QueuePlace]:
        async with desk.database.read() as session:
            return await places(desk, session, municipality)

    return ReadTogether(read)


async def place_of(desk: Desk, session: AsyncSession, conversation: Conversation) -> QueuePlace | None:
    """Where a citizen stands now, and how long she may still have to wait; None when she does not wait."""
    now = desk.clock()
    number = await queue.place(session, conversation.id)
    case = await cases.open_case_of(session, conversation.id) if number is not None else None
    if number is None or case is None:
        return None
    present = await queue.anybody_present(session, case.municipality, case.team, now=now)
    wait = await waiting_time.of_team(session, case.municipality, case.team, number, now=now) if present else None
    return QueuePlace(number, wait)
