"""Personal data in running text: what must go, and what must stay because the answer depends on it."""

from __future__ import annotations

import re
from datetime import date, time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from stdnum import iban

from handoff.personal_data import PersonalDataKind, find, in_words, mask, redact


def kinds(text: str) -> list[str]:
    return [found.kind.value for found in find(text)]


@st.composite
def bsns(draw: st.DrawFn) -> str:
    """Nine digits that pass the eleven test, the first not two zeros."""
    digits = draw(st.lists(st.integers(0, 9), min_size=8, max_size=8).filter(lambda one: one[0] + one[1] > 0))
    check = sum((9 - place) * digit for place, digit in enumerate(digits)) % 11
    if check == 10:
        digits[7] = (digits[7] + 1) % 10
        check = sum((9 - place) * digit for place, digit in enumerate(digits)) % 11
    if check == 10:
        digits[6] = (digits[6] + 1) % 10
        check = sum((9 - place) * digit for place, digit in enumerate(digits)) % 11
    return "".join(str(digit) for digit in [*digits, check % 10])


NOTATIONS = ("{0}{1}{2}", "{0}.{1}.{2}", "{0} {1} {2}", "{0}-{1}-{2}")


@given(bsns(), st.sampled_from(NOTATIONS), st.sampled_from([(4, 6), (3, 6)]))
@example("123456782", "{0}{1}{2}", (4, 6))
@example("111222333", "{0}.{1}.{2}", (4, 6))
def test_a_bsn_is_found_in_every_notation(number: str, notation: str, cut: tuple[int, int]) -> None:
    first, second = cut
    written = notation.format(number[:first], number[first:second], number[second:])
    masked = mask(f"Mijn BSN is {written}, kunt u kijken?")
    assert masked.text == "Mijn BSN is [bsn-1], kunt u kijken?"
    assert masked.has(PersonalDataKind.BSN)


@pytest.mark.parametrize(
    "text", ["bsn 10000008", "BSN:123456782.", "bsn123456782", "(123456782)", "123456782\n111222333"]
)
def test_a_bsn_of_eight_digits_or_against_other_signs_is_found(text: str) -> None:
    assert set(kinds(text)) == {"bsn"}
    assert not re.search(r"\d{6}", mask(text).text)


@pytest.mark.parametrize(
    "text",
    ["123456783", "1234567820", "0123456782012", "factuur 9123456782", "1,123456782"],
)
def test_a_number_that_fails_the_eleven_test_or_is_longer_is_no_bsn(text: str) -> None:
    assert "bsn" not in kinds(text)


MOBILE = st.from_regex(r"[1-58][0-9]{7}", fullmatch=True)
MOBILE_NOTATIONS = (
    "06{0}", "06 {0}", "06-{0}", "06 - {0}", "06/{0}", "(06) {0}", "06{0}", "+316{0}", "+31 6 {0}", "+31 (0)6 {0}",
    "+31(0)6-{0}", "00316{0}", "0031 6 {0}", "06 {1} {2} {3} {4}", "06.{1}.{2}.{3}.{4}", "06-{1}{2} {3}{4}",
)  # fmt: skip


@given(MOBILE, st.sampled_from(MOBILE_NOTATIONS))
@example("37510794", "06 {0}")
@example("50915689", "+31 6 {0}")
def test_a_mobile_number_is_found_in_every_notation_and_is_never_taken_for_a_bsn(digits: str, notation: str) -> None:
    written = notation.format(digits, digits[:2], digits[2:4], digits[4:6], digits[6:])
    assert mask(f"Bel mij op {written} graag").text == "Bel mij op [telefoon-1] graag"


