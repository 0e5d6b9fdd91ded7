"""kill -9 of each process in mid-turn: no acknowledged message is lost, and the citizen always hears something."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.acceptance.whole.stack import Stack

PROCESSES = {"rasa": "balie_rasa.serve", "actions": "actions.serve", "balie": "bot.cli serve"}


@pytest.mark.parametrize("process", PROCESSES)
def test_killing_a_process_in_mid_turn_loses_nothing(stack: Stack, process: str) -> None:
    words = PROCESSES[process]
    (before,) = stack.runs(words)
    citizens = [stack.citizen() for _ in range(6)]
    for citizen in citizens:
        citizen.ask("wat kost een paspoort")

    def ask_while_it_dies(number: int) -> tuple[int, str]:
        if number == 3:
            stack.kill(words)
        sent = citizens[number].send("en hoe lang duurt dat?")
        return sent, citizens[number].reply_after(sent, seconds=60)

    with ThreadPoolExecutor(len(citizens)) as pool:
        answers = list(pool.map(ask_while_it_dies, range(len(citizens))))

    for citizen, (sent, answer) in zip(citizens, answers, strict=True):
        assert "werkdagen" in answer or "Wilt u verder met een medewerker?" in answer
        said = citizen.said()
        assert [message["volgnummer"] for message in said] == list(range(1, len(said) + 1))
        asked = [message for message in said if message["tekst"] == "en hoe lang duurt dat?"]
        assert [message["volgnummer"] for message in asked] == [sent]
    stack.wait_until_ready()
    assert stack.wait_for(lambda: [pid for pid in stack.runs(words) if pid != before])
    assert "werkdagen" in citizens[0].ask("hoe lang duurt een paspoort")


def test_rasa_killed_while_a_citizen_types_is_told_and_answers_again_later(stack: Stack) -> None:
    citizen = stack.citizen()
    assert "€" in citizen.ask("wat kost een paspoort")
    stack.kill(PROCESSES["rasa"])
    assert "Uw bericht is bewaard" in citizen.ask("en voor een kind?")
    stack.wait_until_ready()
    assert "€" in citizen.ask("wat kost een paspoort")


def test_nothing_that_citizens_typed_stands_in_the_logs(stack: Stack) -> None:
    stack.citizen().ask("mijn bsn is 111222333 en u kunt mij bellen op 06 12 34 56 78, piet@voorbeeld.nl")
    log = stack.log()
    for secret in ("111222333", "06 12 34 56 78", "0612345678", "piet@voorbeeld.nl"):
        assert secret not in log
