"""`balie shell`: a conversation in the terminal, through the same public API as the website's widget."""

import asyncio
import json
import secrets
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from rich.console import Console
from rich.markup import escape
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

HELP = "Type your question. A number presses a button, /medewerker asks for a person, /einde or Ctrl-D ends."
ANSWER_SECONDS = 15.0
"""How long a question from a pipe waits for its answer before the next is sent."""
CONNECT_AGAIN_SECONDS = 1.0
OWN = "burger"

Json = dict[str, Any]


class NoBalie(Exception):
    """No balie answers, or it refused; the message says what to do."""


@dataclass
class _Talk:
    """What is known of the conversation while it goes on."""

    url: str
    id: str
    token: str
    seen: int = 0
    buttons: Sequence[Json] = ()
    unanswered: set[str] = field(default_factory=set)
    something_said: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False


async def chat(url: str, municipality: str, console: Console) -> None:
    """Talk until the citizen ends it.

    Raises:
        NoBalie: nothing answers at `url`, or it knows no such municipality.
    """
    async with httpx.AsyncClient(base_url=f"{url}/api/v1", timeout=10.0, trust_env=False) as client:
        about = await _ask(client, "GET", f"gemeenten/{municipality}")
        opened = await _ask(client, "POST", "gesprekken", {"gemeente": municipality})
        talk = _Talk(url, opened["id"], opened["token"])
        console.print(f"[bold]{escape(about['naam'])}[/] - {HELP}\n", highlight=False)
        for message in opened["berichten"]:
            _show(talk, message, console)
        listening = asyncio.create_task(_listen(talk, console))
        try:
            await _read_lines(client, talk, console)
        finally:
            talk.ended = True
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)


async def _read_lines(client: httpx.AsyncClient, talk: _Talk, console: Console) -> None:
    from_person = sys.stdin.isatty()
    while True:
        line = await asyncio.to_thread(sys.stdin.readline)
        text = line.strip()
        if not line or text == "/einde":
            break
        if not text:
            continue
        if text == "/medewerker":
            await _ask(client, "POST", f"gesprekken/{talk.id}/medewerker", {}, talk.token)
        else:
            await _send(client, talk, text, console)
        if not from_person:
            await _await_answer(talk)
    await _ask(client, "PATCH", f"gesprekken/{talk.id}", {"status": "gesloten"}, talk.token)


async def _send(client: httpx.AsyncClient, talk: _Talk, text: str, console: Console) -> None:
    body: Json = {"id": secrets.token_urlsafe(12), "tekst": text}
    if text.isdecimal() and 0 < int(text) <= len(talk.buttons):
        button = talk.buttons[int(text) - 1]
        body |= {"tekst": button["titel"], "keuze": button["waarde"]}
    talk.something_said.clear()
    try:
        await _ask(client, "POST", f"gesprekken/{talk.id}/berichten", body, talk.token)
    except NoBalie as refused:
        console.print(f"[red]{escape(str(refused))}[/]")


async def _await_answer(talk: _Talk) -> None:
    try:
        await asyncio.wait_for(talk.something_said.wait(), ANSWER_SECONDS)
    except TimeoutError:
        return


async def _listen(talk: _Talk, console: Console) -> None:
    """Show what is said, and connect again after a cut, from the last number seen."""
    address = f"{talk.url.replace('http', 'ws', 1)}/api/v1/gesprekken/{talk.id}/stroom"
    while not talk.ended:
        try:
            async with connect(address, proxy=None) as socket:
                await socket.send(json.dumps({"soort": "aanmelden", "token": talk.token, "na": talk.seen}))
                await _show_all(talk, socket, console)
        except (ConnectionClosed, InvalidHandshake, OSError):
            console.print("[dim](connection lost, trying again)[/]")
            await asyncio.sleep(CONNECT_AGAIN_SECONDS)


async def _show_all(talk: _Talk, socket: ClientConnection, console: Console) -> None:
    async for frame in socket:
        event = json.loads(frame)
        if event["soort"] == "bericht":
            _show(talk, event["bericht"], console)
        elif event["soort"] == "status" and event["gesprek"].get("plaats"):
            console.print(f"[dim](place in the queue: {event['gesprek']['plaats']})[/]")
        elif event["soort"] == "fout":
            console.print(f"[red]{escape(event['detail'])}[/]")


def _show(talk: _Talk, message: Json, console: Console) -> None:
    if message["volgnummer"] <= talk.seen:
        return
    talk.seen = message["volgnummer"]
    if message["afzender"] == OWN:
        return
    name = message.get("naam") or message["afzender"]
    console.print(f"[bold cyan]{escape(name)}[/]: {escape(message['tekst'].strip())}", highlight=False)
    for link in message["links"]:
        console.print(f"  {escape(link['titel'])}: {escape(link['url'])}", highlight=False)
    if message["knoppen"]:
        talk.buttons = message["knoppen"]
        for number, button in enumerate(talk.buttons, start=1):
            console.print(f"  [bold]{number}[/] {escape(button['titel'])}", highlight=False)
    talk.something_said.set()


async def _ask(
    client: httpx.AsyncClient, method: str, path: str, body: Json | None = None, token: str | None = None
) -> Json:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    try:
        answer = await client.request(method, path, json=body, headers=headers)
    except httpx.HTTPError as error:
        where = f"{client.base_url.host}:{client.base_url.port}"
        raise NoBalie(f"No balie answers at {where}. Start it with `make run`.") from error
    content = answer.json() if answer.content else {}
    if answer.is_error:
        raise NoBalie(content.get("detail", f"balie answered {answer.status_code}"))
    return dict(content)
