"""The `balie` command."""

import asyncio
import contextlib
import getpass
import secrets
import sys
from collections.abc import Coroutine, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from bot import demo, launch, progress
from bot.content import Aspect, Content, ContentError, Problem
from bot.content.hours import AMSTERDAM
from bot.detector_model import DetectorModels
from bot.evaluation.conversations import UnreadableData
from bot.logs import configure_logs
from bot.settings import PROJECT_DIR, Settings, SettingsError
from bot.shell import NoBalie, chat
from bot.supervisor import StartFailed, Supervisor, check_ports, run_until_signal
from bot.training import Models, NoModel, TrainingFailed
from handoff import employees, marks, personal_data, schema
from handoff.bus import InProcessBus
from handoff.clock import system_clock
from handoff.database import Database
from handoff.detection.model import UnusableModel
from handoff.detection.patterns import InvalidExpression
from handoff.exceptions import HandoffError
from handoff.vocabulary import Role, Team

if TYPE_CHECKING:
    from bot.evaluation.questions import Question
    from bot.evaluation.understanding import Understood

app = typer.Typer(
    name="balie",
    help="Balie, the digital counter of a municipality: a bot that answers, and people who take over.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
db = typer.Typer(help="The database.", no_args_is_help=True)
employee = typer.Typer(help="Accounts of the employees who take conversations over.", no_args_is_help=True)
app.add_typer(db, name="db")
app.add_typer(employee, name="employee")
evaluation = typer.Typer(help="Measure on labelled data.", no_args_is_help=True)
app.add_typer(evaluation, name="eval")
answers = typer.Typer(help="The answers, for who writes them (docs/content.md).", no_args_is_help=True)
app.add_typer(answers, name="content")

console = Console(highlight=False)
complaints = Console(stderr=True, highlight=False, soft_wrap=True)

_EXPECTED = (
    SettingsError,
    StartFailed,
    NoModel,
    TrainingFailed,
    NoBalie,
    HandoffError,
    ContentError,
    UnreadableData,
    UnusableModel,
    InvalidExpression,
    launch.DemoAccountsFound,
)


@contextlib.contextmanager
def _plain_errors() -> Iterator[None]:
    """What may go wrong on a well-kept machine is told in a sentence, without a traceback."""
    try:
        yield
    except ValidationError as error:
        for one in error.errors():
            where = ".".join(str(part) for part in one["loc"])
            name = f"BALIE_{where.upper()}: " if where else ""
            complaints.print(f"balie: {escape(name)}{escape(one['msg'].removeprefix('Value error, '))}")
        raise typer.Exit(1) from None
    except _EXPECTED as error:
        complaints.print(f"balie: {escape(str(error))}")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(130) from None


def _run(work: Coroutine[Any, Any, None]) -> None:
    with _plain_errors():
        asyncio.run(work)


def _settings() -> Settings:
    with _plain_errors():
        return Settings()


@app.command()
def run(
    try_out: Annotated[
        bool,
        typer.Option(
            "--demo",
            help="Try Balie on this machine: upgrades the database, trains when needed, makes accounts with "
            "new passwords and prints them. Can be reached from this machine only.",
        ),
    ] = False,
) -> None:
    """Start everything: Rasa, the action server and balie, until Ctrl-C.

    Without --demo this is a real start: it needs BALIE_SECRET_KEY, an upgraded database (`balie db upgrade`) and a
    trained model (`balie train`), and refuses demo accounts. See docs/production.md.
    """
    settings = _settings()
    _run(_run_demo(demo.demo_settings(settings)) if try_out else _run_for_real(settings))


async def _run_demo(settings: Settings) -> None:
    keys = launch.secrets_for(settings, settings.require_secret_key())
    programs = launch.programs(settings, keys, _models(settings).current, settings.data_dir / "log")
    check_ports(programs)
    database = _database(settings)
    try:
        await schema.upgrade(database)
        log_ins = await demo.renew_accounts(database)
    finally:
        await database.close()
    await asyncio.to_thread(progress.train_detector, _detector_models(settings), console)
    await asyncio.to_thread(progress.train, _models(settings), console)
    supervisor = Supervisor(programs, lambda line: console.print(f"[dim]{escape(line)}[/]"))
    console.print("starting: rasa takes about 20 seconds")
    await run_until_signal(supervisor, lambda: progress.welcome(console, settings, log_ins))
    console.print("stopped")


async def _run_for_real(settings: Settings) -> None:
    keys = launch.secrets_for(settings, settings.require_secret_key())
    await launch.check_database(settings)
    model = _models(settings).require() if launch.starts_rasa(settings) else None
    programs = launch.programs(settings, keys, model, log_dir=None)
    _detector_models(settings).require()
    supervisor = Supervisor(programs, lambda line: complaints.print(f"balie run: {escape(line)}"))
    await run_until_signal(supervisor, lambda: console.print(f"balie: ready at {settings.public_url}"))


@app.command(hidden=True)
def serve() -> None:
    """Run balie alone: the web application without Rasa and the actions, as one of several replicas."""
    import uvicorn

    from bot import serving
    from bot.app import create_app

    settings = _settings()
    configure_logs(settings.log_level, as_json=settings.log_json, redact=personal_data.redact)
    with _plain_errors():
        application = create_app(settings)
    uvicorn.run(application, **serving.options(settings))


@app.command()
def train() -> None:
    """Train the language model from config.yml, nlu_data and bot/domain, and the detector from its conversations.

    A model's name carries a hash of all it was made from, so an unchanged project is not trained again.
    """
    settings = _settings()
    with _plain_errors():
        progress.train_detector(_detector_models(settings), console)
        progress.train(_models(settings), console)


@app.command()
def shell(
    gemeente: Annotated[str, typer.Option(help="Key of the municipality to talk with.")] = "voorbeeldstad",
    url: Annotated[
        str | None, typer.Option(help="Address of a running balie; without it, the one that the settings give.")
    ] = None,
) -> None:
    """Chat in the terminal with a running balie, through the API that the website uses.

    Start one first with `make run`. Questions may also come from a pipe, one a line.
    """
    _run(chat((url or _settings().public_url).rstrip("/"), gemeente, console))


@db.command("upgrade")
def upgrade() -> None:
    """Bring the database to the schema of this version; also makes a new one. Safe to repeat."""
    settings = _settings()

    async def work() -> None:
        database = _database(settings)
        try:
            await schema.upgrade(database)
        finally:
            await database.close()
        console.print("the database is up to date")

    _run(work())


@evaluation.command("detection")
def eval_detection(
    file: Annotated[Path, typer.Argument(help="Labelled conversations, one JSON object a line (docs/detection.md).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    report: Annotated[Path | None, typer.Option(help="A folder for a page with figures and mistakes.")] = None,
) -> None:
    """Measure who would get a person: the detector against the labels of a file. Needs no Rasa.

    Trains the detector first where its sources changed.
    """
    import json

    from bot.evaluation import conversations, detection
    from bot.evaluation import report as pages
    from handoff.detection import Detector

    settings = _settings()
    with _plain_errors():
        labelled = conversations.read(file)
        progress.train_detector(_detector_models(settings), complaints)
        judged = detection.judge(Detector.load(_detector_models(settings).current), labelled)
        measured = detection.measure(judged)
        page = pages.write_page(report, f"Detection: {file.name}", measured, judged) if report else None
    if as_json:
        typer.echo(json.dumps(measured.as_json(), indent=2))
    else:
        console.print(pages.table(measured))
        if page:
            console.print(f"what went wrong: {page}")


@evaluation.command("marks")
def export_marks(
    file: Annotated[Path, typer.Argument(help="The file to write, one JSON object a line.")],
    gemeente: Annotated[str, typer.Option(help="Key of the municipality.")] = "voorbeeldstad",
) -> None:
    """Write what employees said of assessments as data for `balie eval detection`. Personal data is masked."""
    import json

    settings = _settings()

    async def work() -> None:
        database = _database(settings)
        try:
            await schema.check(database)
            async with database.read() as session:
                lines = [json.dumps(one, ensure_ascii=False) async for one in marks.export(session, gemeente)]
        finally:
            await database.close()
        try:
            file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        except OSError as error:
            complaints.print(f"balie: {escape(str(file))} cannot be written: {escape(str(error))}")
            raise typer.Exit(1) from None
        console.print(f"{len(lines)} marked conversations of {escape(gemeente)} in {escape(str(file))}")

    _run(work())


@evaluation.command("nlu")
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

    settings = _settings()
    nlu_data = PROJECT_DIR / "nlu_data"
    with _plain_errors():
        asked = questions.read(file, questions.known_topics(nlu_data))
        Content.load(settings.content_dir).municipality(gemeente)
        progress.train(_models(settings), complaints)
        model = _models(settings).current
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


@answers.command("check")
def content_check(
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day to check for; today.")] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show errors only, and how many remarks there are.")] = False,
) -> None:
    """Check the answers: form, links, values, how easy they read. Errors fail; remarks ask for an editor's eye."""
    from bot.content.check import check

    folder = _settings().content_dir
    report = check(folder, _day(on))
    for problem in report.errors:
        typer.echo(f"FOUT {_from_here(problem)}")
    for problem in () if quiet else report.remarks:
        typer.echo(f"let op {_from_here(problem)}")
    if not report.measured:
        typer.echo("Niet gemeten hoe makkelijk de teksten lezen: daarvoor zijn textstat en wordfreq nodig (make setup)")
    typer.echo(f"antwoorden: {report.answers}, fouten: {len(report.errors)}, om na te kijken: {len(report.remarks)}")
    raise typer.Exit(1 if report.errors else 0)


@answers.command("holidays")
def content_holidays(
    year: Annotated[int, typer.Argument(min=2020, max=2100, help="Which year.", show_default=False)],
) -> None:
    """List the holidays of a year and whether each counter is open, for a municipality to confirm."""
    from bot.content.preview import holidays

    with _plain_errors():
        lines = holidays(Content.load(_settings().content_dir), year)
    typer.echo("\n".join(lines))


@answers.command("show")
def content_show(
    topic: Annotated[str, typer.Argument(help="Key of the topic, such as paspoort.")],
    aspect: Annotated[
        list[Aspect] | None, typer.Option(help="What is asked about it; repeat for more. Without it: everything.")
    ] = None,
    gemeente: Annotated[str, typer.Option(help="Key of the municipality.")] = "voorbeeldstad",
    on: Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Day of the question; today.")] = None,
) -> None:
    """Show an answer as a citizen reads it, with its sources and when it was last checked."""
    from bot.content.preview import preview

    with _plain_errors():
        content = Content.load(_settings().content_dir)
        lines = preview(content, topic, tuple(aspect or ()), gemeente, _day(on))
    typer.echo("\n".join(lines))


def _day(given: datetime | None) -> date:
    return given.date() if given else datetime.now(AMSTERDAM).date()


def _from_here(problem: Problem) -> Problem:
    """With a path that an editor can click on, from where she is."""
    here = Path.cwd()
    return replace(problem, path=problem.path.relative_to(here)) if problem.path.is_relative_to(here) else problem


@employee.command("add")
def add_employee(
    email: Annotated[str, typer.Argument(help="E-mail address, to log in with.")],
    name: Annotated[str, typer.Option(help="Name that citizens see.", prompt="Name that citizens see")],
    gemeente: Annotated[
        str, typer.Option(help="Key of the municipality, such as voorbeeldstad.", prompt="Key of the municipality")
    ],
    team: Annotated[
        list[Team] | None, typer.Option(help="A team to work for; repeat for more. Without it: all teams.")
    ] = None,
    role: Annotated[Role, typer.Option(help="What the account may do.")] = Role.EMPLOYEE,
    max_conversations: Annotated[int, typer.Option(help="Conversations at the same time.", min=1, max=50)] = 4,
    generate: Annotated[
        bool, typer.Option("--generate-password", help="Make a password and print it once, instead of asking.")
    ] = False,
) -> None:
    """Add the account of an employee. Asks for a password, or makes one."""
    settings = _settings()
    with _plain_errors():
        Content.load(settings.content_dir).municipality(gemeente)
    password = secrets.token_urlsafe(15) if generate else _ask_password()

    async def work() -> None:
        database = _database(settings)
        try:
            await schema.check(database)
            async with database.write() as session:
                await employees.add_employee(
                    session,
                    email=email,
                    display_name=name,
                    password=password,
                    municipality=gemeente,
                    teams=team or list(Team),
                    now=system_clock(),
                    role=role,
                    max_conversations=max_conversations,
                )
        finally:
            await database.close()
        console.print(f"added {escape(email)}")
        if generate:
            console.print(f"password, shown once: {escape(password)}")

    _run(work())


def _ask_password() -> str:
    """The password, typed twice without being shown; from a pipe, its first line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        complaints.print("balie: the two passwords differ; nothing was added")
        raise typer.Exit(1)
    return password


def _models(settings: Settings) -> Models:
    return Models(PROJECT_DIR, settings.model_dir)


def _detector_models(settings: Settings) -> DetectorModels:
    return DetectorModels(PROJECT_DIR, settings.model_dir)


def _database(settings: Settings) -> Database:
    """The database of the settings; the folder of a SQLite file is made where it is missing."""
    database = Database(settings.database_url, InProcessBus())
    if database.is_sqlite and database.engine.url.database:
        Path(database.engine.url.database).parent.mkdir(parents=True, exist_ok=True)
    return database


if __name__ == "__main__":
    app()
