"""`balie content check` and `show`: what an editor hears about the answers."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from bot.cli import app
from bot.content import Content, InvalidContent, readability
from bot.content.check import Report, check

PROJECT = Path(__file__).resolve().parents[2]
TODAY = dt.date(2026, 11, 28)

PASSPORT = """\
topic: paspoort
title: een paspoort
team: publieksbalie
sources:
  - {title: Rijksoverheid, url: "https://www.rijksoverheid.nl"}
checked: 2026-11-23
answers:
  kosten:
    text: Een paspoort kost {paspoort_kosten}.
    simple: |
      Het kost {paspoort_kosten}.
    without_values: De prijs staat op {website}.
    links:
      - {title: Afspraak, url: "{website}/afspraak"}
  algemeen:
    text: |
      Een paspoort vraagt u aan bij {gemeente}.
      Neem een foto mee.
"""
VALUES = """\
values:
  paspoort_kosten:
    - {value: "€ 80", valid_from: 2026-01-01, valid_to: 2026-12-31}
    - {value: "€ 85", valid_from: 2027-01-01}
"""
LONG = "Dit is een zin " + "die maar door en door gaat " * 3 + "tot hij veel te lang is."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small content folder without mistakes: one topic, one municipality."""
    real = PROJECT / "bot" / "content"
    for name in ("crisis", "languages"):
        shutil.copytree(real / name, tmp_path / name)
    for name in ("phrases.yml", "help_lines.yml", "step_cards.yml"):
        shutil.copy(real / name, tmp_path)
    town = tmp_path / "municipalities" / "testdorp"
    shutil.copytree(real / "municipalities" / "voorbeeldstad", town, ignore=lambda _, names: set(names) & LOCAL)
    (tmp_path / "topics").mkdir()
    (tmp_path / "topics" / "paspoort.yml").write_text(PASSPORT)
    (town / "burgerzaken.yml").write_text(VALUES)
    return tmp_path


LOCAL = {path.name for path in (PROJECT / "bot/content/municipalities/voorbeeldstad").glob("*.yml")} - {
    "gemeente.yml",
    "help_lines.yml",
}


def change(folder: Path, old: str, new: str, file: str = "topics/paspoort.yml") -> None:
    path = folder / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def errors(folder: Path, on: dt.date = TODAY) -> list[str]:
    return [str(problem).removeprefix(f"{folder}/") for problem in check(folder, on).errors]


def remarks(folder: Path, on: dt.date = TODAY) -> list[str]:
    return [str(problem).removeprefix(f"{folder}/") for problem in check(folder, on).remarks]


def about(found: list[str], *parts: str) -> list[str]:
    return [line for line in found if all(part in line for part in parts)]


# The project's own answers


@pytest.fixture(scope="module")
def own() -> Report:
    return check(PROJECT / "bot" / "content", TODAY)


def test_the_projects_answers_have_no_mistake(own: Report) -> None:
    assert [str(problem) for problem in own.errors] == []
    assert own.answers > 600
    assert own.measured


def test_no_value_of_the_projects_is_left_over(own: Report) -> None:
    assert about([str(problem) for problem in own.remarks], "geen enkele tekst") == []


def test_every_answer_to_a_top_task_can_be_said_more_simply() -> None:
    content = Content.load(PROJECT / "bot" / "content")
    simple = {topic for topic, file in content.topics.items() if all(one.simple for one in file.answers.values())}
    assert len(simple) >= 44
    assert {"paspoort", "rijbewijs", "verhuismelding", "geboorteaangifte", "bijstand", "schuldhulpverlening"} <= simple


# What is wrong


