"""The citizen API over HTTP, after the NL GOV API Design Rules: Dutch names, problem+json, the version in the path."""

from __future__ import annotations

import re
import secrets
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response, Security
from fastapi.responses import PlainTextResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from bot import callbacks, comment, conversation, files, transcript
from bot.channels import description, dutch, representation
from bot.channels.flood import FloodGate
from bot.channels.problems import Problem, documented, of_status
from bot.channels.representation import (
    EIGEN_ID,
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
    Oordeel,
    Spreekcode,
    Terugbelmomenten,
    Terugbelverzoek,
)
from bot.conversation import ASK_FOR_PERSON, InboundMessage
from bot.desk import Desk
from bot.metrics import MESSAGES_RECEIVED, MESSAGES_REPEATED
from bot.texts import TALK_TO_PERSON
from handoff import conversations, messages, ratings, spoken_code
from handoff.attachments import as_response, read_upload
from handoff.attachments import find as find_file
from handoff.exceptions import UnknownConversation
from handoff.tables import Conversation
from handoff.vault import token_hash
from handoff.vocabulary import Answered, ChannelName

MESSAGES_AT_ONCE = 500
_ID = re.compile(r"[0-9a-f-]{36}")


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


Credentials = Annotated[
    HTTPAuthorizationCredentials | None,
    Security(
        HTTPBearer(
            scheme_name="gesprekstoken",
            description="Het token dat u kreeg toen u het gesprek opende.",
            auto_error=False,
        )
    ),
]


def token_of(credentials: Credentials) -> str:
    """The token in an Authorization header.

    Raises:
        Problem: 401, it is not there.
    """
    token = credentials.credentials.strip() if credentials else ""
    if not token:
        raise of_status(401, headers={"WWW-Authenticate": "Bearer"})
    return token


async def authorised(desk: Desk, conversation_id: str, token: str) -> Conversation:
    """The conversation, when the token is its own.

    Raises:
        Problem: 401, the token is wrong, or there is no such conversation; nobody can tell which.
    """
    wrong = Problem(401, "Dit token hoort niet bij dit gesprek.", headers={"WWW-Authenticate": "Bearer"})
    if not _ID.fullmatch(conversation_id):  # PostgreSQL refuses some characters in a text, as an error of its own
        raise wrong
    async with desk.database.read() as session:
        try:
            found = await conversations.get(session, conversation_id)
        except UnknownConversation:
            raise wrong from None
    if found.token_hash is None or not secrets.compare_digest(found.token_hash, token_hash(token)):
        raise wrong
    return found


async def own_conversation(
    desk: DeskOf,
    gesprek_id: Annotated[str, Path(description="Id van het gesprek.")],
    credentials: Credentials,
) -> Conversation:
    """The conversation that the request is about, when its token was sent."""
    return await authorised(desk, gesprek_id, token_of(credentials))


Own = Annotated[Conversation, Depends(own_conversation)]
router = APIRouter(prefix=description.BASE, generate_unique_id_function=lambda route: route.name)
_LOCATION: dict[int | str, dict[str, Any]] = {201: {"headers": {"Location": {"$ref": "#/components/headers/Location"}}}}
_BODY = (400, 413, 415, 422)
"""What may be wrong with a body."""
_OWN = (401, 404)
"""What may be wrong with an address and its token; 404 is for a conversation that was erased at that moment."""


@router.get(
    "/gemeenten/{gemeente}",
    tags=["gemeenten"],
    summary="Wat de chat van een gemeente toont",
    description="Naam, de wegen naar een mens, de openingstijden van vandaag en de huisstijl.",
    responses=documented(404),
)
async def read_municipality(
    gemeente: Annotated[str, Path(description="Sleutel van de gemeente.", examples=["voorbeeldstad"])], desk: DeskOf
) -> Gemeente:
    """Name, ways to a person, today's hours and design tokens."""
    return representation.municipality(desk.municipality(gemeente), desk.clock())


