"""The form for the weekly hours of the counter, of telephone and chat, or of a team."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response

from handoff.console import opening_words, words
from handoff.console.dependencies import ConsoleDependencies, Deps
from handoff.console.opening_forms import Refusal, Wrong, carry_out, known_to, page
from handoff.console.security import Form, Me, PostedForm
from handoff.employees import LoggedIn
from handoff.exceptions import NotAllowed
from handoff.openings import WEEKDAYS, NewWeek, Openings, Timetable
from handoff.openings.written import write

router = APIRouter(prefix="/beheer/gemeente", include_in_schema=False)


@router.get("/tijden/{key}")
async def show_hours(request: Request, deps: Deps, me: Me, key: str) -> HTMLResponse:
    """Raises:
    NotAllowed: she is no administrator, or nothing has hours by this name.
    """
    known = known_to(deps, me)
    typed = {day: write(known.week_of(key).get(day, ())) for day in WEEKDAYS}
    return _hours_page(request, deps, me, known, key, typed, is_own=_table(known, key).week is not None)


@router.post("/tijden/{key}")
async def change_hours(request: Request, deps: Deps, form: Form, key: str) -> Response:
    is_own = not _table(known_to(deps, form.me), key).is_team or form.get("eigen") == "ja"
    typed = {day: form.get(f"tijden-{day}") for day in WEEKDAYS}
    done = await carry_out(deps, form, NewWeek(key, typed if is_own else None), "bewaard")
    if isinstance(done, Response):
        return done
    known = known_to(deps, form.me)
    return _hours_page(request, deps, form.me, known, key, typed, is_own=is_own, form=form, refusal=done)


def _hours_page(
    request: Request,
    deps: ConsoleDependencies,
    me: LoggedIn,
    known: Openings,
    key: str,
    typed: Mapping[str, str],
    *,
    is_own: bool,
    form: PostedForm | None = None,
    refusal: Refusal | None = None,
) -> HTMLResponse:
    table, overtaken = _table(known, key), refusal is not None and refusal.is_overtaken
    now = {day: write(known.week_of(key).get(day, ())) for day in WEEKDAYS}
    problems = dict(refusal.problems) if refusal else {}
    if "week" in problems:  # of all days together: said at the first
        problems = {WEEKDAYS[0]: problems["week"]}
    own_now = "eigen tijden" if table.week is not None else opening_words.AS_PHONE
    return page(
        request,
        deps,
        me,
        "admin_hours.html",
        known,
        form,
        refusal,
        table=table,
        title=opening_words.title_of(table),
        typed=typed,
        is_own=is_own,
        wrong={day: Wrong(f"tijden-{day}", words.first_capital(day), text) for day, text in problems.items()},
        now={day: text or "gesloten" for day, text in now.items() if overtaken and text != typed[day]},
        own_now=own_now if overtaken and (table.week is not None) != is_own else "",
    )


def _table(known: Openings, key: str) -> Timetable:
    table = known.timetable(key)
    if table is None:
        raise NotAllowed(f"nothing has hours by the name of {key}")
    return table
