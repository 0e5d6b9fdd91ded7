"""A served console with a scene that tests change, and a page of it as an employee uses it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from pathlib import Path
from typing import Any, TypeVar

from playwright.sync_api import BrowserContext, Locator, Page, ViewportSize, expect

from handoff import messages, retention, schema, signals
from handoff.bus import InProcessBus
from handoff.cases import NewCase
from handoff.console import ConsoleDependencies
from handoff.console.actions import send_reply
from handoff.database import Database
from handoff.detection import Assessment, Level, Reason, Trigger
from handoff.employees import LoggedIn
from handoff.tables import Employee
from handoff.vault import Vault
from handoff.vocabulary import CaseKind, Consent, Sender
from tests import servers
from tests.chromium import PATIENCE_MS, PATIENCE_SECONDS, violations
from tests.console_room import PASSWORD, add_employee, mounted, served
from tests.counter import make_attachments
from tests.stage import Stage, StoppedClock, new_case

T = TypeVar("T")
DESKTOP: ViewportSize = {"width": 1440, "height": 900}
"""An employee's screen."""
TEAMS = ("publieksbalie", "sociaal-wijkteam")


class Counter:
    """A console application on a loop of its own, with a scene that tests change while pages are open."""

    def __init__(self, folder: Path, **parts: object) -> None:
        """`parts` of the console that are to be others than a test usually has."""
        self._folder = folder
        self._parts = parts
        self.clock = StoppedClock()
        self.vault = Vault("a-secret-key-of-forty-characters-for-test")
        self.port = servers.free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self._url = f"sqlite+aiosqlite:///{folder / 'balie.db'}"
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.run(self._prepare())
        self.open()

    async def _prepare(self) -> None:
        self.bus = InProcessBus()
        self.database = Database(self._url, self.bus)
        await schema.upgrade(self.database)
        self.stage = Stage(self.database, self.clock)
        self.samira = await add_employee(self.database, self.clock, "Samira", teams=TEAMS)
        self.joost = await add_employee(self.database, self.clock, "Joost", teams=TEAMS)
        self.attachments = make_attachments(self.vault, self._folder / "attachments")
        parts = {"attachments": self.attachments, **self._parts}
        self.app = mounted(self.database, self.bus, self.clock, self.vault, origin=self.address, **parts)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Do `work` on the application's loop and wait for it."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(PATIENCE_SECONDS)

    def open(self) -> None:
        """Start serving."""
        self._serving = served(self.app, self.port)
        self.run(self._serving.__aenter__())

    def close(self) -> None:
        """Stop serving; pages lose their stream."""
        self.run(self._serving.__aexit__(None, None, None))

    def end(self) -> None:
        self.close()
        self.run(self.database.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(PATIENCE_SECONDS)
        self._loop.close()

    def waiting(self, text: str = "Kan ik een medewerker spreken?", level: Level = Level.ESCALATE) -> str:
        """A citizen who asked something waits; returns the case's id."""
        case_id = self.run(self._waiting(text, level))
        self.clock.advance(1)
        return case_id

    async def _waiting(self, text: str, level: Level) -> str:
        conversation_id = await self.stage.conversation(first=text)
        trigger = Trigger(1, 0, len(text), Reason.WANTS_HUMAN)
        assessment = Assessment(
            level, (Reason.WANTS_HUMAN, Reason.DISTRESS), (trigger,), "publieksbalie", "Doorgezet.", "test"
        )
        return await self.stage.enqueue(
            conversation_id, NewCase(assessment, "publieksbalie", Consent.ACCEPTED, "Wilt u een medewerker?")
        )

    def held(self, employee: Employee, text: str = "Kan ik een medewerker spreken?") -> str:
        case_id = self.waiting(text)
        self.run(self.stage.claim(case_id, employee.id))
        return case_id

    def conversation_of(self, case_id: str) -> str:
        return self.run(self.stage.case(case_id)).conversation_id

    def citizen_says(self, case_id: str, text: str) -> None:
        self.run(self.stage.citizen_says(self.conversation_of(case_id), text))

    def employee_says(self, case_id: str, employee: Employee, text: str) -> None:
        """From another page of hers."""
        deps: ConsoleDependencies = self.app.routes[-1].app.state.console  # type: ignore[attr-defined]
        self.run(send_reply(deps, LoggedIn(employee, ""), case_id, text, ""))

    def said(self, case_id: str) -> list[str]:
        return self.run(self.stage.texts(self.conversation_of(case_id)))

    def publish_typing(self, case_id: str) -> None:
        event = signals.typing(self.conversation_of(case_id), Sender.CITIZEN, on=True)
        self.run(self.bus.publish(event))

    def erase(self, case_id: str) -> None:
        async def change() -> None:
            conversation_id = (await self.stage.case(case_id)).conversation_id
            async with self.database.write() as session:
                await retention.erase(session, conversation_id, now=self.clock(), actor="citizen")

        self.run(change())

    def release(self, case_id: str, employee: Employee) -> None:
        self.run(self.stage.release(case_id, employee.id))


class Console:
    """A page of the console as an employee uses it."""

    def __init__(self, page: Page, counter: Counter) -> None:
        self.page = page
        self.counter = counter
        self.field = page.get_by_label("Uw bericht aan de inwoner")
        self.lines = page.locator("#regels .regel")

    def log_in(self, email: str = "samira@voorbeeldstad.example") -> Console:
        self.page.goto(f"{self.counter.address}/medewerker/")
        self.page.get_by_label("E-mailadres").fill(email)
        self.page.get_by_label("Wachtwoord").fill(PASSWORD)
        self.page.get_by_role("button", name="Inloggen").click()
        return self.is_live()

    def is_live(self) -> Console:
        expect(self.page.locator("#verbinding[data-stand=verbonden]")).to_be_attached()
        return self

    def card(self, case_id: str) -> Locator:
        return self.page.locator(f'[id="kaart-{case_id}"]')

    def go(self, case_id: str) -> Console:
        self.page.goto(f"{self.counter.address}/medewerker/zaken/{case_id}")
        return self.is_live()

    def part(self, name: str) -> None:
        self.page.get_by_role("navigation", name="Onderdelen").get_by_role("link", name=name).click()

    def violations(self) -> list[str]:
        """What axe finds on the page as it is now."""
        return violations(self.page)


async def open_callback(counter: Counter) -> str:
    from handoff import cases

    conversation_id = await counter.stage.conversation(first="Bel mij maar")
    async with counter.database.write() as session:
        masked = await messages.mask_in_conversation(session, counter.vault, conversation_id, "06 12 34 56 78")
        details = {"phone": masked.text, "name": "mevrouw Bakker", "preference": "Liefst in de ochtend"}
        new = new_case(kind=CaseKind.CALLBACK, details=details, due_on="2026-11-24")
        case = await cases.open_case(
            session, new, conversation_id=conversation_id, municipality="voorbeeldstad", now=counter.clock()
        )
    return case.id


def watched(context: BrowserContext, errors: list[str]) -> BrowserContext:
    context.set_default_timeout(PATIENCE_MS)
    context.on("weberror", lambda error: errors.append(str(error.error)))
    context.on("console", lambda said: errors.append(said.text) if "Content Security Policy" in said.text else None)
    return context
