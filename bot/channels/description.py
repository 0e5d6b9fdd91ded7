"""The OpenAPI description of the citizen API, as the NL GOV API Design Rules want it: in Dutch, one server address with
the version in it, problems as problem+json, and the version in a header of every answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

BASE = "/api/v1"
PATH = f"{BASE}/openapi.json"
VERSION = "1.2.0"

_ABOUT = """\
Alles wat de chat op de website doet, gaat via deze API. Een gemeente kan er een eigen client mee bouwen.

Een gesprek hoort bij een token. Dat krijgt u één keer, als u het gesprek opent. Stuur het mee in de kop
`Authorization`. Zet het nooit in een adres: adressen komen in logbestanden.

Berichten hebben een volgnummer zonder gaten. Vraag steeds wat er kwam na het laatste nummer dat u toonde. Dan mist u
niets en toont u niets dubbel. Een bericht of verzoek met een `id` mag u opnieuw sturen: het wordt één keer verwerkt.

## De stroom: hetzelfde, live

`WebSocket /gesprekken/{gesprek_id}/stroom` geeft door wat er gebeurt. Elk frame is een JSON-object met een `soort`.
Een frame mag 64.000 bytes groot zijn.

1. Maak verbinding. De `Origin` van een browser moet een website van de gemeente zijn.
2. Stuur binnen vijf seconden `{"soort": "aanmelden", "token": "...", "na": N}`.
3. U krijgt `{"soort": "aangemeld", "gesprek": Gesprek}`, en dan elk bericht na nummer N op volgorde.

| van de server | velden | betekenis |
|---|---|---|
| `bericht` | `bericht` (Bericht) | een bericht, ook dat van de burger zelf |
| `ontvangen` | `id`, `volgnummer`, `tijdstip`, `herhaald`, `tekst` | een verstuurd bericht is opgeslagen |
| `status` | `gesprek` (Gesprek) | de eigenaar of de plaats in de rij is veranderd |
| `typt` | `wie`, `naam`, `aan` | iemand typt, of is gestopt |
| `fout` | `id`, `titel`, `detail`, `status`, soms `opnieuw_na_seconden` of `vervolg` | wat is geweigerd |
| `pong` | | antwoord op `ping` |

| van de client | velden | betekenis |
|---|---|---|
| `bericht` | `id`, `tekst`, soms `keuze` | een bericht sturen |
| `typt` | `aan` | de burger typt, of is gestopt |
| `gezien` | `volgnummer` | alles tot en met dit nummer is getoond |
| `ping` | | is de verbinding er nog? |

