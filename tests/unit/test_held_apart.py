"""What is measured on was not learned from."""

import csv
import json
from pathlib import Path

import yaml

PROJECT = Path(__file__).parents[2]


WORDS_OF_ONES_OWN = 7
"""Shorter messages ("hoe laat is de balie open?") are everybody's."""


def _bare(sentence: str) -> str:
    return " ".join("".join(sign if sign.isalnum() else " " for sign in sentence.casefold()).split())


def test_no_message_that_is_measured_on_stands_in_the_training_data() -> None:
    taught = set()
    for file in (PROJECT / "nlu_data").rglob("*.yml"):
        for block in yaml.safe_load(file.read_text(encoding="utf-8")).get("nlu", []):
            taught |= {_bare(line) for line in block["examples"].splitlines()}
    with (PROJECT / "tests/data/nlu/messages.csv").open(encoding="utf-8", newline="") as lines:
        measured = {_bare(row["text"]) for row in csv.DictReader(lines)}
    assert len(taught) > 10_000
    assert not measured & taught


def test_no_conversation_that_is_measured_on_shares_a_message_with_the_voices() -> None:
    taught = _said(PROJECT / "handoff/detection/data/voices")
    measured = _said(PROJECT / "tests/data/detection")
    assert len(taught) > 10_000
    assert len(measured) > 300
    assert not measured & taught


def _said(folder: Path) -> set[str]:
    """What citizens say in the conversations of a folder, as far as it is long enough to be somebody's own."""
    turns = (
        turn
        for file in folder.glob("*.jsonl")
        for line in file.read_text(encoding="utf-8").splitlines()
        for turn in json.loads(line)["turns"]
    )
    messages = {_bare(turn["text"]) for turn in turns if turn["role"] == "citizen"}
    return {message for message in messages if len(message.split()) >= WORDS_OF_ONES_OWN}
