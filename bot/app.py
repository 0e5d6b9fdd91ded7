"""Puts the application together: the only place that knows everyone."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import ipaddress
from collections.abc import AsyncIterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import httpx
import structlog
from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot import described, interrupted, place, signalen, steps, suggestions, turn
from bot.channels import description, internal, problems, socket, web
from bot.channels.flood import FloodGate
from bot.channels.telegram import TelegramChannel, brought
from bot.content import ContentStore, hours
from bot.content.crisis_texts import CrisisTexts
from bot.content.spoken import Languages
from bot.content.step_cards import StepCards
from bot.desk import Desk, next_call_day
from bot.detector_model import DetectorModels
from bot.engine import Engine
from bot.housekeeping import keep_house
from bot.locatieserver import Locatieserver
from bot.look import look_of
from bot.middleware import BodyLimit, Faults, MunicipalityCors, SafeHeaders
from bot.office import calendar_file, offices
from bot.opening_files import OpeningFiles
from bot.proposals import Proposals
from bot.settings import PROJECT_DIR, Settings, SettingsError
from bot.signalen import Signalen
from bot.turn_runner import TurnRunner, lease_seconds
from bot.widget import assets
from handoff import appointments, schema
from handoff.appointments import EmbeddedCalendar
from handoff.attachments import Attachments, ClamdScanner, FileCabinet, Limits
from handoff.bus import Bus, InProcessBus, RedisBus
from handoff.clock import Clock, system_clock
from handoff.console import ConsoleDependencies, create_console
from handoff.database import Database
from handoff.detection import Detector
from handoff.reports import PublicSpace
from handoff.vault import Vault

log = structlog.get_logger(__name__)

WIDGET_DIR = Path(__file__).parent / "widget"


@dataclass(frozen=True)
class _Assembled:
    """What every process of balie consists of that answers citizens."""

    database: Database
    bus: Bus
    engine: Engine
    runner: TurnRunner
    desk: Desk

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Answer what citizens send, until the end; stops in the reverse order."""
        await schema.check(self.database)
        if isinstance(self.bus, RedisBus):
            await self.bus.start()
        await self.runner.start()
        try:
            yield
        finally:
            await self.runner.stop()
            await self.engine.close()
            await self.bus.close()
            await self.database.close()


def _assemble(settings: Settings, clock: Clock, engine: Engine | None) -> _Assembled:
    bus: Bus = RedisBus(settings.redis_url) if settings.redis_url else InProcessBus()
    database = Database(settings.database_url, bus)
    engine = engine or Engine(
        settings.rasa_url,
        settings.rasa_token.get_secret_value() if settings.rasa_token else "",
        settings.rasa_timeout_seconds,
    )
    runner = TurnRunner(
        database,
        clock,
        answer_next=lambda conversation_id: turn.answer_next(desk, conversation_id),
        give_up=lambda conversation_id: turn.give_up(desk, conversation_id),
        lease_seconds=lease_seconds(settings.rasa_timeout_seconds),
    )
    answers = ContentStore(settings.content_dir)
    hours.learn_holidays(clock().year)  # or else the first citizen of all waits for it, and everybody with her
    vault = Vault(settings.require_secret_key())
    desk = Desk(
        database=database,
        bus=bus,
        vault=vault,
        detector=_detector(settings),
        engine=engine,
        answers=answers,
        crisis_texts=CrisisTexts.load(settings.content_dir / "crisis"),
        languages=Languages.load(settings.content_dir / "languages"),
        clock=clock,
        wake=runner.wake,
        calendar=EmbeddedCalendar(offices(answers), clock),
        attachments=_attachments(settings, vault),
        public_url=settings.public_url,
        public_space=_public_space(settings, answers),
    )
    return _Assembled(database, bus, engine, runner, desk)


