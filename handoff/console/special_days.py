"""The form for a day that is not as usual: closed, open at other hours, or open after all."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from handoff.console import opening_words, words
from handoff.console.dependencies import ConsoleDependencies, Deps
from handoff.console.opening_forms import Refusal, Wrong, carry_out, known_to, page
from handoff.console.security import Form, Me, PostedForm
from handoff.employees import LoggedIn
from handoff.exceptions import NotAllowed
from handoff.openings import DayAway, NewDay, Openings, SpecialDay, Standing
from handoff.openings.changes import MAX_REASON
from handoff.openings.written import read_date, write, write_date

router = APIRouter(prefix="/beheer/gemeente", include_in_schema=False)


@router.get("/dagen/{date}")
async def show_day(request: Request, deps: Deps, me: Me, date: str) -> HTMLResponse:
    """A day of which something is said, a holiday, or a day that is still to be chosen.

    Raises:
        NotAllowed: she is no administrator.
    """
    known, day = known_to(deps, me), read_date(date)
    said = known.day(day) if day else None
    typed = {"datum": write_date(day) if day else "", "waarom": "", "stand": "", "tijden": "", "van": ""}
    if said is not None:
        typed = _typed(said)
    elif day is not None:
        holiday = next((one for one in deps.opening_files.holidays(known, day.year) if one.date == day), None)
        typed |= {"waarom": holiday.name, "stand": str(holiday.standing)} if holiday else {}
    return _day_page(request, deps, me, known, typed)


@router.post("/dagen")
async def change_day(request: Request, deps: Deps, form: Form) -> Response:
    typed = {name: form.get(name) for name in ("datum", "waarom", "stand", "tijden", "van")}
    wanted = NewDay(
        date=read_date(typed["datum"]),
        reason=typed["waarom"],
        standing=Standing(typed["stand"]) if typed["stand"] in set(Standing) else None,
        hours=typed["tijden"],
        instead_of=read_date(typed["van"]),
    )
    done = await carry_out(deps, form, wanted, "bewaard")
    if isinstance(done, Response):
        return done
    return _day_page(request, deps, form.me, known_to(deps, form.me), typed, form=form, refusal=done)


@router.post("/dagen/weg")
async def remove_day(request: Request, deps: Deps, form: Form) -> Response:
    """Raises:
    NotAllowed: she is no administrator, or it is no date.
    """
    day = read_date(form.get("van"))
    if day is None:
        raise NotAllowed("there is no such day")
    done = await carry_out(deps, form, DayAway(day), "weg")
    if isinstance(done, Response):
        return done
    known = known_to(deps, form.me)
    said = known.day(day)
    typed = _typed(said) if said else {"datum": write_date(day), "waarom": "", "stand": "", "tijden": "", "van": ""}
    return _day_page(request, deps, form.me, known, typed, form=form, refusal=done)


def _typed(day: SpecialDay) -> dict[str, str]:
    return {
        "datum": write_date(day.date),
        "waarom": day.reason,
        "stand": str(day.standing),
        "tijden": write(day.periods),
        "van": day.date.isoformat(),
    }


_DAY_FIELDS = {
    "date": ("datum", "Datum"),
    "standing": (f"stand-{Standing.CLOSED}", "Wat er anders is"),
    "hours": ("tijden", "Tijden op die dag"),
    "reason": ("waarom", "Waarom"),
}
"""Where each problem is shown."""


def _day_page(
    request: Request,
    deps: ConsoleDependencies,
    me: LoggedIn,
    known: Openings,
    typed: Mapping[str, str],
    *,
    form: PostedForm | None = None,
    refusal: Refusal | None = None,
) -> HTMLResponse:
    day, was = read_date(typed["datum"]), read_date(typed["van"])
    return page(
        request,
        deps,
        me,
        "admin_day.html",
        known,
        form,
        refusal,
        typed=typed,
        title=_title(was or day),
        is_known=was is not None and known.day(was) is not None,
        standings=opening_words.STANDINGS,
        longest=MAX_REASON,
        wrong={
            one: Wrong(*_DAY_FIELDS[one], text)
            for one, text in (refusal.problems if refusal else {}).items()
            if one in _DAY_FIELDS
        },
        now=opening_words.now_said(known, day) if refusal and refusal.is_overtaken and day else "",
    )


def _title(day: dt.date | None) -> str:
    return "Een dag toevoegen" if day is None else words.first_capital(opening_words.full_day(day))
