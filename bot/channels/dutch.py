"""The one table between the code's English words and the API's Dutch ones; only channels and console routes use it."""

from __future__ import annotations

from collections.abc import Mapping

from handoff.vocabulary import Contact, MessageKind, Owner, Sender

OWNERS: Mapping[str, str] = {
    Owner.BOT: "bot",
    Owner.QUEUED: "wachtrij",
    Owner.EMPLOYEE: "medewerker",
    Owner.CLOSED: "gesloten",
}
SENDERS: Mapping[str, str] = {
    Sender.CITIZEN: "burger",
    Sender.BOT: "bot",
    Sender.EMPLOYEE: "medewerker",
    Sender.SYSTEM: "systeem",
}
CONTACTS: Mapping[str, Contact] = {"telefoon": Contact.PHONE, "e-mail": Contact.EMAIL, "chat": Contact.CHAT}
KINDS: Mapping[str, str] = {
    MessageKind.TEXT: "tekst",
    MessageKind.WELCOME: "welkom",
    MessageKind.ANSWER: "antwoord",
    MessageKind.QUESTION: "vraag",
    MessageKind.HANDOVER: "overdracht",
    MessageKind.CRISIS: "crisis",
    MessageKind.NOTICE: "systeem",
    MessageKind.CALLBACK: "bel",
    MessageKind.FILE: "bestand",
}
