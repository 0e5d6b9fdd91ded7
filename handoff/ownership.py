"""The only place where a conversation changes hands.

Every change names the owner (and epoch) that it expects, raises the epoch, tells the citizen, and writes its audit line
and outbox rows in one transaction; the loser learns who won. Rows are always locked in the order employee, case,
conversation, so that no two changes wait for each other.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case as sql_case
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit, cases, messages, queue, texts
from handoff.bus import Event, conversation_subject, queue_subject
from handoff.cases import NewCase
from handoff.database import emit
from handoff.exceptions import (
    AlreadyClaimed,
    AtCapacity,
    NotAllowed,
    StaleOwner,
    UnknownCase,
    UnknownConversation,
)
from handoff.messages import Draft
from handoff.tables import Case, Conversation, Employee
from handoff.vocabulary import CaseKind, CaseState, MessageKind, Outcome, Owner, Sender

_ATTEMPTS_AT_CLOSING = 10
"""More changes of hands than this between two statements do not happen to one conversation."""


@dataclass(frozen=True)
class Claim:
    """What the winner of a case holds."""

    case_id: str
    conversation_id: str
    employee_id: str
    epoch: int


async def enqueue(
    session: AsyncSession,
    conversation_id: str,
    new: NewCase,
    *,
    expected_epoch: int,
    now: datetime,
    notice: Callable[[int], Draft],
) -> Case:
    """Bring a conversation that the bot owns to the queue (bot → queued).

    Args:
        notice: Makes what the citizen is told of her place in the queue, 1 being next.

    Raises:
        StaleOwner: the bot no longer owns it at this epoch; nothing changed.
    """
    case = await cases.open_case_of(session, conversation_id)
    if case is not None:  # a pressing case that she had left: it goes on, with what is new
        cases.raise_level(case, new.assessment)
        await session.flush()
    moved = await _move(session, conversation_id, Owner.BOT, Owner.QUEUED, expected_epoch=expected_epoch)
    if case is None:
        case = cases.open_case(session, new, conversation_id=conversation_id, municipality=moved.municipality, now=now)
        await session.flush()
    _audit(
        session,
        "enqueue",
        moved,
        case,
        now=now,
        actor="bot",
        frm=Owner.BOT,
        to=Owner.QUEUED,
        level=case.level,
    )
    place = await queue.place(session, conversation_id)
    await _say(session, conversation_id, notice(place or 1), now=now)
    _announce(session, moved, "enqueued")
    return case


async def claim(session: AsyncSession, case_id: str, employee_id: str, *, now: datetime) -> Claim:
    """Give a waiting case to one employee (queued → employee; a pressing case whose citizen went on: bot → employee).

    The database decides the race: two conditional UPDATEs, her open count below her limit, then the case while it
    waits; either failing rolls back both.

    Raises:
        AlreadyClaimed: somebody was first; carries who.
        AtCapacity: the employee already has her maximum of open conversations.
        NotAllowed: the case is another municipality's or another team's.
    """
    employee = await _employee(session, employee_id)
    case = await cases.get(session, case_id)
    _check_right(employee, case)
    await _count_up(session, employee)
    taken = await session.execute(
        update(Case)
        .where(Case.id == case_id, Case.state == CaseState.WAITING)
        .values(state=CaseState.HELD, employee_id=employee_id, claimed_at=now)
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        raise AlreadyClaimed(case_id, holder=await _holder_name(session, case_id))
    if case.kind != CaseKind.CONVERSATION:
        row = await _where_it_stands(session, case.conversation_id)
        _audit(session, "claim", row, case, now=now, actor=f"employee:{employee_id}")
        _announce(session, row, "claimed")
        return Claim(case_id, case.conversation_id, employee_id, row.epoch)
    before = (await _where_it_stands(session, case.conversation_id)).owner
    expected = Owner.BOT if before == Owner.BOT and cases.is_pressing(case) else Owner.QUEUED
    try:
        moved = await _move(session, case.conversation_id, expected, Owner.EMPLOYEE, employee_id=employee_id)
    except StaleOwner as error:
        raise AlreadyClaimed(case_id, holder=None) from error
    _audit(
        session,
        "claim",
        moved,
        case,
        now=now,
        actor=f"employee:{employee_id}",
        frm=expected,
        to=Owner.EMPLOYEE,
    )
    told = Draft(texts.claimed(employee.display_name), MessageKind.HANDOVER)
    await _say(session, case.conversation_id, told, now=now)
    _announce(session, moved, "claimed")
    return Claim(case_id, case.conversation_id, employee_id, moved.epoch)


async def release(
    session: AsyncSession, case_id: str, employee_id: str, *, now: datetime, actor: str | None = None
) -> None:
    """Give a case back to the front of the queue (employee → queued), before all who were not helped yet.

    Raises:
        NotAllowed: she does not hold it.
    """
    employee, case = await _held(session, case_id, employee_id)
    await _count_down(session, employee_id)
    await _set_case(session, case, CaseState.WAITING, employee_id=None, waiting_since=await queue.front(session, case))
    await _leave(
        session,
        case,
        employee_id,
        Owner.QUEUED,
        "release",
        Draft(texts.released(employee.display_name), MessageKind.HANDOVER),
        actor=actor or f"employee:{employee_id}",
        now=now,
    )


async def transfer(session: AsyncSession, case_id: str, from_id: str, to_id: str, *, now: datetime) -> Claim:
    """Give a held case to a colleague (employee → employee).

    Raises:
        NotAllowed: the giver does not hold it, or the taker has no right to it.
        AtCapacity: the taker already has her maximum of open conversations.
    """
    if from_id == to_id:
        raise NotAllowed("the case is already hers; choose a colleague")
    giver, taker = await _employees(session, from_id, to_id)
    case = await cases.get(session, case_id)
    _check_held(case, giver.id)
    _check_right(taker, case)
    # Counters change in the order of the ids: two opposite transfers at once would otherwise wait for each other.
    for employee in sorted((giver, taker), key=lambda one: one.id):
        if employee.id == taker.id:
            await _count_up(session, taker)
        else:
            await _count_down(session, giver.id)
    await _set_case(session, case, CaseState.HELD, employee_id=to_id)
    moved = await _leave(
        session,
        case,
        from_id,
        Owner.EMPLOYEE,
        "transfer",
        Draft(texts.transferred(taker.display_name), MessageKind.HANDOVER),
        actor=f"employee:{from_id}",
        now=now,
        to_employee=to_id,
    )
    return Claim(case_id, case.conversation_id, to_id, moved.epoch)


async def hand_back(
    session: AsyncSession, case_id: str, employee_id: str, *, now: datetime, note: str | None = None
) -> None:
    """Give the conversation back to the bot (employee → bot), with an optional note to the citizen.

    Raises:
        NotAllowed: she does not hold it.
    """
    _, case = await _held(session, case_id, employee_id)
    await _count_down(session, employee_id)
    await _set_case(session, case, CaseState.DONE, done_at=now, outcome=Outcome.HANDED_BACK)
    text = f"{note}\n\n{texts.HANDED_BACK}" if note else texts.HANDED_BACK
    await _leave(
        session,
        case,
        employee_id,
        Owner.BOT,
        "hand_back",
        Draft(text, MessageKind.HANDOVER),
        actor=f"employee:{employee_id}",
        now=now,
    )


async def close(session: AsyncSession, case_id: str, employee_id: str, outcome: Outcome, *, now: datetime) -> None:
    """End a held case and its conversation (employee → closed) with an outcome.

    Raises:
        NotAllowed: she does not hold it.
    """
    _, case = await _held(session, case_id, employee_id)
    await _count_down(session, employee_id)
    await _set_case(session, case, CaseState.DONE, done_at=now, outcome=outcome)
    await _leave(
        session,
        case,
        employee_id,
        Owner.CLOSED,
        "close",
        Draft(texts.CLOSED_BY_EMPLOYEE, MessageKind.HANDOVER),
        actor=f"employee:{employee_id}",
        now=now,
        outcome=outcome,
    )


async def leave_queue(session: AsyncSession, conversation_id: str, *, now: datetime) -> None:
    """The citizen no longer wants to wait (queued → bot).

    A crisis or urgent case stays in the queue all the same: her refusal does not make it less pressing. An employee may
    still take it over from the bot.

    Raises:
        StaleOwner: it is no longer in the queue.
    """
    case = await cases.open_case_of(session, conversation_id)
    pressing = case is not None and cases.is_pressing(case)
    if case is not None and not pressing:
        await _finish_waiting(session, case, Outcome.CITIZEN_LEFT, now=now)
    moved = await _move(session, conversation_id, Owner.QUEUED, Owner.BOT)
    _audit(session, "leave_queue", moved, case, now=now, actor="citizen", frm=Owner.QUEUED, to=Owner.BOT)
    told = texts.LEFT_QUEUE_BUT_WATCHED if pressing else texts.LEFT_QUEUE
    await _say(session, conversation_id, Draft(told, MessageKind.HANDOVER), now=now)
    _announce(session, moved, "left")


async def close_by_citizen(session: AsyncSession, conversation_id: str, *, now: datetime) -> None:
    """The citizen ends the conversation (any → closed). Open callbacks and reports stay: they were asked for.

    Somebody who claims, releases or hands over at the same moment does not stop her: then it is tried again.

    Raises:
        UnknownConversation: there is no such conversation.
    """
    for _ in range(_ATTEMPTS_AT_CLOSING - 1):
        try:
            async with session.begin_nested():
                return await _close_by_citizen(session, conversation_id, now=now)
        except (StaleOwner, AlreadyClaimed):
            continue  # it changed hands between reading and writing
    return await _close_by_citizen(session, conversation_id, now=now)


async def _close_by_citizen(session: AsyncSession, conversation_id: str, *, now: datetime) -> None:
    before = await _where_it_stands(session, conversation_id)
    if before.owner == Owner.CLOSED:
        return
    if before.employee_id is not None:
        await _count_down(session, before.employee_id)
    case = await cases.open_case_of(session, conversation_id)
    if case is not None:
        await _set_case(session, case, CaseState.DONE, done_at=now, outcome=Outcome.CITIZEN_LEFT)
    moved = await _move(
        session,
        conversation_id,
        Owner(before.owner),
        Owner.CLOSED,
        expected_epoch=before.epoch,
        closed_at=now,
    )
    _audit(session, "close", moved, case, now=now, actor="citizen", frm=Owner(before.owner), to=Owner.CLOSED)
    await _say(session, conversation_id, Draft(texts.CLOSED_BY_CITIZEN, MessageKind.HANDOVER), now=now)
    _announce(session, moved, "closed")


async def close_left_alone(
    session: AsyncSession, conversation_id: str, *, now: datetime, quiet_since: datetime
) -> None:
    """Close a conversation with the bot that nobody went on with (bot → closed); never one that waits for a person.

    Args:
        quiet_since: Closed only if nothing was said after this moment.

    Raises:
        StaleOwner: the bot does not own it any more, or somebody wrote meanwhile.
    """
    moved = await _move(session, conversation_id, Owner.BOT, Owner.CLOSED, closed_at=now, quiet_since=quiet_since)
    _audit(session, "close", moved, None, now=now, actor="system", frm=Owner.BOT, to=Owner.CLOSED)
    await _say(session, conversation_id, Draft(texts.CLOSED_LEFT_ALONE, MessageKind.HANDOVER), now=now)
    _announce(session, moved, "closed")


@dataclass(frozen=True)
class _Standing:
    """What the row of a conversation says after (or before) a change."""

    conversation_id: str
    municipality: str
    owner: str
    epoch: int
    employee_id: str | None


async def _move(
    session: AsyncSession,
    conversation_id: str,
    expected: Owner,
    to: Owner,
    *,
    expected_epoch: int | None = None,
    expected_employee: str | None = None,
    employee_id: str | None = None,
    closed_at: datetime | None = None,
    quiet_since: datetime | None = None,
) -> _Standing:
    """The one conditional UPDATE behind every change of owner."""
    change = update(Conversation).where(Conversation.id == conversation_id, Conversation.owner == expected)
    if expected_epoch is not None:
        change = change.where(Conversation.epoch == expected_epoch)
    if expected_employee is not None:
        change = change.where(Conversation.employee_id == expected_employee)
    if quiet_since is not None:
        change = change.where(Conversation.last_activity_at <= quiet_since)
    row = (
        await session.execute(
            change.values(
                owner=to,
                epoch=Conversation.epoch + 1,
                employee_id=employee_id,
                closed_at=closed_at,
                pending_offer=None,
                failures_in_a_row=0,
            ).returning(Conversation.municipality, Conversation.epoch)
        )
    ).one_or_none()
    if row is None:
        now_is = await _where_it_stands(session, conversation_id)
        raise StaleOwner(conversation_id, owner=now_is.owner, epoch=now_is.epoch)
    return _Standing(conversation_id, row.municipality, to, row.epoch, employee_id)


async def _leave(
    session: AsyncSession,
    case: Case,
    employee_id: str,
    to: Owner,
    action: str,
    told: Draft,
    *,
    actor: str,
    now: datetime,
    to_employee: str | None = None,
    **details: str,
) -> _Standing:
    """Move a conversation out of the hands of `employee_id` and tell the citizen.

    A callback or report is no conversation: the case alone changes hands, and the citizen notices nothing.
    """
    if case.kind != CaseKind.CONVERSATION:
        standing = await _where_it_stands(session, case.conversation_id)
        _audit(session, action, standing, case, now=now, actor=actor, frm=None, to=None, **details)
        _announce(session, standing, action)
        return standing
    moved = await _move(
        session,
        case.conversation_id,
        Owner.EMPLOYEE,
        to,
        expected_employee=employee_id,
        employee_id=to_employee,
        closed_at=now if to is Owner.CLOSED else None,
    )
    _audit(session, action, moved, case, now=now, actor=actor, frm=Owner.EMPLOYEE, to=to, **details)
    await _say(session, case.conversation_id, told, now=now)
    _announce(session, moved, action)
    return moved


async def _say(session: AsyncSession, conversation_id: str, told: Draft, *, now: datetime) -> None:
    await messages.append(session, conversation_id, told, sender=Sender.SYSTEM, now=now)


def _announce(session: AsyncSession, standing: _Standing, kind: str) -> None:
    emit(session, Event(conversation_subject(standing.conversation_id), "owner"))
    emit(
        session,
        Event(queue_subject(standing.municipality), kind, {"conversation_id": standing.conversation_id}),
    )


def _audit(
    session: AsyncSession,
    action: str,
    standing: _Standing,
    case: Case | None,
    *,
    now: datetime,
    actor: str,
    frm: Owner | None = None,
    to: Owner | None = None,
    **details: str,
) -> None:
    audit.record(
        session,
        action,
        at=now,
        municipality=standing.municipality,
        actor=actor,
        conversation_id=standing.conversation_id,
        case_reference=case.reference if case else None,
        from_owner=frm,
        to_owner=to,
        epoch=standing.epoch,
        **details,
    )


async def _where_it_stands(session: AsyncSession, conversation_id: str) -> _Standing:
    row = (
        await session.execute(
            select(Conversation.municipality, Conversation.owner, Conversation.epoch, Conversation.employee_id).where(
                Conversation.id == conversation_id
            )
        )
    ).one_or_none()
    if row is None:
        raise UnknownConversation(conversation_id)
    return _Standing(conversation_id, row.municipality, row.owner, row.epoch, row.employee_id)


async def _count_up(session: AsyncSession, employee: Employee) -> None:
    counted = await session.execute(
        update(Employee)
        .where(Employee.id == employee.id, Employee.open_conversations < Employee.max_conversations)
        .values(open_conversations=Employee.open_conversations + 1)
    )
    if not counted.rowcount:  # type: ignore[attr-defined]
        raise AtCapacity(employee.id, maximum=employee.max_conversations)


async def _count_down(session: AsyncSession, employee_id: str) -> None:
    fewer = sql_case((Employee.open_conversations > 0, Employee.open_conversations - 1), else_=0)
    await session.execute(update(Employee).where(Employee.id == employee_id).values(open_conversations=fewer))


async def _set_case(session: AsyncSession, case: Case, state: CaseState, **values: object) -> None:
    """Change a case that was read before, only if nobody changed its state or holder since."""
    unchanged = Case.employee_id == case.employee_id if case.employee_id else Case.employee_id.is_(None)
    changed = await session.execute(
        update(Case).where(Case.id == case.id, Case.state == case.state, unchanged).values(state=state, **values)
    )
    if not changed.rowcount:  # type: ignore[attr-defined]
        raise AlreadyClaimed(case.id, holder=await _holder_name(session, case.id))


async def _finish_waiting(session: AsyncSession, case: Case, outcome: Outcome, *, now: datetime) -> None:
    if case.state != CaseState.WAITING:
        row = await _where_it_stands(session, case.conversation_id)
        raise StaleOwner(case.conversation_id, owner=row.owner, epoch=row.epoch)
    try:
        await _set_case(session, case, CaseState.DONE, done_at=now, outcome=outcome)
    except AlreadyClaimed as error:
        row = await _where_it_stands(session, case.conversation_id)
        raise StaleOwner(case.conversation_id, owner=row.owner, epoch=row.epoch) from error


async def _employee(session: AsyncSession, employee_id: str) -> Employee:
    employee = await session.get(Employee, employee_id, populate_existing=True)
    if employee is None or not employee.active:
        raise NotAllowed("this account is not active; ask an administrator")
    return employee


async def _employees(session: AsyncSession, first: str, second: str) -> tuple[Employee, Employee]:
    return await _employee(session, first), await _employee(session, second)


async def _held(session: AsyncSession, case_id: str, employee_id: str) -> tuple[Employee, Case]:
    employee = await session.get(Employee, employee_id, populate_existing=True)
    if employee is None:
        raise NotAllowed("this account does not exist; log in again")
    case = await cases.get(session, case_id)
    _check_held(case, employee_id)
    return employee, case


def _check_held(case: Case, employee_id: str) -> None:
    if case.state != CaseState.HELD or case.employee_id != employee_id:
        raise NotAllowed("you do not hold this case (any more); refresh the page")


def _check_right(employee: Employee, case: Case) -> None:
    if case.municipality != employee.municipality or case.team not in employee.teams:
        raise NotAllowed("this case belongs to another municipality or team")


async def _holder_name(session: AsyncSession, case_id: str) -> str | None:
    row = (
        await session.execute(
            select(Case.id, Employee.display_name)
            .outerjoin(Employee, Employee.id == Case.employee_id)
            .where(Case.id == case_id)
        )
    ).one_or_none()
    if row is None:
        raise UnknownCase(case_id)
    name: str | None = row.display_name
    return name
