"""The paragraph at the top of the dossier."""

from __future__ import annotations

from handoff.console.summary import MAX_CHARACTERS, SummaryPart, summarise
from handoff.tables import Message
from handoff.vocabulary import Sender


def _said(seq: int, text: str, sender: Sender = Sender.CITIZEN, choice: str | None = None) -> Message:
    return Message(seq=seq, text=text, sender=sender, choice=choice)


def test_a_summary_gives_the_first_and_last_words_with_their_messages() -> None:
    said = [
        _said(1, "Welkom.", Sender.BOT),
        _said(2, "Goedemiddag! Mijn paspoort is weg. Wat nu?"),
        _said(3, "Doe aangifte.", Sender.BOT),
        _said(4, "Dat heb ik gedaan. Niemand belt mij terug op [telefoon-1]."),
    ]
    assert summarise(said) == (
        SummaryPart("Het begon met", "Mijn paspoort is weg.", 2),
        SummaryPart("Het laatst", "Niemand belt mij terug op [telefoon-1].", 4),
    )


def test_greetings_and_pressed_buttons_are_no_story() -> None:
    assert summarise([_said(1, "Hallo"), _said(2, "Ja, graag", choice="ja"), _said(3, "Dag", Sender.BOT)]) == ()


def test_one_message_is_told_once() -> None:
    assert [part.seq for part in summarise([_said(1, "Hoi"), _said(2, "Mijn container is stuk")])] == [2]


def test_a_long_sentence_is_cut_at_a_word() -> None:
    (part,) = summarise([_said(1, "woord " * 100)])
    assert len(part.words) <= MAX_CHARACTERS
    assert part.words.endswith("woord…")
