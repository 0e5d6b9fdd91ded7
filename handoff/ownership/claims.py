"""What employees do with a case: claim it, give it back, pass it on, or give the citizen back to the bot."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import cases, employees, offers, queue, skills, texts
from handoff.exceptions import AlreadyClaimed, NotAllowed, StaleOwner
from handoff.gravity import is_pressing
from handoff.messages import Draft
from handoff.ownership.change import (
    Notice,
    NoticeFor,
    Standing,
    announce,
    move,
    record,
    say,
    say_place,
    where_it_stands,
)
from handoff.ownership.holding import (
    active_employee,
    check_held,
    check_right,
    count_down,
    count_up,
    held_case,
    holder_name,
    let_go,
    lock_employee,
    set_case,
)
from handoff.tables import Case, Employee
from handoff.vocabulary import CaseKind, CaseState, Contact, MessageKind, Outcome, Owner, Team


@dataclass(frozen=True)
class Claim:
    """What the winner of a case holds."""

    case_id: str
    conversation_id: str
    employee_id: str
    epoch: int


async def claim(session: AsyncSession, case_id: str, employee_id: str, *, now: datetime) -> Claim:
    """Give a waiting case to one employee (queued → employee).

    A pressing case whose citizen went on, and a callback by chat, come from the bot (bot → employee).

    The database decides the race: two conditional UPDATEs, her open count below her limit, then the case while it
    waits; either failing rolls back both. Who claims is present, so her lease begins.

    Raises:
        AlreadyClaimed: somebody was first; carries who.
        AtCapacity: the employee already has her maximum of open conversations, or helps somebody in crisis.
        NeedsSkill: a crisis, and a colleague with that skill is there and free.
        OfferedToAnother: it is offered to a colleague at this moment.
        NotAllowed: the case is another municipality's or another team's.
    """
    employee = await active_employee(session, employee_id)
    case = await cases.get(session, case_id)
    check_right(employee, case)
    await skills.check_crisis(session, case, employee, now=now)
    await count_up(session, employee, now=now)
    await employees.renew_lease(session, employee_id, now=now)
    taken = await session.execute(
        update(Case)
        .where(Case.id == case_id, Case.state == CaseState.WAITING, offers.is_open_to(employee_id, now))
        .values(
            state=CaseState.HELD,
            employee_id=employee_id,
            claimed_at=now,
            offered_to=None,
            offered_until=None,
            declined_by=[],
        )
    )
    if not taken.rowcount:  # type: ignore[attr-defined]
        await offers.check_open_to(session, case_id, employee_id, now=now)
        raise AlreadyClaimed(case_id, holder=await holder_name(session, case_id))
    standing = await where_it_stands(session, case.conversation_id)
    if await _becomes_conversation(session, case, standing):
        await set_case(session, case, CaseState.HELD, kind=CaseKind.CONVERSATION)
    if case.kind != CaseKind.CONVERSATION:
        record(session, "claim", standing, case, now=now, actor=f"employee:{employee_id}")
        announce(session, standing, "claimed", holder=employee_id)
        return Claim(case_id, case.conversation_id, employee_id, standing.epoch)
    from_bot = standing.owner == Owner.BOT and (is_pressing(case.level) or "contact" in case.details)
    expected = Owner.BOT if from_bot else Owner.QUEUED
    try:
        moved = await move(session, case.conversation_id, expected, Owner.EMPLOYEE, employee_id=employee_id)
    except StaleOwner as error:
        raise AlreadyClaimed(case_id, holder=None) from error
    record(
        session,
        "claim",
        moved,
        case,
        now=now,
        actor=f"employee:{employee_id}",
        frm=expected,
        to=Owner.EMPLOYEE,
    )
    await _tell(session, case, texts.claimed(employee.display_name), now=now)
    announce(session, moved, "claimed")
    return Claim(case_id, case.conversation_id, employee_id, moved.epoch)


async def _becomes_conversation(session: AsyncSession, case: Case, standing: Standing) -> bool:
    """Whether claiming this callback begins a chat: she wants no telephone, and nobody else has the conversation."""
    wants_chat = case.kind == CaseKind.CALLBACK and cases.contact(case) is Contact.CHAT
    if not wants_chat or standing.owner != Owner.BOT:
        return False
    return await cases.open_case_of(session, case.conversation_id) is None


async def release(
    session: AsyncSession,
    case_id: str,
    employee_id: str,
    *,
    now: datetime,
    notice: Notice,
    actor: str | None = None,
    **details: str,
) -> None:
    """Give a case back to the front of the queue (employee → queued), before all who were not helped yet.

    Args:
        actor: Who did it, where it was not she herself.
        details: For the audit line: why.

    Raises:
        NotAllowed: she does not hold it.
    """
    _, case = await held_case(session, case_id, employee_id)
    await count_down(session, employee_id, now=now)
    await set_case(
        session,
        case,
        CaseState.WAITING,
        employee_id=None,
        waiting_since=await queue.front(session, case),
        # Whoever gives it back herself does not want it; who only lost her connection may go on.
        preferred_employee_id=employee_id if actor else None,
    )
    by = actor or f"employee:{employee_id}"
    moved = await let_go(session, case, employee_id, Owner.QUEUED, "release", actor=by, now=now, **details)
    if moved is not None:
        await say_place(session, case.conversation_id, notice, now=now)


async def to_team(
    session: AsyncSession, case_id: str, employee_id: str, team: Team, *, now: datetime, notice: Notice
) -> None:
    """Pass a held case on to another team: to the front of that team's queue (employee → queued).

    Raises:
        NotAllowed: she does not hold it, or it is that team's already.
    """
    _, case = await held_case(session, case_id, employee_id)
    if case.team == team:
        raise NotAllowed("the case is this team's already; choose another")
    from_team = case.team
    await count_down(session, employee_id, now=now)
    at_front = await queue.front(session, case, team)
    await set_case(session, case, CaseState.WAITING, employee_id=None, team=team, waiting_since=at_front)
    by = f"employee:{employee_id}"
    moved = await let_go(
        session, case, employee_id, Owner.QUEUED, "to_team", actor=by, now=now, from_team=from_team, to_team=team
    )
    if moved is not None:
        await say_place(session, case.conversation_id, notice, now=now)


async def release_all(
    session: AsyncSession,
    employee: Employee,
    *,
    now: datetime,
    notice_for: NoticeFor,
    kinds: Collection[CaseKind] = tuple(CaseKind),
    actor: str | None = None,
    **details: str,
) -> int:
    """Give back to the front of the queue whatever an employee holds of these kinds; returns how many cases."""
    await lock_employee(session, employee.id)
    held = await cases.lock_held_by(session, employee.id, kinds)
    for case in held:
        notice = await notice_for(session, case, employee)
        await release(session, case.id, employee.id, now=now, notice=notice, actor=actor, **details)
    return len(held)


async def transfer(session: AsyncSession, case_id: str, from_id: str, to_id: str, *, now: datetime) -> Claim:
    """Give a held case to a colleague (employee → employee).

    Raises:
        NotAllowed: the giver does not hold it, or the taker has no right to it.
        AtCapacity: the taker already has her maximum of open conversations.
    """
    if from_id == to_id:
        raise NotAllowed("the case is already hers; choose a colleague")
    giver, taker = await active_employee(session, from_id), await active_employee(session, to_id)
    case = await cases.get(session, case_id)
    check_held(case, giver.id)
    check_right(taker, case)
    for employee in sorted((giver, taker), key=lambda one: one.id):
        if employee.id == taker.id:
            await count_up(session, taker, now=now)
        else:
            await count_down(session, giver.id, now=now)
    await set_case(session, case, CaseState.HELD, employee_id=to_id)
    moved = await let_go(
        session,
        case,
        from_id,
        Owner.EMPLOYEE,
        "transfer",
        actor=f"employee:{from_id}",
        now=now,
        to_employee=to_id,
    )
    if moved is not None:
        await _tell(session, case, texts.transferred(taker.display_name), now=now)
    standing = moved or await where_it_stands(session, case.conversation_id)
    return Claim(case_id, case.conversation_id, to_id, standing.epoch)


async def hand_back(
    session: AsyncSession, case_id: str, employee_id: str, *, now: datetime, note: str | None = None
) -> None:
    """Give the conversation back to the bot (employee → bot), with an optional note to the citizen.

    Raises:
        NotAllowed: she does not hold it.
    """
    _, case = await held_case(session, case_id, employee_id)
    await count_down(session, employee_id, now=now)
    await set_case(session, case, CaseState.DONE, done_at=now, outcome=Outcome.HANDED_BACK)
    by = f"employee:{employee_id}"
    if await let_go(session, case, employee_id, Owner.BOT, "hand_back", actor=by, now=now):
        text = f"{note}\n\n{texts.HANDED_BACK}" if note else texts.HANDED_BACK
        await _tell(session, case, text, now=now)


async def _tell(session: AsyncSession, case: Case, text: str, *, now: datetime) -> None:
    await say(session, case.conversation_id, Draft(text, MessageKind.HANDOVER), now=now)
