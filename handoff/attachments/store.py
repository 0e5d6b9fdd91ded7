"""Keeping a file with its message, and giving it back to who may have it."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import audit, messages, personal_data
from handoff.attachments.cabinet import FileCabinet, Filed
from handoff.attachments.checking import IMAGES, Checked, Limits, check, check_size
from handoff.attachments.scanning import Scanner
from handoff.database import Database
from handoff.exceptions import FileMissing, FilesNeedPerson, RefusedFile, StaleOwner, UnknownConversation
from handoff.messages import Draft
from handoff.tables import Attachment, Conversation, Message, new_id
from handoff.vault import Vault
from handoff.vocabulary import FileKind, MessageKind, Owner, Sender

log = structlog.get_logger(__name__)

MAX_IN_CONVERSATION = 30
"""Files: more belongs in an application form, and a disk is not endless."""
LOOKED_AT_AT_ONCE = 2
"""Files unpacked at the same time: a photo of 64 million points takes some 200 MB while it is built anew."""
_NOTHING_STORED = (RefusedFile, StaleOwner, FilesNeedPerson, UnknownConversation)
"""Raised before any commit."""
UNCLAIMED = timedelta(hours=1)
"""A file is written before its row; longer than this nobody is at it any more."""


@dataclass(frozen=True)
class Prepared:
    """A file that was looked at and written, and has no message yet."""

    checked: Checked
    filed: Filed
    found: tuple[personal_data.Found, ...]
    """Personal data in its name."""


@dataclass(frozen=True)
class Opened:
    """A file for who may have it."""

    name: str
    kind: FileKind
    data: bytes


class Attachments:
    """The files of all conversations.

    Args:
        scanner: None where there is no virus scanner: then only photos come in, for these are built anew.
    """

    def __init__(self, cabinet: FileCabinet, vault: Vault, limits: Limits, scanner: Scanner | None) -> None:
        self._cabinet = cabinet
        self._vault = vault
        self._scanner = scanner
        kinds = limits.kinds if scanner is not None else limits.kinds & IMAGES
        self.limits = Limits(kinds, limits.max_bytes)
        """What may come in here and now."""
        self._looking = asyncio.Semaphore(LOOKED_AT_AT_ONCE)

    @property
    def is_open(self) -> bool:
        """Whether any file may come in."""
        return bool(self.limits.kinds)

    @contextlib.asynccontextmanager
    async def prepared(self, name: str, data: bytes) -> AsyncIterator[Prepared]:
        """Look at a file and write it, for `keep` in a transaction inside; taken away again when that is refused.

        After any other failure its row may be committed all the same (a connection that broke during the commit), so
        the file stays; where it has no row `sweep` takes it away.

        Args:
            name: As the sender's device gave it.

        Raises:
            RefusedFile: it may not come in; the message says why, in Dutch.
            ScannerAway: nobody can look at it now; nothing was kept.
        """
        if not self.is_open:
            raise RefusedFile("Hier kunt u geen bestanden sturen. Vraag de medewerker hoe het wel kan.")
        check_size(len(data), self.limits)
        async with self._looking:
            if self._scanner is not None:
                await self._scanner.scan(data)
            checked = await asyncio.to_thread(check, name, data, self.limits)
        found = tuple(await asyncio.to_thread(personal_data.find, checked.name))
        filed = await self._cabinet.put(checked.data)
        try:
            yield Prepared(checked, filed, found)
        except _NOTHING_STORED:
            await self._cabinet.remove([filed.file])
            raise

    async def check_room(self, session: AsyncSession, conversation_id: str) -> None:
        """Whether one more file may come, before one is fetched or looked at.

        Raises:
            RefusedFile: the conversation has as many files as it may.
        """
        held = await session.scalar(
            select(func.count()).select_from(Attachment).where(Attachment.conversation_id == conversation_id)
        )
        if (held or 0) >= MAX_IN_CONVERSATION:
            raise RefusedFile(
                f"Er zijn al {MAX_IN_CONVERSATION} bestanden in dit gesprek. "
                "Typ aan de medewerker wat u nog wilt sturen. Die zoekt met u een andere manier."
            )

    async def keep(
        self,
        session: AsyncSession,
        prepared: Prepared,
        conversation_id: str,
        *,
        sender: Sender,
        now: datetime,
        channel_message_id: str | None = None,
        employee_id: str | None = None,
        employee_name: str | None = None,
    ) -> Message:
        """Store the message that brings a file, while an employee has the conversation.

        Args:
            employee_id: Of the employee who sends it; refused when she does not have the conversation (any more).

        Raises:
            StaleOwner: no employee has it, or another one; nothing was stored.
            RefusedFile: the conversation has as many files as it may.
            UnknownConversation: it does not exist (any more).
        """
        checked = prepared.checked
        masked = await messages.mask_in_conversation(
            session, self._vault, conversation_id, checked.name, found=prepared.found
        )
        told = {"id": new_id(), "name": masked.text, "kind": str(checked.kind), "bytes": len(checked.data)}
        message = await messages.append(
            session,
            conversation_id,
            Draft(f"Bestand: {masked.text}", MessageKind.FILE, attachment=told),
            sender=sender,
            now=now,
            expected_owner=Owner.EMPLOYEE,
            expected_employee=employee_id,
            channel_message_id=channel_message_id,
            employee_id=employee_id,
            sender_name=employee_name,
        )
        await self.check_room(session, conversation_id)
        key = self._vault.encrypt(base64.b64encode(prepared.filed.key).decode())
        session.add(
            Attachment(
                id=told["id"],
                conversation_id=conversation_id,
                message_id=message.id,
                file=prepared.filed.file,
                key_encrypted=key,
                created_at=now,
            )
        )
        await _record(session, conversation_id, sender, employee_id, told, now)
        return message

    async def open(self, session: AsyncSession, message: Message) -> Opened:
        """The file that came with a message.

        Raises:
            FileMissing: it brought none, or the file is not in its folder.
            WrongKey: it was kept under another secret key.
        """
        row = (await session.scalars(select(Attachment).where(Attachment.message_id == message.id))).one_or_none()
        if row is None or message.attachment is None:
            raise FileMissing("this message brought no file")
        key = base64.b64decode(self._vault.decrypt(row.key_encrypted))
        data = await self._cabinet.get(Filed(row.file, key))
        return Opened(message.attachment["name"], FileKind(message.attachment["kind"]), data)

    async def discard(self, prepared: Prepared) -> None:
        """Take away a prepared file that nobody needs after all."""
        await self._cabinet.remove([prepared.filed.file])

    async def remove(self, files: Collection[str]) -> None:
        """Take away what `retention.erase` named, after its commit."""
        await self._cabinet.remove(files)

    async def sweep(self, database: Database, *, now: datetime) -> int:
        """Take away files without a row, such as after a power cut; returns how many."""

        async def known(files: Collection[str]) -> Collection[str]:
            async with database.read() as session:
                return (await session.scalars(select(Attachment.file).where(Attachment.file.in_(files)))).all()

        return await self._cabinet.sweep(older_than=(now - UNCLAIMED).timestamp(), known=known)


async def find(session: AsyncSession, conversation_id: str, attachment_id: str) -> Message | None:
    """The message of this conversation that brought this file."""
    wanted = (
        select(Message)
        .join(Attachment, Attachment.message_id == Message.id)
        .where(Attachment.id == attachment_id, Attachment.conversation_id == conversation_id)
    )
    return (await session.scalars(wanted)).one_or_none()


async def _record(
    session: AsyncSession,
    conversation_id: str,
    sender: Sender,
    employee_id: str | None,
    told: dict[str, Any],
    now: datetime,
) -> None:
    municipality = await session.scalar(select(Conversation.municipality).where(Conversation.id == conversation_id))
    audit.record(
        session,
        "attachment",
        at=now,
        municipality=municipality or "",
        actor=f"employee:{employee_id}" if employee_id else str(sender),
        conversation_id=conversation_id,
        kind=told["kind"],
        bytes=told["bytes"],
    )
