"""A file from a citizen, over whichever channel: only while an employee has the conversation."""

from __future__ import annotations

from bot.conversation import Receipt
from bot.desk import Desk
from handoff import conversations, messages
from handoff.exceptions import ConversationClosed, FilesNeedPerson, RefusedFile, StaleOwner
from handoff.tables import Conversation
from handoff.vocabulary import Owner, Sender


def may_send(desk: Desk, conversation: Conversation) -> bool:
    """Whether a file of hers would be taken in now."""
    return desk.attachments.is_open and conversation.owner == Owner.EMPLOYEE


def check(desk: Desk, conversation: Conversation) -> None:
    """Before a file is fetched or read.

    Raises:
        ConversationClosed: open a linked conversation.
        FilesNeedPerson: no employee has the conversation.
        RefusedFile: no files are taken in here.
    """
    if conversation.owner == Owner.CLOSED:
        raise ConversationClosed(conversation.id)
    if not desk.attachments.is_open:
        raise RefusedFile("Hier kunt u geen bestanden sturen. Vraag de medewerker hoe het wel kan.")
    if conversation.owner != Owner.EMPLOYEE:
        raise FilesNeedPerson(conversation.id)


async def receive(desk: Desk, conversation_id: str, channel_message_id: str, name: str, data: bytes) -> Receipt:
    """Look at a file and store it with its message; a repeated id is only acknowledged.

    Args:
        channel_message_id: The channel's own id, as of a message.
        name: As the citizen's device gave it.

    Raises:
        RefusedFile: it may not come in; the message says why, in Dutch.
        ScannerAway: nobody can look at it now.
        FilesNeedPerson, ConversationClosed, UnknownConversation: nothing was stored.
    """
    async with desk.database.read() as session:
        known = await messages.by_channel_id(session, conversation_id, channel_message_id)
        if known is not None:
            return Receipt(known, repeated=True)
        check(desk, await conversations.get(session, conversation_id))
    async with desk.attachments.prepared(name, data) as prepared:
        try:
            async with desk.database.write() as session:
                await conversations.lock(session, conversation_id)
                known = await messages.by_channel_id(session, conversation_id, channel_message_id)
                if known is None:
                    stored = await desk.attachments.keep(
                        session,
                        prepared,
                        conversation_id,
                        sender=Sender.CITIZEN,
                        now=desk.clock(),
                        channel_message_id=channel_message_id,
                    )
                    return Receipt(stored, repeated=False)
        except StaleOwner as error:
            raise FilesNeedPerson(conversation_id) from error
    await desk.attachments.discard(prepared)
    return Receipt(known, repeated=True)