@router.post(
    "/gesprekken",
    status_code=201,
    tags=["gesprekken"],
    summary="Een gesprek openen",
    description="De eerste berichten zeggen wie er antwoordt. Een token is alleen nodig bij `vervolg_op`.",
    response_description="Het gesprek is geopend.",
    responses=documented(401, 403, 404, 429, *_BODY) | _LOCATION,
    openapi_extra={"security": [{}]},
)
async def open_conversation(
    new: NieuwGesprek,
    request: Request,
    response: Response,
    desk: DeskOf,
    gate: Gate,
    credentials: Credentials,
) -> GeopendGesprek:
    """Start a conversation; the first messages say who answers."""
    where = desk.municipality(new.gemeente)
    check_origin(request.headers.get("origin"), where.allowed_origins, request.app.state.own_origin)
    await gate.pass_conversation(request.client.host if request.client else "unknown")
    if new.vervolg_op is not None:
        previous = await authorised(desk, new.vervolg_op, token_of(credentials))
        if previous.municipality != new.gemeente:
            raise Problem(422, "Het vorige gesprek was bij een andere gemeente. Laat vervolg_op weg.")
    opened = await conversation.open_conversation(desk, new.gemeente, ChannelName.WEB, previous_id=new.vervolg_op)
    response.headers["Location"] = f"{description.BASE}/gesprekken/{opened.conversation.id}"
    async with desk.database.read() as session:
        found = await conversations.get(session, opened.conversation.id)
        said = await messages.after(session, found.id, 0)
        return GeopendGesprek(
            id=found.id,
            token=opened.token,
            gesprek=await representation.conversation(desk, session, found),
            berichten=await representation.messages(desk, session, said),
        )


@router.get(
    "/gesprekken/{gesprek_id}",
    tags=["gesprekken"],
    summary="Hoe het gesprek er nu voor staat",
    description="Bij wie het is, de plaats in de rij en het laatste volgnummer.",
    responses=documented(*_OWN),
)
async def read_conversation(own: Own, desk: DeskOf) -> Gesprek:
    """Who owns it, the place in the queue, the last number."""
    async with desk.database.read() as session:
        return await representation.conversation(desk, session, own)


@router.get(
    "/gesprekken/{gesprek_id}/berichten",
    tags=["gesprekken"],
    summary="Berichten na een volgnummer",
    description=f"Ten hoogste {MESSAGES_AT_ONCE} tegelijk; vraag daarna verder na het laatste.",
    responses=documented(*_OWN, 422),
)
async def read_messages(
    own: Own,
    desk: DeskOf,
    na: Annotated[int, Query(ge=0, le=HIGHEST_NUMBER, description="Het laatste nummer dat u al hebt.")] = 0,
) -> Berichten:
    """At most 500 at once; ask again after the last one."""
    async with desk.database.read() as session:
        said = await messages.after(session, own.id, na, limit=MESSAGES_AT_ONCE)
        shown: list[Bericht] = await representation.messages(desk, session, said)
    return Berichten(berichten=shown, laatste_volgnummer=max([own.last_seq, *(one.volgnummer for one in shown)]))


@router.post(
    "/gesprekken/{gesprek_id}/berichten",
    status_code=202,
    tags=["gesprekken"],
    summary="Een bericht sturen",
    description="Het bericht is opgeslagen als dit antwoordt. U mag dezelfde id opnieuw sturen.",
    response_description="Het bericht is opgeslagen.",
    responses=documented(*_OWN, 409, 429, *_BODY),
)
async def send_message(new: NieuwBericht, own: Own, desk: DeskOf, gate: Gate) -> OntvangenBericht:
    """Stored when this answers. Sending the same id again is safe."""
    await gate.pass_message(own.id)
    return await accept(desk, own.id, new)


@router.post(
    "/gesprekken/{gesprek_id}/medewerker",
    status_code=202,
    tags=["gesprekken"],
    summary="Om een medewerker vragen",
    description="Hetzelfde als erom vragen in een bericht. Het antwoord komt als bericht.",
    response_description="De vraag is opgeslagen.",
    responses=documented(*_OWN, 409, 429),
)
async def ask_for_person(own: Own, desk: DeskOf, gate: Gate) -> OntvangenBericht:
    """The same as typing it."""
    await gate.pass_message(own.id)
    new = NieuwBericht(id=secrets.token_urlsafe(16), tekst=TALK_TO_PERSON, keuze=ASK_FOR_PERSON)
    return await accept(desk, own.id, new)