def test_a_folder_in_order_has_nothing_wrong(folder: Path) -> None:
    assert errors(folder) == []
    assert about(remarks(folder), "paspoort") == []


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("team:", "teem:", "topics/paspoort.yml:3: teem"),
        (
            "kost {paspoort_kosten}.\n    s",
            "kost {paspoort_koste}.\n    s",
            "paspoort.yml:9: .*bedoelt u {paspoort_kosten}",
        ),
        (
            "Neem een foto mee.",
            f"Kom. Kijk. Dag. {LONG}",
            "topics/paspoort.yml:18: answers.algemeen.text: een zin van 28 woorden",
        ),
        ("Neem een foto mee.", "Neem een foto mee. " * 25, "topics/paspoort.yml:16: .*108 woorden.* 90"),
        ("Het kost {paspoort_kosten}.", "Een mooi ding kost. " * 11, ":10: answers.kosten.simple: 44 woorden.* 40"),
        ('"{website}/afspraak"', '"https://"', "topics/paspoort.yml:14: answers.kosten.links.0: .*geen webadres"),
        ('"{website}/afspraak"', '"https://10.0.0.1/"', "geen webadres"),
        ('"{website}/afspraak"', '"https://a.nl:8080/"', "zonder poort"),
        ('"{website}/afspraak"', '"https://a.nl//x"', "schuine strepen"),
        ('"{website}/afspraak"', '"{website}/{afspraken}"', "{afspraken} bestaat niet"),
        (
            '"{website}/afspraak"}',
            '"{website}/a"}\n      - {title: B, url: "{website}/a"}',
            "twee keer hetzelfde adres",
        ),
        ('"{website}/afspraak"}', '"{website}/a"}\n      - {title: Afspraak, url: "{website}/b"}', "dezelfde titel"),
        ("Neem een foto mee.", "Kijk op https://a.nl.", "topics/paspoort.yml:18: .*een webadres in de tekst"),
        (
            "checked: 2026-11-23",
            "checked: 2027-11-23",
            "topics/paspoort.yml:6: checked: 2027-11-23 ligt in de toekomst",
        ),
    ],
)
def test_a_mistake_is_told_with_file_and_line(folder: Path, old: str, new: str, complaint: str) -> None:
    change(folder, old, new)
    found = errors(folder)
    assert len(found) == 1
    assert re.search(complaint, found[0]), found


def test_sentences_are_short_on_average(folder: Path) -> None:
    long = "Wij helpen u graag verder aan de balie als u daar een afspraak voor heeft."
    change(
        folder, "Een paspoort vraagt u aan bij {gemeente}.\n      Neem een foto mee.", f"{long} {long} Kom op {long}"
    )
    assert about(errors(folder), "gemiddeld 15.7 woorden")


def test_the_limits_hold_for_what_the_citizen_reads_with_values_filled_in(folder: Path) -> None:
    change(folder, '"€ 80"', f'"{"erg veel geld, " * 7}en meer"', "municipalities/testdorp/burgerzaken.yml")
    assert about(errors(folder), "answers.kosten.text", "een zin van 26 woorden")


@pytest.mark.parametrize(
    ("file", "line"),
    [("homelessness", "opvang"), ("abuse", "veilig_thuis"), ("cutoff", "afsluiting"), ("threat", "alarm")],
)
def test_a_crisis_text_without_its_help_line_is_wrong(folder: Path, file: str, line: str) -> None:
    change(folder, f"{{lijn_{line}}}", "ons", f"crisis/{file}.yml")
    assert about(errors(folder), f"crisis/{file}.yml", f"noem de hulplijn {{lijn_{line}}}")


def test_a_number_in_a_crisis_text_is_wrong_as_nobody_would_look_after_it_there(folder: Path) -> None:
    change(folder, "Dat kan dag en nacht", "Of 0800-1234, dag en nacht", "crisis/abuse.yml")
    assert about(errors(folder), "crisis/abuse.yml", "0800-1234: noem de lijn bij zijn naam")


def test_a_help_line_that_is_missing_is_wrong(folder: Path) -> None:
    change(folder, "  geldfit:", "  geldzorgen:", "help_lines.yml")
    change(folder, "  opvang:", "  slaapplek:", "municipalities/testdorp/help_lines.yml")
    found = errors(folder)
    assert about(found, "help_lines.yml", "de hulplijn geldfit ontbreekt")
    assert about(found, "testdorp/help_lines.yml", "de hulplijn opvang ontbreekt")


