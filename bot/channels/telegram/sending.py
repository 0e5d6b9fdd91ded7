"""Delivers what the outbox owes to Telegram chats: in order within a conversation, many conversations at once."""

from __future__ import annotations

import asyncio
import contextlib
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import structlog
from telegram import Bot, InputFile, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import RetryAfter, TelegramError

from bot.channels.telegram import peers
from bot.channels.telegram.api import SENDS_AT_ONCE, Failure, describe, judge, wait_seconds
from bot.channels.telegram.events import next_event, pass_over
from bot.channels.telegram.pace import Pace
from bot.channels.telegram.rendering import Part, render
from bot.channels.telegram.throttle import Throttle
from bot.desk import Desk
from bot.metrics import DELIVERIES
from handoff import conversations, outbox, own_words, reading_along
from handoff.attachments import Opened
from handoff.bus import Event, Subscription
from handoff.exceptions import FileMissing, UnknownConversation
from handoff.messages import Button, Link
from handoff.outbox import OUTBOX_SUBJECT, OutboxState
from handoff.tables import Conversation, Message, OutboxRow
from handoff.vault import WrongKey
from handoff.vocabulary import ChannelName, Sender

log = structlog.get_logger(__name__)

GATHER_SECONDS = 0.02
"""Events that come within this time are answered by one look at the outbox."""
NO_BOT_SECONDS = 300.0
"""How long a message waits whose municipality has no bot here: its token may come back."""
_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


@dataclass(frozen=True)
class _Parcel:
    """What goes to which chat."""

    chat_id: int
    parts: tuple[Part, ...]
    silent: bool = False
    """Without a sound: somebody else may hear it."""
    file: Opened | None = None
    """What an employee sends; the first part stands under it."""


class _MustWait(Exception):
    """Nothing may be pushed to this citizen until she writes."""


