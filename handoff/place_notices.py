"""Notices of a citizen's place in the queue that are changed in place, on a channel that can: rows and their rules.

Each stay in the queue has one. It begins with the message that tells her that she waits; the first change is sent as a
notice of its own, and from then on that notice is changed, so that no message comes for every step. It stands outside
of the conversation, as the bar on the website does.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Update, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.tables import Conversation, PlaceNotice
from handoff.vocabulary import Owner
from handoff.waiting_time import QueuePlace, Wait


class Owed(StrEnum):
    """What a notice needs."""

    SEND = "send"
    CHANGE = "change"
    END = "end"
    """Put something in its place that stays true."""


def owed(notice: PlaceNotice | None, *, quiet: bool, changed: bool) -> Owed | None:
    """What the notice of who still waits needs now; None when it is as it should be.

    Args:
        quiet: Nothing may come to her without her asking.
        changed: Her place is another than she was told.
    """
    if quiet:
        return Owed.END if stands(notice) else None
    if not changed or (notice is not None and notice.sent_at is not None and not stands(notice)):
        return None
    return Owed.CHANGE if stands(notice) else Owed.SEND


def stands(notice: PlaceNotice | None) -> bool:
    """Whether it is in her chat and can be changed there."""
    return notice is not None and notice.channel_message_id is not None


def is_over(notice: PlaceNotice, conversation: Conversation) -> bool:
    """Whether she no longer waits in the stay that this notice is of."""
    return conversation.owner != Owner.QUEUED or notice.epoch < conversation.epoch


def said(notice: PlaceNotice | None) -> QueuePlace | None:
    """What she was told last; None when nothing."""
    if notice is None or notice.place is None:
        return None
    ends = notice.wait_low, notice.wait_high
    return QueuePlace(notice.place, None if ends[0] is None or ends[1] is None else Wait(ends[0], ends[1]))


async def told(session: AsyncSession, conversation_id: str, epoch: int, place: QueuePlace) -> None:
    """Remember what a message of the conversation tells of her place."""
    _set(await of_stay(session, conversation_id, epoch), place)


async def of_stay(session: AsyncSession, conversation_id: str, epoch: int) -> PlaceNotice:
    """The notice of one stay, made where there is none; whoever asks holds the conversation."""
    notice = await session.get(PlaceNotice, (conversation_id, epoch), populate_existing=True)
    if notice is None:
        notice = PlaceNotice(conversation_id=conversation_id, epoch=epoch)
        session.add(notice)
    return notice


async def current(
    session: AsyncSession, channel: str, municipalities: Collection[str]
) -> Sequence[tuple[Conversation, list[PlaceNotice]]]:
    """Who waits on this channel in these municipalities, or has a notice; each with her notices, the oldest first."""
    here = (Conversation.channel == channel, Conversation.municipality.in_(municipalities))
    waiting = await session.scalars(select(Conversation).where(Conversation.owner == Owner.QUEUED, *here))
    found: dict[str, tuple[Conversation, list[PlaceNotice]]] = {one.id: (one, []) for one in waiting}
    rows = await session.execute(
        select(Conversation, PlaceNotice)
        .join(PlaceNotice, PlaceNotice.conversation_id == Conversation.id)
        .where(*here)
        .order_by(PlaceNotice.conversation_id, PlaceNotice.epoch)
    )
    for conversation, notice in rows:
        found.setdefault(conversation.id, (conversation, []))[1].append(notice)
    return list(found.values())


async def lock_of_chat(session: AsyncSession, conversation: Conversation) -> Sequence[PlaceNotice]:
    """All notices in this conversation's chat, also of conversations before it, held until the transaction ends."""
    here: ColumnElement[bool] = Conversation.id == conversation.id
    if conversation.peer_hash is not None:
        same_peer = Conversation.peer_hash == conversation.peer_hash
        here = or_(here, same_peer & (Conversation.municipality == conversation.municipality))
    wanted = (
        select(PlaceNotice)
        .where(PlaceNotice.conversation_id.in_(select(Conversation.id).where(here)))
        .order_by(PlaceNotice.conversation_id, PlaceNotice.epoch)
        .with_for_update()
    )
    return (await session.scalars(wanted, execution_options={"populate_existing": True})).all()


async def in_chat(session: AsyncSession, conversation_ids: Collection[str]) -> Sequence[str]:
    """The channel's ids of the notices that stand in the chat of these conversations."""
    wanted = select(PlaceNotice.channel_message_id).where(
        PlaceNotice.conversation_id.in_(conversation_ids), PlaceNotice.channel_message_id.is_not(None)
    )
    return [one for one in await session.scalars(wanted) if one is not None]


async def arrived(
    session: AsyncSession, conversation_id: str, epoch: int, place: QueuePlace, *, channel_message_id: str
) -> bool:
    """The notice stands in the chat and says this; False when it is no longer kept, with its conversation."""
    low, high = _ends(place)
    kept = await session.execute(
        _of(conversation_id, epoch).values(
            place=place.place, wait_low=low, wait_high=high, channel_message_id=channel_message_id
        )
    )
    return bool(kept.rowcount)  # type: ignore[attr-defined]


async def not_sent(session: AsyncSession, conversation_id: str, epoch: int) -> None:
    """It certainly did not arrive, and may be sent again."""
    await session.execute(_of(conversation_id, epoch).values(sent_at=None))


async def let_go(session: AsyncSession, conversation_id: str, epoch: int) -> None:
    """The notice says something that stays true, or can't be changed any more: nothing more comes in this stay."""
    await session.execute(_of(conversation_id, epoch).values(channel_message_id=None))


async def put_off(session: AsyncSession, conversation_id: str, epoch: int, until: datetime) -> None:
    """Leave a notice as it is until then."""
    await session.execute(_of(conversation_id, epoch).values(not_before=until))


async def forget(session: AsyncSession, notices: Collection[PlaceNotice]) -> None:
    """Delete notices that need nothing any more."""
    for one in notices:
        await session.execute(
            delete(PlaceNotice).where(
                PlaceNotice.conversation_id == one.conversation_id,
                PlaceNotice.epoch == one.epoch,
            )
        )


def _of(conversation_id: str, epoch: int) -> Update:
    return update(PlaceNotice).where(PlaceNotice.conversation_id == conversation_id, PlaceNotice.epoch == epoch)


def _set(notice: PlaceNotice, place: QueuePlace) -> None:
    notice.place = place.place
    notice.wait_low, notice.wait_high = _ends(place)


def _ends(place: QueuePlace) -> tuple[int | None, int | None]:
    return (place.wait.low, place.wait.high) if place.wait else (None, None)
