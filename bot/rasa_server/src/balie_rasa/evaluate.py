"""How well somebody new is understood: `python -m balie_rasa.evaluate`.

Each author is read by what the others taught. Understanding an author whose other sentences were in the training data
would flatter: people repeat themselves. All authors take one training: what it would have been without her follows from
it exactly (balie_rasa.likeness).
"""

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

from balie_rasa.import_voices import CONVERSATION, read_topics
from balie_rasa.likeness import Ranking
from balie_rasa.reading import Example, Reader, Reading
from balie_rasa.surroundings import PROJECT_DIR

OUT_OF_SCOPE = "buiten_bereik"
_SHOWN = 3
_DRAWS = 500
"""Times that the authors are drawn anew for the intervals."""

Pipeline = Mapping[str, Mapping[str, Any]]


class Result(NamedTuple):
    """Shares between 0 and 1."""

    topic: float
    first_three: float
    aspect: float
    """Where the topic is right."""
    asked: float
    wrong: float
    """Answered with a wrong topic, without asking."""
    offered: float
    """Right, or asked with the right one among at most three choices."""
    outside: float
    """Out of scope, and taken for it."""
    rejected: float
    """In scope, and taken for out of scope."""


def rows(data: Path) -> list[Example]:
    """Every sentence with its labels."""
    return [(text, b.topic, b.aspect, b.author) for b, texts in read_topics(data).items() for text in texts]


def settings(config: Path) -> dict[str, dict[str, Any]]:
    """Settings of each component in config.yml, by the last part of its name."""
    pipeline = yaml.safe_load(config.read_text(encoding="utf-8"))["pipeline"]
    return {component["name"].rsplit(".", 1)[-1]: component for component in pipeline}


def leave_out(data: Sequence[Example], pipeline: Pipeline) -> list[Reading]:
    """Every sentence as read by what the other authors taught."""
    vectors = None
    if "SentenceEncoder" in pipeline:
        from balie_rasa.nlu.encoder import cache_of, encode_all

        vectors = encode_all([row[0] for row in data], cache_of("topics"))
    return Reader(pipeline["TopicAndAspect"]).fit(data, vectors)


def judge(data: Sequence[Example], readings: Sequence[Reading], fallback: Mapping[str, Any]) -> Result:
    """Shares over these sentences. Those of the conversation itself count for topics only."""
    right, three, aspect, asked, wrong, offered, outside, rejected = ([] for _ in Result._fields)
    for (_, topic, about, _), (topics, aspects) in zip(data, readings, strict=True):
        best, doubt = topics[0][0], unsure(topics, fallback)
        shown = {name for name, _ in topics[:_SHOWN]}
        right.append(best == topic)
        three.append(topic in shown)
        if topic == OUT_OF_SCOPE:
            outside.append(best == OUT_OF_SCOPE and not doubt)
            continue
        if topic in CONVERSATION and topic != "vervolg":
            continue
        rejected.append(best == OUT_OF_SCOPE and not doubt)
        asked.append(doubt)
        wrong.append(best != topic and not doubt)
        offered.append(best == topic or (doubt and topic in shown))
        if best == topic:
            aspect.append(aspects[0][0] == about)
    return Result(*map(_share, (right, three, aspect, asked, wrong, offered, outside, rejected)))


def unsure(ranking: Ranking, fallback: Mapping[str, Any]) -> bool:
    """Whether Rasa's FallbackClassifier would have the bot ask back."""
    best, second = ranking[0][1], ranking[1][1]
    return best < fallback["threshold"] or best - second < fallback["ambiguity_threshold"]


def intervals(results: Sequence[Result]) -> tuple[Result, Result]:
    """Between which the mean lies in 95 of 100 draws of as many authors: what another set of people might give."""
    draws = np.random.default_rng(1).integers(0, len(results), (_DRAWS, len(results)))
    means = np.array(results)[draws].mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5), axis=0)
    return Result(*low), Result(*high)


def _share(yes: Sequence[bool]) -> float:
    return sum(yes) / max(len(yes), 1)


def _line(name: str, sentences: int, result: Result) -> str:
    return f"{name:<10}{sentences:>6}" + "".join(f"{share:>12.3f}" for share in result)


def _curve(data: Sequence[Example], readings: Sequence[Reading]) -> None:
    """What each threshold gives: how often the bot asks against how often it is wrong without asking."""
    for threshold in (0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7):
        for gap in (0.0, 0.1, 0.2):
            result = judge(data, readings, {"threshold": threshold, "ambiguity_threshold": gap})
            print(_line(f"{threshold}/{gap}", len(data), result))


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m balie_rasa.evaluate", description=__doc__)
    parser.add_argument("--authors", nargs="+", help="show these only (default: each)")
    parser.add_argument("--pipeline", type=Path, default=PROJECT_DIR / "config.yml", help="another config.yml")
    parser.add_argument("--words-only", action="store_true", help="without the encoder")
    parser.add_argument("--set", nargs="+", default=[], metavar="NAME=VALUE", help="other settings, as in ridge=0.1")
    parser.add_argument("--curve", action="store_true", help="what other thresholds would give")
    parser.add_argument("--data", type=Path, default=PROJECT_DIR / "nlu_data")
    arguments = parser.parse_args()
    pipeline = settings(arguments.pipeline)
    if arguments.words_only:
        pipeline.pop("SentenceEncoder", None)
    pipeline["TopicAndAspect"].update({name: yaml.safe_load(value) for name, value in _pairs(arguments.set)})
    data = rows(arguments.data)
    readings = leave_out(data, pipeline)
    print(f"{'author':<10}{'':>6}" + "".join(f"{name:>12}" for name in Result._fields))
    results, total = [], 0
    for author in arguments.authors or sorted({row[3] for row in data}):
        own = [number for number, row in enumerate(data) if row[3] == author]
        read = [readings[number] for number in own]
        results.append(judge([data[number] for number in own], read, pipeline["FallbackClassifier"]))
        total += len(own)
        print(_line(author, len(own), results[-1]))
    print(_line("mean", total, Result(*np.array(results).mean(axis=0))))
    for name, bound in zip(("from", "to"), intervals(results), strict=True):
        print(_line(name, total, bound))
    if arguments.curve:
        _curve(data, readings)


def _pairs(given: Sequence[str]) -> list[tuple[str, str]]:
    return [(name, value) for name, _, value in (one.partition("=") for one in given)]


if __name__ == "__main__":
    main()
