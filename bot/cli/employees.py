"""Accounts of employees."""

import getpass
import secrets
import sys
from typing import Annotated

import typer
from rich.markup import escape

from bot.cli.terminal import checked_database, complaints, console, plain_errors, run_async, settings_now
from bot.content import Content
from handoff import employees, skills
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
    skill: Annotated[
        list[str] | None, typer.Option(help="What else she can do: crisis, or a word of your own; repeat for more.")
    ] = None,
    language: Annotated[
        list[str] | None, typer.Option(help="Code of a language besides Dutch, such as en; repeat for more.")
    ] = None,
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
                skills=skill or (),
                languages=language or (),
            )
        console.print(f"added {escape(email)}")
        if generate:
            console.print(f"password, shown once: {escape(password)}")

    run_async(work())


@app.command("abilities")
def set_abilities(
    email: Annotated[str, typer.Argument(help="E-mail address of the account.")],
    skill: Annotated[list[str] | None, typer.Option(help="crisis, or a word of your own; repeat for more.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Code of a language besides Dutch.")] = None,
) -> None:
    """Say which skills and languages an employee has; what is left out is taken away."""
    settings = settings_now()

    async def work() -> None:
        async with checked_database(settings) as database, database.write() as session:
            account = await employees.by_email(session, email)
            await skills.give(session, account, skills=skill or (), languages=language or (), now=system_clock())
        console.print(f"changed {escape(email)}")

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
