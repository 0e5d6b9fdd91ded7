"""The citizen API over HTTP, after the NL GOV API Design Rules: Dutch names, problem+json, the version in the path."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import PlainTextResponse

from bot import callbacks, conversation, transcript
from bot.channels import representation
from bot.channels.flood import FloodGate
from bot.channels.problems import Problem
from bot.channels.representation import (
    HIGHEST_NUMBER,
    Bericht,
    Berichten,
    Gemeente,
    GeopendGesprek,
    Gesprek,
    GesprekWijziging,
    Gewist,
    NieuwBericht,
    NieuwGesprek,
    NieuwTerugbelverzoek,
    OntvangenBericht,
    Terugbelverzoek,
)
from bot.conversation import ASK_FOR_PERSON, InboundMessage
from bot.desk import Desk
from bot.metrics import MESSAGES_RECEIVED, MESSAGES_REPEATED
from bot.texts import TALK_TO_PERSON
from handoff import conversations, messages
from handoff.exceptions import UnknownConversation
from handoff.tables import Conversation
from handoff.vault import token_hash
from handoff.vocabulary import ChannelName

MESSAGES_AT_ONCE = 500
API_VERSION = "1.0.0"


def desk_of(request: Request) -> Desk:
    """The parts that `bot/app.py` put together."""
    desk: Desk = request.app.state.desk
    return desk


def flood_gate_of(request: Request) -> FloodGate:
    """The rate limits."""
    gate: FloodGate = request.app.state.flood_gate
    return gate


DeskOf = Annotated[Desk, Depends(desk_of)]
Gate = Annotated[FloodGate, Depends(flood_gate_of)]


def bearer(authorization: str | None) -> str:
    """The token in an Authorization header.

    Raises:
        Problem: 401, it is not there.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Problem(
            401,
            "Stuur het token van het gesprek mee: Authorization: Bearer ...",
            headers={"WWW-Authenticate": "Bearer"},
        )
    return token.strip()


async def authorised(desk: Desk, conversation_id: str, token: str) -> Conversation:
    """The conversation, when the token is its own.

    Raises:
        Problem: 401, the token is wrong, or there is no such conversation; nobody can tell which.
    """
    wrong = Problem(401, "Dit token hoort niet bij dit gesprek.", headers={"WWW-Authenticate": "Bearer"})
    async with desk.database.read() as session:
        try:
            found = await conversations.get(session, conversation_id)
        except UnknownConversation:
            raise wrong from None
    if found.token_hash is None or not secrets.compare_digest(found.token_hash, token_hash(token)):
        raise wrong
    return found


async def own_conversation(
    desk: DeskOf, gesprek_id: str, authorization: Annotated[str | None, Header()] = None
) -> Conversation:
    """The conversation that the request is about, when its token was sent."""
    return await authorised(desk, gesprek_id, bearer(authorization))


Own = Annotated[Conversation, Depends(own_conversation)]
router = APIRouter(prefix="/api/v1", tags=["gesprekken"])


@router.get("/gemeenten/{gemeente}", tags=["gemeenten"], summary="Wat de widget van een gemeente toont")
async def read_municipality(gemeente: str, desk: DeskOf) -> Gemeente:
    """Name, ways to a person, today's hours and design tokens."""
    return representation.municipality(desk.municipality(gemeente), desk.clock())


@router.post("/gesprekken", status_code=201, summary="Een gesprek beginnen")
async def open_conversation(
    new: NieuwGesprek,
    request: Request,
    response: Response,
    desk: DeskOf,
    gate: Gate,
    authorization: Annotated[str | None, Header()] = None,
) -> GeopendGesprek:
    """Start a conversation; the first messages say who answers."""
    where = desk.municipality(new.gemeente)
    check_origin(request.headers.get("origin"), where.allowed_origins, request.app.state.own_origin)
    await gate.pass_conversation(request.client.host if request.client else "unknown")
    if new.vervolg_op is not None:
        previous = await authorised(desk, new.vervolg_op, bearer(authorization))
        if previous.municipality != new.gemeente:
            raise Problem(422, "Het vorige gesprek was bij een andere gemeente. Laat vervolg_op weg.")
    opened = await conversation.open_conversation(desk, new.gemeente, ChannelName.WEB, previous_id=new.vervolg_op)
    response.headers["Location"] = f"/api/v1/gesprekken/{opened.conversation.id}"
    async with desk.database.read() as session:
        found = await conversations.get(session, opened.conversation.id)
        said = await messages.after(session, found.id, 0)
        return GeopendGesprek(
            id=found.id,
            token=opened.token,
            gesprek=await representation.conversation(session, found),
            berichten=[representation.message(one) for one in said],
        )


