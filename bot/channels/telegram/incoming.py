"""What an update says, read without side effects: one small object for each kind that Balie treats differently.

Message ids are unique within a chat, and so is what is made of them here: the chat's own id is kept encrypted only.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from telegram import CallbackQuery, ChatMemberUpdated, InlineKeyboardMarkup, Message, Update
from telegram.constants import ChatMemberStatus, ChatType, UpdateType

from bot.channels.telegram.texts import RATING_COMMENT
from bot.conversation import ASK_FOR_PERSON
from bot.texts import TALK_TO_PERSON

WANTED_UPDATES = (
    UpdateType.MESSAGE,
    UpdateType.EDITED_MESSAGE,
    UpdateType.CALLBACK_QUERY,
    UpdateType.MY_CHAT_MEMBER,
    UpdateType.CHANNEL_POST,
)

_NOT_TEXT = {
    "photo": ("foto", "uw foto"),
    "voice": ("spraakbericht", "uw spraakbericht"),
    "audio": ("geluidsbestand", "uw geluidsbestand"),
    "video": ("video", "uw video"),
    "video_note": ("videobericht", "uw videobericht"),
    "animation": ("bewegend plaatje", "uw bewegende plaatje"),
    "document": ("bestand", "uw bestand"),
    "sticker": ("sticker", "uw sticker"),
    "contact": ("contact", "het contact"),
    "poll": ("peiling", "uw peiling"),
    "dice": ("dobbelsteen", "uw dobbelsteen"),
    "story": ("verhaal", "uw verhaal"),
    "game": ("spel", "het spel"),
    "paid_media": ("foto of video", "uw foto of video"),
    "checklist": ("lijst", "uw lijst"),
}
"""Kinds of content that are no text: what is kept of them in the conversation, and how they are named to the citizen.

An animation also fills `document`: the first that is there counts.
"""


@dataclass(frozen=True)
class Said:
    """A citizen's words, or a command that stands for words."""

    chat_id: int
    message_id: str
    text: str
    choice: str | None = None
    corrects: str | None = None
    """The id of the message that she changed into this one."""


@dataclass(frozen=True)
class Commented:
    """Words in reply to the question what else she wants to say of a conversation that is over."""

    chat_id: int
    message_id: str
    text: str


@dataclass(frozen=True)
class Located:
    """A place on the map."""

    chat_id: int
    message_id: str
    text: str
    """Its coordinates, with the name and address of a place that has these."""


@dataclass(frozen=True)
class AskedCode:
    """/code: a code to say on the telephone or at the counter."""

    chat_id: int
    message_id: str


@dataclass(frozen=True)
class AskedHelp:
    """/start, /help, /privacy or /wachtrij: a text that is always there."""

    chat_id: int
    message_id: str
    command: str


@dataclass(frozen=True)
class AskedStop:
    """/stop: the conversation ends and nothing more is sent."""

    chat_id: int
    message_id: str


@dataclass(frozen=True)
class AskedErasure:
    """/wis: everything that is kept of this chat has to go."""

    chat_id: int
    message_id: str


@dataclass(frozen=True)
class Sent:
    """A file that can be fetched from Telegram."""

    file_id: str
    message_id: str
    """Each photo of an album has its own."""
    name: str
    bytes: int | None
    """As Telegram says; None when it does not."""


@dataclass(frozen=True)
class NotText:
    """A photo, voice message, sticker or anything else that is not read."""

    chat_id: int
    message_id: str
    noun: str
    """What the conversation keeps of it: "foto"."""
    named: str
    """How it is named to the citizen: "uw foto"."""
    caption: Said | None = None
    file: Sent | None = None


@dataclass(frozen=True)
class Pressed:
    """A button under one of the bot's messages."""

    chat_id: int
    keyboard_message_id: int
    query_id: str
    value: str
    title: str | None
    """None when Telegram no longer shows the message it stood under."""
    keyboard: InlineKeyboardMarkup | None

    @property
    def message_id(self) -> str:
        """The same answer under the same message is one message, also when she taps twice (two query ids)."""
        return f"tg:{self.keyboard_message_id}:{self.value}"


@dataclass(frozen=True)
class InGroup:
    """Anything from a group or channel."""

    chat_id: int
    may_speak: bool
    """In a group a sentence is said before leaving; in a channel it would be published."""


@dataclass(frozen=True)
class Blocked:
    """The citizen blocked the bot."""

    chat_id: int


@dataclass(frozen=True)
class Ignored:
    """Nothing was said: the bot's own change of status, a pinned message, a location that moves."""

    kind: str


Asked = AskedHelp | AskedCode | AskedStop | AskedErasure
Incoming = Said | Commented | Located | Asked | NotText | Pressed | InGroup | Blocked | Ignored


def read(update: Update) -> Incoming:
    """What this update says."""
    if update.callback_query is not None:
        return _pressed(update.callback_query)
    if update.my_chat_member is not None:
        return _membership(update.my_chat_member)
    message = update.message or update.edited_message
    if message is None:
        post = update.channel_post
        return InGroup(post.chat.id, may_speak=False) if post else Ignored("unknown")
    if message.chat.type != ChatType.PRIVATE:
        spoken = message.text or message.caption or message.effective_attachment
        return InGroup(message.chat.id, may_speak=True) if spoken else Ignored("group_service")
    return _edit(message, update.update_id) if update.edited_message else _message(message)


