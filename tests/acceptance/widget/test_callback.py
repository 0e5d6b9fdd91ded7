"""Asking to be reached, with a form that is loaded when it is asked for."""

from __future__ import annotations

import pytest
from playwright.sync_api import ViewportSize, expect

from tests.acceptance.widget.citizen import QUESTION, Visit, Widget, connected, focused
from tests.chromium import ARTEFACTS, DESKTOP, PHONE, violations, wait_until
from tests.fake_balie import FakeBalie


@pytest.fixture
def widget(visit: Visit, balie: FakeBalie) -> Widget:
    widget = visit()
    widget.open()
    widget.send(QUESTION)
    expect(widget.button("Wat kost het?")).to_be_visible()
    connected(balie, widget.page)
    return widget


def test_it_is_loaded_when_it_is_asked_for_and_sends_what_was_chosen(widget: Widget, balie: FakeBalie) -> None:
    page = widget.page
    assert not [path for _, path, _ in balie.requests if "later/callback" in path]
    widget.menu("Vraag ons om contact")
    form = page.get_by_role("dialog", name="Vraag ons om contact")
    form.get_by_label("Telefoonnummer").fill("geen nummer")
    form.get_by_role("button", name="Verstuur").click()
    expect(form.get_by_role("alert")).to_contain_text("Schrijf het zo: 06 12 34 56 78.")
    form.get_by_label("Telefoonnummer").fill("06 12 34 56 78")
    form.get_by_label("Wanneer komt het u uit?").select_option("2026-11-30-ochtend")
    form.get_by_label("Naar wie mogen wij vragen?").fill("Anna")
    form.get_by_label("Nee", exact=True).check()
    form.get_by_role("button", name="Verstuur").click()
    expect(form).to_be_hidden()
    (wanted,) = balie.called_back
    assert wanted.pop("id")
    assert wanted == {
        "manier": "telefoon",
        "telefoonnummer": "06 12 34 56 78",
        "moment": "2026-11-30-ochtend",
        "naam": "Anna",
        "inspreken": False,
    }
    assert focused(page)


def test_who_cannot_use_a_telephone_asks_for_a_chat_without_a_number(widget: Widget, balie: FakeBalie) -> None:
    widget.menu("Vraag ons om contact")
    form = widget.page.get_by_role("dialog", name="Vraag ons om contact")
    form.get_by_label("Chat met mij").check()
    expect(form.get_by_label("Telefoonnummer")).to_be_hidden()
    expect(form.get_by_text("Mogen wij een bericht inspreken als u niet opneemt?")).to_be_hidden()
    form.get_by_role("button", name="Verstuur").click()
    wait_until(widget.page, lambda: len(balie.called_back) == 1)
    assert balie.called_back[0]["manier"] == "chat"


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_form_is_usable_by_everybody(widget: Widget, size: ViewportSize) -> None:
    page = widget.page
    page.set_viewport_size(size)
    widget.menu("Vraag ons om contact")
    expect(page.get_by_role("dialog", name="Vraag ons om contact")).to_be_visible()
    assert violations(page) == []
    page.screenshot(path=ARTEFACTS / f"widget-terugbellen-{size['width']}.png")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Vraag ons om contact")).to_be_hidden()