def create_app(settings: Settings, *, clock: Clock = system_clock, engine: Engine | None = None) -> FastAPI:
    """The ASGI application: citizen API, widget, channels and console.

    Args:
        engine: The door to Rasa; made from the settings when it is not given.

    Raises:
        SettingsError: the secret key is missing or short.
        InvalidContent: an answer or a crisis text is wrong; every mistake with file and line.
    """
    parts = _assemble(settings, clock, engine)
    desk = parts.desk
    telegram = TelegramChannel(
        desk,
        {} if settings.telegram_mode == "worker" else settings.telegram_tokens,
        api_base=settings.telegram_api_base,
        webhook_address=settings.public_url if settings.telegram_mode == "webhook" else None,
    )
    flood_gate = FloodGate(settings.redis_url)

    @contextlib.asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        async with parts.running():
            await telegram.start()
            house = asyncio.create_task(keep_house(desk, settings), name="housekeeping")
            try:
                yield
            finally:
                house.cancel()
                await asyncio.gather(house, return_exceptions=True)
                await telegram.stop()

    app = FastAPI(
        title="Balie",
        summary="De digitale balie van de gemeente",
        openapi_url=None,
        redirect_slashes=False,
        lifespan=running,
    )
    app.state.desk = desk
    app.state.settings = settings
    app.state.flood_gate = flood_gate
    app.state.places = place.together(desk)
    app.state.telegram = telegram
    app.state.own_origin = settings.public_url
    problems.install(app)
    app.include_router(web.router)
    app.include_router(socket.router)
    app.include_router(internal.router)
    app.include_router(brought.router)
    _add_description(app, settings)
    _add_operations(app, desk)
    _add_pages(app, desk)
    app.mount("/medewerker", create_console(_console_parts(settings, desk, flood_gate)), name="console")
    app.add_middleware(Faults)
    app.add_middleware(BodyLimit, files=desk.attachments.limits)
    app.add_middleware(MunicipalityCors, desk=desk)
    app.add_middleware(SafeHeaders, over_tls=settings.public_url.startswith("https://"))
    return app


def create_telegram_worker(settings: Settings, *, clock: Clock = system_clock, engine: Engine | None = None) -> FastAPI:
    """A process that reads and sends for Telegram alone, beside the application; tells how it is over HTTP.

    Raises:
        SettingsError: the settings leave Telegram to another process, or name no bot.
        InvalidContent: see `create_app`.
    """
    if settings.telegram_mode != "worker":
        raise SettingsError(
            f"BALIE_TELEGRAM_MODE is {settings.telegram_mode}: balie itself does this. Set it to worker for all "
            "processes, see docs/telegram.md."
        )
    if not settings.telegram_tokens:
        raise SettingsError("BALIE_TELEGRAM_TOKENS is empty: there is no bot to read, see docs/telegram.md.")
    parts = _assemble(settings, clock, engine)
    telegram = TelegramChannel(parts.desk, settings.telegram_tokens, api_base=settings.telegram_api_base)

    @contextlib.asynccontextmanager
    async def running(_: FastAPI) -> AsyncIterator[None]:
        async with parts.running():
            await telegram.start()
            try:
                yield
            finally:
                await telegram.stop()

    app = FastAPI(title="Balie op Telegram", openapi_url=None, lifespan=running)
    _add_operations(app, parts.desk)
    return app


def _public_space(settings: Settings, answers: ContentStore) -> dict[str, PublicSpace]:
    """Signalen of each municipality that the settings name.

    Raises:
        SettingsError: such a municipality does not exist, or does not say which category is which.
    """
    client = partial(httpx.AsyncClient, timeout=signalen.TIMEOUT_SECONDS, follow_redirects=False)
    locatieserver = Locatieserver(settings.locatieserver_url, client) if settings.locatieserver_url else None
    for key in settings.signalen_urls:
        where = answers.current().municipalities.get(key)
        if where is None or where.signalen is None:
            raise SettingsError(
                f"BALIE_SIGNALEN_URLS names {key}: give it a `signalen:` in municipalities/{key}/gemeente.yml, "
                "see docs/production.md."
            )
    return {key: Signalen(url, answers, locatieserver, client) for key, url in settings.signalen_urls.items()}


@functools.lru_cache(maxsize=1)
def _trained(model: Path) -> Detector:
    """Read once in a process: the name carries a hash of what it was made of, and nothing in a detector changes."""
    return Detector.load(model)


def _detector(settings: Settings) -> Detector:
    """The trained detector; without a model the rules alone, which see less: `balie run` refuses to start so."""
    model = DetectorModels(PROJECT_DIR, settings.model_dir).current
    if model.is_file():
        return _trained(model)
    log.warning("detector.untrained", advice="run `balie train`")
    return Detector.load()


def _attachments(settings: Settings, vault: Vault) -> Attachments:
    scanner = ClamdScanner(settings.clamd_url) if settings.clamd_url else None
    limits = Limits(frozenset(settings.attachment_types), settings.attachment_max_mb * 1_000_000)
    return Attachments(FileCabinet(settings.data_dir / "attachments"), vault, limits, scanner)


