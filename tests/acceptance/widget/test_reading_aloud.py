"""Answers read aloud, where the device can."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, expect

from tests.acceptance.widget.citizen import QUESTION, Visit

VOICES = """
const spoken = window.spoken = [];
Object.defineProperty(window, 'speechSynthesis', {value: Object.assign(new EventTarget(), {
  getVoices: () => %s.map((lang) => ({lang, localService: true})),
  speak: (one) => spoken.push(one.text),
  cancel: () => spoken.push('stop'),
})});
window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text } };
"""


def test_an_answer_is_read_aloud_where_the_device_has_a_dutch_voice(context: BrowserContext, visit: Visit) -> None:
    context.add_init_script(VOICES % '["en-GB", "nl-NL"]')
    widget = visit()
    widget.open()
    widget.send(QUESTION)
    answer = widget.messages.filter(has_text="€ 86,15")
    answer.get_by_role("button", name="Lees voor").click()
    spoken: list[str] = widget.page.evaluate("() => window.spoken")
    assert spoken[0].startswith("Een paspoort voor iemand van 18 jaar of ouder kost € 86,15.")
    assert "- " not in spoken[0]
    answer.get_by_role("button", name="Stop met voorlezen").click()
    assert widget.page.evaluate("() => window.spoken.at(-1)") == "stop"
    expect(widget.own.get_by_role("button", name="Lees voor")).to_have_count(0)


def test_without_a_dutch_voice_nothing_offers_to_read_aloud(context: BrowserContext, visit: Visit) -> None:
    context.add_init_script(VOICES % '["en-GB"]')
    widget = visit()
    widget.open()
    expect(widget.button("Lees voor")).to_have_count(0)
