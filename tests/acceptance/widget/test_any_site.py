"""Safe on any site: a strict policy, no cookie, no markup from anybody."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, expect

from tests.acceptance.widget.citizen import QUESTION, Visit, Widget, connected
from tests.fake_balie import FakeBalie

HOST_PAGE = """<!doctype html><html lang="nl"><head><title>Gemeente</title>
<script type="module" src="{balie}/widget/balie-chat.js" data-gemeente="fictiedam" data-telefoon="14 098"></script>
</head><body><main><h1>Gemeente Fictiedam</h1><a href="#einde">Verder</a></main></body></html>"""


def host_policy(balie: FakeBalie) -> str:
    """Exactly the directives of docs/widget.md, and Trusted Types on top."""
    return (
        f"default-src 'none'; script-src {balie.url}; connect-src {balie.url} {balie.url.replace('http', 'ws')}; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def test_one_script_tag_embeds_the_chat_on_another_site_under_a_strict_policy(
    balie: FakeBalie, visit: Visit, context: BrowserContext, errors: list[str]
) -> None:
    with FakeBalie() as site:
        balie.allowed_origins.add(site.url)
        site.pages["thuis"] = (HOST_PAGE.format(balie=balie.url), host_policy(balie))
        widget = visit("/pagina/thuis", site.url)
        widget.open()
        widget.send(QUESTION)
        expect(widget.messages.last).to_contain_text("€ 86,15")
        expect(widget.panel.get_by_role("img", name="Logo van Fictiedam")).to_be_visible()
        expect(widget.page.locator("balie-chat .kop")).to_have_css("background-color", "rgb(11, 110, 79)")
        with widget.page.expect_download():
            widget.menu("Download dit gesprek")
        assert errors == []
        assert context.cookies() == []
        assert not [key for key in site.requests if key[1].startswith("/api")]
    token = balie.only.token
    assert not [url for _, url, _ in balie.requests if token in url]
    assert not [headers for _, _, headers in balie.requests if "cookie" in headers]
    assert ("WS", f"/api/v1/gesprekken/{balie.only.id}/stroom") in [(kind, url) for kind, url, _ in balie.requests]


def test_on_a_site_that_is_not_allowed_the_telephone_number_remains(balie: FakeBalie, visit: Visit) -> None:
    with FakeBalie() as site:
        site.pages["vreemd"] = (HOST_PAGE.format(balie=balie.url), host_policy(balie))
        widget = visit("/pagina/vreemd", site.url)
        widget.launcher.click()
        expect(widget.notice).to_be_visible()
        expect(widget.panel.get_by_role("link", name="Bel 14 098")).to_be_visible()
        assert not balie.conversations


def test_no_text_of_a_message_becomes_markup(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    connected(balie, widget.page)
    links = [
        {"titel": "Slim", "url": "javascript:alert(1)"},
        {"titel": "Data", "url": "data:text/html,<script>alert(1)</script>"},
        {"titel": "Goed", "url": "https://www.rijksoverheid.nl/"},
        {"titel": "Bellen", "url": "tel:113"},
    ]
    text = "<img src=x onerror=alert(1)> **vet** en 2 * 3 ** 4\n- een\n- twee\nna de lijst"
    balie.say(text, links=links, name="<b>Balie</b>")
    answer = widget.messages.last
    expect(answer.locator(".bel p").first).to_have_text("<img src=x onerror=alert(1)> vet en 2 * 3 ** 4")
    expect(answer.locator("img")).to_have_count(0)
    expect(answer.locator("strong")).to_have_text("vet")
    expect(answer.locator(".van")).to_contain_text("<b>Balie</b>")
    expect(answer.locator("a")).to_have_count(2)
    good = answer.get_by_role("link", name="Goed (opent in een nieuw tabblad)")
    expect(good).to_have_attribute("rel", "noopener noreferrer")
    expect(good).to_have_attribute("target", "_blank")
    widget.send("**mijn** <b>tekst</b>")
    expect(widget.own.last.locator(".bel")).to_have_text("**mijn** <b>tekst</b>")