@router.post(
    "/gesprekken/{gesprek_id}/terugbelverzoeken",
    status_code=201,
    tags=["gesprekken"],
    summary="Vragen om teruggebeld te worden",
    description="Een zaak in dezelfde rij, met een referentie en een dag. Wie in de rij stond voor een gesprek, "
    "verlaat die. U mag dezelfde id opnieuw sturen: dan krijgt u hetzelfde antwoord.",
    response_description="Het terugbelverzoek staat in de rij.",
    responses=documented(*_OWN, 409, 429, *_BODY),
)
async def request_callback(new: NieuwTerugbelverzoek, own: Own, desk: DeskOf, gate: Gate) -> Terugbelverzoek:
    """A case in the same queue, with a reference and a day. Sending the same id again is safe."""
    await gate.pass_message(own.id)
    wanted = callbacks.Wanted(
        new.id,
        by=dutch.CONTACTS[new.manier],
        phone=new.telefoonnummer or "",
        email=new.email or "",
        name=new.naam or "",
        preference=new.voorkeur or "",
        moment=new.moment,
        may_speak_in=new.inspreken,
    )
    made = await callbacks.request(desk, own.id, wanted)
    return Terugbelverzoek(referentie=made.reference, dag=made.day)


@router.get(
    "/gesprekken/{gesprek_id}/terugbelmomenten",
    tags=["gesprekken"],
    summary="Wanneer de gemeente kan terugbellen",
    description="De eerstvolgende dagdelen binnen de openingstijden van het team. Stuur `waarde` als `moment` van een "
    "terugbelverzoek. Leeg als niet bekend is wanneer de gemeente open is.",
    responses=documented(*_OWN),
)
async def read_callback_moments(own: Own, desk: DeskOf) -> Terugbelmomenten:
    """Half-days inside the hours of the team that has the conversation, or would have it."""
    async with desk.database.read() as session:
        return await representation.callback_moments(desk, session, own)


@router.post(
    "/gesprekken/{gesprek_id}/spreekcode",
    status_code=201,
    tags=["gesprekken"],
    summary="Een code om te zeggen aan de balie of telefoon",
    description="Een medewerker die de code hoort, kan dit gesprek lezen. De code werkt één keer en 24 uur lang. "
    "Een nieuwe code maakt de vorige ongeldig.",
    responses=documented(*_OWN, 429),
)
async def give_code(own: Own, desk: DeskOf, gate: Gate) -> Spreekcode:
    """The code is shown only here; balie keeps a keyed hash."""
    await gate.pass_message(own.id)
    async with desk.database.write() as session:
        given = await spoken_code.give(session, desk.vault, own.id, now=desk.clock())
    return Spreekcode(code=given.code, geldig_tot=given.valid_until)


@router.post(
    "/gesprekken/{gesprek_id}/bijlagen",
    status_code=201,
    tags=["gesprekken"],
    summary="Een bestand sturen",
    description="Kan zolang een medewerker het gesprek heeft; `bestanden` van het gesprek zegt wat mag. Het antwoord "
    "is het bericht. Van foto's halen wij weg waar ze zijn gemaakt. U mag dezelfde id opnieuw sturen.",
    response_description="Het bestand is gecontroleerd en staat in het gesprek.",
    responses=documented(*_OWN, 409, 429, 503, *_BODY),
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "required": ["id", "bestand"],
                        "properties": {
                            "id": {
                                "type": "string",
                                "minLength": 8,
                                "maxLength": 64,
                                "pattern": EIGEN_ID.pattern,
                                "description": "Kies zelf een id; hetzelfde bestand wordt één keer opgeslagen.",
                            },
                            "bestand": {"type": "string", "format": "binary", "description": "Het bestand."},
                        },
                    }
                }
            },
        }
    },
)
async def send_file(request: Request, own: Own, desk: DeskOf, gate: Gate) -> Bericht:
    """Looked at before it is kept. Sending the same id again is safe."""
    await gate.pass_file(own.id)
    files.check(desk, own)
    upload = await read_upload(request, desk.attachments.limits)
    if not EIGEN_ID.fullmatch(upload.fields.get("id", "")):
        raise Problem(422, "Deze gegevens kloppen niet: id.")
    receipt = await files.receive(desk, own.id, upload.fields["id"], upload.name, upload.data)
    return representation.message(receipt.message, receipt.message.text)


