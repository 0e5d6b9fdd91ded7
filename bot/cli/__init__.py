"""The `balie` command."""

import typer

from bot.cli import content, database, employees, evaluation, municipality, review, running
from bot.cli.audit import audit
from bot.cli.report import report

app = typer.Typer(
    name="balie",
    help="Balie, the digital counter of a municipality: a bot that answers, and people who take over.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
running.add_to(app)
app.command()(report)
app.command()(audit)
app.add_typer(database.app, name="db")
app.add_typer(employees.app, name="employee")
app.add_typer(evaluation.app, name="eval")
app.add_typer(content.app, name="content")
app.add_typer(municipality.app, name="municipality")
app.add_typer(review.app, name="review")

__all__ = ["app"]
