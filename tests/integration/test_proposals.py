"""The files in which sentences wait to be learnt: in nlu_data's own form, and empty again once taken over."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.content import ContentStore
from bot.proposals import HEAD, Proposals
from handoff.database import Database
from handoff.review.tables import TrainingExample
from tests.counter import CONTENT
from tests.stage import CITY, Stage

NLU_DATA = CONTENT.parent.parent / "nlu_data"


@pytest.fixture
def nlu_data(tmp_path: Path) -> Path:
    """Two files of nlu_data, to change."""
    for file in ("topics/paspoort.yml", "conversation/buiten_bereik.yml"):
        (tmp_path / "nlu_data" / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(NLU_DATA / file, tmp_path / "nlu_data" / file)
    return tmp_path / "nlu_data"


@pytest.fixture
def proposals(tmp_path: Path, nlu_data: Path) -> Proposals:
    return Proposals(tmp_path / "voorstellen", nlu_data, ContentStore(CONTENT))


async def propose(stage: Stage, *examples: tuple[str, str, str]) -> None:
    async with stage.database.write() as session:
        for topic, aspect, sentence in examples:
            example = TrainingExample(
                municipality=CITY, topic=topic, aspect=aspect, sentence=sentence, added_at=stage.clock(), added_by="e"
            )
            session.add(example)


async def test_each_topic_gets_a_file_in_the_form_of_nlu_data(
    stage: Stage, database: Database, proposals: Proposals, tmp_path: Path
) -> None:
    await propose(
        stage,
        ("paspoort", "kwijt", "boekje foetsie: wat nu? #help"),
        ("paspoort", "kosten", "wa kost da boekske"),
        ("buiten_bereik", "algemeen", "- speel een liedje"),
    )
    assert await proposals.write(database, CITY) == 3
    folder = tmp_path / "voorstellen" / CITY
    assert sorted(str(one.relative_to(folder)) for one in folder.rglob("*.yml")) == [
        "conversation/buiten_bereik.yml",
        "topics/paspoort.yml",
    ]
    assert (folder / "topics" / "paspoort.yml").read_text(encoding="utf-8") == (
        f"{HEAD}"
        'version: "3.1"\n'
        "nlu:\n"
        "- intent: paspoort\n"
        "  metadata: {aspect: kosten, author: redactie}\n"
        "  examples: |\n"
        "    - wa kost da boekske\n"
        "- intent: paspoort\n"
        "  metadata: {aspect: kwijt, author: redactie}\n"
        "  examples: |\n"
        "    - boekje foetsie: wat nu? #help\n"
    )


async def test_what_stands_in_nlu_data_by_now_is_forgotten(
    stage: Stage, database: Database, proposals: Proposals, nlu_data: Path, tmp_path: Path
) -> None:
    await propose(stage, ("paspoort", "kosten", "wa kost da boekske"), ("paspoort", "kosten", "nog een"))
    assert await proposals.write(database, CITY) == 2
    with (nlu_data / "topics" / "paspoort.yml").open("a", encoding="utf-8") as file:
        file.write("- intent: paspoort\n  metadata: {aspect: kosten, author: redactie}\n  examples: |\n")
        file.write("    - Wa kost da boekske\n")
    assert await proposals.write(database, CITY) == 1
    assert await stage.count(TrainingExample) == 1
    written = (tmp_path / "voorstellen" / CITY / "topics" / "paspoort.yml").read_text(encoding="utf-8")
    assert "nog een" in written
    assert "boekske" not in written


async def test_without_proposals_the_folder_is_empty(
    stage: Stage, database: Database, proposals: Proposals, tmp_path: Path
) -> None:
    await propose(stage, ("paspoort", "kosten", "wa kost da boekske"))
    await proposals.write(database, CITY)
    async with database.write() as session:
        await session.delete(await session.get_one(TrainingExample, await _only(stage)))
    assert await proposals.write(database, CITY) == 0
    assert list((tmp_path / "voorstellen").rglob("*.yml")) == []
    assert [one.name for one in (tmp_path / "voorstellen").iterdir()] == [CITY]


async def test_a_folder_that_cannot_be_written_is_no_crash(
    stage: Stage, database: Database, nlu_data: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    await propose(stage, ("paspoort", "kosten", "wa kost da boekske"))
    blocked = Proposals(tmp_path / "file" / "below", nlu_data, ContentStore(CONTENT))
    assert await blocked.write(database, CITY) is None
    assert await stage.count(TrainingExample) == 1


async def test_an_unknown_municipality_names_no_folder(
    database: Database, proposals: Proposals, tmp_path: Path
) -> None:
    assert await proposals.write(database, "../elders") == 0
    assert not (tmp_path / "elders").exists()


async def _only(stage: Stage) -> str:
    from sqlalchemy import select

    async with stage.database.read() as session:
        return (await session.scalars(select(TrainingExample.id))).one()
