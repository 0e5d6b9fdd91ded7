"""Accounts of employees."""

import getpass
import secrets
import sys
from typing import Annotated

import typer
from rich.markup import escape

from bot.cli.terminal import checked_database, complaints, console, plain_errors, run_async, settings_now
from bot.content import Content
from handoff import accounts, employees, skills
from handoff.accounts import Details
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
        list[Team] | None,
        typer.Option(help="A team to work for; repeat for more. Without it: all teams, or none for who works in none."),
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
        hashed = await employees.hash_password(password)
        async with checked_database(settings) as database, database.write() as session:
            await employees.add_employee(
                session,
                email=email,
                display_name=name,
                password=hashed,
                municipality=gemeente,
                teams=team or ([] if role in employees.WITHOUT_TEAM else list(Team)),
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


@app.command("list")
def list_employees(
    gemeente: Annotated[str, typer.Option(help="Key of the municipality.")] = "voorbeeldstad",
) -> None:
    """List the accounts of a municipality."""
    settings = settings_now()

    async def work() -> None:
        async with checked_database(settings) as database, database.read() as session:
            found = await accounts.all_of(session, gemeente)
        for one in found:
            inactive = "" if one.active else " (not active)"
            typer.echo(f"{one.email}{inactive}: {one.display_name}, {one.role}, {', '.join(one.teams) or 'no team'}")

    run_async(work())


@app.command("change")
def change_employee(
    email: Annotated[str, typer.Argument(help="E-mail address of the account.")],
    name: Annotated[str | None, typer.Option(help="Name that citizens see.")] = None,
    role: Annotated[Role | None, typer.Option(help="What the account may do.")] = None,
    team: Annotated[
        list[Team] | None, typer.Option(help="All teams that it works for from now on; repeat for more.")
    ] = None,
    no_team: Annotated[bool, typer.Option("--no-team", help="It works for no team, so it reads no case.")] = False,
    max_conversations: Annotated[int | None, typer.Option(help="Conversations at the same time.")] = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="Whether one can log in with it.")] = None,
) -> None:
    """Change an account; what is not given stays."""
    settings = settings_now()

    async def work() -> None:
        now = system_clock()
        async with checked_database(settings) as database, database.write() as session:
            one = await employees.by_email(session, email)
            teams = [] if no_team else team or one.teams
            limit = max_conversations or one.max_conversations
            wanted = Details(name or one.display_name, role or Role(one.role), teams, limit, one.skills, one.languages)
            await accounts.change(session, None, one, wanted, now=now)
            if active is not None:
                await accounts.set_active(session, None, one, active=active, now=now)
        console.print(f"changed {escape(email)}")

    run_async(work())


@app.command("password")
def new_password(email: Annotated[str, typer.Argument(help="E-mail address of the account.")]) -> None:
    """Give an account a new password, print it once, and end its sessions."""
    settings = settings_now()

    async def work() -> None:
        password = await accounts.new_password()
        async with checked_database(settings) as database, database.write() as session:
            account = await employees.by_email(session, email)
            await accounts.reset_password(session, None, account, password.hashed, now=system_clock())
        console.print(f"password, shown once: {escape(password.clear)}")

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
