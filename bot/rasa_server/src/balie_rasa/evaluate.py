"""How well somebody new is understood: `python -m balie_rasa.evaluate [AUTHOR ...]`.

Holds out each author in turn, learns from the others, and prints a table. Understanding an author whose other sentences
were in the training data would flatter: people repeat themselves.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from balie_rasa.import_voices import CONVERSATION, read_topics
from balie_rasa.linear import LinearText, Ranking
from balie_rasa.surroundings import PROJECT_DIR

Row = tuple[str, str, str, str]
"""Text, topic, aspect, author."""


class Result(NamedTuple):
    """Shares between 0 and 1, for one author."""

    author: str
    sentences: int
    topic: float
    in_first_three: float
    aspect: float
    asked_back: float
    wrong_answer: float


def rows(data: Path) -> list[Row]:
    """Every sentence with its labels."""
    return [(text, b.topic, b.aspect, b.author) for b, texts in read_topics(data).items() for text in texts]


def settings(config: Path) -> dict[str, dict[str, Any]]:
    """Settings of each component in config.yml, by the last part of its name."""
    pipeline = yaml.safe_load(config.read_text(encoding="utf-8"))["pipeline"]
    return {component["name"].rsplit(".", 1)[-1]: component for component in pipeline}


def hold_out(author: str, data: Sequence[Row], pipeline: dict[str, dict[str, Any]]) -> Result:
    """Learn from everybody but `author`, then read what she wrote."""
    known = [row for row in data if row[3] != author]
    new = [row for row in data if row[3] == author]
    topics = LinearText(pipeline["TopicClassifier"])
    topics.fit([r[0] for r in known], [r[1] for r in known], [r[3] for r in known])
    spoken = [row for row in known if row[1] not in CONVERSATION or row[1] == "vervolg"]
    aspects = LinearText(pipeline["AspectClassifier"])
    aspects.fit([r[0] for r in spoken], [r[2] for r in spoken], [r[3] for r in spoken])

    read = [(row, topics.rank(row[0])) for row in new]
    doubted = [unsure(ranking, pipeline["FallbackClassifier"]) for _, ranking in read]
    right = [ranking[0][0] == row[1] for row, ranking in read]
    about_subject = [row for row in new if row[1] not in CONVERSATION or row[1] == "vervolg"]
    return Result(
        author,
        len(new),
        _share(right),
        _share([row[1] in {topic for topic, _ in ranking[:3]} for row, ranking in read]),
        _share([aspects.rank(row[0])[0][0] == row[2] for row in about_subject]),
        _share(doubted),
        _share([not ok and not doubt for ok, doubt in zip(right, doubted, strict=False)]),
    )


def unsure(ranking: Ranking, fallback: dict[str, Any]) -> bool:
    """Whether Rasa's FallbackClassifier would have the bot ask back."""
    best, second = ranking[0][1], ranking[1][1]
    return best < fallback["threshold"] or best - second < fallback["ambiguity_threshold"]


def _share(yes: Sequence[bool]) -> float:
    return sum(yes) / max(len(yes), 1)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m balie_rasa.evaluate", description=__doc__)
    parser.add_argument("authors", nargs="*", help="authors to hold out (default: each in turn)")
    parser.add_argument("--data", type=Path, default=PROJECT_DIR / "nlu_data")
    parser.add_argument("--config", type=Path, default=PROJECT_DIR / "config.yml")
    arguments = parser.parse_args()
    data, pipeline = rows(arguments.data), settings(arguments.config)
    authors = arguments.authors or sorted({row[3] for row in data})
    print(f"{'author':<10}{'sentences':>10}{'topic':>8}{'top 3':>8}{'aspect':>8}{'asked':>8}{'wrong':>8}")
    results = []
    for author in authors:
        results.append(hold_out(author, data, pipeline))
        print(_line(results[-1]), flush=True)
    total = sum(r.sentences for r in results)
    means = {name: sum(getattr(r, name) * r.sentences for r in results) / total for name in Result._fields[2:]}
    print(_line(Result("all", total, **means)))


def _line(result: Result) -> str:
    numbers = (result.topic, result.in_first_three, result.aspect, result.asked_back, result.wrong_answer)
    shares = "".join(f"{share:>8.3f}" for share in numbers)
    return f"{result.author:<10}{result.sentences:>10}{shares}"


if __name__ == "__main__":
    main()
