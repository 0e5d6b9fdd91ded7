"""Start, train and try it out."""

import asyncio
from typing import Annotated

import typer
from rich.markup import escape

from bot import demo, launch, progress
from bot.cli.terminal import (
    complaints,
    console,
    database_of,
    detector_models,
    models,
    plain_errors,
    run_async,
    settings_now,
)
from bot.logs import configure_logs
from bot.settings import Settings
from bot.shell import chat
from bot.supervisor import Supervisor, check_ports, run_until_signal
from handoff import personal_data, schema


def add_to(app: typer.Typer) -> None:
    """Make these commands of `app`'s own."""
    app.command()(run)
    app.command(hidden=True)(serve)
    app.command()(telegram)
    app.command()(train)
    app.command()(shell)


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
    settings = settings_now()
    run_async(_run_demo(demo.demo_settings(settings)) if try_out else _run_for_real(settings))


async def _run_demo(settings: Settings) -> None:
    keys = launch.secrets_for(settings, settings.require_secret_key())
    programs = launch.programs(settings, keys, models(settings).current, settings.data_dir / "log")
    check_ports(programs)
    database = database_of(settings)
    try:
        await schema.upgrade(database)
        log_ins = await demo.renew_accounts(database)
    finally:
        await database.close()
    await asyncio.to_thread(progress.train_detector, detector_models(settings), console)
    await asyncio.to_thread(progress.train, models(settings), console)
    supervisor = Supervisor(programs, lambda line: console.print(f"[dim]{escape(line)}[/]"))
    console.print("starting: rasa takes about 20 seconds")
    await run_until_signal(supervisor, lambda: progress.welcome(console, settings, log_ins))
    console.print("stopped")


async def _run_for_real(settings: Settings) -> None:
    keys = launch.secrets_for(settings, settings.require_secret_key())
    await launch.check_database(settings)
    model = models(settings).require() if launch.starts_rasa(settings) else None
    programs = launch.programs(settings, keys, model, log_dir=None)
    detector_models(settings).require()
    supervisor = Supervisor(programs, lambda line: complaints.print(f"balie run: {escape(line)}"))
    await run_until_signal(supervisor, lambda: console.print(f"balie: ready at {settings.public_url}"))


def serve() -> None:
    """Run balie alone: the web application without Rasa and the actions, as one of several replicas."""
    import uvicorn

    from bot import serving
    from bot.app import create_app

    settings = settings_now()
    configure_logs(settings.log_level, as_json=settings.log_json, redact=personal_data.redact)
    with plain_errors():
        application = create_app(settings)
    serving.keep_what_stays()
    uvicorn.run(application, **serving.options(settings))


def telegram() -> None:
    """Read and send for Telegram in a process of its own, beside balie; with BALIE_TELEGRAM_MODE=worker.

    Run one. It stops at Ctrl-C or SIGTERM once what it is storing is stored; what waits is sent after the next start.
    """
    import uvicorn

    from bot import serving
    from bot.app import create_telegram_worker

    settings = settings_now()
    configure_logs(settings.log_level, as_json=settings.log_json, redact=personal_data.redact)
    with plain_errors():
        application = create_telegram_worker(settings)
    serving.keep_what_stays()
    uvicorn.run(application, **(serving.options(settings) | {"port": settings.telegram_port}))


def train() -> None:
    """Train the language model from config.yml, nlu_data and bot/domain, and the detector from its conversations.

    A model's name carries a hash of all it was made from, so an unchanged project is not trained again.
    """
    settings = settings_now()
    with plain_errors():
        progress.train_detector(detector_models(settings), console)
        progress.train(models(settings), console)


def shell(
    gemeente: Annotated[str, typer.Option(help="Key of the municipality to talk with.")] = "voorbeeldstad",
    url: Annotated[
        str | None, typer.Option(help="Address of a running balie; without it, the one that the settings give.")
    ] = None,
) -> None:
    """Chat in the terminal with a running balie, through the API that the website uses.

    Start one first with `make run`. Questions may also come from a pipe, one a line.
    """
    run_async(chat((url or settings_now().public_url).rstrip("/"), gemeente, console))
