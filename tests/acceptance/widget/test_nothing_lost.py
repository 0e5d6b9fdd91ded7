"""Nothing is lost and nothing comes twice, whatever the line does."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.acceptance.widget.citizen import Widget, connected, storage
from tests.chromium import wait_until
from tests.fake_balie import FakeBalie

LONG_SECONDS = 600
"""So long a wait that within a test only the citizen herself can end it."""


def test_a_reload_resumes_after_the_last_number(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    widget.send("Hallo")
    widget.expect_texts("Hallo", "U schreef: Hallo")
    widget.page.reload()
    widget.expect_texts("Hallo", "U schreef: Hallo")
    wait_until(widget.page, lambda: {"soort": "aanmelden", "na": 3} in balie.frames)
    balie.say("Nog iets.")
    widget.expect_texts("Hallo", "U schreef: Hallo", "Nog iets.")


def test_a_cut_in_the_middle_of_a_burst_loses_nothing(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    connected(balie, widget.page)
    balie.say("een")
    balie.cut()
    for text in ("twee", "drie", "vier"):
        balie.store_silently(text)
    widget.expect_texts("een", "twee", "drie", "vier")


def test_messages_that_arrive_out_of_order_are_shown_in_order(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    connected(balie, widget.page)
    for text in ("een", "twee", "drie"):
        balie.store_silently(text)
    balie.deliver(4)
    balie.deliver(3)
    balie.deliver(3)
    widget.expect_texts("een", "twee", "drie")


def test_a_lost_acknowledgement_leads_to_the_same_id_again_and_one_message(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    connected(balie, widget.page)
    balie.behaviour.answers = False
    balie.behaviour.drop_acknowledgements = 2
    widget.send("een")
    widget.send("twee")
    widget.expect_texts("een", "twee")
    expect(widget.own.locator(".staat")).to_have_text(["Verstuurd", "Verstuurd"])
    assert [one["tekst"] for one in balie.only.messages[1:]] == ["een", "twee"]


def test_an_unsent_message_survives_a_reload_and_goes_with_the_same_id(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    connected(balie, widget.page)
    balie.goes_down(for_seconds=LONG_SECONDS)
    widget.send("een")
    widget.send("twee")
    expect(widget.own.first).to_contain_text("Niet verstuurd")
    expect(widget.notice).to_contain_text("Geen verbinding")
    keys = storage(widget.page, "sessionStorage")
    ids = sorted(key.rsplit(":", 1)[1] for key in keys if ":uit:" in key)
    widget.page.reload()
    expect(widget.own).to_have_count(2)
    expect(widget.own.first).to_contain_text("Niet verstuurd")
    balie.behaviour.down = False
    widget.own.first.get_by_role("button", name="Opnieuw proberen").click()
    expect(widget.own.locator(".staat")).to_have_text(["Verstuurd", "Verstuurd"])
    own = [one for one in balie.only.messages if one["afzender"] == "burger"]
    assert [one["tekst"] for one in own] == ["een", "twee"]
    assert sorted(one["id"] for one in own) == ids
    assert not [key for key in storage(widget.page, "sessionStorage") if ":uit:" in key]


def test_a_flood_waits_and_keeps_the_order(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    connected(balie, widget.page)
    balie.behaviour.answers = False
    balie.behaviour.flood_next = 1
    for text in ("een", "twee", "drie"):
        widget.send(text)
    widget.expect_texts("een", "twee", "drie")
    expect(widget.own.locator(".staat")).to_have_text(["Verstuurd"] * 3)
    assert balie.received[0] == balie.received[1]
    assert [one["tekst"] for one in balie.only.messages[1:]] == ["een", "twee", "drie"]


def test_a_server_error_is_tried_again(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    balie.behaviour.fail_next = 2
    widget.send("Hallo")
    widget.expect_texts("Hallo", "U schreef: Hallo")


def test_a_refused_message_can_be_changed_and_does_not_hold_up_the_next(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    widget.send("dit wordt geweigerd")
    refused = widget.own.filter(has_text="geweigerd")
    expect(refused).to_contain_text("Niet verstuurd")
    expect(refused).to_contain_text("Dit bericht kunnen wij niet aannemen.")
    widget.send("Hallo")
    expect(widget.messages.filter(has_text="U schreef: Hallo")).to_be_visible()
    refused.get_by_role("button", name="Bericht aanpassen").click()
    expect(widget.field).to_have_value("dit wordt geweigerd")
    expect(widget.field).to_be_focused()
    expect(refused).to_have_count(0)


def test_without_websockets_the_chat_works_over_http(balie: FakeBalie, widget: Widget) -> None:
    balie.behaviour.refuse_websockets = True
    widget.open()
    widget.send("Hallo")
    widget.expect_texts("Hallo", "U schreef: Hallo")
    balie.owner("wachtrij", place=3)
    expect(widget.who).to_contain_text("U bent nummer 3 in de rij.")
    balie.say("Later bericht.")
    widget.expect_texts("Hallo", "U schreef: Hallo", "Later bericht.")
    expect(widget.notice).to_be_hidden()


def test_a_chat_that_cannot_open_says_so_and_opens_when_it_can(balie: FakeBalie, widget: Widget) -> None:
    balie.goes_down()
    widget.page.reload()
    widget.launcher.click()
    expect(widget.notice).to_contain_text("De chat kan nu niet openen")
    expect(widget.panel.get_by_role("link", name="Bel 14 099")).to_be_visible()
    widget.send("Hallo")
    expect(widget.own).to_contain_text("Niet verstuurd")
    balie.behaviour.down = False
    widget.expect_texts("Hallo", "U schreef: Hallo")
    expect(widget.notice).to_be_hidden()


def test_a_chat_that_cannot_open_opens_at_once_when_the_citizen_asks(balie: FakeBalie, widget: Widget) -> None:
    balie.goes_down(for_seconds=LONG_SECONDS)
    widget.page.reload()
    widget.launcher.click()
    again = widget.notice.get_by_role("button", name="Probeer nu")
    expect(again).to_be_visible()
    widget.send("Hallo")
    expect(widget.own).to_contain_text("Niet verstuurd")
    balie.behaviour.down = False
    again.press("Enter")
    widget.expect_texts("Hallo", "U schreef: Hallo")
    expect(widget.notice).to_be_hidden()
    expect(widget.field).to_be_focused()


def test_the_notice_and_its_button_stay_the_same_through_every_attempt(balie: FakeBalie, widget: Widget) -> None:
    balie.goes_down()
    widget.page.reload()
    widget.launcher.click()
    again = widget.notice.get_by_role("button", name="Probeer nu")
    expect(again).to_be_visible()
    again.evaluate("(button) => { window.same = button }")
    before = widget.attempts(balie)
    wait_until(widget.page, lambda: widget.attempts(balie) >= before + 2)
    assert again.evaluate("(button) => button === window.same")


def test_nothing_moves_under_the_pointer_when_the_line_comes_back(balie: FakeBalie, widget: Widget) -> None:
    expect(widget.launcher).to_be_visible()
    wait_until(widget.page, lambda: any("gemeente" in key for key in storage(widget.page, "sessionStorage")))
    balie.goes_down()
    widget.page.reload()
    widget.page.emulate_media(reduced_motion="reduce")
    widget.launcher.click()
    again = widget.notice.get_by_role("button", name="Probeer nu")
    again.hover()
    before = again.bounding_box()
    balie.behaviour.down = False
    expect(widget.messages.first).to_contain_text("Welkom")
    expect(widget.notice).to_contain_text("De chat werkt weer.")
    assert again.bounding_box() == before
    again.click()
    widget.page.mouse.move(10, 10)
    expect(widget.notice).to_be_hidden()
    assert len(balie.conversations) == 1


def test_a_message_after_closing_opens_a_linked_conversation(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    widget.send("Hallo")
    widget.expect_texts("Hallo", "U schreef: Hallo")
    first = balie.only
    balie.owner("gesloten")
    expect(widget.who).to_contain_text("Dit gesprek is afgesloten.")
    widget.send("Nog een vraag")
    expect(widget.messages.last).to_contain_text("U schreef: Nog een vraag")
    assert balie.only.continues == first.id
    expect(widget.page.locator("balie-chat .scheiding").last).to_have_text("Hier gaat uw gesprek verder")
    widget.page.reload()
    expect(widget.messages).to_have_count(6)


def test_a_conversation_that_the_server_lost_goes_on_in_a_new_one(balie: FakeBalie, widget: Widget) -> None:
    widget.open()
    widget.send("Hallo")
    widget.expect_texts("Hallo", "U schreef: Hallo")
    balie.conversations.clear()
    widget.page.reload()
    expect(widget.page.locator("balie-chat .scheiding").last).to_contain_text("niet meer beschikbaar")
    widget.send("Daar ben ik weer")
    expect(widget.messages.last).to_contain_text("U schreef: Daar ben ik weer")