@router.get("/gesprekken/{gesprek_id}", summary="Hoe het gesprek er nu voor staat")
async def read_conversation(own: Own, desk: DeskOf) -> Gesprek:
    """Who owns it, the place in the queue, the last number."""
    async with desk.database.read() as session:
        return await representation.conversation(session, own)


@router.get("/gesprekken/{gesprek_id}/berichten", summary="Berichten na een volgnummer")
async def read_messages(own: Own, desk: DeskOf, na: Annotated[int, Query(ge=0, le=HIGHEST_NUMBER)] = 0) -> Berichten:
    """At most 500 at once; ask again after the last one."""
    async with desk.database.read() as session:
        said = await messages.after(session, own.id, na, limit=MESSAGES_AT_ONCE)
    shown: list[Bericht] = [representation.message(one) for one in said]
    return Berichten(berichten=shown, laatste_volgnummer=max([own.last_seq, *(one.volgnummer for one in shown)]))


@router.post("/gesprekken/{gesprek_id}/berichten", status_code=202, summary="Een bericht sturen")
async def send_message(new: NieuwBericht, own: Own, desk: DeskOf, gate: Gate) -> OntvangenBericht:
    """Stored when this answers. Sending the same id again is safe."""
    await gate.pass_message(own.id)
    return await accept(desk, own.id, new)


@router.post("/gesprekken/{gesprek_id}/medewerker", status_code=202, summary="Om een medewerker vragen")
async def ask_for_person(own: Own, desk: DeskOf, gate: Gate) -> OntvangenBericht:
    """The same as typing it."""
    await gate.pass_message(own.id)
    new = NieuwBericht(id=secrets.token_urlsafe(16), tekst=TALK_TO_PERSON, keuze=ASK_FOR_PERSON)
    return await accept(desk, own.id, new)


@router.post("/gesprekken/{gesprek_id}/terugbelverzoeken", status_code=201, summary="Vragen om teruggebeld te worden")
async def request_callback(new: NieuwTerugbelverzoek, own: Own, desk: DeskOf, gate: Gate) -> Terugbelverzoek:
    """A case in the same queue, with a reference and a day. Sending the same id again is safe."""
    await gate.pass_message(own.id)
    wanted = callbacks.Wanted(new.id, new.telefoonnummer, new.naam or "", new.voorkeur or "")
    made = await callbacks.request(desk, own.id, wanted)
    return Terugbelverzoek(referentie=made.reference, dag=made.day)


@router.patch("/gesprekken/{gesprek_id}", summary="Het gesprek beëindigen")
async def change_conversation(change: GesprekWijziging, own: Own, desk: DeskOf) -> Gesprek:  # noqa: ARG001
    """Closing is the one change there is, so a valid body says it all; closing twice is the same as once."""
    await conversation.end(desk, own.id)
    async with desk.database.read() as session:
        return await representation.conversation(session, await conversations.get(session, own.id))


@router.get("/gesprekken/{gesprek_id}/verslag", summary="Het gesprek als tekst", response_class=PlainTextResponse)
async def read_transcript(own: Own, desk: DeskOf) -> PlainTextResponse:
    """The whole conversation, with the parts that it goes on from, to keep."""
    async with desk.database.read() as session:
        text = await transcript.read(session, own, desk.municipality(own.municipality))
    attachment = {"Content-Disposition": f'attachment; filename="gesprek-{own.opened_at:%Y-%m-%d}.txt"'}
    return PlainTextResponse(text, headers=attachment)


@router.delete("/gesprekken/{gesprek_id}", summary="Het gesprek wissen")
async def erase_conversation(own: Own, desk: DeskOf) -> Gewist:
    """At once and for good, with the parts that it goes on from; the answer says what is kept and why."""
    return Gewist(bewaard=await conversation.erase(desk, own.id))


async def accept(desk: Desk, conversation_id: str, new: NieuwBericht) -> OntvangenBericht:
    """Store what a citizen sent, from whichever of HTTP or the socket it came."""
    receipt = await conversation.receive(desk, conversation_id, InboundMessage(new.id, new.tekst, new.keuze))
    (MESSAGES_REPEATED if receipt.repeated else MESSAGES_RECEIVED).labels(ChannelName.WEB).inc()
    return OntvangenBericht(
        id=new.id,
        volgnummer=receipt.message.seq,
        tijdstip=receipt.message.created_at,
        herhaald=receipt.repeated,
        tekst=receipt.message.text,
    )


def check_origin(origin: str | None, allowed: tuple[str, ...], own: str) -> None:
    """Browsers name the site they are on; only the municipality's own sites may start a conversation for it.

    Raises:
        Problem: 403, another site.
    """
    if origin is not None and origin != own and origin not in allowed:
        raise Problem(403, "Deze website mag de chat van deze gemeente niet gebruiken.")