def test_a_help_line_that_nobody_looked_at_for_a_year_is_named(folder: Path) -> None:
    change(folder, "checked: 2026-11-24", "checked: 2025-11-01", "help_lines.yml")
    assert about([str(one) for one in check(folder, TODAY).remarks], "langer dan een jaar niet nagekeken")


def test_a_language_that_nobody_read_who_speaks_it_is_named(folder: Path) -> None:
    assert about([str(one) for one in check(folder, TODAY).remarks], "niemand die Turks spreekt")
    change(folder, "read_by: null", "read_by: Vertaalbureau", "languages/tr.yml")
    assert not about([str(one) for one in check(folder, TODAY).remarks], "niemand die Turks spreekt")


def test_a_missing_crisis_text_is_wrong(folder: Path) -> None:
    (folder / "crisis" / "abuse.yml").unlink()
    assert errors(folder) == ["crisis/abuse.yml:1: deze tekst ontbreekt: zet hem terug"]


def test_days_without_a_value_between_two_are_wrong(folder: Path) -> None:
    change(folder, "2027-01-01", "2027-02-01", "municipalities/testdorp/burgerzaken.yml")
    [found] = errors(folder)
    assert found.startswith("municipalities/testdorp/burgerzaken.yml:2: values.paspoort_kosten: ")
    assert found.endswith("geen waarde van 2027-01-01 tot en met 2027-01-31")


def test_two_values_on_one_day_are_wrong(folder: Path) -> None:
    change(folder, "2027-01-01", "2026-12-31", "municipalities/testdorp/burgerzaken.yml")
    assert about(errors(folder), "burgerzaken.yml:", "paspoort_kosten", "2026-12-31")


# What to look at


@pytest.mark.parametrize(
    ("old", "new", "remark"),
    [
        ("checked: 2026-11-23", "checked: 2025-11-22", "topics/paspoort.yml:6: checked: langer dan een jaar niet nag"),
        ("Neem een foto mee.", "Lees de attestatie.", "topics/paspoort.yml:18: .*zeldzaam woord: attestatie$"),
        ("Het kost {paspoort_kosten}.", "Kom. Kijk. Koop.", "topics/paspoort.yml:11: .*meer dan één stap"),
        (
            "Neem een foto mee.",
            "De verantwoordelijkheidsverdeling betreffende identiteitsdocumentaanvragen ligt bij burgemeesterlijke "
            "functionarissen. " * 2,
            "leest moeilijk: Flesch-Douma",
        ),
    ],
)
def test_a_remark_fails_nothing(folder: Path, old: str, new: str, remark: str) -> None:
    change(folder, old, new)
    found = check(folder, TODAY)
    assert found.errors == []
    assert any(re.search(remark, str(one)) for one in found.remarks), found.remarks


@pytest.mark.parametrize(
    ("on", "remark"),
    [
        (dt.date(2026, 10, 15), []),
        (dt.date(2026, 11, 24), ["geldt nog tot en met 2026-12-31: wat geldt daarna?"]),
        (dt.date(2027, 1, 1), ["gold tot en met 2026-12-31: vul de nieuwe waarde in"]),
    ],
)
def test_a_value_that_ends_is_told_in_time(folder: Path, on: dt.date, remark: list[str]) -> None:
    change(folder, '    - {value: "€ 85", valid_from: 2027-01-01}\n', "", "municipalities/testdorp/burgerzaken.yml")
    change(folder, "checked: 2026-11-23", "checked: 2026-10-01")
    found = about(remarks(folder, on), "values.paspoort_kosten")
    assert [line.split("paspoort_kosten: ")[1] for line in found] == remark


def test_a_value_that_never_changed_is_told_after_a_year(folder: Path) -> None:
    assert about(remarks(folder, dt.date(2028, 1, 3)), "values.paspoort_kosten", "niet veranderd sinds 2027-01-01")