| sluitcode | betekenis | wat te doen |
|---|---|---|
| 1008 | `na` kan niet, of er is tien seconden niets gelezen | opnieuw verbinden, met het laatste nummer |
| 1009 | een frame was te groot | opnieuw verbinden; stuur het bericht in delen |
| 4401 | verkeerd token | een nieuw gesprek openen |
| 4403 | deze website mag dit niet | de gemeente vragen de website toe te voegen |
| 4408 | niet op tijd aangemeld | opnieuw verbinden |
| 4410 | het gesprek is gewist | een nieuw gesprek openen |
| andere | de verbinding is verbroken | opnieuw verbinden, met het laatste nummer |
"""
_TAGS = [
    {"name": "gemeenten", "description": "Wat de chat van een gemeente toont."},
    {"name": "gesprekken", "description": "Een gesprek van een burger: openen, voeren, beëindigen en wissen."},
]
_PROBLEM = {
    "title": "Probleem",
    "description": "Een fout, volgens RFC 9457. Soms staat er meer bij: `velden` (welke gegevens niet kloppen), "
    "`opnieuw_na_seconden` (hoe lang te wachten) of `vervolg` (open een nieuw gesprek dat hierop volgt).",
    "type": "object",
    "properties": {
        "type": {"type": "string", "default": "about:blank"},
        "title": {"type": "string", "description": "Wat voor fout het is.", "examples": ["Onjuiste gegevens"]},
        "status": {"type": "integer", "description": "De HTTP-status.", "examples": [422]},
        "detail": {
            "type": "string",
            "description": "Wat er mis is en wat u kunt doen, om aan de burger te tonen.",
            "examples": ["Uw bericht is leeg. Typ eerst uw vraag."],
        },
    },
    "required": ["title", "status", "detail"],
}
_HEADERS = {
    "API-Version": {
        "description": "De volledige versie van de API.",
        "schema": {"type": "string", "examples": [VERSION]},
    },
    "Location": {"description": "Het adres van het nieuwe gesprek.", "schema": {"type": "string"}},
    "Retry-After": {"description": "Hoeveel seconden te wachten.", "schema": {"type": "integer"}},
    "WWW-Authenticate": {"description": "Hoe aan te melden: Bearer.", "schema": {"type": "string"}},
}
_SCHEMAS = {
    "Bericht": "Eén bericht.",
    "Bestanden": "Welke bestanden de burger nu kan sturen.",
    "Bijlage": "Een bestand bij een bericht.",
    "Berichten": "Berichten na een volgnummer, op volgorde.",
    "FileKind": "Een soort bestand. `ogg` is een spraakbericht.",
    "Dag": "Eén dag van de week.",
    "Gemeente": "Wat de chat van een gemeente toont.",
    "GeopendGesprek": "Een nieuw gesprek. Het token staat alleen hier.",
    "Gesprek": "Een gesprek zoals het nu is.",
    "GesprekWijziging": "Het enige wat een burger kan veranderen: het gesprek beëindigen.",
    "Gewist": "Het gesprek is gewist. Wat bewaard blijft, en waarom.",
    "Knop": "Een snel antwoord: toon `titel`, stuur `waarde` terug als `keuze`.",
    "Koppeling": "Een link, te tonen als knop.",
    "Logo": "Het logo van de gemeente, en wat het zegt voor wie het niet ziet.",
    "NieuwBericht": "Wat een burger stuurt.",
    "NieuwGesprek": "Wat nodig is om een gesprek te openen.",
    "NieuwTerugbelverzoek": "Wie te bellen, en wanneer dat uitkomt.",
    "OntvangenBericht": "De ontvangstbevestiging: het bericht is opgeslagen.",
    "Openingstijden": "Wanneer de balie open is.",
    "Telefoontijden": "Wanneer de telefoon wordt opgenomen.",
    "Teksten": "Wat de gemeente rond het gesprek anders zegt; leeg waar de chat eigen woorden heeft.",
    "Oordeel": "Wat zij van het gesprek vond.",
    "OordeelGevraagd": "Wat haar nu gevraagd mag worden.",
    "Spreekcode": "Een code om één keer te zeggen aan de balie of telefoon.",
    "Terugbelmoment": "Een dagdeel waarop de gemeente kan terugbellen.",
    "Terugbelmomenten": "De eerstvolgende dagdelen, op volgorde.",
    "Terugbelverzoek": "Het terugbelverzoek staat in de rij.",
    "Thema": "Kleuren en letters van de gemeente.",
    "Vorm": "Eén onderdeel van een tekening in SVG.",
}
_FIELDS = {
    "Bericht": {
        "volgnummer": "Nummer in dit gesprek, vanaf 1 en zonder gaten.",
        "id": "Bij een bericht van de burger de id die de client koos, anders een eigen id.",
        "afzender": "Wie het schreef.",
        "naam": "Naam van de medewerker die het schreef.",
        "soort": "Waar het bericht voor is; een client mag het anders tonen.",
        "tekst": "Platte tekst. Alleen `- ` aan het begin van een regel (een lijst) en `**vet**` betekenen iets. "
        "Toon het als tekst, nooit als HTML. Gevoelige gegevens zijn vervangen, zoals `[telefoon-1]`.",
        "knoppen": "Snelle antwoorden. Ze gelden tot het volgende bericht van de burger.",
        "links": "Links om als knop te tonen.",
        "tijdstip": "Wanneer het is opgeslagen, in UTC.",
    },
    "Bestanden": {
        "soorten": "De soorten, als uitgang van de naam.",
        "max_bytes": "Hoe groot een bestand mag zijn.",
    },
    "Bijlage": {
        "id": "Hiermee haalt u het bestand op.",
        "naam": "De naam. Gevoelige gegevens zijn vervangen.",
        "soort": "Wat het is, aan de inhoud gezien.",
        "bytes": "Hoe groot het is.",
    },
    "Gesprek": {
        "id": "Id van het gesprek.",
        "gemeente": "Sleutel van de gemeente.",
        "eigenaar": "Bij wie het gesprek nu is.",
        "laatste_volgnummer": "Nummer van het laatste bericht.",
        "geopend_op": "Wanneer het gesprek is geopend, in UTC.",
        "gesloten_op": "Wanneer het gesprek is beëindigd; leeg zolang het loopt.",
    },
    "NieuwBericht": {
        "id": "Kies zelf een id; dezelfde id wordt één keer opgeslagen.",
        "tekst": "Wat de burger typt, ten hoogste 4.000 tekens. Bij een knop de `titel` ervan.",
        "keuze": "De `waarde` van de knop die is ingedrukt.",
    },
    "NieuwTerugbelverzoek": {
        "id": "Kies zelf een id; dezelfde id wordt één keer verwerkt.",
        "telefoonnummer": "Het nummer om te bellen. Het staat versleuteld in het gesprek.",
        "naam": "Naar wie te vragen.",
        "voorkeur": "Wanneer bellen uitkomt, in eigen woorden.",
    },
    "Oordeel": {
        "beantwoord": "Of haar vraag is beantwoord.",
        "cijfer": "Van 1 (slecht) tot 5 (heel goed).",
        "opnieuw_verteld": "Of zij haar verhaal opnieuw moest vertellen.",
        "toelichting": "Wat beter kan; persoonsgegevens halen wij eruit.",
    },
    "OordeelGevraagd": {"gegeven": "Zij heeft al iets gezegd; nog eens mag."},
    "Spreekcode": {"geldig_tot": "Daarna werkt de code niet meer, in UTC."},
    "Terugbelverzoek": {
        "referentie": "Nummer om naar te vragen.",
        "dag": "De dag waarop wij bellen. Leeg als niet bekend is wanneer wij weer open zijn: dan bellen wij zodra wij "
        "open zijn.",
    },
}


def of(routes: Sequence[BaseRoute], public_url: str, contact_email: str | None) -> dict[str, Any]:
    """The description of `routes`, as this installation serves them.

    Args:
        public_url: Address that citizens use, without a slash at the end.
        contact_email: Of who keeps this installation, if that is known.
    """
    described = get_openapi(
        title="Balie",
        summary="De digitale balie van de gemeente",
        description=_ABOUT,
        version=VERSION,
        license_info={"name": "EUPL-1.2", "url": "https://eupl.eu/1.2/nl/"},
        servers=[{"url": public_url + BASE, "description": "Deze installatie"}],
        tags=_TAGS,
        routes=routes,
    )
    described["info"]["contact"] = {
        "name": "Beheer van deze digitale balie",
        "url": public_url,
        **({"email": contact_email} if contact_email else {}),
    }
    described["paths"] = {path.removeprefix(BASE): methods for path, methods in described["paths"].items()}
    for methods in described["paths"].values():
        for operation in methods.values():
            _complete(operation["responses"])
    components = described["components"]
    for name, schema in components["schemas"].items():
        schema["description"] = _SCHEMAS[name]
        for field, said in _FIELDS.get(name, {}).items():
            schema["properties"][field]["description"] = said
    components["schemas"]["Probleem"] = _PROBLEM
    components["headers"] = _HEADERS
    return described


def _complete(responses: Mapping[str, dict[str, Any]]) -> None:
    for response in responses.values():
        if response["description"] == "Successful Response":
            response["description"] = "Gelukt."
        response.setdefault("headers", {})["API-Version"] = {"$ref": "#/components/headers/API-Version"}