@pytest.mark.parametrize(
    "number",
    [
        "020-1234567", "020 1234567", "0201234567", "(020) 123 45 67", "020 - 123 45 67", "0341 12 34 56",
        "+31 20 123 4567", "+31 (0)20 123 4567", "+31 10 5088663", "+31 (0)10 5088663", "0031 20 123 4567",
        "0341-606995", "085-1234567", "+32 470 12 34 56", "+49 30 123456", "+44 20 7946 0958", "+90 532 123 45 67",
    ],
)  # fmt: skip
def test_fixed_and_foreign_numbers_are_found(number: str) -> None:
    assert mask(f"mijn nummer: {number}.").text == "mijn nummer: [telefoon-1]."


@pytest.mark.parametrize("number", ["14 099", "14020", "112", "113", "0800-0113", "0900-8844", "0800 1351", "144"])
def test_public_numbers_stay_readable(number: str) -> None:
    assert mask(f"Bel {number} of kom langs").text == f"Bel {number} of kom langs"


@pytest.mark.parametrize("number", ["+31 88 4080985", "+31 (0)88 4080985", "088-5274824"])
def test_the_number_of_an_organisation_is_not_taken_for_a_bsn(number: str) -> None:
    assert kinds(f"de GGD op {number}") == []


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("NL91ABNA0417164300", "[iban-1]"),
        ("NL91 ABNA 0417 1643 00", "[iban-1]"),
        ("nl91abna0417164300", "[iban-1]"),
        ("NL91.ABNA.0417.1643.00 is mijn rekening", "[iban-1] is mijn rekening"),
        ("Stort op NL91ABNA0417164300 graag voor vrijdag", "Stort op [iban-1] graag voor vrijdag"),
        ("Stort op NL91 ABNA 0417 1643 00 graag dank u", "Stort op [iban-1] graag dank u"),
        ("ab12 en NL91ABNA0417164300", "ab12 en [iban-1]"),
        ("BE68 5390 0754 7034", "[iban-1]"),
        ("DE89370400440532013000.", "[iban-1]."),
        ("NL91ABNA0417164301", "NL91ABNA0417164301"),
    ],
)
def test_an_iban_is_found_with_spaces_and_in_running_text_by_its_check_digits(text: str, masked: str) -> None:
    assert mask(text).text == masked


@given(st.from_regex(r"[0-9]{10}", fullmatch=True), st.booleans())
def test_every_valid_dutch_iban_is_found(account: str, spaced: bool) -> None:
    number = f"NL{iban.calc_check_digits('NL00INGB' + account)}INGB{account}"
    written = " ".join(number[place : place + 4] for place in range(0, len(number), 4)) if spaced else number
    assert mask(f"op {written} aub").text == "op [iban-1] aub"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Mail jan.de.vries@post.example, dank", "Mail [e-mail-1], dank"),
        ("jan+gemeente@post-online.co.uk.", "[e-mail-1]."),
        ("J_99@sub.domein.nl", "[e-mail-1]"),
        ("<jan@post.example>", "<[e-mail-1]>"),
        ("@gemeente en jan @ post", "@gemeente en jan @ post"),
    ],
)
def test_an_e_mail_address_is_found_without_the_signs_around_it(text: str, masked: str) -> None:
    assert mask(text).text == masked


@pytest.mark.parametrize(
    "plate",
    [
        "AB-12-34", "12-34-AB", "12-AB-34", "AB-12-CD", "AB-CD-12", "12-AB-CD", "12-ABC-3", "1-ABC-23", "AB-123-C",
        "A-123-BC", "ABC-12-D", "A-12-BCD", "1-AB-234", "123-AB-4", "GT123B", "12ABC3", "gt-123-b",
    ],
)  # fmt: skip
def test_a_licence_plate_of_every_series_is_found(plate: str) -> None:
    assert mask(f"Mijn auto {plate} staat fout").text == "Mijn auto [kenteken-1] staat fout"


