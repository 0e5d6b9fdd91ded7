"""Measure on labelled data."""

import asyncio
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.markup import escape

from bot import progress
from bot.cli.terminal import (
    checked_database,
    complaints,
    console,
    detector_models,
    models,
    plain_errors,
    run_async,
    settings_now,
)
from bot.content import Content
from bot.settings import PROJECT_DIR, Settings
from handoff import marks

if TYPE_CHECKING:
    from bot.evaluation.questions import Question
    from bot.evaluation.understanding import Understood


class DetectorPart(StrEnum):
    """What the detector decides by (docs/detection.md)."""

    RULES = "rules"
    COURSE = "course"
    MODEL = "model"
    MEANING = "meaning"
    """What the model knows beside words."""


app = typer.Typer(help="Measure on labelled data.", no_args_is_help=True)


@app.command("detection")
def eval_detection(
    file: Annotated[Path, typer.Argument(help="Labelled conversations, one JSON object a line (docs/detection.md).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    report: Annotated[Path | None, typer.Option(help="A folder for a page with figures and mistakes.")] = None,
    without: Annotated[
        list[DetectorPart] | None, typer.Option(help="Leave a part out, to see what it adds; may be given twice.")
    ] = None,
) -> None:
    """Measure who would get a person: the detector against the labels of a file. Needs no Rasa.

    Trains the detector first where its sources changed.
    """
    import json

    from bot.encoder import encode
    from bot.evaluation import conversations, detection
    from bot.evaluation import report as pages
    from handoff.detection import Detector
    from handoff.detection.assessment import last_said
    from handoff.detection.detector import Parts

    settings = settings_now()
    left_out = frozenset(without or ())
    parts = Parts(
        rules=DetectorPart.RULES not in left_out,
        model=DetectorPart.MODEL not in left_out,
        course=DetectorPart.COURSE not in left_out,
    )
    with plain_errors():
        labelled = conversations.read(file)
        progress.train_detector(detector_models(settings), complaints)
        by_words = left_out & {DetectorPart.MODEL, DetectorPart.MEANING}
        meanings = None if by_words else encode(PROJECT_DIR, [last_said(one.turns) for one in labelled])
        judged = detection.judge(Detector.load(detector_models(settings).current, parts), labelled, meanings)
        measured = detection.measure(judged)
        page = pages.write_page(report, f"Detection: {file.name}", measured, judged) if report else None
    if as_json:
        typer.echo(json.dumps(measured.as_json(), indent=2))
    else:
        console.print(pages.table(measured))
        if page:
            console.print(f"what went wrong: {page}")


@app.command("marks")
def export_marks(
    file: Annotated[Path, typer.Argument(help="The file to write, one JSON object a line.")],
    gemeente: Annotated[str, typer.Option(help="Key of the municipality.")] = "voorbeeldstad",
) -> None:
    """Write what employees said of assessments as data for `balie eval detection`. Personal data is masked."""
    import json

    settings = settings_now()

    async def work() -> None:
        async with checked_database(settings) as database, database.read() as session:
            lines = [json.dumps(one, ensure_ascii=False) async for one in marks.export(session, gemeente)]
        try:
            file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        except OSError as error:
            complaints.print(f"balie: {escape(str(file))} cannot be written: {escape(str(error))}")
            raise typer.Exit(1) from None
        console.print(f"{len(lines)} marked conversations of {escape(gemeente)} in {escape(str(file))}")

    run_async(work())


@app.command("nlu")
def eval_nlu(
    file: Annotated[Path, typer.Argument(help="Questions as CSV: text, topic, aspect (docs/evaluation.md).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures and the errors as JSON.")] = False,
    report: Annotated[Path | None, typer.Option(help="A folder for a page with figures and mistakes.")] = None,
    gemeente: Annotated[str, typer.Option(help="Key of the municipality that is asked.")] = "voorbeeldstad",
) -> None:
    """Measure how questions are understood: topic, aspect, when the bot asks back, what it sends away.

    Starts a Rasa of its own and stops it again; trains the language model first where its sources changed. Every row is
    a new conversation.
    """
    import json

    from bot.evaluation import questions, understanding
    from bot.evaluation import understanding_page as pages

    settings = settings_now()
    nlu_data = PROJECT_DIR / "nlu_data"
    with plain_errors():
        asked = questions.read(file, questions.known_topics(nlu_data))
        Content.load(settings.content_dir).municipality(gemeente)
        progress.train(models(settings), complaints)
        model = models(settings).current
        understood = asyncio.run(_ask_all(settings, model, asked, gemeente))
        no_aspect = questions.topics_without_aspect(nlu_data)
        measured = understanding.measure(understood, no_aspect, model.name.removesuffix(".tar.gz"))
        title = f"Understanding: {file.name}"
        page = pages.write_page(report, title, measured, understood, no_aspect) if report else None
    if as_json:
        errors = [understanding.as_error(one) for one in understanding.worst(understood, no_aspect)]
        typer.echo(json.dumps({**measured.as_json(), "errors": errors}, indent=2, ensure_ascii=False))
    else:
        console.print(pages.table(measured, title))
    if page:
        complaints.print(f"what went wrong: {escape(str(page))}")


async def _ask_all(settings: Settings, model: Path, asked: "Sequence[Question]", gemeente: str) -> "list[Understood]":
    """Every question through a Rasa that runs for as long as this takes."""
    from bot.evaluation.temporary_rasa import serving
    from bot.evaluation.understanding import ask_all

    complaints.print("starting Rasa: about 20 seconds")
    async with serving(settings, model, settings.data_dir / "log" / "evaluation") as engine:
        with progress.counting(complaints, "asking", len(asked)) as tell:
            return await ask_all(engine, asked, gemeente, tell)
