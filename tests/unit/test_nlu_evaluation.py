"""`balie eval nlu`: the figures count what docs/evaluation.md says, and a wrong file is told with its line."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from bot.cli import app
from bot.engine import Button, Command, Engine, EngineTurn, Ranked, Reply, ReplyKind
from bot.engine import Question as Asked
from bot.evaluation import questions, understanding, understanding_page
from bot.evaluation.conversations import UnreadableData
from bot.evaluation.questions import Question
from bot.evaluation.understanding import Reaction, Understood

TOPICS = {"paspoort", "rijbewijs", "identiteitskaart", "groet", "buiten_bereik"}
NO_ASPECT = {"groet", "buiten_bereik"}


def row(
    topic: str, said: str | None, reaction: Reaction = Reaction.ANSWERED, *, aspect: str = "kosten", **more: Any
) -> Understood:
    """A question about the costs of `topic` that was taken for `said`."""
    return Understood(Question(2, "tekst", topic, "kosten"), reaction, said, aspect, 0.9, **more)


RIGHT = row("paspoort", "paspoort")
WRONG_ASPECT = row("paspoort", "paspoort", aspect="termijn")
CONFIDENTLY_WRONG = row("paspoort", "rijbewijs")
WRONGLY_A_PERSON = row("paspoort", "medewerker_spreken", Reaction.PERSON)
ASKED_AND_RIGHT = row("rijbewijs", "rijbewijs", Reaction.ASKED, choices=("rijbewijs", "paspoort"))
ASKED_AND_OFFERED = row("rijbewijs", "paspoort", Reaction.ASKED, choices=("paspoort", "rijbewijs"))
OFFERED_TOO_LATE = row("rijbewijs", "a", Reaction.ASKED, choices=("a", "b", "c", "rijbewijs"))
NOT_UNDERSTOOD = row("paspoort", "rijbewijs", Reaction.NOT_UNDERSTOOD)
REJECTED = row("paspoort", "buiten_bereik")
FAILED = row("paspoort", None, Reaction.FAILED)
CAUGHT = row("buiten_bereik", "buiten_bereik")
CAUGHT_BY_SAYING_SO = row("buiten_bereik", "paspoort", Reaction.NOT_UNDERSTOOD)
MISSED = row("buiten_bereik", "paspoort")
ASKED_INSTEAD = row("buiten_bereik", "buiten_bereik", Reaction.ASKED, choices=("paspoort",))
INSIDE = [
    RIGHT,
    WRONG_ASPECT,
    CONFIDENTLY_WRONG,
    WRONGLY_A_PERSON,
    ASKED_AND_RIGHT,
    ASKED_AND_OFFERED,
    OFFERED_TOO_LATE,
    NOT_UNDERSTOOD,
    REJECTED,
    FAILED,
]
OUTSIDE = [CAUGHT, CAUGHT_BY_SAYING_SO, MISSED, ASKED_INSTEAD]


def test_every_share_counts_what_it_says() -> None:
    measured = understanding.measure(INSIDE + OUTSIDE, NO_ASPECT)
    assert {name: (share.hits, share.n) for name, share in measured.shares.items()} == {
        "topic_accuracy": (5, 14),
        "aspect_accuracy": (2, 3),
        "confident_wrong": (3, 10),
        "asked_rate": (3, 10),
        "right_or_offered": (6, 14),
        "out_of_scope_caught": (2, 4),
        "in_scope_rejected": (2, 10),
    }
    assert (measured.n, measured.failed) == (14, 1)


def test_a_row_without_an_aspect_says_nothing_about_aspects() -> None:
    unlabelled = Understood(Question(2, "tekst", "paspoort", ""), Reaction.ANSWERED, "paspoort", "termijn")
    assert understanding.measure([unlabelled]).shares["aspect_accuracy"].n == 0
    assert understanding.worst([unlabelled]) == []


def test_each_topic_has_its_own_precision_and_recall() -> None:
    found = {one.topic: one for one in understanding.measure([RIGHT, CONFIDENTLY_WRONG, ASKED_AND_RIGHT]).topics}
    assert (found["paspoort"].recall.value, found["paspoort"].precision.value) == (0.5, 1.0)
    assert (found["rijbewijs"].recall.value, found["rijbewijs"].precision.value) == (1.0, 0.5)


def test_a_confident_mistake_is_the_worst_and_honesty_is_none() -> None:
    found = understanding.worst([WRONG_ASPECT, CAUGHT_BY_SAYING_SO, ASKED_AND_OFFERED, RIGHT, CONFIDENTLY_WRONG])
    assert found == [CONFIDENTLY_WRONG, ASKED_AND_OFFERED, WRONG_ASPECT]


def test_times_are_the_median_and_the_ninety_fifth_of_a_hundred() -> None:
    measured = understanding.measure([row("paspoort", "paspoort", milliseconds=float(n)) for n in range(100)])
    assert (measured.p50_ms, measured.p95_ms) == (49.5, 95.0)


def turn(kind: ReplyKind | None, *, buttons: tuple[str, ...] = (), commands: tuple[str, ...] = ()) -> EngineTurn:
    replies = () if kind is None else (Reply("tekst", tuple(Button("x", value) for value in buttons), (), kind),)
    asked = Asked("paspoort", "kosten", 0.4, (Ranked("paspoort", 0.4),))
    return EngineTurn(replies, (asked,), (), tuple(Command(name, "k") for name in commands), {})


@pytest.mark.parametrize(
    ("answered", "reaction"),
    [
        (turn(ReplyKind.ANSWER), Reaction.ANSWERED),
        (turn(ReplyKind.SMALLTALK), Reaction.ANSWERED),
        (turn(ReplyKind.CLARIFY), Reaction.ASKED),
        (turn(ReplyKind.FALLBACK), Reaction.NOT_UNDERSTOOD),
        (turn(None, commands=("handoff",)), Reaction.PERSON),
    ],
)
def test_what_the_bot_did_is_read_from_its_turn(answered: EngineTurn, reaction: Reaction) -> None:
    assert understanding.read(RIGHT.question, answered, 1.0).reaction is reaction


def test_choices_are_the_topics_on_the_buttons_and_a_cut_one_is_recognised() -> None:
    buttons = ("onderwerp:rijbewijs/kosten", "onderwerp:openbare_geestelijke_gezondheidsz*/kosten", "antwoord:anders")
    long = Question(2, "tekst", "openbare_geestelijke_gezondheidszorg_oggz", "kosten")
    read = understanding.read(long, turn(ReplyKind.CLARIFY, buttons=buttons), 1.0)
    assert read.choices == ("rijbewijs", "openbare_geestelijke_gezondheidszorg_oggz")
    assert read.offered


# What is asked of Rasa


class FakeRasa:
    """Answers every turn with the topic that the text names, and keeps what it was asked."""

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []

    def engine(self) -> Engine:
        return Engine("http://rasa.example", "geheim", transport=httpx.MockTransport(self._answer))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        call = json.loads(request.content)
        self.calls.append(call)
        if "stuk" in call["text"]:
            return httpx.Response(500)
        topic = next((topic for topic in TOPICS if topic in call["text"]), "buiten_bereik")
        question = {"topic": topic, "aspect": "kosten", "confidence": 0.8, "ranking": []}
        reply = {"text": "Antwoord", "buttons": [], "links": [], "kind": "answer"}
        state = {"turns": (call["state"] or {"turns": 0})["turns"] + 1}
        answer = {"replies": [reply], "questions": [question], "entities": [], "commands": [], "state": state}
        return httpx.Response(200, json={**answer, "failures_in_a_row": 0})


async def test_each_question_is_a_new_conversation_with_its_context_before_it() -> None:
    rasa = FakeRasa()
    asked = [Question(2, "paspoort", "paspoort", "kosten", ("groet", "rijbewijs")), Question(3, "groet", "groet", "")]
    async with rasa.engine() as engine:
        found = await understanding.ask_all(engine, asked, "voorbeeldstad")
    measured = rasa.calls[-4:]  # before these the questions are asked once to warm up
    assert [call["text"] for call in measured] == ["groet", "rijbewijs", "paspoort", "groet"]
    assert [(call["state"] or {}).get("turns") for call in measured] == [None, 1, 2, None]
    assert [one.topic for one in found] == ["paspoort", "groet"]


async def test_personal_data_is_masked_as_in_a_conversation() -> None:
    rasa = FakeRasa()
    asked = [Question(2, "en 06 12345679?", "paspoort", "kosten", ("bel 0612345678", "of 0612345678"))]
    async with rasa.engine() as engine:
        await understanding.ask_all(engine, asked, "voorbeeldstad")
    assert [call["text"] for call in rasa.calls[-3:]] == ["bel [telefoon-1]", "of [telefoon-1]", "en [telefoon-2]?"]


async def test_a_turn_that_fails_is_counted_and_the_rest_goes_on() -> None:
    asked = [Question(2, "stuk", "paspoort", "kosten"), Question(3, "paspoort", "paspoort", "kosten")]
    async with FakeRasa().engine() as engine:
        found = await understanding.ask_all(engine, asked, "voorbeeldstad")
    assert [one.reaction for one in found] == [Reaction.FAILED, Reaction.ANSWERED]
    assert "500" in understanding.as_error(found[0])["error"]


# The file


def read(tmp_path: Path, content: str | bytes) -> list[Question]:
    file = tmp_path / "set.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return questions.read(file, TOPICS)


def test_quoted_texts_extra_columns_and_any_order_are_read(tmp_path: Path) -> None:
    [found] = read(tmp_path, 'author,topic,aspect,text\nv1,paspoort,kosten,"wat kost dat,\nzo\'n paspoort?"\n\n')
    assert found == Question(2, "wat kost dat,\nzo'n paspoort?", "paspoort", "kosten", (), {"author": "v1"})


def test_what_dutch_excel_writes_is_read(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        b"\xef\xbb\xbfText;Topic;Aspect;\r\nwat kost \xc3\xa9\xc3\xa9n pas, en wanneer?;paspoort;kosten;\r\n;;;\r\n",
    )
    assert [(one.text, one.extra) for one in found] == [("wat kost één pas, en wanneer?", {})]


@pytest.mark.parametrize(
    ("cell", "context"),
    [
        ("", ()),
        ("eerst || daarna", ("eerst", "daarna")),
        ('"[""eerst"", ""dan || zo""]"', ("eerst", "dan || zo")),
        ("[bsn-1] is mijn nummer || en nu", ("[bsn-1] is mijn nummer", "en nu")),
        ("één bericht", ("één bericht",)),
    ],
)
def test_earlier_messages_are_a_list_or_have_bars_between_them(tmp_path: Path, cell: str, context: tuple) -> None:
    [found] = read(tmp_path, f"text,topic,aspect,context\nhoi,paspoort,kosten,{cell}\n")
    assert found.context == context


HEADER = "text,topic,aspect\n"


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("text,topic\nhoi,paspoort\n", "line 1: the header has no column aspect"),
        ("text,topic,aspect,text\n", "line 1: the header has text twice"),
        (
            HEADER + "hoi,paspoort,kosten\nhoi,paspoord,kosten\n",
            "line 3: there is no topic 'paspoord'; did you mean paspo",
        ),
        (HEADER + '"a\nb",paspoort,kosten\nhoi,paspoort,prijs\n', "line 4: there is no aspect 'prijs'"),
        (HEADER + "hoi,,kosten\n", "line 2: there is no topic ''"),
        (HEADER + "  ,paspoort,kosten\n", "line 2: text is empty"),
        (HEADER + "x" * 4001 + ",paspoort,kosten\n", "line 2: text is empty or longer than 4000"),
        (HEADER + "hoi, wat kost dat,paspoort,kosten\n", "line 2: 4 cells, and the header has 3"),
        (HEADER + '"hoi,paspoort,kosten\n', "line 2: .*quotation mark"),
        (HEADER.encode() + b"hoi,paspoort,kosten\nv\xe9\xe9l,paspoort,kosten\n", "line 3: not UTF-8"),
        (HEADER.encode("utf-16"), "UTF-16"),
        (HEADER, "holds no question"),
        ("", "line 1: the header has no column text, topic, aspect"),
        ("text,topic,aspect,context\nhoi,paspoort,kosten,[1]\n", "line 2: context is no JSON list of texts"),
        ("text,topic,aspect,context\nhoi,paspoort,kosten,a || \n", "line 2: context is empty"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(tmp_path: Path, content: str | bytes, complaint: str) -> None:
    with pytest.raises(UnreadableData, match=complaint):
        read(tmp_path, content)


def test_every_topic_of_the_training_data_is_known() -> None:
    nlu_data = Path(__file__).resolve().parents[2] / "nlu_data"
    assert TOPICS | {"medewerker_spreken", "vervolg"} <= questions.known_topics(nlu_data)
    assert "paspoort" not in questions.topics_without_aspect(nlu_data)


# The page and the command


def test_the_matrix_shows_only_topics_that_were_mixed_up() -> None:
    greeting = Understood(Question(2, "hoi", "groet", ""), Reaction.ANSWERED, "groet")
    shown = understanding_page.matrix([RIGHT, RIGHT, CONFIDENTLY_WRONG, FAILED, greeting])
    assert shown.said == ("(nothing)", "paspoort", "rijbewijs")
    assert shown.rows == (("paspoort", (1, 2, 1)),)


@pytest.fixture
def rasa(monkeypatch: pytest.MonkeyPatch) -> FakeRasa:
    """In the place of the real one; the training is spared."""
    fake = FakeRasa()

    @asynccontextmanager
    async def serving(*_: object) -> AsyncIterator[Engine]:
        async with fake.engine() as engine:
            yield engine

    monkeypatch.setattr("bot.evaluation.temporary_rasa.serving", serving)
    monkeypatch.setattr("bot.progress.train", lambda models, console: None)
    return fake


def test_the_command_prints_figures_with_errors_and_writes_a_page(tmp_path: Path, rasa: FakeRasa) -> None:
    file = tmp_path / "set.csv"
    file.write_text(
        "text,topic,aspect,author\npaspoort,paspoort,kosten,v1\nrijbewijs <b>nu</b>,paspoort,kosten,v1\n"
        "weer,buiten_bereik,algemeen,v1\n"
    )
    arguments = ["eval", "nlu", str(file), "--json", "--report", str(tmp_path / "out"), "--gemeente", "fictiedam"]
    result = CliRunner().invoke(app, arguments)
    figures = json.loads(result.stdout)
    assert (figures["n"], figures["confident_wrong"], figures["out_of_scope_caught"]) == (3, 0.5, 1.0)
    assert figures["intervals_95"]["confident_wrong"] == pytest.approx([0.0945, 0.9055], abs=1e-4)
    [error] = figures["errors"]
    assert (error["line"], error["said_topic"], error["columns"]) == (3, "rijbewijs", {"author": "v1"})
    page = (tmp_path / "out" / "nlu.html").read_text()
    assert "rijbewijs &lt;b&gt;nu" in page
    assert "<script" not in page
    assert {call["municipality"] for call in rasa.calls} == {"fictiedam"}


def test_without_json_the_figures_stand_in_a_table(tmp_path: Path, rasa: FakeRasa) -> None:
    (tmp_path / "set.csv").write_text(HEADER + "paspoort,paspoort,kosten\n")
    result = CliRunner().invoke(app, ["eval", "nlu", str(tmp_path / "set.csv")], env={"COLUMNS": "160"})
    assert result.exit_code == 0
    assert "topic_accuracy" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [(["nothing.csv"], "cannot be read"), (["set.csv", "--gemeente", "elders"], "no municipality 'elders'")],
)
def test_what_is_wrong_is_said_before_rasa_starts(
    tmp_path: Path, rasa: FakeRasa, monkeypatch: pytest.MonkeyPatch, arguments: list[str], complaint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "set.csv").write_text(HEADER + "paspoort,paspoort,kosten\n")
    result = CliRunner().invoke(app, ["eval", "nlu", *arguments])
    assert result.exit_code == 1
    assert complaint in result.stderr
    assert rasa.calls == []