@pytest.mark.parametrize(
    "text", ["1-mei-26", "5-okt-26", "12-dec-6", "ZW-2026", "2026-AB", "A2", "CO2", "Q3", "B12", "4G"]
)
def test_dates_and_codes_are_no_licence_plates(text: str) -> None:
    assert mask(f"vanaf {text} geldt dit").text == f"vanaf {text} geldt dit"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Ik woon in de Dorpsstraat 12a.", "Ik woon in de [adres-1]."),
        ("De lantaarnpaal in de Kerkstraat 5 is kapot", "De lantaarnpaal in de [adres-1] is kapot"),
        ("ik ga verhuizen naar dorpsstraat 12 in voorbeeldstad", "ik ga verhuizen naar [adres-1] in voorbeeldstad"),
        ("Kerkweg 5 u kunt komen", "[adres-1] u kunt komen"),
        ("Dorpsstraat 12 a", "[adres-1]"),
        ("Dorpsstraat 12-14", "[adres-1]"),
        ("Dorpsstraat 12bis", "[adres-1]"),
        ("Van der Helstplein 3-II", "[adres-1]"),
        ("Burgemeester van der Bergstraat 4", "[adres-1]"),
        ("Prins Willem Alexanderlaan 101", "[adres-1]"),
        ("Laan van Meerdervoort 12", "[adres-1]"),
        ("Grote Markt 1", "[adres-1]"),
        ("Oude Gracht 12", "[adres-1]"),
        ("dorpsstr. 12", "[adres-1]"),
        ("Hoofdweg nr. 3", "[adres-1]"),
        ("1234 AB", "[adres-1]"),
        ("1234AB", "[adres-1]"),
        ("1234ab", "[adres-1]"),
        ("mijn postcode is 3511 zk", "mijn postcode is [adres-1]"),
        ("Dorpsstraat 12, 1234 AB Voorbeeldstad", "[adres-1], [adres-2] Voorbeeldstad"),
    ],
)
def test_an_address_is_found_and_only_the_address(text: str, masked: str) -> None:
    assert mask(text).text == masked


STAY = [
    "Het paspoort kost € 83,87", "1.234,50 euro", "€ 1.234.567,89", "paragraaf 4.2", "artikel 2:3 Awb", "op 5 mei 2026",
    "zaak ZK-4827-BKT", "TB-0012-XWV en ML-9999-BCD", "Bel 14 099", "van 9.00 tot 17.00 uur", "9.00-17.00",
    "09.00-17.00", "08.30-12.30 en 13.30-17.00", "12:30-13:30", "schooljaar 2024-2025", "2026-12345", "zaak 2026-1234",
    "in 2026 is dat anders", "om 1500 op het stadhuis", "2000 km", "2024 in het kort", "onderweg 2 keer", "2 weken",
    "op de hoek 3 meter verder", "bij het park 5 minuten lopen", "het sportpark 2 keer", "de zwembaan 3 was dicht",
    "vanwege 3 redenen", "op de snelweg 2 uur", "Ik ben 42 jaar", "een gezin van 5", "formulier A12", "100 m2",
    "Wat kost een ID-kaart voor een kind van 13?", "3 x 4 = 12", "1 januari 2027 om 14.30 uur", "kamer 2.14", "24/7",
    "versie 10.2.1", "16 digits 1234567890123456", "100%", "65+", "week 47",
]  # fmt: skip


@pytest.mark.parametrize("text", STAY)
def test_prices_dates_hours_and_references_stay_as_they_are(text: str) -> None:
    assert mask(text).text == text


DATE_NOTATIONS = (
    "%d-%m-%Y",
    "%d/%m/%Y",
    "%d.%m.%Y",
    "%Y-%m-%d",
    "%d %m %Y",
    "%d-%m-%y",
    "%-d-%-m-%Y",
    "%d-%m-%Y 10.30",
)


@given(st.dates(date(1920, 1, 1), date(2060, 1, 1)), st.sampled_from(DATE_NOTATIONS))
@example(date(2024, 5, 12), "%d-%m-%Y")
@example(date(2011, 1, 22), "%d-%m-%Y")
def test_no_date_is_taken_for_personal_data(day: date, notation: str) -> None:
    text = f"Ik ben er op {day.strftime(notation)} bij."
    assert mask(text).text == text


