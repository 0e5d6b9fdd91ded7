"""The conversation as plain text, for the citizen to keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from babel.dates import format_datetime
from sqlalchemy.ext.asyncio import AsyncSession

from bot.content import Municipality
from bot.conversation import linked
from handoff import messages, own_words
from handoff.hours import AMSTERDAM
from handoff.tables import Conversation, Message
from handoff.vault import Vault
from handoff.vocabulary import Sender


async def read(session: AsyncSession, vault: Vault, conversation: Conversation, municipality: Municipality) -> str:
    """The conversation with the parts that it goes on from, the earliest first."""
    parts = []
    for one in reversed(await linked(session, conversation)):
        said = await messages.after(session, one.id, 0)
        parts.append(write(one, said, municipality, await own_words.texts(session, vault, said)))
    return "\n".join(parts)


def write(
    conversation: Conversation, said: Sequence[Message], municipality: Municipality, texts: Mapping[str, str]
) -> str:
    """Every message with who said it and when; personal data stays masked, but for what the assistant repeated to her.

    Args:
        texts: The text of each message as she may read it, by id.
    """
    opened = format_datetime(conversation.opened_at, "EEEE d MMMM y 'om' H.mm 'uur'", tzinfo=AMSTERDAM, locale="nl")
    who = {
        Sender.CITIZEN: "U",
        Sender.BOT: f"{municipality.assistant_name} (digitale assistent)",
        Sender.SYSTEM: "Melding",
    }
    lines = [f"Gesprek met de {municipality.full_name}", f"Begonnen op {opened}", ""]
    for message in said:
        name = message.sender_name or "Medewerker"
        time = format_datetime(message.created_at, "H.mm", tzinfo=AMSTERDAM, locale="nl")
        lines += [f"[{time}] {who.get(Sender(message.sender), name)}:", texts[message.id].replace("**", "")]
        lines += [f"  {link['title']}: {link['url']}" for link in message.links]
        lines.append("")
    return "\n".join(lines)
