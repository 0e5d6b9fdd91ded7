"""What `balie` shows while it trains and when it is ready."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
from rich.table import Table
from rich.text import Text

from bot.demo import LogIn
from bot.detector_model import DetectorModels
from bot.settings import Settings
from bot.training import Models, Step


def train(models: Models, console: Console) -> None:
    """Train when needed, and show what is done, how far it is and how long it still takes.

    Raises:
        TrainingFailed: see `Models.train`.
    """
    if models.current.is_file():
        console.print("the language model is up to date")
        return
    console.print("training the language model (only when its sources changed)")
    began = time.monotonic()
    if console.is_terminal:
        _train_with_bar(models, console)
    else:
        models.train(lambda step: console.print(f"  {_where(step)}, {_left(step.seconds_left)}"))
    console.print(f"trained in {time.monotonic() - began:.0f} s")


def train_detector(models: DetectorModels, console: Console) -> None:
    """Train the detector when needed, and show what is done."""
    if models.current.is_file():
        console.print("the detector is up to date")
        return
    console.print("training the detector (only when its sources changed)")
    began = time.monotonic()
    models.train(lambda step: console.print(f"  {step}"))
    console.print(f"trained in {time.monotonic() - began:.0f} s")


@contextlib.contextmanager
def counting(console: Console, text: str, total: int) -> Iterator[Callable[[int], None]]:
    """A bar for work of a known size; gives what to call with the number that is done. Nothing off a terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(text, total=total)
        yield lambda done: bar.update(task, completed=done)


def _train_with_bar(models: Models, console: Console) -> None:
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), _TimeLeft())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("starting", total=1.0)

        def tell(step: Step) -> None:
            moment = time.monotonic()
            bar.update(task, description=_where(step))
            bar.update(task, completed=step.number - 1, total=step.steps, left=step.seconds_left, at=moment)

        models.train(tell)


class _TimeLeft(ProgressColumn):
    """Counts down between the steps."""

    def render(self, task: Task) -> Text:
        if "left" not in task.fields:
            return Text("")
        return Text(_left(task.fields["left"] - (time.monotonic() - task.fields["at"])))


def _where(step: Step) -> str:
    return f"step {step.number} of {step.steps}: {step.text}"


def _left(seconds: float) -> str:
    return f"about {seconds:.0f} s to go" if seconds >= 1 else "nearly done"


def welcome(console: Console, settings: Settings, log_ins: Sequence[LogIn]) -> None:
    """Say where everything is, and how to log in: the only time that the passwords are shown."""
    table = Table(title="Log-ins of this start (shown once, new at the next)", title_justify="left")
    for heading in ("name", "role", "e-mail", "password"):
        table.add_column(heading, no_wrap=True)
    for log_in in log_ins:
        person = log_in.person
        table.add_row(person.name, person.role, person.email, log_in.password)
    console.print("\n[bold green]Balie runs.[/] Stop it with Ctrl-C.\n")
    console.print(f"  As a citizen:   {settings.public_url}/demo")
    console.print(f"  As an employee: {settings.public_url}/medewerker")
    console.print("  In a terminal:  .venv/bin/balie shell")
    console.print(f"  Logs:           {settings.data_dir / 'log'}\n")
    console.print(table)
