"""The form on which the holidays of a year are looked at, one by one, and confirmed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from handoff.console import opening_words, words
from handoff.console.dependencies import ConsoleDependencies, Deps
from handoff.console.opening_forms import Refusal, Wrong, carry_out, known_to, page
from handoff.console.security import Form, Me, PostedForm
from handoff.employees import LoggedIn
from handoff.exceptions import NotAllowed
from handoff.openings import LAST_YEAR, Holiday, NewYear, Openings, Standing

router = APIRouter(prefix="/beheer/gemeente", include_in_schema=False)


@dataclass(frozen=True)
class Choice:
    """A holiday, and what can be chosen for it.

    Args:
        settled: How it is where nothing can be chosen, and why.
        now: How it is now, where somebody else changed it meanwhile.
    """

    key: str
    name: str
    day: str
    standings: Mapping[str, str]
    chosen: str
    settled: str
    now: str


@router.get("/feestdagen/{year:int}")
async def show_holidays(request: Request, deps: Deps, me: Me, year: int) -> HTMLResponse:
    """Raises:
    NotAllowed: she is no administrator, or nobody can look at that year yet.
    """
    known = known_to(deps, me)
    found = _holidays(deps, known, year)
    return _holidays_page(request, deps, me, known, year, {one.date: str(one.standing) for one in found})


@router.post("/feestdagen/{year:int}")
async def confirm_holidays(request: Request, deps: Deps, form: Form, year: int) -> Response:
    found = _holidays(deps, known_to(deps, form.me), year)
    chosen = {one.date: form.get(f"dag-{one.date.isoformat()}") for one in found}
    standings = {day: Standing(value) for day, value in chosen.items() if value in set(Standing)}
    done = await carry_out(deps, form, NewYear(year, standings), "feestdagen")
    if isinstance(done, Response):
        return done
    return _holidays_page(request, deps, form.me, known_to(deps, form.me), year, chosen, form=form, refusal=done)


def _holidays(deps: ConsoleDependencies, known: Openings, year: int) -> Sequence[Holiday]:
    this_year = words.local_date(deps.clock()).year
    if not this_year <= year <= this_year + LAST_YEAR:
        raise NotAllowed(f"nobody can look at {year} now")
    return deps.opening_files.holidays(known, year)


def _holidays_page(
    request: Request,
    deps: ConsoleDependencies,
    me: LoggedIn,
    known: Openings,
    year: int,
    chosen: Mapping[dt.date, str],
    *,
    form: PostedForm | None = None,
    refusal: Refusal | None = None,
) -> HTMLResponse:
    today, overtaken = words.local_date(deps.clock()), refusal is not None and refusal.is_overtaken
    days = [
        Choice(
            key=one.date.isoformat(),
            name=one.name,
            day=opening_words.short_day(one.date),
            standings=opening_words.choices(one, known),
            chosen=chosen.get(one.date, ""),
            settled=opening_words.settled(one, known, today),
            now=opening_words.standing(one, known) if overtaken and chosen.get(one.date) != str(one.standing) else "",
        )
        for one in deps.opening_files.holidays(known, year)
    ]
    names = {one.key: one.name for one in days}
    return page(
        request,
        deps,
        me,
        "admin_holidays.html",
        known,
        form,
        refusal,
        title=f"Feestdagen van {year}",
        year=year,
        days=days,
        is_confirmed=year in known.confirmed,
        wrong={
            key: Wrong(f"dag-{key}-{Standing.CLOSED}", names[key], text)
            for key, text in (refusal.problems if refusal else {}).items()
            if key in names
        },
    )