@router.get(
    "/gesprekken/{gesprek_id}/bijlagen/{bijlage_id}",
    tags=["gesprekken"],
    summary="Een bestand ophalen",
    description="Om te bewaren, niet om te tonen. De id staat in `bijlage` van het bericht.",
    response_class=Response,
    responses=documented(*_OWN)
    | {200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}},
)
async def read_file(
    own: Own, desk: DeskOf, bijlage_id: Annotated[str, Path(description="Id van de bijlage.")]
) -> Response:
    """Only with the token of its own conversation."""
    async with desk.database.read() as session:
        message = await find_file(session, own.id, bijlage_id) if _ID.fullmatch(bijlage_id) else None
        if message is None:
            raise Problem(404, "Dit bestand is er niet (meer). Vraag de medewerker om het opnieuw te sturen.")
        return as_response(await desk.attachments.open(session, message))


_ANSWERED = {"ja": Answered.YES, "deels": Answered.PARTLY, "nee": Answered.NO}


@router.put(
    "/gesprekken/{gesprek_id}/oordeel",
    tags=["gesprekken"],
    summary="Wat zij van het gesprek vond",
    description="Kan tot een dag nadat het gesprek is afgesloten, als `oordeel` niet leeg is. Wie het nog eens stuurt, "
    "verandert het.",
    responses=documented(*_OWN, 409, 429, *_BODY),
)
async def rate(said: Oordeel, own: Own, desk: DeskOf, gate: Gate) -> Gesprek:
    """Personal data in what she typed is taken out before it is kept."""
    await gate.pass_message(own.id)
    given = ratings.Given(_ANSWERED[said.beantwoord], said.cijfer, said.opnieuw_verteld, said.toelichting)
    needs_help = await comment.pressing(desk, said.toelichting) if said.toelichting else None
    async with desk.database.write() as session:
        stored = await conversations.get(session, own.id)
        if needs_help is not None:
            raise Problem(409, await comment.who_helps(desk, session, stored, needs_help), vervolg=True)
        await ratings.give(session, stored, given, now=desk.clock())
        return await representation.conversation(desk, session, stored)


@router.patch(
    "/gesprekken/{gesprek_id}",
    tags=["gesprekken"],
    summary="Het gesprek beëindigen",
    description="Twee keer beëindigen is hetzelfde als één keer. Open terugbelverzoeken blijven staan.",
    responses=documented(*_OWN, 409, *_BODY),
)
async def change_conversation(change: GesprekWijziging, own: Own, desk: DeskOf) -> Gesprek:  # noqa: ARG001
    """Closing is the one change there is, so a valid body says it all; closing twice is the same as once."""
    await conversation.end(desk, own.id)
    async with desk.database.read() as session:
        return await representation.conversation(desk, session, await conversations.get(session, own.id))


@router.get(
    "/gesprekken/{gesprek_id}/verslag",
    tags=["gesprekken"],
    summary="Het gesprek als tekst",
    description="Het hele gesprek om te bewaren, met de gesprekken waarop het volgt.",
    response_class=PlainTextResponse,
    responses=documented(*_OWN),
)
async def read_transcript(own: Own, desk: DeskOf) -> PlainTextResponse:
    """The whole conversation, with the parts that it goes on from, to keep."""
    async with desk.database.read() as session:
        text = await transcript.read(session, desk.vault, own, desk.municipality(own.municipality))
    attachment = {"Content-Disposition": f'attachment; filename="gesprek-{own.opened_at:%Y-%m-%d}.txt"'}
    return PlainTextResponse(text, headers=attachment)


@router.delete(
    "/gesprekken/{gesprek_id}",
    tags=["gesprekken"],
    summary="Het gesprek wissen",
    description="Meteen en voorgoed, met de gesprekken waarop het volgt. Het antwoord zegt wat bewaard blijft.",
    responses=documented(*_OWN),
)
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
