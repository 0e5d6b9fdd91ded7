"""The conversation in the middle: both ways, without loading a page."""

from __future__ import annotations

from playwright.sync_api import expect

from handoff import conversations
from tests.acceptance.console.desk import Console, Counter, open_callback

HOSTILE = "<script>document.title='gekaapt'</script><img src=x onerror=\"document.title='gekaapt'\">"


def test_she_takes_over_and_they_talk_both_ways_without_loading_a_page(console: Console, counter: Counter) -> None:
    case_id = counter.waiting("Kan ik een medewerker spreken?")
    console.page.evaluate("window.sameDocument = true")
    console.card(case_id).get_by_role("button", name="Neem over").click()
    expect(console.field).to_be_focused()
    console.field.fill("Goedemiddag, waar kan ik mee helpen?")
    console.field.press("Enter")
    expect(console.lines.last).to_contain_text("Goedemiddag, waar kan ik mee helpen?")
    expect(console.lines.last).to_contain_text("verstuurd")
    expect(console.field).to_have_value("")
    expect(console.field).to_be_focused()
    counter.publish_typing(case_id)
    expect(console.page.get_by_text("De inwoner typt")).to_be_visible()
    counter.citizen_says(case_id, "Over mijn paspoort")
    expect(console.lines.last).to_contain_text("Over mijn paspoort")
    expect(console.page.get_by_text("De inwoner typt")).to_be_hidden()
    numbers = console.lines.evaluate_all("lines => lines.map(line => Number(line.dataset.volgnummer))")
    assert numbers == list(range(1, len(numbers) + 1))
    assert counter.said(case_id).count("Goedemiddag, waar kan ik mee helpen?") == 1
    assert console.page.evaluate("window.sameDocument") is True


def test_buttons_for_the_citizen_go_with_the_message_and_a_mistake_loses_nothing(
    console: Console, counter: Counter
) -> None:
    case_id = counter.held(counter.samira)
    console.go(case_id)
    console.field.fill("Is het paspoort verlopen?")
    console.page.get_by_text("Antwoordknoppen voor de inwoner").click()
    buttons = console.page.get_by_label("Knoppen")
    buttons.fill("Ja; Nee; ja")
    buttons.press("Enter")
    expect(console.page.get_by_text("Twee knoppen zijn hetzelfde.")).to_be_visible()
    expect(console.field).to_have_value("Is het paspoort verlopen?")
    expect(buttons).to_have_value("Ja; Nee; ja")
    buttons.fill("Ja; Nee")
    console.page.get_by_role("button", name="Verstuur", exact=True).click()
    expect(console.lines.last).to_contain_text("Aangeboden keuzes: Ja · Nee")
    expect(buttons).to_have_value("")
    expect(console.page.get_by_text("Twee knoppen zijn hetzelfde.")).to_have_count(0)


def test_one_reply_after_another_is_sent_each_once_from_the_same_field(console: Console, counter: Counter) -> None:
    case_id = counter.held(counter.samira)
    console.go(case_id)
    field = console.field.element_handle()
    for text in ("De eerste.", "De tweede.", "De eerste."):
        console.field.fill(text)
        console.field.press("Enter")
        expect(console.field).to_have_value("")
        expect(console.lines.last).to_contain_text(text)
    assert counter.said(case_id)[-3:] == ["De eerste.", "De tweede.", "De eerste."]
    assert console.page.evaluate("field => field.isConnected && field === document.activeElement", field)


def test_seen_is_shown_at_once(console: Console, counter: Counter) -> None:
    case_id = counter.held(counter.samira)
    console.go(case_id)
    console.field.fill("Hallo")
    console.field.press("Enter")
    expect(console.lines.last).to_contain_text("verstuurd")
    conversation_id = counter.conversation_of(case_id)

    async def see() -> None:
        last = (await counter.stage.read(conversation_id)).last_seq
        async with counter.database.write() as session:
            await conversations.mark_seen(session, conversation_id, last)

    counter.run(see())
    expect(console.lines.last).to_contain_text("gezien")


def test_what_she_typed_survives_a_reload_and_another_case(console: Console, counter: Counter) -> None:
    one, other = counter.held(counter.samira, "Eén"), counter.held(counter.samira, "Twee")
    console.go(one)
    console.field.fill("Half een antwoord")
    console.page.reload()
    expect(console.field).to_have_value("Half een antwoord")
    console.card(other).get_by_role("link").click()
    expect(console.page.get_by_role("log")).to_contain_text("Twee")
    expect(console.field).to_have_value("")
    console.card(one).get_by_role("link").click()
    expect(console.field).to_have_value("Half een antwoord")


def test_a_trigger_sentence_leads_to_its_message(console: Console, counter: Counter) -> None:
    case_id = counter.held(counter.samira, "Ik slaap er niet meer van.")
    for number in range(40):
        counter.citizen_says(case_id, f"En ook nog dit, nummer {number}")
    console.go(case_id)
    first = console.page.locator("#bericht-1")
    expect(first).not_to_be_in_viewport()
    console.page.get_by_role("link", name="Naar het bericht").click()
    expect(first).to_be_in_viewport()
    expect(first).to_be_focused()


def test_what_a_citizen_types_is_never_run(console: Console, counter: Counter) -> None:
    case_id = counter.held(counter.samira, HOSTILE)
    console.go(case_id)
    counter.citizen_says(case_id, HOSTILE + " twee")
    expect(console.lines.last).to_contain_text(HOSTILE + " twee")
    assert "gekaapt" not in console.page.title()


def test_a_masked_value_is_shown_in_place_and_gone_after_a_reload(console: Console, counter: Counter) -> None:
    case_id = counter.run(open_callback(counter))
    console.go(case_id)
    expect(console.page.get_by_text("06 12 34 56 78")).to_have_count(0)
    console.page.get_by_role("button", name="Toon [telefoon-1]").click()
    expect(console.page.locator("#dossier").get_by_text("06 12 34 56 78")).to_be_visible()
    console.page.reload()
    expect(console.page.get_by_role("button", name="Toon [telefoon-1]")).to_be_visible()
