"""The answers: what is served, and how mistakes are pointed out."""

import datetime as dt
import textwrap
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from bot.content import Aspect, Content, ContentStore, InvalidContent, UnknownMunicipality, UnknownTopic
from bot.content.schema import SignalenSettings

PROJECT = Path(__file__).resolve().parents[2]
TODAY = dt.date(2026, 11, 23)

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
    simple: Het kost {paspoort_kosten}.
    more: Met spoed kost het {paspoort_spoed} extra.
    without_values: De prijs staat op {website}/paspoort.
    links:
      - {title: Afspraak, url: "{website}/afspraak"}
  algemeen:
    text: Een paspoort vraagt u aan bij {gemeente}.
"""
VALUES = """\
values:
  paspoort_kosten:
    - {value: "€ 80", valid_from: 2026-01-01, valid_to: 2026-12-31}
    - {value: "€ 85", valid_from: 2027-01-01}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small content folder with one topic and one municipality."""
    real = PROJECT / "bot" / "content"
    (tmp_path / "topics").mkdir()
    (tmp_path / "municipalities" / "testdorp").mkdir(parents=True)
    (tmp_path / "phrases.yml").write_text((real / "phrases.yml").read_text(encoding="utf-8"), encoding="utf-8")
    identity = (real / "municipalities" / "voorbeeldstad" / "gemeente.yml").read_text(encoding="utf-8")
    (tmp_path / "municipalities" / "testdorp" / "gemeente.yml").write_text(
        identity.replace("Voorbeeldstad", "Testdorp").replace("voorbeeldstad", "testdorp"), encoding="utf-8"
    )
    logo = real / "municipalities" / "voorbeeldstad" / "logo.svg"
    (tmp_path / "municipalities" / "testdorp" / "logo.svg").write_bytes(logo.read_bytes())
    write(tmp_path / "topics" / "paspoort.yml", PASSPORT)
    write(tmp_path / "municipalities" / "testdorp" / "burgerzaken.yml", VALUES)
    return tmp_path


def write(path: Path, text: str) -> None:
    path.write_text(textwrap.dedent(text), encoding="utf-8")


def problems(folder: Path) -> list[str]:
    with pytest.raises(InvalidContent) as caught:
        Content.load(folder)
    return [str(problem).removeprefix(f"{folder}/") for problem in caught.value.problems]


def test_the_price_of_the_day_is_filled_in(folder: Path) -> None:
    content = Content.load(folder)
    assert content.answer("paspoort", "kosten", "testdorp", TODAY).text == "Een paspoort kost € 80."
    new_year = content.answer("paspoort", "kosten", "testdorp", dt.date(2027, 1, 1))
    assert new_year.text == "Een paspoort kost € 85."
    assert new_year.links[0].url == "https://www.testdorp.example/afspraak"


def test_without_a_value_no_half_sentence_is_said(folder: Path) -> None:
    answer = Content.load(folder).answer("paspoort", "kosten", "testdorp", dt.date(2025, 12, 31))
    assert answer.text == "De prijs staat op https://www.testdorp.example/paspoort."
    assert answer.simple is None


def test_more_is_left_out_when_its_value_is_missing(folder: Path) -> None:
    assert Content.load(folder).answer("paspoort", "kosten", "testdorp", TODAY).more is None


def test_an_aspect_without_an_answer_of_its_own_gets_the_general_one(folder: Path) -> None:
    answer = Content.load(folder).answer("paspoort", "kwijt", "testdorp", TODAY)
    assert answer.aspect is Aspect.ALGEMEEN
    assert answer.text == "Een paspoort vraagt u aan bij gemeente Testdorp."


def test_a_municipality_replaces_an_answer(folder: Path) -> None:
    write(
        folder / "municipalities" / "testdorp" / "anders.yml",
        "answers: {paspoort: {kosten: {text: Bij ons is het gratis.}}}",
    )
    answer = Content.load(folder).answer("paspoort", "kosten", "testdorp", TODAY)
    assert answer.text == "Bij ons is het gratis."


def test_unknown_names_are_errors_of_their_own(folder: Path) -> None:
    content = Content.load(folder)
    with pytest.raises(UnknownTopic, match=r"topics/rijbewijs\.yml"):
        content.answer("rijbewijs", "kosten", "testdorp", TODAY)
    with pytest.raises(UnknownMunicipality, match="elders"):
        content.answer("paspoort", "kosten", "elders", TODAY)


def test_every_mistake_is_named_with_its_file_and_line(folder: Path) -> None:
    broken = PASSPORT.replace("sources:", "bronnen:").replace("  kosten:", "  kostn:")
    write(folder / "topics" / "paspoort.yml", broken)
    found = problems(folder)
    assert any(line.startswith("topics/paspoort.yml:4: bronnen: ") for line in found)
    assert any(line.startswith("topics/paspoort.yml:8: answers.kostn: ") for line in found)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("    without_values: De prijs staat op {website}/paspoort.\n", "", 8, "add without_values"),
        ("{website}/paspoort", "{paspoort_site}", 8, "may be missing too"),
        ("{paspoort_kosten}.\n    simple", "{Paspoort Kosten}.\n    simple", 9, "is no variable"),
        ("  algemeen:\n    text: Een paspoort vraagt u aan bij {gemeente}.\n", "", 7, "add `algemeen`"),
        ("https://www.rijksoverheid.nl", "http://www.rijksoverheid.nl", 5, "https"),
        ("topic: paspoort", "topic: pas", 1, "the file is called paspoort.yml"),
        ("  algemeen:", "  kosten:", 15, "stands here twice"),
        ("answers:", "answers: [", 7, "not YAML"),
    ],
)
def test_a_mistake_in_a_topic_is_pointed_at(folder: Path, old: str, new: str, line: int, says: str) -> None:
    assert old in PASSPORT
    write(folder / "topics" / "paspoort.yml", PASSPORT.replace(old, new))
    found = problems(folder)
    assert any(says in problem for problem in found), found
    if says != "not YAML":
        assert any(problem.startswith(f"topics/paspoort.yml:{line}: ") for problem in found), found


def test_two_values_on_one_day_are_refused(folder: Path) -> None:
    path = folder / "municipalities" / "testdorp" / "burgerzaken.yml"
    write(path, VALUES.replace(", valid_to: 2026-12-31", ""))
    assert any("two values on 2027-01-01" in problem for problem in problems(folder))


def test_one_name_in_two_files_of_a_municipality_is_refused(folder: Path) -> None:
    write(folder / "municipalities" / "testdorp" / "nog_een.yml", VALUES)
    assert any("nog_een.yml:2: values.paspoort_kosten: another file" in problem for problem in problems(folder))


def test_a_file_that_is_no_utf8_is_named(folder: Path) -> None:
    (folder / "topics" / "paspoort.yml").write_bytes(b"topic: caf\xe9\n")
    assert any("UTF-8" in problem for problem in problems(folder))


def test_the_store_reads_again_when_a_file_changed(folder: Path) -> None:
    now = [0.0]
    store = ContentStore(folder, check_seconds=2.0, clock=lambda: now[0])
    write(folder / "topics" / "paspoort.yml", PASSPORT.replace("vraagt u aan", "regelt u zelf"))
    assert "vraagt u aan" in store.current().topic("paspoort").answers[Aspect.ALGEMEEN].text
    now[0] = 3.0
    assert "regelt u zelf" in store.current().topic("paspoort").answers[Aspect.ALGEMEEN].text


def test_the_store_keeps_the_last_good_answers_and_says_what_is_wrong(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    now = [0.0]
    store = ContentStore(folder, check_seconds=2.0, clock=lambda: now[0])
    good = store.current()
    write(folder / "topics" / "paspoort.yml", PASSPORT[:150])
    now[0] = 3.0
    assert store.current() is good
    assert "paspoort.yml" in caplog.text
    write(folder / "topics" / "paspoort.yml", PASSPORT)
    now[0] = 6.0
    assert store.current() is not good


def test_the_real_answers_are_without_mistakes_in_every_municipality() -> None:
    content = Content.load(PROJECT / "bot" / "content")
    assert len(content.topics) >= 43
    for key in content.municipalities:
        for topic, written in content.topics.items():
            for aspect in written.answers:
                answer = content.answer(topic, aspect, key, TODAY)
                assert "{" not in answer.text, (key, topic, aspect)


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("point: [52.3, 4.9]\n  sub_categories: {anders: overig/overig}", "point"),
        ("point: [4.9, 52.3]\n  sub_categories: {weg: a/b}", "add `anders`"),
        ("point: [4.9, 52.3]\n  sub_categories: {anders: overig}", "anders"),
        ("point: [4.9, 52.3]\n  sub_categories: {stoep: a/b, anders: a/b}", "stoep"),
    ],
)
def test_signalen_settings_that_cannot_be_right_are_refused(written: str, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        SignalenSettings.model_validate(yaml.safe_load(f"signalen:\n  {written}")["signalen"])
