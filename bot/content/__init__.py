"""The answers: what editors write in topics/ and municipalities/, checked and served."""

from bot.content.answers import Answer, AnswerLink, Content
from bot.content.exceptions import ContentError, InvalidContent, Problem, UnknownMunicipality, UnknownTopic
from bot.content.municipality import Municipality
from bot.content.schema import AppointmentProduct, Aspect, Team
from bot.content.store import ContentStore

__all__ = [
    "Answer",
    "AnswerLink",
    "AppointmentProduct",
    "Aspect",
    "Content",
    "ContentError",
    "ContentStore",
    "InvalidContent",
    "Municipality",
    "Problem",
    "Team",
    "UnknownMunicipality",
    "UnknownTopic",
]
