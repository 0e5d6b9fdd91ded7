"""Keeps a citizen's place in the queue up to date in her chat: one notice without a sound, changed in place.

The message that tells her that she waits says her place. Once that changes it is sent as a notice of its own, and from
then on the notice is changed, at most once in `Pace.place_seconds`, until it says that she no longer waits. What she
was told stands in the database, so any process goes on with it. Nothing depends on it: what fails is left or tried
later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Bot
from telegram.error import BadRequest, RetryAfter, TelegramError

from bot import discretion, place
from bot.channels.telegram import texts
from bot.channels.telegram.api import Failure, courtesy, describe, is_unchanged, judge, wait_seconds
from bot.channels.telegram.events import next_event, pass_over
from bot.channels.telegram.metrics import PLACE_NOTICES
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.throttle import Throttle
from bot.desk import Desk
from handoff import conversations, outbox, place_notices, reading_along
from handoff.bus import queue_subject
from handoff.exceptions import UnknownConversation
from handoff.place_notices import Owed
from handoff.tables import Conversation, PlaceNotice
from handoff.vault import WrongKey
from handoff.vocabulary import ChannelName, Owner
from handoff.waiting_time import QueuePlace

log = structlog.get_logger(__name__)

AT_ONCE = 5
"""Chats that are told at the same time; the messages of conversations go out beside it."""
GIVEN_UP_AFTER = timedelta(days=2)
"""Since anything last happened in the conversation: an old notice that can't be changed is then left as it is."""
_NOT_SENT = frozenset({Failure.NO_CONNECTION, Failure.NOT_SENT, Failure.WAIT, Failure.REFUSED_TOKEN})
_FOR_GOOD = frozenset({Failure.UNREACHABLE, Failure.MALFORMED})


@dataclass(frozen=True)
class _Step:
    """One thing to do in one chat."""

    owed: Owed
    municipality: str
    conversation_id: str
    epoch: int
    peer_encrypted: bytes | None
    text: str
    message_id: int | None
    """Of the notice that stands there; None where it is sent first."""
    says: QueuePlace | None
    """What she knows once it is done."""


