"""Errors as problem+json (RFC 9457): what went wrong, in Dutch, and what the citizen or integrator can do."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from bot.content import UnknownMunicipality
from handoff.exceptions import (
    ConversationClosed,
    FileMissing,
    FilesNeedPerson,
    InvalidText,
    NotAsked,
    RefusedFile,
    ScannerAway,
    StaleOwner,
    UnknownConversation,
    UnreadableUpload,
)

_TITLES = {
    400: "Ongeldig verzoek",
    401: "Niet aangemeld",
    403: "Niet toegestaan",
    404: "Niet gevonden",
    405: "Methode bestaat hier niet",
    409: "Gesprek is gesloten",
    413: "Te groot",
    415: "Verkeerd soort inhoud",
    422: "Onjuiste gegevens",
    429: "Te veel berichten",
    500: "Fout aan onze kant",
    503: "Even niet beschikbaar",
}
_DETAILS = {
    400: "Wij kunnen dit verzoek niet lezen. Stuur JSON in UTF-8.",
    404: "Dit adres bestaat niet.",
    401: "Stuur het token van het gesprek mee: Authorization: Bearer ...",
    405: "Gebruik een andere methode; zie de documentatie van de API.",
    413: "Dit verzoek is te groot. Een bericht mag 4000 tekens hebben.",
    415: "Stuur JSON, met Content-Type: application/json.",
    500: "Er ging iets mis. Uw eerdere berichten zijn bewaard. Probeer het opnieuw.",
}

_HEADERS = {401: "WWW-Authenticate", 429: "Retry-After"}


FILES_NEED_PERSON = "Een bestand kunt u sturen als een medewerker met u praat. Vraag gerust om een medewerker."


class Problem(Exception):
    """An error to answer with; `detail` is Dutch and says what to do, `title` what kind of error it is."""

    def __init__(
        self,
        status: int,
        detail: str,
        *,
        headers: dict[str, str] | None = None,
        title: str | None = None,
        **extra: Any,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.title = title or _TITLES.get(status, "Fout")
        self.headers = headers
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The problem document."""
        return {
            "type": "about:blank",
            "title": self.title,
            "status": self.status,
            "detail": self.detail,
            **self.extra,
        }


def of(error: Exception) -> Problem | None:
    """The problem that a known error means to a citizen; None for an error nobody foresaw."""
    match error:
        case Problem():
            return error
        case InvalidText():
            return Problem(422, str(error))
        case ConversationClosed():
            return Problem(409, "Dit gesprek is afgesloten. Begin een nieuw gesprek dat hierop volgt.", vervolg=True)
        case UnknownConversation():
            return Problem(404, "Dit gesprek bestaat niet meer. Begin een nieuw gesprek.")
        case UnknownMunicipality():
            return Problem(404, "Deze gemeente kennen wij niet. Controleer de sleutel van de gemeente.")
        case NotAsked():
            return Problem(409, "Over dit gesprek vragen wij niets (meer).")
        case StaleOwner():
            return Problem(409, "Het gesprek is net veranderd. Haal het opnieuw op.")
        case _:
            return _of_file(error)


def _of_file(error: Exception) -> Problem | None:
    match error:
        case RefusedFile():
            return Problem(422, str(error))
        case ScannerAway():
            return Problem(503, "Wij kunnen bestanden nu niet controleren. Probeer het over een paar minuten opnieuw.")
        case FilesNeedPerson():
            return Problem(409, FILES_NEED_PERSON, title="Nog geen medewerker")
        case UnreadableUpload():
            return Problem(400, "Wij kunnen dit bestand niet lezen. Stuur multipart/form-data met id en bestand.")
        case FileMissing():
            return Problem(404, "Dit bestand is er niet (meer). Vraag de medewerker om het opnieuw te sturen.")
        case _:
            return None


def of_status(status: int, headers: dict[str, str] | None = None) -> Problem:
    """The problem behind a status that says enough by itself."""
    return Problem(status, _DETAILS.get(status, _DETAILS[500]), headers=headers)


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """These problems as the responses of a route in the description of the API; every route can fail, too.

    Naming `default` keeps FastAPI from describing validation errors of its own, which are never sent.
    """
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Probleem"}}}
    described: dict[int | str, dict[str, Any]] = {
        status: {"description": _TITLES[status], "content": content} for status in (*statuses, 500)
    }
    for status in {401, 429} & set(statuses):
        described[status]["headers"] = {_HEADERS[status]: {"$ref": f"#/components/headers/{_HEADERS[status]}"}}
    described["default"] = {"description": "Een andere fout", "content": content}
    return described


def field(loc: tuple[int | str, ...]) -> str:
    """The name of a wrong field; a client may have made it up, so it is cut short and made sendable."""
    return ".".join(str(part) for part in loc).encode("utf-8", "replace").decode()[:64]


def install(app: FastAPI) -> None:
    """Answer every error of `app` with a problem document."""

    async def known(_: Request, error: Exception) -> JSONResponse:
        return response(of(error) or Problem(500, _DETAILS[500]))

    for kind in (
        Problem,
        InvalidText,
        ConversationClosed,
        UnknownConversation,
        UnknownMunicipality,
        NotAsked,
        RefusedFile,
        ScannerAway,
        FilesNeedPerson,
        UnreadableUpload,
        FileMissing,
        StaleOwner,
    ):
        app.add_exception_handler(kind, known)

    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        if error.body and isinstance(error.body, bytes):  # it was not read, for its type is not JSON
            return response(of_status(415))
        mistakes = [{"veld": field(one["loc"][1:]), "fout": one["type"]} for one in error.errors()]
        if any(one["type"] == "json_invalid" for one in error.errors()):
            return response(Problem(400, _DETAILS[400]))
        fields = ", ".join(dict.fromkeys(mistake["veld"] for mistake in mistakes if mistake["veld"])) or "de inhoud"
        return response(Problem(422, f"Deze gegevens kloppen niet: {fields}.", velden=mistakes))

    async def http(_: Request, error: HTTPException) -> JSONResponse:
        detail = _DETAILS.get(error.status_code, str(error.detail))
        return response(Problem(error.status_code, detail, headers=dict(error.headers or {})))

    app.exception_handler(RequestValidationError)(invalid)
    app.exception_handler(HTTPException)(http)


def response(problem: Problem) -> JSONResponse:
    """The answer that carries a problem."""
    return JSONResponse(problem.body(), problem.status, headers=problem.headers, media_type="application/problem+json")
