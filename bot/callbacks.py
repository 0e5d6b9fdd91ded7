"""Asking to be called back from outside the dialogue: a form instead of a typed number."""

from __future__ import annotations

from dataclasses import dataclass

from bot import handover
from bot.desk import Desk, callback_day, describe_day
from bot.result import open_callback
from handoff import conversations, messages
from handoff.exceptions import ConversationClosed, InvalidText
from handoff.messages import clean
from handoff.vocabulary import Owner


@dataclass(frozen=True)
class Requested:
    """A callback that stands in the queue."""

    reference: str
    day: str


async def request(desk: Desk, conversation_id: str, *, phone: str, name: str, preference: str) -> Requested:
    """Put a callback in the queue.

    Raises:
        InvalidText: no telephone number was recognised.
        ConversationClosed: the conversation is closed.
    """
    now = desk.clock()
    async with desk.database.write() as session:
        conversation = await conversations.lock(session, conversation_id)
        if conversation.owner == Owner.CLOSED:
            raise ConversationClosed(conversation_id)
        where = desk.municipality(conversation.municipality)
        number = await messages.mask_in_conversation(session, desk.vault, conversation_id, phone)
        placeholder = handover.phone_placeholder(number.text)
        if placeholder is None:
            raise InvalidText("Wij herkennen dit telefoonnummer niet. Schrijf het zo: 06 12 34 56 78.")
        details = {}
        for key, value in (("name", name), ("preference", preference)):
            if value.strip():
                masked = await messages.mask_in_conversation(session, desk.vault, conversation_id, clean(value))
                details[key] = masked.text
        new = handover.new_callback(where, handover.remembered(None), placeholder, now, **details)
        case = await open_callback(desk, session, conversation_id, new, now)
        return Requested(case.reference, describe_day(callback_day(where, now)))