def test_a_municipality_without_a_value_is_told(folder: Path) -> None:
    change(folder, "paspoort_kosten", "paspoort_prijs", "municipalities/testdorp/burgerzaken.yml")
    shutil.copytree(folder / "municipalities" / "testdorp", folder / "municipalities" / "elders")
    change(folder, "paspoort_prijs", "paspoort_kosten", "municipalities/elders/burgerzaken.yml")
    found = remarks(folder)
    assert about(found, "kosten.text: testdorp heeft geen waarde voor paspoort_kosten: daar staat `without_values`")
    assert about(found, "kosten.simple: testdorp heeft geen waarde voor paspoort_kosten: daar valt deze tekst weg")
    assert about(found, "testdorp/burgerzaken.yml:2: values.paspoort_prijs: geen enkele tekst gebruikt deze waarde")
    assert not about(found, "elders heeft geen waarde")


# What holds in the whole country

FACT = """\
facts:
  paspoort_kosten:
    source: {title: Rijksoverheid, url: "https://www.rijksoverheid.nl"}
    checked: 2025-06-01
    values:
      - {value: "€ 70", valid_from: 2026-01-01, valid_to: 2026-12-31}
      - {value: "€ 75", valid_from: 2027-01-01}
"""


@pytest.fixture
def national(folder: Path) -> Path:
    (folder / "municipalities" / "testdorp" / "burgerzaken.yml").unlink()
    (folder / "national.yml").write_text(FACT)
    return folder


def test_a_national_value_is_said_everywhere_on_its_day(national: Path) -> None:
    content = Content.load(national)
    assert content.answer("paspoort", "kosten", "testdorp", TODAY).text == "Een paspoort kost € 70."
    assert content.answer("paspoort", "kosten", "testdorp", dt.date(2027, 1, 1)).text == "Een paspoort kost € 75."


def test_a_national_value_that_nobody_looked_at_is_told(national: Path) -> None:
    assert errors(national) == []
    assert about(remarks(national), "national.yml:4: facts.paspoort_kosten.checked: langer dan een jaar")


def test_a_municipality_has_no_other_value_than_the_country(national: Path) -> None:
    (national / "municipalities" / "testdorp" / "burgerzaken.yml").write_text(VALUES)
    assert about(errors(national), "testdorp/burgerzaken.yml:2: values.paspoort_kosten", "national.yml")


@pytest.mark.parametrize(
    ("old", "new"), [("2026-12-31", "2027-01-01"), ("paspoort_kosten", "telefoon"), ("https://", "http://")]
)
def test_a_wrong_national_value_is_refused(national: Path, old: str, new: str) -> None:
    change(national, old, new, "national.yml")
    with pytest.raises(InvalidContent, match=r"national.yml:\d+: facts"):
        Content.load(national)


# Reading


def test_items_of_a_list_and_lines_are_sentences() -> None:
    text = "Neem mee:\n- een foto;\n- uw pas.\nBel 14 010. Dat kan van 9.00 tot 17.00 uur\nKlaar? Mooi!"
    assert readability.sentences(text) == [
        "Neem mee:",
        "een foto;",
        "uw pas.",
        "Bel 14 010.",
        "Dat kan van 9.00 tot 17.00 uur",
        "Klaar?",
        "Mooi!",
    ]


def test_an_amount_is_one_word_and_a_sign_none() -> None:
    assert readability.words("Dat kost - echt - € 17,60 (zonder foto).") == [
        "Dat",
        "kost",
        "echt",
        "17,60",
        "(zonder",
        "foto).",
    ]


@pytest.mark.parametrize(
    ("text", "rare"),
    [
        ("U vraagt uitstel aan bij de gemeente.", []),
        ("Vraag een attestatie aan. Attestatie is duur.", ["attestatie", "attestatie"]),
        ("Een parkeerplek, de vuilniszak, het gemeentehuis.", []),
        ("Ga naar Hoogezand-Sappemeer of DUO.", []),
        ("Kijk op www.attestatie.nl of mail a@attestatie.nl {attestatie}.", []),
    ],
)
def test_rare_words_are_found_but_not_names_and_clear_compounds(text: str, rare: list[str]) -> None:
    assert list(readability.rare_words(text)) == rare


