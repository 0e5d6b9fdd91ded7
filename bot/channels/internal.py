"""What only the actions may ask, on the internal network: free times and the appointments of a conversation."""

from __future__ import annotations

import datetime as dt
import hmac
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import select

from bot.channels.problems import Problem
from bot.desk import Desk
from handoff import appointments
from handoff.appointments import UnknownAppointment
from handoff.calendar import DAYS_AHEAD
from handoff.tables import Appointment, Message

_bearer = HTTPBearer(auto_error=False)


async def _actions_only(
    request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]
) -> None:
    token = request.app.state.settings.actions_token
    expected = token.get_secret_value() if token else ""
    if not expected or given is None or not hmac.compare_digest(given.credentials.encode(), expected.encode()):
        raise Problem(401, "Dit adres is alleen voor de assistent zelf.")


router = APIRouter(prefix="/intern/v1", include_in_schema=False, dependencies=[Depends(_actions_only)])


@router.get("/vrije-tijden")
async def free_times(
    request: Request,
    gemeente: str,
    product: str,
    vanaf: dt.date,
    dagen: Annotated[int, Query(ge=1, le=DAYS_AHEAD)] = 1,
) -> dict[str, Any]:
    """Free starts in order."""
    desk: Desk = request.app.state.desk
    written = desk.municipality(gemeente).appointments
    if written is None or product not in written.products:
        raise Problem(404, "Voor dit onderwerp zijn er geen afspraken.")
    async with desk.database.read() as session:
        starts = await desk.calendar.free(session, gemeente, product, vanaf, dagen)
    return {"tijden": [start.isoformat() for start in starts]}


@router.get("/afspraken")
async def known_appointments(
    request: Request, gemeente: str, beurt: str | None = None, kenmerk: str | None = None
) -> dict[str, Any]:
    """The appointment with a reference, or those booked earlier in the conversation of a turn."""
    desk: Desk = request.app.state.desk
    async with desk.database.read() as session:
        if kenmerk is not None:
            try:
                found = [await desk.calendar.find(session, gemeente, kenmerk)]
            except UnknownAppointment:
                found = []
        else:
            conversation_id = await session.scalar(select(Message.conversation_id).where(Message.id == beurt))
            found = (
                []
                if conversation_id is None
                else list(await appointments.of_conversation(session, conversation_id, desk.clock()))
            )
    return {"afspraken": [_represented(one) for one in found if one.municipality == gemeente]}


def _represented(one: Appointment) -> dict[str, str]:
    return {"kenmerk": one.reference, "product": one.product, "begin": one.starts_at.isoformat()}
