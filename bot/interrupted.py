"""A form that was open when a person took over: gone on with or dropped, as the citizen says when she is back.

Days may lie in between. So nothing is asked out of the blue: she is asked once whether she goes on. Anything else that
she types is a question of its own, and the form is dropped and said to be.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from bot import forms, handover, texts
from bot.engine import open_form
from handoff import conversations, messages
from handoff.messages import Button, Draft
from handoff.tables import Conversation
from handoff.vocabulary import MessageKind, Owner, Sender

GO_ON = "formulier:verder"
STOP = "formulier:stop"
_STAGE = "form"


@dataclass(frozen=True)
class OpenForm:
    """How a form is called to the citizen, and the button that begins it anew."""

    what: str
    begin: str


_FORMS = {
    forms.APPOINTMENT: OpenForm("het maken van een afspraak", forms.BEGIN_APPOINTMENT),
    forms.CHANGE: OpenForm("het wijzigen van uw afspraak", forms.BEGIN_CHANGE),
    forms.REPORT: OpenForm("uw melding", forms.BEGIN_REPORT),
}
"""By the name that Rasa has for it."""


@dataclass(frozen=True)
class Answer:
    """What her message means for the form that was open."""

    choice: str | None
    """The button that she pressed, or meant by what she typed."""
    dropped: Draft | None
    """What she is told of a form that ends here; None while it goes on, or where there was none."""


async def offer(session: AsyncSession, conversation_id: str, *, now: datetime) -> None:
    """Ask whose conversation has just come back to the bot whether she goes on with the form that was open, if any."""
    conversation = await conversations.get(session, conversation_id)
    form = _FORMS.get(open_form(conversation.engine_state) or "")
    if form is None or conversation.owner != Owner.BOT:
        return
    buttons = (Button(texts.GO_ON, GO_ON), Button(texts.STOP_FORM, STOP))
    question = Draft(texts.form_open(form.what), MessageKind.QUESTION, buttons=buttons)
    await messages.append(session, conversation_id, question, sender=Sender.BOT, now=now)
    await conversations.update_if_unchanged(session, conversation, pending_offer={"stage": _STAGE})


def is_asked(pending: dict[str, Any] | None) -> bool:
    """Whether it is this that she was asked last."""
    return pending is not None and pending["stage"] == _STAGE


def answer(conversation: Conversation, text: str, choice: str | None) -> Answer:
    """Read her message as an answer to `offer`, where that was asked."""
    if not is_asked(conversation.pending_offer) or choice in (GO_ON, STOP):
        return Answer(choice, None)
    typed = {handover.CHOSE_YES: GO_ON, handover.CHOSE_NO: STOP}.get(handover.chosen(text, choice) or "")
    form = _FORMS.get(open_form(conversation.engine_state) or "")
    if typed is not None or form is None:
        return Answer(typed or choice, None)
    again = Button(texts.BEGIN_AGAIN, form.begin)
    return Answer(choice, Draft(texts.form_dropped(form.what), MessageKind.NOTICE, buttons=(again,)))
