"""Accounts of employees."""

import getpass
import secrets
import sys
from typing import Annotated

import typer
from rich.markup import escape

from bot.cli.terminal import checked_database, complaints, console, plain_errors, run_async, settings_now
from bot.content import Content
from handoff import employees
from handoff.clock import system_clock
from handoff.vocabulary import Role, Team

app = typer.Typer(help="Accounts of the employees who take conversations over.", no_args_is_help=True)


@app.command("add")
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
    settings = settings_now()
    with plain_errors():
        Content.load(settings.content_dir).municipality(gemeente)
    password = secrets.token_urlsafe(15) if generate else _ask_password()

    async def work() -> None:
        async with checked_database(settings) as database, database.write() as session:
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
        console.print(f"added {escape(email)}")
        if generate:
            console.print(f"password, shown once: {escape(password)}")

    run_async(work())


def _ask_password() -> str:
    """The password, typed twice without being shown; from a pipe, its first line."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        complaints.print("balie: the two passwords differ; nothing was added")
        raise typer.Exit(1)
    return password