@given(st.times(), st.times(), st.sampled_from(["%H.%M-%H.%M", "%H:%M - %H:%M"]))
def test_no_opening_hours_are_taken_for_personal_data(opens: time, closes: time, notation: str) -> None:
    first, second = re.split(r"(?<=M)(?= ?-)", notation)
    text = f"Open van {opens.strftime(first)}{closes.strftime(second)} uur"
    assert mask(text).text == text


@given(
    st.integers(0, 9999), st.text("BCDFGHJKLMNPQRSTVWXZ", min_size=3, max_size=3), st.sampled_from(["ZK", "TB", "ML"])
)
def test_no_reference_of_a_case_is_taken_for_personal_data(number: int, letters: str, prefix: str) -> None:
    text = f"Mijn referentie is {prefix}-{number:04d}-{letters}."
    assert mask(text).text == text


def test_one_value_gets_one_placeholder_however_it_is_written() -> None:
    masked = mask("bel 06 12345678 of 06-12345678, niet 020-1234567")
    assert masked.text == "bel [telefoon-1] of [telefoon-1], niet [telefoon-2]"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("jan.smit@post.example", "jansmit@post.example"),
        ("jan-smit@post.example", "jansmit@post.example"),
        ("Dorpsstraat 1-2", "Dorpsstraat 12"),
    ],
)
def test_two_values_that_differ_in_a_sign_get_two_placeholders(one: str, other: str) -> None:
    assert len(mask(f"{one} en {other}").values) == 2


def test_case_and_spacing_do_not_make_another_address() -> None:
    assert len(mask("Dorpsstraat  12 en dorpsstraat 12").values) == 1
    assert len(mask("Jan@Post.example en jan@post.example").values) == 1


def test_all_kinds_together_leave_only_the_story() -> None:
    text = (
        "Ik ben Jan, bsn 123456782, tel 06-12345678, jan@post.example, NL91ABNA0417164300, auto GT-123-B, "
        "Dorpsstraat 12, 1234 AB."
    )
    assert mask(text).text == (
        "Ik ben Jan, bsn [bsn-1], tel [telefoon-1], [e-mail-1], [iban-1], auto [kenteken-1], [adres-1], [adres-2]."
    )
    assert redact(text) == (
        "Ik ben Jan, bsn [bsn], tel [telefoon], [e-mail], [iban], auto [kenteken], [adres], [adres]."
    )


PIECES = st.one_of(
    st.text(max_size=20),
    bsns(),
    MOBILE.map(lambda digits: f"06{digits}"),
    st.sampled_from(
        ["jan@post.example", "NL91ABNA0417164300", "GT-123-B", "Dorpsstraat 12", "1234 AB", "[telefoon-1]"]
    ),
)


@given(st.lists(PIECES, max_size=8).map(" ".join))
def test_what_was_found_lies_in_order_in_the_text_and_can_be_put_back(text: str) -> None:
    position = 0
    for found in find(text):
        assert position <= found.start < found.end <= len(text)
        assert text[found.start : found.end] == found.value
        position = found.end
    masked = mask(text)
    assert len(masked.values) <= len(find(text))
    if "[telefoon-1]" not in text:
        restored = masked.text
        for placeholder, found in masked.values.items():
            restored = restored.replace(placeholder, found.value)
        assert [one.normalised for one in find(restored)] == [one.normalised for one in find(text)]


@given(st.lists(PIECES, max_size=8).map(" ".join))
def test_masking_leaves_nothing_that_the_masker_itself_would_find(text: str) -> None:
    left = [found.value for found in find(redact(text))]
    assert left == [] or all(value not in text for value in left)


def test_what_is_repeated_to_its_owner_is_said_in_words() -> None:
    masked = mask("Het is bij Kerkstraat 5, bel 06 12 34 56 78").text
    assert in_words(masked) == "Het is bij het adres dat u noemde, bel uw telefoonnummer"
    assert in_words("[adres-x] en [iets-1] blijven") == "[adres-x] en [iets-1] blijven"
