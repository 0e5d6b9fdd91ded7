"""An administrator closes a day in the console, and citizens of the running installation hear that it is closed."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

from babel.dates import format_date
from playwright.sync_api import Browser, Page, expect

from bot.content import Content, hours
from tests.acceptance.whole.people import AtTheWidget
from tests.acceptance.whole.stack import PASSWORD, Stack


def an_open_day(stack: Stack) -> dt.date:
    """A day next week or later on which the counter is open."""
    where = Content.load(stack.content).municipality("voorbeeldstad")
    today = dt.datetime.now(hours.AMSTERDAM).date()
    days = (today + dt.timedelta(days=ahead) for ahead in range(8, 30))
    return next(day for day in days if hours.periods_on(day, where.opening_hours, where.closed_days))


def test_a_day_that_is_closed_in_the_console_is_closed_for_citizens(
    page: Page, browser: Browser, stack: Stack, screenshots: Path
) -> None:
    day = an_open_day(stack)
    named = format_date(day, "EEEE d MMMM", locale="nl")
    question = f"Is het gemeentehuis open op {format_date(day, 'd MMMM', locale='nl')}?"
    citizen = AtTheWidget(page, stack)
    citizen.say(question)
    citizen.sees(f"Op {named} is de balie open")

    stack.add_employee("Bea", "voorbeeldstad", "administrator")
    work = browser.new_context(locale="nl-NL", viewport={"width": 1280, "height": 900})
    console = work.new_page()
    console.goto(f"{stack.url}/medewerker/")
    console.get_by_label("E-mailadres").fill("bea@voorbeeldstad.example")
    console.get_by_label("Wachtwoord").fill(PASSWORD)
    console.get_by_role("button", name="Inloggen").click()
    console.locator("#aanwezigheid summary").click()
    console.get_by_role("link", name="Gegevens van de gemeente").click()
    console.get_by_role("link", name="Voeg een dag toe").click()
    console.get_by_label("Datum").fill(f"{day:%d-%m-%Y}")
    console.get_by_label("Dicht", exact=True).check()
    console.get_by_label("Waarom?").fill("studiedag")
    console.get_by_role("button", name="Bewaar").click()
    expect(console.get_by_text("De wijziging is bewaard.")).to_be_visible()
    expect(console.get_by_role("listitem").filter(has_text=re.compile(named, re.I))).to_contain_text("studiedag: dicht")
    console.screenshot(path=screenshots / "console-day-closed.png")
    work.close()

    stack.wait_for(lambda: "studiedag" in stack.citizen().ask(question))  # within two seconds, without a restart
    citizen.say(question)
    citizen.sees(f"Op {named} is de balie dicht (studiedag).")
    page.screenshot(path=screenshots / "widget-day-closed.png")
