"""Takes over the sentences of authors: `python -m balie_rasa.import_voices DIR`.

DIR has a file <author>.tsv for each author, with lines topic, aspect, sentence (tabs between). An author's sentences
replace those the author had before, so it can be run again and again.

With --add, DIR has the form of nlu_data, as editors propose it (docs/content.md); its sentences come beside those that
are there, and what is there already is left out.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import yaml

from balie_rasa.surroundings import PROJECT_DIR

ASPECTS = (
    "aanvragen",
    "kosten",
    "termijn",
    "benodigdheden",
    "voorwaarden",
    "kwijt",
    "wijzigen",
    "status",
    "algemeen",
)
CONVERSATION = frozenset(
    {
        "groet",
        "afscheid",
        "bedankt",
        "bevestigen",
        "ontkennen",
        "medewerker_spreken",
        "ben_je_een_robot",
        "wat_kun_je",
        "niet_begrepen",
        "ontevreden",
        "schelden",
        "buiten_bereik",
        "privacy_gesprek",
        "vervolg",
    }
)
"""Topics about the conversation itself: they are kept in a folder of their own."""


class Block(NamedTuple):
    """Where sentences with one label by one author belong."""

    topic: str
    aspect: str
    author: str


Blocks = dict[Block, list[str]]


class WrongLine(Exception):
    """A line of a file of sentences that can't be taken over; the message says where and why."""


def read_voice(path: Path, topics: set[str]) -> Blocks:
    """Sentences of one author, each once.

    Raises:
        WrongLine: not three columns, or a topic or aspect that does not exist.
    """
    found: defaultdict[Block, list[str]] = defaultdict(list)
    seen: set[str] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        columns = [" ".join(column.split()) for column in line.split("\t")]
        if columns == [""]:
            continue
        if len(columns) != 3 or not columns[2]:
            raise WrongLine(f"{path}:{number}: write topic, aspect and sentence with tabs between")
        topic, aspect, sentence = columns
        if topic not in topics:
            raise WrongLine(f"{path}:{number}: there is no topic {topic!r}")
        if aspect not in ASPECTS:
            raise WrongLine(f"{path}:{number}: there is no aspect {aspect!r}")
        if sentence.lower() not in seen:
            seen.add(sentence.lower())
            found[Block(topic, aspect, path.stem)].append(sentence)
    return dict(found)


def read_topics(folder: Path) -> Blocks:
    """All sentences in nlu_data."""
    found: Blocks = {}
    for path in sorted(folder.glob("*/*.yml")):
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        for block in data["nlu"]:
            key = Block(block["intent"], block["metadata"]["aspect"], block["metadata"]["author"])
            lines = [line[2:] for line in block["examples"].splitlines() if line.startswith("- ")]
            found.setdefault(key, []).extend(lines)
    return found


def merge(known: Blocks, voices: Iterable[Blocks]) -> Blocks:
    """`known` with the sentences of each voice in place of those it had."""
    result = dict(known)
    for voice in voices:
        authors = {block.author for block in voice}
        result = {block: lines for block, lines in result.items() if block.author not in authors}
        result.update(voice)
    return result


def add(known: Blocks, new: Blocks) -> Blocks:
    """`known` with the sentences of `new` that no block of the same topic has yet."""
    result = {block: list(lines) for block, lines in known.items()}
    said: defaultdict[str, set[str]] = defaultdict(set)
    for block, lines in known.items():
        said[block.topic].update(line.lower() for line in lines)
    for block, lines in new.items():
        for line in lines:
            if line.lower() not in said[block.topic]:
                said[block.topic].add(line.lower())
                result.setdefault(block, []).append(line)
    return result


def check_labels(blocks: Blocks, topics: set[str], folder: Path) -> None:
    """Raises:
    WrongLine: a topic or aspect that does not exist.
    """
    for block in blocks:
        if block.topic not in topics:
            raise WrongLine(f"{folder}: there is no topic {block.topic!r}")
        if block.aspect not in ASPECTS:
            raise WrongLine(f"{folder}: there is no aspect {block.aspect!r} ({block.topic})")


def write_topics(folder: Path, blocks: Blocks) -> int:
    """Write one file a topic; returns how many."""
    by_topic: defaultdict[str, Blocks] = defaultdict(dict)
    for block, lines in blocks.items():
        by_topic[block.topic][block] = lines
    for topic, own in by_topic.items():
        path = folder / ("conversation" if topic in CONVERSATION else "topics") / f"{topic}.yml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(_as_yaml(own), encoding="utf-8")
    return len(by_topic)


def _as_yaml(blocks: Blocks) -> str:
    parts = ['version: "3.1"\nnlu:\n']
    for block in sorted(blocks, key=lambda b: (ASPECTS.index(b.aspect), b.author)):
        sentences = "".join(f"    - {sentence}\n" for sentence in blocks[block])
        parts.append(
            f"- intent: {block.topic}\n"
            f"  metadata: {{aspect: {block.aspect}, author: {block.author}}}\n"
            f"  examples: |\n{sentences}"
        )
    return "".join(parts)


COUNTS_MARK = "<!-- counts: written by balie_rasa.import_voices -->"


def counts(blocks: Blocks) -> str:
    """A table of sentences by author and aspect, as Markdown."""
    table: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for block, lines in blocks.items():
        aspect = "gesprek" if block.topic in CONVERSATION and block.topic != "vervolg" else block.aspect
        table[block.author][aspect] += len(lines)
        table["all"][aspect] += len(lines)
    columns = (*ASPECTS, "gesprek")
    rows = [f"| author | {' | '.join(columns)} | all |", "|---" * (len(columns) + 2) + "|"]
    for author in (*sorted(table.keys() - {"all"}), "all"):
        numbers = " | ".join(str(table[author][column]) for column in columns)
        rows.append(f"| {author} | {numbers} | {table[author].total()} |")
    return "\n".join(rows)


def write_counts(readme: Path, blocks: Blocks) -> None:
    """Replace what stands below the mark in the datasheet."""
    above, mark, _ = readme.read_text(encoding="utf-8").partition(COUNTS_MARK)
    if mark:
        readme.write_text(f"{above}{mark}\n\n{counts(blocks)}\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m balie_rasa.import_voices", description=__doc__)
    parser.add_argument("voices", type=Path, metavar="DIR", help="folder with <author>.tsv files")
    parser.add_argument("--add", action="store_true", help="DIR has the form of nlu_data: add what is new")
    parser.add_argument("--data", type=Path, default=PROJECT_DIR / "nlu_data")
    parser.add_argument("--content", type=Path, default=PROJECT_DIR / "bot" / "content" / "topics")
    arguments = parser.parse_args()
    topics = {path.stem for path in arguments.content.glob("*.yml")} | CONVERSATION
    known = read_topics(arguments.data)
    topics |= {block.topic for block in known}
    try:
        blocks = _taken_over(known, topics, arguments.voices, adds=arguments.add)
    except WrongLine as error:
        sys.exit(str(error))
    files = write_topics(arguments.data, blocks)
    write_counts(arguments.data / "README.md", blocks)
    print(f"{sum(map(len, blocks.values()))} sentences of {len({b.author for b in blocks})} authors in {files} files")


def _taken_over(known: Blocks, topics: set[str], folder: Path, *, adds: bool) -> Blocks:
    if not adds:
        return merge(known, [read_voice(path, topics) for path in sorted(folder.glob("*.tsv"))])
    new = read_topics(folder)
    check_labels(new, topics, folder)
    return add(known, new)


if __name__ == "__main__":
    main()
