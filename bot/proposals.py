"""Sentences that editors want the assistant to learn, as files that somebody reviews and takes over.

Each municipality gets a folder in the form of nlu_data, so that `balie_rasa.import_voices --add FOLDER` takes it over.
Nothing here reaches the model in use: that takes the review, and `balie train`.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import structlog
import yaml

from bot.content import Aspect, ContentStore, UnknownMunicipality
from handoff.database import Database
from handoff.review import Example, Proposed, examples, forget_taken_over

log = structlog.get_logger(__name__)

AUTHOR = "redactie"
HEAD = "# Voorstel van de redactie, geschreven door balie. Overnemen: docs/content.md.\n"


class Proposals:
    """The folder of proposals, kept as the database has it.

    Args:
        folder: Where to write, one folder a municipality.
        nlu_data: What the language model learns from; a sentence that stands there has been taken over.
    """

    def __init__(self, folder: Path, nlu_data: Path, answers: ContentStore) -> None:
        self._folder = folder
        self._nlu_data = nlu_data
        self._answers = answers
        self._writing = asyncio.Lock()

    def topics(self) -> Mapping[str, str]:
        """What a sentence can be about, by title: what has an answer and is in nlu_data or may come there."""
        titles = {key: topic.title for key, topic in self._answers.current().topics.items()}
        return dict(sorted(titles.items(), key=lambda one: one[1].casefold()))

    def aspects(self) -> Sequence[str]:
        """What a citizen can want to know about a topic."""
        return tuple(Aspect)

    async def write(self, database: Database, municipality: str) -> int | None:
        """Write the files of a municipality anew; forget what has been taken over.

        Returns:
            How many sentences wait to be taken over; None when the folder cannot be written.
        """
        async with self._writing:
            async with database.read() as session:
                proposed = await examples(session, municipality)
            try:
                self._answers.current().municipality(municipality)  # its key is the name of a folder
                known = await asyncio.to_thread(self._taken_over, proposed)
                waiting = [one for one in proposed if one.id not in known]
                target = self._folder / municipality
                await asyncio.to_thread(_write_folder, target, [one.example for one in waiting], self._nlu_data)
            except UnknownMunicipality:
                return 0
            except OSError as error:
                log.error("proposals.not_written", folder=str(self._folder), error=type(error).__name__)
                return None
            if known:
                async with database.write() as session:
                    await forget_taken_over(session, known)
            return len(waiting)

    def _taken_over(self, proposed: Sequence[Proposed]) -> set[str]:
        topics = {one.example.topic for one in proposed}
        known = {topic: _sentences(self._nlu_data, topic) for topic in topics}
        return {one.id for one in proposed if one.example.sentence.casefold() in known[one.example.topic]}


def _file_of(nlu_data: Path, topic: str) -> Path:
    """Where a topic's sentences stand below nlu_data; those about the conversation itself have their own folder."""
    about_conversation = Path("conversation") / f"{topic}.yml"
    return about_conversation if (nlu_data / about_conversation).is_file() else Path("topics") / f"{topic}.yml"


def _sentences(nlu_data: Path, topic: str) -> Collection[str]:
    file = nlu_data / _file_of(nlu_data, topic)
    if not file.is_file():
        return frozenset()
    data: dict[str, Any] = yaml.load(file.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    lines = (line for block in data["nlu"] for line in block["examples"].splitlines())
    return frozenset(line[2:].strip().casefold() for line in lines if line.startswith("- "))


def _write_folder(target: Path, proposed: Sequence[Example], nlu_data: Path) -> None:
    """Put the new files in place of the old at once: who reads meanwhile sees either, never half."""
    target.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    fresh.chmod(0o755)
    try:
        by_topic: dict[str, list[Example]] = {}
        for one in proposed:
            by_topic.setdefault(one.topic, []).append(one)
        for topic, own in by_topic.items():
            file = fresh / _file_of(nlu_data, topic)
            file.parent.mkdir(exist_ok=True)
            file.write_text(as_yaml(topic, own), encoding="utf-8")
        old = target.with_name(f".{target.name}-oud")
        shutil.rmtree(old, ignore_errors=True)
        with contextlib.suppress(FileNotFoundError):
            target.rename(old)
        fresh.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def as_yaml(topic: str, proposed: Sequence[Example]) -> str:
    """One file of nlu_data with these sentences, a block for each aspect."""
    parts = [HEAD, 'version: "3.1"\nnlu:\n']
    by_aspect: dict[str, list[str]] = {}
    for one in proposed:
        by_aspect.setdefault(one.aspect, []).append(one.sentence)
    for aspect in sorted(by_aspect, key=list(Aspect).index):  # type: ignore[arg-type]
        lines = "".join(f"    - {sentence}\n" for sentence in by_aspect[aspect])
        parts.append(f"- intent: {topic}\n  metadata: {{aspect: {aspect}, author: {AUTHOR}}}\n  examples: |\n{lines}")
    return "".join(parts)
