"""A municipality's own looks."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.acceptance.widget.citizen import Visit, Widget
from tests.fake_balie import FakeBalie
from tests.fake_knowledge import municipality


def test_a_municipality_shows_its_logo_and_says_it_its_own_way(visit: Visit) -> None:
    widget = visit("/demo/fictiedam")
    expect(widget.launcher).to_have_text("Stel uw vraag aan Fictiedam")
    widget.open()
    logo = widget.panel.get_by_role("img", name="Logo van Fictiedam: een zeilboot op het water")
    expect(logo).to_be_visible()
    expect(logo.locator("circle")).to_have_css("fill", "rgb(11, 110, 79)")
    expect(widget.panel.get_by_role("heading", name="Loket Fictiedam")).to_be_visible()
    expect(widget.panel.get_by_role("heading", name="Vraag het ons gerust")).to_be_in_viewport()
    expect(widget.field).to_have_attribute("placeholder", "Waar gaat het over?")


def test_without_a_logo_and_texts_of_its_own_the_widget_has_its_own(balie: FakeBalie, visit: Visit) -> None:
    theme = municipality("fictiedam")["thema"]
    balie.facts = {"thema": {**theme, "logo": None, "teksten": {}}}
    widget = visit("/demo/fictiedam")
    expect(widget.launcher).to_have_text("Stel uw vraag")
    widget.open()
    expect(widget.panel.get_by_role("img")).to_have_count(0)
    expect(widget.page.locator("balie-chat .logo")).to_have_text("F")
    expect(widget.panel.get_by_role("heading", name="Balie")).to_be_visible()
    expect(widget.page.locator("balie-chat .welkom")).to_be_hidden()
    expect(widget.field).to_have_attribute("placeholder", "Typ uw vraag")


def test_colours_that_nobody_could_read_are_corrected(widget: Widget) -> None:
    tokens: dict[str, str] = widget.page.evaluate(
        """async () => (await import('/widget/theme.js')).tokens(
          {primair: '#ffe14d', op_primair: '#ffffff', accent: 'red; } * { display: none', lettertype: 'x} *{'})"""
    )
    assert tokens["--balie-op-primair"] == "#17242d"
    assert contrast(tokens["--balie-tekst-primair"], tokens["--balie-tint"]) >= 4.5
    assert not any("}" in value for value in tokens.values())


@pytest.mark.parametrize("primary", ["#808080", "#ff6600", "#00a3a3", "#000000", "#ffffff", "#e63900"])
def test_text_on_the_municipal_colour_is_readable_whatever_the_colour(widget: Widget, primary: str) -> None:
    tokens: dict[str, str] = widget.page.evaluate(
        "async (primair) => (await import('/widget/theme.js')).tokens({primair, op_primair: '#ffffff'})", primary
    )
    assert contrast(tokens["--balie-op-primair"], tokens["--balie-primair"]) >= 4.5
    for background in ("#ffffff", tokens["--balie-tint"], tokens["--balie-tint-rand"]):
        assert contrast(tokens["--balie-tekst-primair"], background) >= 4.5


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, between two colours "#rrggbb"."""

    def luminance(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