def test_ease_is_flesch_douma() -> None:
    # 8 words, 1 sentence, 8 syllables: 206.835 - 0.93 * 8 - 77 * 1
    assert readability.ease("De kat zit op de mat bij huis.") == pytest.approx(122.395)


# The commands


def balie(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> Result:
    monkeypatch.setenv("BALIE_CONTENT_DIR", str(folder))
    return CliRunner().invoke(app, ["content", *arguments])


def test_check_succeeds_when_there_is_nothing_but_remarks(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(folder, "checked: 2026-11-23", "checked: 2025-11-22")
    monkeypatch.chdir(folder)
    result = balie(folder, monkeypatch, "check", "--on", "2026-11-27")
    assert result.exit_code == 0
    assert "let op topics/paspoort.yml:6: checked: langer" in result.stdout
    quiet = balie(folder, monkeypatch, "check", "--on", "2026-11-27", "--quiet")
    assert quiet.stdout.splitlines() == [result.stdout.splitlines()[-1]]
    assert re.fullmatch(r"antwoorden: \d+, fouten: 0, om na te kijken: \d+", quiet.stdout.strip())


def test_check_fails_on_an_error(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    change(folder, "{website}/afspraak", "https://a")
    result = balie(folder, monkeypatch, "check", "--quiet")
    assert result.exit_code == 1
    assert result.stdout.startswith(f"FOUT {folder}/topics/paspoort.yml:14: ")


def test_check_says_when_it_cannot_measure(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readability, "measurable", lambda: False)
    result = balie(folder, monkeypatch, "check")
    assert result.exit_code == 0
    assert "textstat en wordfreq" in result.stdout


def test_show_prints_what_a_citizen_reads_and_where_it_comes_from(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    result = balie(folder, monkeypatch, "show", "paspoort", "--gemeente", "testdorp", "--on", "2027-01-01")
    assert result.exit_code == 0
    assert "== kosten\n  Een paspoort kost € 85.\n  > Afspraak: https://" in result.stdout
    assert "  [Zeg het makkelijker]\n    Het kost € 85.\n" in result.stdout
    assert "Nagekeken op 23-11-2026.\nBron: Rijksoverheid, https://www.rijksoverheid.nl" in result.stdout
    assert "== algemeen" in result.stdout


def test_show_says_which_answer_stands_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    result = balie(folder, monkeypatch, "show", "paspoort", "--aspect", "kwijt", "--gemeente", "testdorp")
    assert "== kwijt: geen eigen antwoord, de inwoner leest algemeen" in result.stdout
    assert "== kosten" not in result.stdout


def test_show_marks_a_municipalitys_own_text(monkeypatch: pytest.MonkeyPatch) -> None:
    result = balie(PROJECT / "bot" / "content", monkeypatch, "show", "paspoort", "--aspect", "status")
    assert "== status (eigen tekst van deze gemeente)" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [(["paspoord"], "no topic 'paspoord'"), (["paspoort", "--gemeente", "elders"], "no municipality 'elders'")],
)
def test_show_names_what_does_not_exist(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], complaint: str
) -> None:
    result = balie(folder, monkeypatch, "show", *arguments)
    assert result.exit_code == 1
    assert complaint in result.stderr


def test_holidays_that_nobody_confirmed_are_named(folder: Path) -> None:
    town = "municipalities/testdorp/gemeente.yml"
    assert not about([str(one) for one in check(folder, TODAY).remarks], "feestdagen van")
    change(folder, "holidays_confirmed: [2026, 2027]", "holidays_confirmed: [2026]", town)
    assert about([str(one) for one in check(folder, TODAY).remarks], "feestdagen van 2027 niet nagekeken")
    june = dt.date(2026, 6, 1)
    assert not about([str(one) for one in check(folder, june).remarks], "feestdagen van")