class PlaceNotices:
    """Keeps the notices of all municipalities that have a bot here.

    Args:
        bots: By municipality, each with what keeps it to Telegram's limits.
    """

    def __init__(self, desk: Desk, bots: Mapping[str, tuple[Bot, Throttle]], pace: Pace) -> None:
        self._desk = desk
        self._bots = bots
        self._pace = pace
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._telling: dict[str, asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; what an earlier process told is read from the database."""
        self._task = asyncio.create_task(self._run(), name="telegram-places")

    async def stop(self) -> None:
        """Stop; a notice that is on its way is waited for, so that it is known by its number."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        telling = list(self._telling.values())
        if telling:
            await asyncio.wait(telling, timeout=self._pace.stop_seconds)
        for task in telling:
            task.cancel()
        await asyncio.gather(*telling, return_exceptions=True)

    async def _run(self) -> None:
        async with self._desk.bus.subscribe(*map(queue_subject, self._bots)) as events:
            while True:
                seconds = self._pace.place_look_seconds
                try:
                    seconds = await self._look()
                except Exception as error:  # noqa: BLE001 - looked at again; nothing else depends on it
                    log.error("telegram.places_unreadable", error=type(error).__name__)
                if await next_event(events, seconds) is not None:
                    await pass_over(events, min(self._pace.look_seconds, seconds))

    async def _look(self) -> float:
        """Begin what is owed; returns after how many seconds to look again at the latest."""
        now = self._desk.clock()
        async with self._desk.database.read() as session:
            found = await place_notices.current(session, ChannelName.TELEGRAM, tuple(self._bots))
            places = await self._places(session, [one for one, _ in found])
            changed = [
                (conversation, notices)
                for conversation, notices in found
                if _may_have_changed(conversation, notices, places.get(conversation.id))
            ]
            due = [
                conversation.id
                for conversation, notices in changed
                if conversation.id not in self._telling
                and not _waits(notices, now)
                and await self._step(session, conversation, notices, now) is not None
            ]
        await self._forget(found, now)
        for conversation_id in due:
            task = asyncio.create_task(
                self._bring_up_to_date(conversation_id), name=f"telegram-place-{conversation_id}"
            )
            self._telling[conversation_id] = task
            task.add_done_callback(partial(self._told, conversation_id))
        return self._next_look([notice for _, notices in changed for notice in notices], now)

    def _told(self, conversation_id: str, _: asyncio.Task[None]) -> None:
        self._telling.pop(conversation_id, None)

    def _next_look(self, notices: Sequence[PlaceNotice], now: datetime) -> float:
        """As soon as a notice that has to wait may be changed; not oftener than the outbox is read."""
        waits = [(one.not_before - now).total_seconds() for one in notices if one.not_before and one.not_before > now]
        return max(min([self._pace.place_look_seconds, *waits]), min(self._pace.look_seconds, 1.0))

    async def _places(self, session: AsyncSession, found: Sequence[Conversation]) -> dict[str, QueuePlace]:
        waiting: dict[str, set[str]] = {}
        for conversation in found:
            if conversation.owner == Owner.QUEUED:
                waiting.setdefault(conversation.municipality, set()).add(conversation.id)
        places: dict[str, QueuePlace] = {}
        for municipality, ids in waiting.items():
            places |= await place.places(self._desk, session, municipality, ids)
        return places

    async def _forget(self, found: Sequence[tuple[Conversation, list[PlaceNotice]]], now: datetime) -> None:
        """Delete what needs nothing more: the stay is over, and no notice stands in the chat or can be changed."""
        past = [
            notice
            for conversation, notices in found
            for notice in notices
            if place_notices.is_over(notice, conversation)
            and (not place_notices.stands(notice) or now - conversation.last_activity_at > GIVEN_UP_AFTER)
        ]
        if past:
            async with self._desk.database.write() as session:
                await place_notices.forget(session, past)

    async def _bring_up_to_date(self, conversation_id: str) -> None:
        async with self._slots:
            try:
                step = await self._take(conversation_id)
                if step is not None:
                    await self._do(step)
            except UnknownConversation:
                pass  # erased, and the notice with it
            except WrongKey:
                log.error("telegram.unreadable_chat", advice="BALIE_SECRET_KEY is not the one it was stored with")
            except Exception as error:  # noqa: BLE001 - left as it is until the next look
                log.error("telegram.place_failed", conversation=conversation_id, error=type(error).__name__)

    async def _take(self, conversation_id: str) -> _Step | None:
        """What to do in this chat, on what is true now; nobody else does it for the next `place_seconds`."""
        now = self._desk.clock()
        async with self._desk.database.write() as session:
            conversation = await conversations.lock(session, conversation_id)
            in_chat = await place_notices.lock_of_chat(session, conversation)
            if _waits(in_chat, now):
                return None
            notices = [one for one in in_chat if one.conversation_id == conversation_id]
            step = await self._step(session, conversation, notices, now)
            if step is None:
                return None
            if step.owed is Owed.SEND:
                notice = await place_notices.of_stay(session, conversation_id, step.epoch)
                notice.sent_at = now
                in_chat = [*in_chat, notice]
            for one in in_chat:
                one.not_before = now + timedelta(seconds=self._pace.place_seconds)
        return step

    async def _step(
        self, session: AsyncSession, conversation: Conversation, notices: Sequence[PlaceNotice], now: datetime
    ) -> _Step | None:
        """What her chat needs first: an end to a notice of before, else what is new of her place."""
        old = [one for one in notices if place_notices.is_over(one, conversation) and place_notices.stands(one)]
        if old:
            return await self._end(session, conversation, old[0], texts.place_was(Owner(conversation.owner)), now)
        if conversation.owner != Owner.QUEUED:
            return None
        says = await place.place_of(self._desk, session, conversation)
        if says is None:
            return None
        notice = next((one for one in notices if one.epoch == conversation.epoch), None)
        quiet = not await discretion.may_be_told_unasked(session, conversation)
        owed = place_notices.owed(notice, quiet=quiet, changed=_is_news(notice, says))
        if owed is Owed.END and notice is not None:
            return await self._end(session, conversation, notice, texts.PLACE_QUIET, now)
        if owed is Owed.SEND and not await outbox.is_settled(session, conversation.id):
            return None  # after what she is being told of it
        if owed is None:
            return None
        return self._made(conversation, conversation.epoch, owed, texts.place_notice(says), notice, says)

    async def _end(
        self, session: AsyncSession, conversation: Conversation, notice: PlaceNotice, text: str, now: datetime
    ) -> _Step | None:
        if not await reading_along.is_there(session, conversation, now=now):
            return None
        return self._made(conversation, notice.epoch, Owed.END, text, notice, None)

    @staticmethod
    def _made(
        conversation: Conversation,
        epoch: int,
        owed: Owed,
        text: str,
        notice: PlaceNotice | None,
        says: QueuePlace | None,
    ) -> _Step:
        message_id = int(notice.channel_message_id) if notice and notice.channel_message_id else None
        peer = conversation.peer_encrypted
        return _Step(owed, conversation.municipality, conversation.id, epoch, peer, text, message_id, says)

    async def _do(self, step: _Step) -> None:
        if step.peer_encrypted is None:
            return
        chat_id = int(self._desk.vault.decrypt(step.peer_encrypted))
        bot, throttle = self._bots[step.municipality]
        await throttle.wait(chat_id)
        try:
            message_id = await _bring(bot, chat_id, step)
        except TelegramError as error:
            await self._failed(step, error)
            return
        PLACE_NOTICES.labels(step.owed).inc()
        if not await self._keep(step, message_id):  # gone, while it was on its way: nobody would change it any more
            await throttle.wait(chat_id)
            ended = bot.edit_message_text(texts.PLACE_NO_MORE, chat_id=chat_id, message_id=message_id)
            await courtesy("place", ended)

    async def _keep(self, step: _Step, message_id: int) -> bool:
        """Remember what stands in the chat now; False when the notice is no longer kept: erased, or picked up."""
        async with self._desk.database.write() as session:
            if step.says is None:
                await place_notices.let_go(session, step.conversation_id, step.epoch)
                return True
            return await place_notices.arrived(
                session, step.conversation_id, step.epoch, step.says, channel_message_id=str(message_id)
            )

    async def _failed(self, step: _Step, error: TelegramError) -> None:
        """Leave it for later where that may help; a notice that may have arrived is not sent a second time."""
        PLACE_NOTICES.labels(f"{step.owed}_failed").inc()
        failure = judge(error)
        log.info("telegram.place_not_told", conversation=step.conversation_id, what=step.owed, error=describe(error))
        seconds = self._pace.longest_pause_seconds
        if isinstance(error, RetryAfter):
            seconds = wait_seconds(error)
        elif failure is Failure.REFUSED_TOKEN:
            seconds = self._pace.refused_pause_seconds
        until = self._desk.clock() + timedelta(seconds=max(seconds, self._pace.place_seconds))
        async with self._desk.database.write() as session:
            if step.owed is Owed.SEND and failure in _NOT_SENT:
                await place_notices.not_sent(session, step.conversation_id, step.epoch)
            elif step.owed is not Owed.SEND and failure in _FOR_GOOD:
                await place_notices.let_go(session, step.conversation_id, step.epoch)
            await place_notices.put_off(session, step.conversation_id, step.epoch, until)


async def _bring(bot: Bot, chat_id: int, step: _Step) -> int:
    """Send or change the notice; returns its number in the chat.

    Raises:
        TelegramError: it was not done, or nobody knows.
    """
    if step.message_id is None:
        return (await bot.send_message(chat_id, step.text, disable_notification=True)).message_id
    try:
        await bot.edit_message_text(step.text, chat_id=chat_id, message_id=step.message_id)
    except BadRequest as error:
        if not is_unchanged(error):
            raise
    return step.message_id


def _may_have_changed(conversation: Conversation, notices: Sequence[PlaceNotice], place_now: QueuePlace | None) -> bool:
    """Whether a closer look is worth its queries."""
    if any(place_notices.is_over(one, conversation) and place_notices.stands(one) for one in notices):
        return True
    notice = next((one for one in notices if one.epoch == conversation.epoch), None)
    if conversation.owner != Owner.QUEUED or place_now is None:
        return False
    return _is_news(notice, place_now) or (place_notices.stands(notice) and reading_along.careful(conversation))


def _is_news(notice: PlaceNotice | None, place_now: QueuePlace) -> bool:
    """Whether it would read otherwise than what she was told: beyond an hour a range is no news."""
    before = place_notices.said(notice)
    return before is None or texts.place_notice(before) != texts.place_notice(place_now)


def _waits(notices: Sequence[PlaceNotice], now: datetime) -> bool:
    return any(one.not_before is not None and one.not_before > now for one in notices)
