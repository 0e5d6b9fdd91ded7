"""What is measured on was not learned from."""

import csv
from pathlib import Path

import yaml

PROJECT = Path(__file__).parents[2]


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
