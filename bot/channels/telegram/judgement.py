"""What a citizen thinks of a conversation that is over, asked in the chat one question after the other.

Each answer is kept as it is given, so she can stop at any question. Whether anything may be asked is decided in
`handoff/ratings.py`: never after crisis, urgent, grief, abuse or threat.
"""

from __future__ import annotations

from dataclasses import replace

import structlog
from telegram import ForceReply, InlineKeyboardButton, InlineKeyboardMarkup

from bot import comment
from bot.channels.telegram import peers, texts
from bot.channels.telegram.incoming import Commented, Pressed
from bot.channels.telegram.telling import Teller
from bot.desk import Desk
from handoff import conversations, ratings
from handoff.exceptions import NotAsked, UnknownConversation
from handoff.ratings import PRESSED, Given
from handoff.tables import Conversation
from handoff.vocabulary import Answered

log = structlog.get_logger(__name__)

_SCORES = range(1, 6)


def is_judgement(value: str) -> bool:
    """Whether a button answers one of these questions."""
    return value.startswith(f"{PRESSED}:")


class Judgement:
    """Takes the answers for one municipality's bot."""

    def __init__(self, desk: Desk, municipality: str, teller: Teller) -> None:
        self._desk = desk
        self._municipality = municipality
        self._teller = teller

    async def pressed(self, pressed: Pressed) -> None:
        """Keep one answer and ask the next question in its place."""
        self._teller.pressed(pressed.query_id)
        _, conversation_id, question, answer = pressed.value.split(":", 3)
        try:
            given, by_person = await self._keep(pressed.chat_id, conversation_id, question, answer)
        except (NotAsked, UnknownConversation, ValueError) as error:
            log.info("telegram.not_asked", conversation=conversation_id, error=type(error).__name__)
            self._change(pressed, texts.RATING_OVER)
            return
        if question == "v" and by_person:
            self._change(pressed, texts.RATING_TOLD_AGAIN, self._told_again(conversation_id))
        elif question != "c":
            self._change(pressed, texts.RATING_SCORE, self._scores(conversation_id))
        else:
            self._change(pressed, texts.rating_thanks(given.score))
            prompt = ForceReply(input_field_placeholder=texts.RATING_COMMENT_HINT)
            self._teller.tell(pressed.chat_id, texts.RATING_COMMENT, "comment", keyboard=prompt)

    async def commented(self, said: Commented) -> bool:
        """Keep what she adds in her own words; False when it is no comment, and so has to be read as a message.

        A comment in which somebody needs help now is such a message.
        """
        async with self._desk.database.read() as session:
            closed = await peers.newest(self._desk, self._municipality, said.chat_id)
            given = await ratings.given(session, closed.id) if closed is not None else None
        if closed is None or given is None or await comment.pressing(self._desk, said.text):
            return False
        try:
            await self._give(closed.id, replace(given, comment=said.text))
        except (NotAsked, UnknownConversation):
            return False
        self._teller.tell(said.chat_id, texts.RATING_COMMENT_KEPT, "comment")
        return True

    async def _keep(self, chat_id: int, conversation_id: str, question: str, answer: str) -> tuple[Given, bool]:
        async with self._desk.database.write() as session:
            conversation = await conversations.get(session, conversation_id)
            if not self._is_of(chat_id, conversation):
                raise UnknownConversation(conversation_id)
            asked = await ratings.asked(session, conversation, now=self._desk.clock())
            if asked is None:
                raise NotAsked(conversation_id)
            before = await ratings.given(session, conversation_id)
            given = _with(before, question, answer)
            await ratings.give(session, conversation, given, now=self._desk.clock())
        return given, asked.by_person

    async def _give(self, conversation_id: str, given: Given) -> None:
        async with self._desk.database.write() as session:
            conversation = await conversations.get(session, conversation_id)
            await ratings.give(session, conversation, given, now=self._desk.clock())

    def _is_of(self, chat_id: int, conversation: Conversation) -> bool:
        own = peers.peer_hash(self._desk, self._municipality, chat_id)
        return conversation.municipality == self._municipality and conversation.peer_hash == own

    def _change(self, pressed: Pressed, text: str, keyboard: InlineKeyboardMarkup | None = None) -> None:
        self._teller.change(pressed.chat_id, pressed.keyboard_message_id, text, keyboard)

    def _told_again(self, conversation_id: str) -> InlineKeyboardMarkup:
        answers = ((texts.RATING_NO, "nee"), (texts.RATING_YES, "ja"))
        return _row(*((title, f"{PRESSED}:{conversation_id}:o:{value}") for title, value in answers))

    def _scores(self, conversation_id: str) -> InlineKeyboardMarkup:
        return _row(*((str(score), f"{PRESSED}:{conversation_id}:c:{score}") for score in _SCORES))


def _with(before: Given | None, question: str, answer: str) -> Given:
    """What she said up to now, with this answer.

    Raises:
        ValueError: the first question was not answered, or this is no answer.
    """
    if question == "v":
        answered = {"ja": Answered.YES, "deels": Answered.PARTLY, "nee": Answered.NO}.get(answer)
        if answered is None:
            raise ValueError("no answer to this question")
        return replace(before, answered=answered) if before else Given(answered)
    if before is None:
        raise ValueError("nothing was answered before")
    if question == "o":
        return replace(before, told_again=answer == "ja")
    if question == "c" and int(answer) in _SCORES:
        return replace(before, score=int(answer))
    raise ValueError("no such question")


def _row(*buttons: tuple[str, str]) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup([[InlineKeyboardButton(title, callback_data=value) for title, value in buttons]])
