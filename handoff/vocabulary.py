"""The closed sets of words that the handoff stores and compares."""

from __future__ import annotations

from enum import StrEnum


class Owner(StrEnum):
    """Who answers the citizen now."""

    BOT = "bot"
    QUEUED = "queued"
    EMPLOYEE = "employee"
    CLOSED = "closed"


class Sender(StrEnum):
    """Who wrote a message."""

    CITIZEN = "citizen"
    BOT = "bot"
    EMPLOYEE = "employee"
    SYSTEM = "system"


class MessageKind(StrEnum):
    """What a message is for; the widget and Telegram may show kinds differently."""

    TEXT = "text"
    WELCOME = "welcome"
    ANSWER = "answer"
    QUESTION = "question"
    HANDOVER = "handover"
    CRISIS = "crisis"
    NOTICE = "notice"
    CALLBACK = "callback"
    FILE = "file"


class ChannelName(StrEnum):
    """Where the citizen writes."""

    WEB = "web"
    TELEGRAM = "telegram"


class CaseState(StrEnum):
    """Where a case stands; independent of who owns its conversation."""

    WAITING = "waiting"
    HELD = "held"
    DONE = "done"


class CaseKind(StrEnum):
    """What the employee is asked to do."""

    CONVERSATION = "conversation"
    CALLBACK = "callback"
    REPORT = "report"
    VISIT = "visit"
    FOLLOW_UP = "follow_up"


class Contact(StrEnum):
    """How a citizen wants to be reached; not everybody can use a telephone."""

    PHONE = "phone"
    EMAIL = "email"
    CHAT = "chat"


class Outcome(StrEnum):
    """How a case ended."""

    RESOLVED = "resolved"
    REFERRED = "referred"
    FORWARDED = "forwarded"  # Awb art. 2:3: sent on to the body that is competent
    CALLBACK_AGREED = "callback_agreed"
    CITIZEN_LEFT = "citizen_left"
    MISCONDUCT = "misconduct"
    HANDED_BACK = "handed_back"
    NOT_REACHED = "not_reached"


class Answered(StrEnum):
    """Whether a citizen's question was answered, as she says."""

    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Consent(StrEnum):
    """What the citizen chose when a person was offered; a courtesy, not the legal basis."""

    ASKED_HERSELF = "asked_herself"
    ACCEPTED = "accepted"
    CALLBACK = "callback"
    REFUSED = "refused"
    CODE = "code"
    NOT_ASKED = "not_asked"


class Role(StrEnum):
    """What an employee may do."""

    EMPLOYEE = "employee"
    TEAM_LEAD = "team_lead"
    EDITOR = "editor"
    ADMINISTRATOR = "administrator"
    PRIVACY_OFFICER = "privacy_officer"


LEADS = frozenset({Role.TEAM_LEAD, Role.ADMINISTRATOR})
"""Who leads teams: she sees the overview and the report, and hears of a threat in a team of hers."""


class Presence(StrEnum):
    """What an employee says of herself while her console is open; offline is a lease that ended."""

    AVAILABLE = "available"
    BUSY = "busy"
    WRAP_UP = "wrap_up"
    AWAY = "away"


AT_WORK = (Presence.AVAILABLE, Presence.BUSY, Presence.WRAP_UP)
"""Who comes back to the queue in a while; who is away may not."""


class Team(StrEnum):
    """The teams behind the counter (the keys of the topic catalogue)."""

    PUBLIEKSBALIE = "publieksbalie"
    LEEFOMGEVING = "leefomgeving"
    PARKEREN = "parkeren"
    BELASTINGEN = "belastingen"
    WONEN = "wonen"
    SOCIAAL_WIJKTEAM = "sociaal-wijkteam"


class FileKind(StrEnum):
    """Kinds of files that may be sent; the value is the ending of the name."""

    JPG = "jpg"
    PNG = "png"
    WEBP = "webp"
    PDF = "pdf"
    DOCX = "docx"
    ODT = "odt"
    OGG = "ogg"
    """A spoken message, as telephones make it (Opus)."""

    @property
    def media_type(self) -> str:
        """As in a Content-Type header."""
        return _MEDIA_TYPES[self]


_MEDIA_TYPES = {
    FileKind.JPG: "image/jpeg",
    FileKind.PNG: "image/png",
    FileKind.WEBP: "image/webp",
    FileKind.PDF: "application/pdf",
    FileKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    FileKind.ODT: "application/vnd.oasis.opendocument.text",
    FileKind.OGG: "audio/ogg",
}


ACCEPTS_PERSON = "overdracht:ja"
"""The value of the button with which a citizen accepts a person that is offered."""
