"""The audit trail, for the privacy officer and the operator."""

from datetime import datetime, timedelta
from typing import Annotated

import typer

from bot.cli.terminal import checked_database, run_async, settings_now
from handoff import accountability
from handoff.accountability import Wanted
from handoff.hours import midnight


def audit(
    gemeente: Annotated[str, typer.Option(help="Key of the municipality.")] = "voorbeeldstad",
    conversation: Annotated[str, typer.Option(help="Number of a conversation; also says whether it is gone.")] = "",
    case: Annotated[str, typer.Option(help="Reference of a case, such as ZK-7Q2M4.")] = "",
    actor: Annotated[str, typer.Option(help="citizen, bot, system, operator or employee:NUMBER.")] = "",
    action: Annotated[str, typer.Option(help="What was done, such as claim, reveal or erase.")] = "",
    first: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")] = None,
    last: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day.")] = None,
) -> None:
    """Print who did what, the newest first, and with --conversation the proof that it was erased."""
    settings = settings_now()
    since = midnight(first.date()) if first else None
    until = midnight(last.date() + timedelta(days=1)) if last else None
    wanted = Wanted(conversation, case, actor, action, since, until)

    async def work() -> None:
        async with checked_database(settings) as database, database.read() as session:
            found = await accountability.lines(session, gemeente, wanted)
            proof = await accountability.proof(session, gemeente, conversation) if conversation else None
        for line in found:
            about = " ".join(filter(None, (line.conversation_id, line.case_reference)))
            typer.echo(f"{line.at:%Y-%m-%d %H:%M:%S} {line.actor} {line.action} {about} {line.details or ''}".rstrip())
        if conversation:
            typer.echo(_proof(proof))

    run_async(work())


def _proof(proof: accountability.Proof | None) -> str:
    if proof is None:
        return "the audit trail knows no such conversation"
    if proof.left:
        rows = ", ".join(f"{count} in {table}" for table, count in proof.left.items())
        return f"the conversation is there: {rows}"
    if proof.erased_at is None:
        return "the conversation is gone, and no line says when it was erased"
    return f"erased at {proof.erased_at:%Y-%m-%d %H:%M:%S} UTC by {proof.erased_by}; no table has a row of it"
