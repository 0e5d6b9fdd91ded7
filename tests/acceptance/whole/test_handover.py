"""The main job: a citizen asks for a person, who reads her story, talks with her and gives the conversation back."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.acceptance.whole.people import AtTheConsole, AtTheWidget
from tests.acceptance.whole.stack import Stack


def test_a_citizen_is_taken_over_talks_with_an_employee_and_goes_back_to_the_bot(
    page: Page, browser: Browser, stack: Stack, screenshots: Path
) -> None:
    citizen = AtTheWidget(page, stack)
    citizen.say("Wat kost een paspoort?")
    citizen.sees("€ 88,65")
    page.screenshot(path=screenshots / "widget-answer.png")

    work = browser.new_context(locale="nl-NL", viewport={"width": 1440, "height": 900})
    samira = AtTheConsole(work, stack, "Samira")
    citizen.say("Ik wil graag een medewerker spreken over paspoort van mijn oma.")
    citizen.sees(re.compile("aan de beurt|in de rij"))
    page.screenshot(path=screenshots / "widget-queue.png")

    samira.sees("paspoort van mijn oma")
    samira.page.screenshot(path=screenshots / "console-queue.png")
    samira.claim("paspoort van mijn oma")
    citizen.sees("U praat nu met Samira")
    samira.sees("€ 88,65")
    samira.say("Dag, ik ben Samira. Waar woont uw oma?")
    citizen.sees("Waar woont uw oma?")
    citizen.say("In het verpleeghuis, zij kan niet komen.")
    samira.sees("In het verpleeghuis")
    page.screenshot(path=screenshots / "widget-employee.png")
    samira.page.screenshot(path=screenshots / "console-conversation.png")

    page.reload()
    citizen.sees("In het verpleeghuis")
    citizen.say("Bent u er nog?")
    samira.sees("Bent u er nog?")

    samira.page.locator("#actie-overdragen summary").click()
    samira.page.get_by_label("Bericht aan de inwoner (niet verplicht)").fill("Wij komen bij uw oma langs.")
    samira.page.get_by_role("button", name="Geef terug aan de assistent").click()
    citizen.sees("Wij komen bij uw oma langs.")
    citizen.say("hoe lang is een paspoort geldig?")
    citizen.sees("10 jaar geldig")
    work.close()


def test_of_two_employees_one_wins_and_the_other_is_told(
    browser: Browser, context: BrowserContext, stack: Stack
) -> None:
    citizen = stack.citizen()
    citizen.ask("ik wil een medewerker spreken over de race om de zaak")
    other = browser.new_context(locale="nl-NL", java_script_enabled=False)  # his list stays as it was, as in a race
    samira, joost = AtTheConsole(context, stack, "Samira"), AtTheConsole(other, stack, "Joost")
    for employee in (samira, joost):
        employee.sees("race om de zaak")
    samira.claim("race om de zaak")
    samira.sees("race om de zaak")
    expect(samira.page.get_by_label("Uw bericht aan de inwoner")).to_be_visible()
    joost.claim("race om de zaak")
    joost.sees(re.compile("Samira"))
    assert citizen.state()["medewerker"] == "Samira"
    other.close()


def test_an_employee_of_another_municipality_sees_nothing_of_it(context: BrowserContext, stack: Stack) -> None:
    stack.citizen().ask("ik wil een medewerker spreken over iets geheims")
    fatma = AtTheConsole(context, stack, "Fatma", "fictiedam")
    expect(fatma.page.get_by_text("iets geheims")).to_have_count(0)


def test_a_crisis_gets_the_help_line_at_once_and_the_head_of_the_queue(context: BrowserContext, stack: Stack) -> None:
    stack.citizen().ask("ik wil een medewerker spreken over mijn kapstok")
    told = stack.citizen().ask("ik zie het echt niet meer zitten, ik wil dood")
    assert "113" in told
    assert "112" in told
    samira = AtTheConsole(context, stack, "Samira")
    samira.page.locator("#kaarten-rij li").first.wait_for()
    expect(samira.page.locator("#kaarten-rij li").first).to_contain_text("niet meer zitten")