class Delivery:
    """Sends for all municipalities that have a bot here.

    Args:
        bots: By municipality, each with what keeps it to Telegram's limits.
    """

    def __init__(self, desk: Desk, bots: Mapping[str, tuple[Bot, Throttle]], pace: Pace) -> None:
        self._desk = desk
        self._bots = {key: bot for key, (bot, _) in bots.items()}
        self._throttles = {key: throttle for key, (_, throttle) in bots.items()}
        self._pace = pace
        self._holder = str(uuid.uuid4())
        self._slots = asyncio.Semaphore(SENDS_AT_ONCE)
        self._sending: dict[str, asyncio.Task[None]] = {}
        self._task: asyncio.Task[None] | None = None
        self._release_at = 0.0
        self._out_of_reach = 0

    async def start(self) -> None:
        """Begin delivering; what a former process left half sent is marked as uncertain first."""
        if self._desk.database.is_sqlite:  # the only process: whatever is being sent belongs to a dead one
            await self._release_interrupted(timedelta(seconds=-1))
        self._task = asyncio.create_task(self._run(), name="telegram-delivery")

    async def stop(self) -> None:
        """Stop looking for work, and wait a while for what is on its way."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        sending = list(self._sending.values())
        if sending:
            await asyncio.wait(sending, timeout=self._pace.stop_seconds)
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)

    async def _run(self) -> None:
        async with self._desk.bus.subscribe(OUTBOX_SUBJECT) as events:
            while True:
                try:
                    await self._release_now_and_then()
                    await self._send_due(events)
                except Exception as error:  # noqa: BLE001 - the outbox is looked at again
                    log.error("telegram.outbox_unreadable", error=type(error).__name__)
                await next_event(events, self._pace.look_seconds)
                await pass_over(events, GATHER_SECONDS)

    async def _release_now_and_then(self) -> None:
        if time.monotonic() >= self._release_at:
            self._release_at = time.monotonic() + self._pace.interrupted_seconds / 4
            await self._release_interrupted(timedelta(seconds=self._pace.interrupted_seconds))

    async def _release_interrupted(self, age: timedelta) -> None:
        older_than = self._desk.clock() - age
        async with self._desk.database.write() as session:
            count = await outbox.release_interrupted(session, ChannelName.TELEGRAM, older_than=older_than)
        if count:
            DELIVERIES.labels(ChannelName.TELEGRAM, OutboxState.UNCERTAIN).inc(count)
            log.warning("telegram.interrupted_sends", count=count)

    async def _send_due(self, events: Subscription) -> None:
        async with self._desk.database.read() as session:
            rows = await outbox.due(session, ChannelName.TELEGRAM, now=self._desk.clock(), besides=tuple(self._sending))
        for row in rows:
            if row.conversation_id not in self._sending:
                task = asyncio.create_task(self._deliver(row), name=f"telegram-send-{row.id}")
                self._sending[row.conversation_id] = task
                task.add_done_callback(partial(self._sent, row.conversation_id, events))

    def _sent(self, conversation_id: str, events: Subscription, _: asyncio.Task[None]) -> None:
        """The conversation's next message, if there is one, is now due."""
        self._sending.pop(conversation_id, None)
        events.offer(Event(OUTBOX_SUBJECT, "due"))

    async def _deliver(self, row: OutboxRow) -> None:
        async with self._slots:
            try:
                await self._take_and_send(row)
            except Exception as error:  # noqa: BLE001 - the row stays `sending` and becomes uncertain
                log.error("telegram.delivery_failed", conversation=row.conversation_id, error=type(error).__name__)

    async def _take_and_send(self, row: OutboxRow) -> None:
        # Read before taking: a failure here leaves the row as it was, to be sent later.
        bot = self._bots.get(row.municipality)
        parcel: _Parcel | None = None
        try:
            parcel = await self._parcel(row)
        except UnknownConversation:
            return  # erased, and its outbox with it
        except _MustWait:
            await self._hold_back(row)
            return
        except FileMissing:
            log.error("telegram.file_missing", advice="put the folder `attachments` back with the database")
            await self._fail(row, "the file is not there")
            return
        except WrongKey:
            log.error("telegram.unreadable_chat", advice="BALIE_SECRET_KEY is not the one it was stored with")
        async with self._desk.database.write() as session:
            if not await outbox.take(session, row.id, holder=self._holder, now=self._desk.clock()):
                return
        if bot is None:
            await self._again(row, "this municipality has no bot", NO_BOT_SECONDS)
        elif parcel is None:
            await self._again(row, "the chat cannot be read with this secret key", NO_BOT_SECONDS)
        else:
            await self._send(row, bot, parcel)

    async def _hold_back(self, row: OutboxRow) -> None:
        """Wait until she writes; if she did so just now, it stays as it was."""
        with contextlib.suppress(UnknownConversation):
            async with self._desk.database.write() as session:
                conversation = await conversations.lock(session, row.conversation_id)
                if await reading_along.must_wait(session, conversation, row.seq, now=self._desk.clock()):
                    await outbox.hold_back(session, row.id)

    async def _parcel(self, row: OutboxRow) -> _Parcel:
        async with self._desk.database.read() as session:
            message = await session.get(Message, row.message_id)
            conversation = await session.get(Conversation, row.conversation_id)
            if message is None or conversation is None or conversation.peer_encrypted is None:
                raise UnknownConversation(row.conversation_id)
            if await reading_along.must_wait(session, conversation, row.seq, now=self._desk.clock()):
                raise _MustWait
            shown = await own_words.texts(session, self._desk.vault, [message])
            by_employee = message.sender == Sender.EMPLOYEE
            file = await self._desk.attachments.open(session, message) if message.attachment and by_employee else None
        speaker = message.sender_name if by_employee else None
        parts = render(
            shown[message.id],
            [Button(**button) for button in message.buttons],
            [Link(**link) for link in message.links],
            speaker=speaker,
        )
        chat_id = int(self._desk.vault.decrypt(conversation.peer_encrypted))
        return _Parcel(chat_id, parts, reading_along.careful(conversation), file)

    async def _send(self, row: OutboxRow, bot: Bot, parcel: _Parcel) -> None:
        arrived = 0
        try:
            async with asyncio.timeout(self._pace.interrupted_seconds / 2):
                for part in parcel.parts:
                    await self._throttles[row.municipality].wait(parcel.chat_id)
                    await self._send_part(bot, parcel, part, persistent=arrived > 0)
                    arrived += 1
        except TelegramError as error:
            await self._settle_failure(row, error, partly=arrived > 0)
            return
        except TimeoutError:
            await self._uncertain(row, "Telegram kept this message waiting too long")
            return
        self._out_of_reach = 0
        async with self._desk.database.write() as session:
            await outbox.sent(session, row.id, now=self._desk.clock())
        DELIVERIES.labels(ChannelName.TELEGRAM, OutboxState.SENT).inc()

    async def _send_part(self, bot: Bot, parcel: _Parcel, part: Part, *, persistent: bool) -> None:
        """Send one part; a later part of a message is tried again here, since its beginning has arrived."""
        failures = 0
        while True:
            try:
                await self._send_once(bot, parcel, part)
                return
            except TelegramError as error:
                failure = judge(error)
                if not persistent or failure not in (Failure.NO_CONNECTION, Failure.NOT_SENT, Failure.WAIT):
                    raise
                failures += 1
                wait = wait_seconds(error) if isinstance(error, RetryAfter) else self._pace.pause(failures)
                await asyncio.sleep(wait)

    async def _send_once(self, bot: Bot, parcel: _Parcel, part: Part) -> None:
        if parcel.file is not None and part is parcel.parts[0]:
            await bot.send_document(
                parcel.chat_id,
                InputFile(parcel.file.data, filename=parcel.file.name),
                caption=part.html,
                parse_mode=ParseMode.HTML,
                disable_notification=parcel.silent,
            )
            return
        try:
            await bot.send_message(
                parcel.chat_id,
                part.html,
                parse_mode=ParseMode.HTML,
                reply_markup=part.keyboard,
                link_preview_options=_NO_PREVIEW,
                disable_notification=parcel.silent,
            )
        except TelegramError as error:
            if judge(error) is not Failure.MALFORMED:
                raise
            log.warning("telegram.markup_refused", error=describe(error))
            await bot.send_message(
                parcel.chat_id,
                part.plain,
                reply_markup=part.plain_keyboard,
                link_preview_options=_NO_PREVIEW,
                disable_notification=parcel.silent,
            )

    async def _settle_failure(self, row: OutboxRow, error: TelegramError, *, partly: bool) -> None:
        reason = describe(error)
        match judge(error):
            case Failure.UNREACHABLE:
                await self._fail(row, reason)
                await peers.close_unreachable(self._desk, row.conversation_id, reason="unreachable")
            case Failure.MALFORMED:
                log.error("telegram.message_refused", conversation=row.conversation_id, error=reason)
                await self._fail(row, reason)
            case Failure.WAIT if isinstance(error, RetryAfter):
                await self._again(row, reason, wait_seconds(error))
            case Failure.REFUSED_TOKEN:
                await self._again(row, reason, self._pace.refused_pause_seconds)
            case Failure.NO_CONNECTION if not partly:
                self._out_of_reach += 1
                await self._again(row, reason, self._pace.pause(self._out_of_reach))
            case Failure.NOT_SENT if not partly:
                await self._again(row, reason, None)
            case _:
                await self._uncertain(row, reason)

    async def _again(self, row: OutboxRow, reason: str, after_seconds: float | None) -> None:
        async with self._desk.database.write() as session:
            state = await outbox.retry(session, row, reason, now=self._desk.clock(), after_seconds=after_seconds)
        DELIVERIES.labels(ChannelName.TELEGRAM, "retry" if state is OutboxState.PENDING else state).inc()
        log.info("telegram.send_again", conversation=row.conversation_id, error=reason, state=state)

    async def _uncertain(self, row: OutboxRow, reason: str) -> None:
        async with self._desk.database.write() as session:
            await outbox.uncertain(session, row.id, reason)
        DELIVERIES.labels(ChannelName.TELEGRAM, OutboxState.UNCERTAIN).inc()
        log.warning("telegram.send_uncertain", conversation=row.conversation_id, error=reason)

    async def _fail(self, row: OutboxRow, reason: str) -> None:
        async with self._desk.database.write() as session:
            await outbox.fail(session, row.id, reason)
        DELIVERIES.labels(ChannelName.TELEGRAM, OutboxState.FAILED).inc()