def _console_parts(settings: Settings, desk: Desk, flood_gate: FloodGate) -> ConsoleDependencies:
    return ConsoleDependencies(
        database=desk.database,
        bus=desk.bus,
        vault=desk.vault,
        attachments=desk.attachments,
        clock=desk.clock,
        session_hours=settings.session_hours,
        secure_cookies=settings.public_url.startswith("https://"),
        allowed_origins=frozenset({settings.public_url}),
        back_in_queue=partial(place.released, desk),
        to_other_team=partial(place.to_team, desk),
        suggestions=partial(suggestions.of_topic, desk),
        steps=partial(steps.of_case, desk, StepCards.load(settings.content_dir)),
        fill=partial(suggestions.fill, desk),
        back_with_bot=lambda session, conversation_id, now: interrupted.offer(session, conversation_id, now=now),
        next_call_day=lambda key, team, now: next_call_day(desk.rules(key, team), now),
        municipality_look=lambda key: look_of(desk.answers, key),
        municipality_settings=partial(described.municipality, desk),
        opening_files=OpeningFiles(settings.content_dir, desk.answers),
        handling_minutes=lambda key: desk.municipality(key).handling_minutes,
        teaching=Proposals(settings.proposals_dir, PROJECT_DIR / "nlu_data", desk.answers),
        log_in_limit=flood_gate.log_in_wait,
    )


def _add_description(app: FastAPI, settings: Settings) -> None:
    described = description.of(web.router.routes, settings.public_url, settings.contact_email)

    @app.get(description.PATH, include_in_schema=False)
    async def openapi() -> JSONResponse:
        return JSONResponse(described)


def _add_operations(app: FastAPI, desk: Desk) -> None:
    @app.get("/healthz", include_in_schema=False)
    async def healthz() -> PlainTextResponse:
        return PlainTextResponse("ok")

    @app.get("/readyz", include_in_schema=False)
    async def readyz() -> JSONResponse:
        """Ready when the database answers; a Rasa that is away is reported, for people can still be reached."""
        parts = {"database": await _database_answers(desk.database), "rasa": await desk.engine.healthy()}
        return JSONResponse(parts, status_code=200 if parts["database"] else 503)

    @app.get("/metrics", include_in_schema=False)
    async def metrics(request: Request) -> Response:
        if not _is_internal(request.client.host if request.client else ""):
            raise problems.Problem(403, "Deze cijfers zijn alleen binnen het eigen netwerk te lezen.")
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def _add_pages(app: FastAPI, desk: Desk) -> None:
    @app.get("/", include_in_schema=False)
    async def start() -> RedirectResponse:
        return RedirectResponse("/demo/")

    @app.get("/demo", include_in_schema=False)
    @app.get("/demo/", include_in_schema=False)
    async def index() -> FileResponse:
        return FileResponse(WIDGET_DIR / "demo" / "index.html", headers=_PAGE_HEADERS)

    @app.get("/medewerker", include_in_schema=False)
    async def console() -> RedirectResponse:
        return RedirectResponse("/medewerker/")

    @app.get("/demo/{gemeente}", include_in_schema=False)
    async def demo(gemeente: str) -> FileResponse:
        page = WIDGET_DIR / "demo" / f"{desk.municipality(gemeente).key}.html"
        if not page.is_file():
            raise problems.Problem(404, "Van deze gemeente is er geen voorbeeldpagina.")
        return FileResponse(page, headers=_PAGE_HEADERS)

    @app.get("/afspraken/{key}.ics", include_in_schema=False)
    async def appointment_file(key: str) -> Response:
        """The key is unguessable and the file names no person."""
        async with desk.database.read() as session:
            appointment = await appointments.by_download_key(session, key)
        if appointment is None:
            raise problems.Problem(404, "Deze afspraak staat niet meer in de agenda.")
        file = calendar_file(appointment, desk.municipality(appointment.municipality), desk.clock())
        headers = {"Content-Disposition": 'attachment; filename="afspraak.ics"', "Cache-Control": "no-store"}
        return Response(file, media_type="text/calendar; charset=utf-8", headers=headers)

    app.mount("/widget", assets.app(), name="widget")


_PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}


async def _database_answers(database: Database) -> bool:
    try:
        async with database.read() as session:
            await session.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError) as error:
        log.warning("ready.database_away", error=type(error).__name__)
        return False
    return True


def _is_internal(host: str) -> bool:
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_private
