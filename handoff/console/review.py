"""What the bot missed: the page that editors begin with."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from handoff import review
from handoff.console import paths, words
from handoff.console.dependencies import ConsoleDependencies, Deps
from handoff.console.response import back_to
from handoff.console.security import Form, Me
from handoff.console.work import Alert, pages_of
from handoff.employees import LoggedIn
from handoff.exceptions import InvalidText
from handoff.review import NO_TOPIC, Amount, Dismissal, Example, Group, Wanted, Why

router = APIRouter(include_in_schema=False)

SHOWN = 50
"""Sentences on one page."""
PERIODS: Mapping[str, str] = {"gisteren": "Gisteren", "week": "De afgelopen 7 dagen", "alles": "Alles"}
WHY: Mapping[str, str] = {
    Why.MARKED: "Een medewerker vond dat de assistent dit had moeten weten",
    Why.SECOND_FAILURE: "Twee keer of vaker achter elkaar niet begrepen",
    Why.NOT_UNDERSTOOD: "Niet begrepen",
    Why.ASKED: "De assistent vroeg wat de inwoner bedoelde; de inwoner koos niets",
    Why.DOUBTFUL: "Weggestuurd als ‘niet van de gemeente’, zonder dat de assistent zeker was",
}
DISMISSALS: Mapping[str, str] = {
    Dismissal.ANSWERED_WELL: "De assistent deed het goed",
    Dismissal.NO_QUESTION: "Dit is geen vraag",
    Dismissal.NOT_OURS: "Dit is niet van de gemeente",
    Dismissal.PERSONAL: "Hier staat iets persoonlijks in",
    Dismissal.OTHER: "Iets anders",
}
_NOTICES = {
    "geleerd": "De zin is bewaard als voorstel. Iemand kijkt ernaar voordat de assistent ervan leert.",
    "niet-geschreven": "De zin is bewaard. Het bestand kon niet worden geschreven. Meld dit bij uw beheerder.",
    "ontbreekt": "Het antwoord staat op de lijst hieronder.",
    "weg": "De zin is van de lijst.",
    "ingetrokken": "Het voorstel is ingetrokken.",
    "geschreven": "Het antwoord is van de lijst.",
}


@dataclass(frozen=True)
class Row:
    """One sentence as the page shows it."""

    group: Group
    why: str
    at: str
    title: str | None
    """Of the topic that it was taken for."""
    certainty: str | None


@dataclass(frozen=True)
class Heap:
    """Sentences that may be about one topic."""

    title: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Part:
    """From which sentence to which a page goes, and where the pages beside it are."""

    first: int
    last: int
    before: str | None
    after: str | None


@router.get("/gemist")
async def show(
    request: Request,
    deps: Deps,
    me: Me,
    periode: str = "gisteren",
    waarom: str = "",
    onderwerp: str = "",
    bladzijde: str = "",
    melding: str = "",
) -> HTMLResponse:
    """Raises:
    NotAllowed: she is no editor.
    """
    now, look = deps.clock(), deps.municipality_look(me.employee.municipality)
    period = periode if periode in PERIODS else "gisteren"
    since, until = _span(period, now)
    wanted = Wanted(since, until, Why(waarom) if waarom in set(Why) else None, onderwerp or None)
    async with deps.database.read() as session:
        of_period = await review.summary(session, me.employee, Wanted(since, until), now=now)
        everything = await review.summary(session, me.employee, Wanted(), now=now)
        found = sum(one.sentences for one in of_period if _matches(one, wanted))
        part = _part(bladzijde, found, periode=period, waarom=waarom, onderwerp=onderwerp)
        chosen = await review.groups(session, me.employee, wanted, now=now, limit=SHOWN, offset=part.first - 1)
        proposed = await review.examples(session, me.employee.municipality)
        missing = await review.missing_answers(session, me.employee.municipality)
    html = pages_of(request).render(
        "review.html",
        me=me.employee,
        csrf=me.csrf_token,
        look=look,
        alert=Alert(_NOTICES[melding], is_error=melding == "niet-geschreven") if melding in _NOTICES else None,
        heaps=_heaps(chosen, look.topic_title, now),
        part=part,
        found=found,
        total=sum(one.sentences for one in everything),
        counts=_counts(of_period),
        periods=PERIODS,
        period=period,
        whys=WHY,
        why=waarom,
        topic=onderwerp,
        topics=_topics_of(of_period, look.topic_title),
        titles={one.example.topic: words.first_capital(look.topic_title(one.example.topic)) for one in proposed},
        proposed=proposed,
        missing=missing,
        missing_titles={one.topic: words.first_capital(look.topic_title(one.topic)) for one in missing if one.topic},
    )
    return HTMLResponse(html)


@router.get("/gemist/{item_id}")
async def show_one(request: Request, deps: Deps, me: Me, item_id: str) -> HTMLResponse:
    """Raises:
    NotAllowed: she is no editor, or it is not on her list (any more).
    """
    return await _one(request, deps, me, item_id)


@router.post("/gemist/{item_id}/leren")
async def teach(request: Request, deps: Deps, form: Form, item_id: str) -> Response:
    example = Example(form.get("onderwerp"), form.get("deelvraag"), form.get("zin"))
    if example.topic not in deps.teaching.topics() or example.aspect not in deps.teaching.aspects():
        return await _one(request, deps, form.me, item_id, Alert("Kies een onderwerp en een deelvraag."), example)

    async def change(session: AsyncSession, now: dt.datetime) -> None:
        await review.teach(session, form.me.employee, item_id, example, now=now)

    return await _decide(request, deps, form.me, item_id, change, "geleerd", example, writes=True)


@router.post("/gemist/{item_id}/ontbreekt")
async def miss(request: Request, deps: Deps, form: Form, item_id: str) -> Response:
    topic = form.get("onderwerp")

    async def change(session: AsyncSession, now: dt.datetime) -> None:
        known = topic if topic in deps.teaching.topics() else None
        await review.miss(session, form.me.employee, item_id, form.get("vraag"), known, now=now)

    return await _decide(request, deps, form.me, item_id, change, "ontbreekt")


@router.post("/gemist/{item_id}/weg")
async def dismiss(request: Request, deps: Deps, form: Form, item_id: str) -> Response:
    if form.get("reden") not in set(Dismissal):
        return await _one(request, deps, form.me, item_id, Alert("Kies waarom de zin van de lijst mag."))

    async def change(session: AsyncSession, now: dt.datetime) -> None:
        await review.dismiss(session, form.me.employee, item_id, Dismissal(form.get("reden")), now=now)

    return await _decide(request, deps, form.me, item_id, change, "weg")


@router.post("/voorstellen/intrekken")
async def withdraw(deps: Deps, form: Form) -> RedirectResponse:
    async with deps.database.write() as session:
        await review.withdraw(session, form.me.employee, form.get("voorstel"), now=deps.clock())
    await deps.teaching.write(deps.database, form.me.employee.municipality)
    return back_to(paths.REVIEW, "ingetrokken")


@router.post("/voorstellen/geschreven")
async def finish(deps: Deps, form: Form) -> RedirectResponse:
    async with deps.database.write() as session:
        await review.finish(session, form.me.employee, form.get("antwoord"), now=deps.clock())
    return back_to(paths.REVIEW, "geschreven")


async def _decide(
    request: Request,
    deps: ConsoleDependencies,
    me: LoggedIn,
    item_id: str,
    change: Callable[[AsyncSession, dt.datetime], Awaitable[None]],
    notice: str,
    typed: Example | None = None,
    *,
    writes: bool = False,
) -> Response:
    try:
        async with deps.database.write() as session:
            await change(session, deps.clock())
    except InvalidText as error:
        return await _one(request, deps, me, item_id, Alert(str(error)), typed)
    if writes and await deps.teaching.write(deps.database, me.employee.municipality) is None:
        notice = "niet-geschreven"
    return back_to(paths.REVIEW, notice)


async def _one(
    request: Request,
    deps: ConsoleDependencies,
    me: LoggedIn,
    item_id: str,
    alert: Alert | None = None,
    typed: Example | None = None,
) -> HTMLResponse:
    """One sentence with everything that can be done about it; what was typed stays."""
    now, look = deps.clock(), deps.municipality_look(me.employee.municipality)
    async with deps.database.read() as session:
        group, _ = await review.one_group(session, me.employee, item_id, now=now)
    html = pages_of(request).render(
        "review_item.html",
        me=me.employee,
        csrf=me.csrf_token,
        look=look,
        alert=alert,
        row=_row(group, look.topic_title, now),
        topics=deps.teaching.topics(),
        aspects=deps.teaching.aspects(),
        typed=typed or Example(group.topic or "", group.aspect or "", group.text),
        dismissals=DISMISSALS,
    )
    return HTMLResponse(html, 422 if alert else 200)


def _span(period: str, now: dt.datetime) -> tuple[dt.datetime | None, dt.datetime | None]:
    """From when until when, by days in the Netherlands."""
    if period == "alles":
        return None, None
    today = words.midnight(words.local_date(now))
    if period == "week":
        return words.midnight(words.local_date(now) - dt.timedelta(days=7)), None
    return words.midnight(words.local_date(now) - dt.timedelta(days=1)), today


def _matches(amount: Amount, wanted: Wanted) -> bool:
    return wanted.why in (None, amount.why) and wanted.topic in (None, amount.topic or NO_TOPIC)


def _part(wanted: str, found: int, **filters: str) -> Part:
    """What of the list this page shows: the first or last of it where there is no such page."""
    pages = max(1, math.ceil(found / SHOWN))
    page = min(max(1, int(wanted)), pages) if re.fullmatch("[0-9]{1,6}", wanted) else 1

    def address(number: int) -> str | None:
        if not 1 <= number <= pages:
            return None
        return f"{paths.REVIEW}?{urlencode({**filters, 'bladzijde': number})}"

    first = SHOWN * (page - 1) + 1
    return Part(first, min(found, first + SHOWN - 1), address(page - 1), address(page + 1))


def _counts(amounts: Sequence[Amount]) -> dict[str, int]:
    """How many sentences there are for each reason, in words; repeated ones counted as often as they were said."""
    found: dict[str, int] = {}
    for one in amounts:
        found[WHY[one.why]] = found.get(WHY[one.why], 0) + one.times
    return found


def _heaps(groups: Sequence[Group], title_of: Callable[[str], str], now: dt.datetime) -> tuple[Heap, ...]:
    """The sentences by what they may be about, the largest heap first."""
    heaps: dict[str | None, list[Row]] = {}
    for one in groups:
        heaps.setdefault(one.topic, []).append(_row(one, title_of, now))
    ordered = sorted(heaps.items(), key=lambda heap: -sum(row.group.times for row in heap[1]))
    return tuple(Heap(_title(topic, title_of), tuple(rows)) for topic, rows in ordered)


def _row(group: Group, title_of: Callable[[str], str], now: dt.datetime) -> Row:
    return Row(
        group=group,
        why=WHY[group.why],
        at=words.moment_in_words(group.last_at, now),
        title=words.first_capital(title_of(group.topic)) if group.topic else None,
        certainty=None if group.confidence is None else f"{group.confidence:.0%} zeker",
    )


def _topics_of(amounts: Sequence[Amount], title_of: Callable[[str], str]) -> dict[str, str]:
    """The best guesses to filter by."""
    found = {
        one.topic or NO_TOPIC: words.first_capital(title_of(one.topic)) if one.topic else "Geen" for one in amounts
    }
    return dict(sorted(found.items(), key=lambda one: one[1]))


def _title(topic: str | None, title_of: Callable[[str], str]) -> str:
    return f"Misschien: {title_of(topic)}" if topic else "Geen onderwerp herkend"