def _message(message: Message) -> Incoming:
    message_id = f"tg:{message.message_id}"
    if message.text is not None:
        if _answers_comment_question(message):
            return Commented(message.chat.id, message_id, message.text)
        return _words(message.chat.id, message_id, message.text)
    if (place := _place(message)) is not None:
        return Located(message.chat.id, message_id, place)
    if (own_number := _own_number(message)) is not None:
        return Said(message.chat.id, message_id, own_number)
    return _not_text(message, message_id)


def _words(chat_id: int, message_id: str, text: str) -> Incoming:
    command, _, rest = text.strip().partition(" ")
    # "/help@VoorbeeldstadBot" is what Telegram makes of a command that is tapped elsewhere.
    match command.partition("@")[0].lower():
        case "/medewerker":
            return Said(chat_id, message_id, rest.strip() or TALK_TO_PERSON, ASK_FOR_PERSON)
        case "/start":
            return AskedHelp(chat_id, message_id, "/start")  # what follows comes from a link, not from her
        case "/privacy" | "/wachtrij" as asked:
            return AskedHelp(chat_id, message_id, asked)
        case "/code":
            return AskedCode(chat_id, message_id)
        case "/stop":
            return AskedStop(chat_id, message_id)
        case "/wis":
            return AskedErasure(chat_id, message_id)
        case "/help" if not rest.strip():
            return AskedHelp(chat_id, message_id, "/help")
        case "/help":
            return Said(chat_id, message_id, rest.strip())
    return Said(chat_id, message_id, text)


def _answers_comment_question(message: Message) -> bool:
    asked = message.reply_to_message
    by_bot = asked is not None and asked.from_user is not None and asked.from_user.is_bot
    is_command = (message.text or "").startswith("/")
    return by_bot and asked is not None and asked.text == RATING_COMMENT and not is_command


def _place(message: Message) -> str | None:
    """A place that she pointed out; of one that moves, where it was at first."""
    where = message.venue.location if message.venue else message.location
    if where is None:
        return None
    point = f"{where.latitude:.6f}, {where.longitude:.6f}"
    return f"{message.venue.title}, {message.venue.address} ({point})" if message.venue else point


def _own_number(message: Message) -> str | None:
    """The telephone number that she shared as her own contact: as good as typed."""
    contact, sender = message.contact, message.from_user
    if contact is None or sender is None or contact.user_id != sender.id:
        return None
    return contact.phone_number if contact.phone_number.startswith("+") else f"+{contact.phone_number}"


def _edit(message: Message, update_id: int) -> Incoming:
    """A correction is a message of its own beside the first one, so that nobody reads the old words for the new."""
    text = message.text or message.caption
    if text is None:
        return Ignored("edit_without_text")  # a location that moves, or words under a photo that were taken away
    # She may change a message twice within the second that Telegram dates it by.
    changed = _words(message.chat.id, f"tg:{message.message_id}:{update_id}", text)
    if isinstance(changed, Said) and changed.choice is None:
        return replace(changed, corrects=f"tg:{message.message_id}")
    return changed


def _not_text(message: Message, message_id: str) -> Incoming:
    kind = next((name for name in _NOT_TEXT if getattr(message, name, None)), None)
    if kind is None and message.effective_attachment is None and not message.caption:
        return Ignored("service")
    noun, named = _NOT_TEXT.get(kind or "", ("bericht", "uw bericht"))
    chat_id = message.chat.id
    caption = Said(chat_id, message_id, message.caption) if message.caption else None
    # Ten photos sent together are ten messages; they get one sentence.
    album = f"tg:album:{message.media_group_id}" if message.media_group_id else None
    own_id = f"{message_id}:{kind or 'ander'}"
    return NotText(chat_id, album or own_id, noun, named, caption, _file(message, kind, own_id))


def _file(message: Message, kind: str | None, message_id: str) -> Sent | None:
    """What can be fetched of a message; a photo as large as there is."""
    if kind == "photo":
        largest = message.photo[-1]
        return Sent(largest.file_id, message_id, "foto.jpg", largest.file_size)
    sent = {"voice": message.voice, "audio": message.audio, "document": message.document, "video": message.video}
    one = sent.get(kind or "")
    if one is None:
        return None
    name = "spraakbericht.ogg" if kind == "voice" else getattr(one, "file_name", None) or "bestand"
    return Sent(one.file_id, message_id, name, one.file_size)


def _pressed(query: CallbackQuery) -> Incoming:
    under = query.message
    if under is None or query.data is None:
        return Ignored("inline_button")  # only messages of inline mode, which this bot does not have
    if under.chat.type != ChatType.PRIVATE:
        return InGroup(under.chat.id, may_speak=False)
    keyboard = under.reply_markup if isinstance(under, Message) else None
    titles = {
        button.callback_data: button.text for row in (keyboard.inline_keyboard if keyboard else ()) for button in row
    }
    title = titles.get(query.data)
    return Pressed(under.chat.id, under.message_id, query.id, query.data, title, keyboard)


def _membership(change: ChatMemberUpdated) -> Incoming:
    status = change.new_chat_member.status
    if change.chat.type == ChatType.PRIVATE:
        return Blocked(change.chat.id) if status == ChatMemberStatus.BANNED else Ignored("unblocked")
    if status in (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED):
        return Ignored("left_group")
    return InGroup(change.chat.id, may_speak=change.chat.type != ChatType.CHANNEL)
