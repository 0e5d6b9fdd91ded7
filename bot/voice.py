"""In which words a citizen is spoken to: her language, "je" for a child, else Dutch with "u"."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import texts
from bot.content.crisis_texts import Reader
from bot.content.spoken import Language
from bot.desk import Desk
from handoff import ownership
from handoff.detection.child_writer import written_by_child
from handoff.detection.languages import language_of
from handoff.messages import Button, Draft
from handoff.tables import Case, Message
from handoff.vocabulary import MessageKind, Sender

READ_BACK = 10
"""Messages of the citizen that tell who she is."""
_TELLING_WORDS = 3
"""Words from which a message that is in no other language is Dutch; before that it tells nothing."""


_ADULT_IN_DUTCH = Reader()


@dataclass(frozen=True)
class Voice:
    """How one citizen is spoken to."""

    reader: Reader = _ADULT_IN_DUTCH
    code: str | None = None
    """Of the language that is spoken; None for Dutch."""
    language: Language | None = None

    def question(self) -> Draft:
        """That the assistant knows no other language than Dutch, and whether she wants a person."""
        if self.language is None:
            raise ValueError("only who writes in another language is asked in it")
        text = self.language.offer.text
        if self.code != self.reader.language:
            text = f"{text}\n\n{self.language.offer.dutch}"
        return self.draft(text, MessageKind.QUESTION)

    def draft(self, text: str, kind: MessageKind, buttons: tuple[Button, ...] = ()) -> Draft:
        """A message in this voice."""
        return Draft(text, kind, buttons=buttons, language=self.code)

    # What is said around a handover. Each has its Dutch in bot/texts.py.

    def yes(self) -> str:
        return self.language.agree.text if self.language else texts.YES

    def no(self) -> str:
        return self.language.decline.text if self.language else texts.NO

    def call_me(self) -> str:
        return self.language.call.text if self.language else texts.CALL_ME

    def leave_queue(self) -> str:
        return self.language.back.text if self.language else texts.LEAVE_QUEUE

    def rather_not(self) -> str:
        return self.language.decline.text if self.language else texts.RATHER_NOT

    def refused(self) -> str:
        return self.language.refused.text if self.language else texts.REFUSED

    def left(self, pressing: bool) -> Draft:
        """She left the queue; an employee reads a pressing case all the same."""
        if self.language is None:
            return ownership.left(pressing)
        said = self.language.kept if pressing else self.language.refused
        return self.draft(said.text, MessageKind.HANDOVER)

    def no_call(self) -> str:
        return self.language.no_call.text if self.language else texts.CALLBACK_CANCELLED

    def ask_phone(self, dutch: str = texts.ASK_PHONE) -> str:
        return self.language.ask_phone.text if self.language else dutch


DUTCH = Voice()


def voice_for(desk: Desk, reader: Reader) -> Voice:
    """The voice that this reader understands; English where her language has no texts."""
    if reader.language is None:
        return Voice(reader)
    code, language = desk.languages.of(reader.language)
    return Voice(reader, code, language)


def reader_of(said: Iterable[Message]) -> Reader:
    """Who wrote these messages, in their order: in which language of late, and whether she is a child."""
    typed = [one.text for one in said if one.sender == Sender.CITIZEN and one.choice is None]
    return Reader(_language(typed), written_by_child(typed))


async def voice_in(desk: Desk, session: AsyncSession, conversation_id: str) -> Voice:
    """The voice for the citizen of this conversation, from what she wrote last."""
    wanted = (
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.sender == Sender.CITIZEN)
        .order_by(Message.seq.desc())
        .limit(READ_BACK)
    )
    last = (await session.scalars(wanted)).all()
    return voice_for(desk, reader_of(reversed(last)))


def called_back(voice: Voice, case: Case, dutch: Draft) -> Draft:
    """That she is called back: in her language, without the day, which is said in Dutch only."""
    if voice.language is None:
        return dutch
    text = voice.language.called.text.replace("{reference}", case.reference)
    return Draft(text, dutch.kind, language=voice.code)


def _language(typed: list[str]) -> str | None:
    for text in reversed(typed):
        found = language_of(text)
        if found is not None or len(text.split()) >= _TELLING_WORDS:
            return found
    return None
