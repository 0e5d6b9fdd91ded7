"""What the forms about the openings of a municipality have in common; they need no script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from handoff import openings
from handoff.console import opening_words, paths, words
from handoff.console.dependencies import ConsoleDependencies
from handoff.console.response import back_to
from handoff.console.security import PostedForm
from handoff.console.work import pages_of
from handoff.employees import LoggedIn
from handoff.exceptions import FaultySettings, InvalidOpening, SettingsChanged, UnusualSettings, UnwritableSettings
from handoff.openings import Change, Openings

_VERSION = "versie"


@dataclass(frozen=True)
class Refusal:
    """Why a form was not carried out.

    Args:
        problems: What to do, by the field that it is about.
        is_overtaken: Somebody else changed the file: who sends the form again has seen what it says now.
    """

    text: str
    status: int
    problems: Mapping[str, str] = field(default_factory=dict)
    is_overtaken: bool = False


@dataclass(frozen=True)
class Wrong:
    """What is wrong with a field: its id on the page, its name, and what to do."""

    id: str
    label: str
    text: str


def known_to(deps: ConsoleDependencies, me: LoggedIn) -> Openings:
    """When her municipality is open.

    Raises:
        NotAllowed: she is no administrator.
    """
    openings.check_right(me.employee)
    return deps.opening_files.openings(me.employee.municipality)


async def carry_out(deps: ConsoleDependencies, form: PostedForm, change: Change, notice: str) -> Response | Refusal:
    """Save what a form says, and show the page of the municipality with how that went; or why it is not saved."""
    now, me = deps.clock(), form.me.employee
    try:
        is_different = await openings.save(
            deps.database,
            deps.opening_files,
            me.municipality,
            form.get(_VERSION),
            change,
            by=me,
            now=now,
            today=words.local_date(now),
        )
    except InvalidOpening as error:
        return Refusal(opening_words.INVALID, 422, problems=error.problems)
    except SettingsChanged:
        return Refusal(opening_words.OVERTAKEN, 409, is_overtaken=True)
    except FaultySettings as error:
        return Refusal(opening_words.faulty(error.where), 409)
    except UnusualSettings as error:
        return Refusal(opening_words.unusual(error.file), 409)
    except UnwritableSettings as error:
        return Refusal(opening_words.unwritable(error.folder), 503)
    return back_to(paths.MUNICIPALITY, notice if is_different else "zelfde")


def page(
    request: Request,
    deps: ConsoleDependencies,
    me: LoggedIn,
    template: str,
    known: Openings,
    form: PostedForm | None,
    refusal: Refusal | None,
    *,
    title: str,
    wrong: Mapping[str, Wrong],
    **more: object,
) -> HTMLResponse:
    """A form. One that was refused keeps the version that its sender has seen, unless she is told what it says now."""
    version = known.version if form is None or (refusal and refusal.is_overtaken) else form.get(_VERSION)
    html = pages_of(request).render(
        template,
        me=me.employee,
        csrf=me.csrf_token,
        look=deps.municipality_look(me.employee.municipality),
        title=title,
        version=version,
        wrong=wrong,
        refused=refusal.text if refusal else "",
        obstacle="" if refusal else opening_words.obstacle(known),
        **more,
    )
    return HTMLResponse(html, refusal.status if refusal else 200)
