"""A citizen's own words again, for her or for a command that she gave: what stood behind a placeholder.

What is stored, logged, sent over the bus or given to Rasa keeps its placeholders. Only addresses and licence plates
come back, in what the assistant repeats of a report; a number that somebody could misuse stays covered.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence

import structlog
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from handoff.personal_data import PersonalDataKind, in_words
from handoff.tables import Message, PersonalValue
from handoff.vault import Vault, WrongKey
from handoff.vocabulary import Sender

log = structlog.get_logger(__name__)

REPEATED = (PersonalDataKind.ADDRESS, PersonalDataKind.LICENCE_PLATE)
"""Kinds of value that may be repeated to her."""
RESTORED = (*REPEATED, PersonalDataKind.LOCATION)
"""The same and a place on the map, whose degrees tell her nothing and where a report is brought everything."""
_RESTORED = re.compile(rf"\[(?:{'|'.join(RESTORED)})-\d+\]")


async def texts(session: AsyncSession, vault: Vault, said: Sequence[Message]) -> Mapping[str, str]:
    """The text of each message, by id, as the citizen of these conversations may read it."""
    repeats = [one for one in said if one.sender == Sender.BOT and _RESTORED.search(one.text)]
    if not repeats:
        return {one.id: one.text for one in said}
    known = await _values(session, vault, {one.conversation_id for one in repeats})
    restored = {one.id: restore(one.text, known[one.conversation_id]) for one in repeats}
    return {one.id: restored.get(one.id, one.text) for one in said}


async def values_of(session: AsyncSession, vault: Vault, conversation_id: str) -> Mapping[str, str]:
    """What stands behind the placeholders of a conversation that may be repeated."""
    return (await _values(session, vault, {conversation_id}))[conversation_id]


def restore(text: str, values: Mapping[str, str], otherwise: Callable[[str], str] = in_words) -> str:
    """`text` with her own words; `otherwise` says in words what stays covered."""
    return otherwise(_RESTORED.sub(lambda found: values.get(found[0], found[0]), text))


async def _values(session: AsyncSession, vault: Vault, ids: Iterable[str]) -> Mapping[str, dict[str, str]]:
    wanted = select(PersonalValue).where(PersonalValue.conversation_id.in_(ids), PersonalValue.kind.in_(RESTORED))
    found: dict[str, dict[str, str]] = {one: {} for one in ids}
    try:
        for row in await session.scalars(wanted):
            found[row.conversation_id][row.placeholder] = vault.decrypt(row.ciphertext)
    except WrongKey:
        log.error("own_words.unreadable", advice="BALIE_SECRET_KEY is not the one it was stored with")
    return found
