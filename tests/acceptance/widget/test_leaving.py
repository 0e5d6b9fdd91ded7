"""Leaving the page quickly, for who may be watched."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import BrowserContext, Route, expect

from tests.acceptance.widget.citizen import Visit, Widget, connected, storage
from tests.chromium import PHONE
from tests.fake_balie import FakeBalie

WEATHER = "https://weer.example/vandaag"
LEAVE = "Sluit deze pagina snel"


@pytest.fixture
def watched(balie: FakeBalie, context: BrowserContext, visit: Visit) -> Widget:
    """A conversation that nobody at home should see, on a page that was reached from another one."""
    balie.facts = {"verlaat_url": WEATHER}

    def weather(route: Route) -> None:
        route.fulfill(body="<h1>Het weer</h1>", content_type="text/html")

    context.route(f"{WEATHER}**", weather)
    widget = visit("/demo/index")
    widget.page.goto(f"{balie.url}/demo/voorbeeldstad")
    widget.open()
    widget.send("Hallo")
    widget.expect_texts("Hallo", "U schreef: Hallo")
    connected(balie, widget.page)
    balie.becomes_discreet()
    expect(widget.button(LEAVE)).to_be_visible()
    return widget


def press_the_button(widget: Widget) -> None:
    widget.button(LEAVE).click()


def press_the_button_with_the_keyboard(widget: Widget) -> None:
    widget.button(LEAVE).focus()
    widget.page.keyboard.press("Enter")


def press_escape_twice(widget: Widget) -> None:
    widget.page.keyboard.press("Escape")
    widget.page.keyboard.press("Escape")


@pytest.mark.parametrize("leave", [press_the_button, press_the_button_with_the_keyboard, press_escape_twice])
def test_leaving_goes_to_the_weather_and_back_does_not_return(watched: Widget, leave: Callable[[Widget], None]) -> None:
    leave(watched)
    expect(watched.page.get_by_role("heading", name="Het weer")).to_be_visible()
    assert watched.page.url == WEATHER
    watched.page.go_back()
    expect(watched.page.get_by_role("heading", name="Probeer de chat van Balie")).to_be_visible()


def test_leaving_keeps_nothing_on_the_device_and_the_conversation_at_the_municipality(
    balie: FakeBalie, watched: Widget
) -> None:
    watched.button("Meer mogelijkheden").click()
    watched.panel.get_by_role("switch", name="Bewaar op dit apparaat").click()
    watched.field.fill("Half een zin")
    watched.button(LEAVE).click()
    expect(watched.page.get_by_role("heading", name="Het weer")).to_be_visible()
    watched.page.goto(f"{balie.url}/demo/index")
    assert storage(watched.page, "sessionStorage") == []
    assert storage(watched.page, "localStorage") == []
    assert len(balie.only.messages) == 3
    watched.page.goto(f"{balie.url}/demo/voorbeeldstad")
    watched.launcher.click()
    watched.expect_texts()


def test_the_way_out_is_told_once_and_stays_after_a_reload(watched: Widget) -> None:
    expect(watched.log).to_contain_text(f"{LEAVE}: Het gesprek staat dan niet meer op dit apparaat.")
    expect(watched.button(LEAVE)).to_have_accessible_description(re.compile("Of druk twee keer op Escape"))
    watched.page.reload()
    expect(watched.button(LEAVE)).to_be_visible()


def test_nothing_of_the_chat_covers_the_way_out(watched: Widget) -> None:
    watched.page.set_viewport_size(PHONE)
    watched.button("Meer mogelijkheden").click()
    watched.button(LEAVE).click(trial=True)
    watched.panel.locator(".menu").get_by_text("Wis dit gesprek").click()
    watched.button(LEAVE).click(trial=True)


def test_in_another_conversation_escape_twice_only_closes_the_chat(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    connected(balie, widget.page)
    expect(widget.button(LEAVE)).to_be_hidden()
    widget.page.keyboard.press("Escape")
    widget.page.keyboard.press("Escape")
    expect(widget.panel).to_be_hidden()
    expect(widget.launcher).to_be_visible()
    assert widget.page.url.endswith("/demo/voorbeeldstad")
