"""The counter on a busy day: how soon a card shows, a claim is granted and a message arrives."""

from __future__ import annotations

import asyncio
import itertools
import os
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path

import pytest

from tests.benchmarks import handoff_load
from tests.benchmarks.handoff_load import Citizen, Console, Counter
from tests.benchmarks.installation import Running, balie, stand_in_rasa

PAIRS = 200
CONSOLES = 20
ASKING = 40
ASKING_SECONDS = 40
"""One a second: a queue in which a hundred employees could hardly keep up."""
MESSAGES_A_SECOND = 5
"""Of citizens and as many of employees: in each of 200 conversations either side says something every forty seconds."""
TALKING_SECONDS = 40
SATURATED_SECONDS = 10
IDLE = 1_000
CARD_MS, CLAIM_MS, MESSAGE_MS, IDLE_MB = 250, 50, 100, 500
"""The most that 95 of 100 may take, and that the idle connections may occupy; on two cores."""


@pytest.mark.benchmark
@pytest.mark.timeout(1200)
async def test_a_busy_day(tmp_path: Path) -> None:
    database = tmp_path / "balie.db"
    with stand_in_rasa() as rasa, balie(database, rasa, "x", tmp_path / "log") as running:
        async with handoff_load.counter(running.url, database) as counter:
            busy = f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
            print(f"\n\nload of the machine before: {busy}; SQLite, one process")
            print(f"{'':<64}{'n':>7}{'p50 ms':>8}{'p95 ms':>8}{'max ms':>8}{'target':>8}")
            idle = await _idle(counter, running)
            consoles = await counter.employees(CONSOLES)
            for one in consoles:
                await one.open()
            citizens = await counter.citizens(ASKING)
            cards = await _cards(counter, consoles, citizens)
            claims = await _claims(counter, consoles, citizens)
            for left in (*consoles, *citizens):
                await left.close()
            pairs = await _pairs(counter)
            to_employee, to_citizen = await _talk(pairs)
            async with handoff_load.bare_echo() as address:
                there_and_back = await handoff_load.echoes(address, PAIRS, SATURATED_SECONDS)
            said = await _saturated(pairs)
            met = [
                _row(f"a citizen asks for a person: her card in a console ({CONSOLES} open)", cards, CARD_MS),
                _row("an employee takes a case over", claims, CLAIM_MS),
                _row(f"a citizen's message to the employee ({PAIRS} conversations)", to_employee, MESSAGE_MS),
                _row("an employee's message to the citizen", to_citizen, None),
                _row(f"{PAIRS} pairs as fast as they can: there and back", said, None),
                _row("the same with a bare WebSocket echo", there_and_back, None),
            ]
            print(f"messages a second between {PAIRS} pairs: {2 * len(said) / SATURATED_SECONDS:.0f}; ", end="")
            print(f"bare echo: {2 * len(there_and_back) / SATURATED_SECONDS:.0f}")
            print(f"{IDLE} idle windows: balie's process holds {idle:.0f} MB (target {IDLE_MB})")
            assert all(met)
            assert idle < IDLE_MB


async def _idle(counter: Counter, running: Running) -> float:
    """Megabytes of the process with a thousand windows open in which nothing happens."""
    citizens = await counter.citizens(IDLE)
    await asyncio.sleep(2)
    used = handoff_load.resident_megabytes(running.pid)
    for one in citizens:
        await one.close()
    return used


async def _cards(counter: Counter, consoles: Sequence[Console], citizens: Sequence[Citizen]) -> list[float]:
    """From her message to the moment at which a console has drawn her card's words from the server."""

    async def ask(number: int, citizen: Citizen) -> float:
        watching = next(one for one in consoles if one.city == handoff_load.CITIES[number % 2])
        began = time.perf_counter()
        await citizen.say("Ik wil graag een medewerker spreken.")
        return await watching.cards.expect(await counter.case_of(citizen)) - began

    return await handoff_load.spread(ASKING_SECONDS, [partial(ask, *one) for one in enumerate(citizens)])


async def _claims(counter: Counter, consoles: Sequence[Console], citizens: Sequence[Citizen]) -> list[float]:
    async def claim(number: int, citizen: Citizen) -> float:
        own = [one for one in consoles if one.city == handoff_load.CITIES[number % 2]]
        case_id = await counter.case_of(citizen)
        began = time.perf_counter()
        await own[number // 2 % len(own)].claim(case_id)
        return time.perf_counter() - began

    return await handoff_load.spread(ASKING_SECONDS / 2, [partial(claim, *one) for one in enumerate(citizens)])


async def _pairs(counter: Counter) -> list[tuple[Citizen, Console]]:
    """Each console with a conversation of its own, open on the page."""
    consoles = await counter.employees(PAIRS)
    citizens = await counter.citizens(PAIRS)
    pairs = list(zip(citizens, consoles, strict=True))
    for citizen, _ in pairs:
        await citizen.say("Ik wil graag een medewerker spreken.")
    cases = [await counter.case_of(citizen) for citizen in citizens]
    for case_id, console in zip(cases, consoles, strict=True):
        console.looks.clear()  # until everybody has her conversation
        await console.open()
        await console.claim(case_id)
        await console.follow(case_id)
    for console in consoles:
        console.looks.set()
    await asyncio.sleep(3)  # what that set going has been drawn everywhere
    return pairs


async def _talk(pairs: Sequence[tuple[Citizen, Console]]) -> tuple[list[float], list[float]]:
    """Both sides say something now and then; how long each message took, by who said it."""
    words = (f"#woord{number}" for number in itertools.count())

    async def asks(citizen: Citizen, console: Console) -> float:
        word = next(words)
        began = time.perf_counter()
        await citizen.say(f"Nog een vraag {word}")
        return await console.heard.expect(word) - began

    async def answers(citizen: Citizen, console: Console) -> float:
        text = f"Ik kijk het na {next(words)}"
        began = time.perf_counter()
        await console.say(text)
        return await citizen.heard.expect(text) - began

    count = MESSAGES_A_SECOND * TALKING_SECONDS
    turns: list[Callable[[], Awaitable[float]]] = []
    for pair in itertools.islice(itertools.cycle(pairs), count):
        turns += [partial(asks, *pair), partial(answers, *pair)]
    took = await handoff_load.spread(TALKING_SECONDS, turns)
    return took[::2], took[1::2]


async def _saturated(pairs: Sequence[tuple[Citizen, Console]]) -> list[float]:
    """Each pair as fast as it can: a question, its answer when it has arrived, then the next; both ways together."""
    took: list[float] = []
    until = time.perf_counter() + SATURATED_SECONDS

    async def talk(number: int, citizen: Citizen, console: Console) -> None:
        for turn in itertools.count():
            if (began := time.perf_counter()) >= until:
                return
            word = f"#vlug{number}x{turn}"
            await citizen.say(f"Vraag {word}")
            await console.heard.expect(word)
            await console.say(f"Antwoord {word}")
            await citizen.heard.expect(f"Antwoord {word}")
            took.append(time.perf_counter() - began)

    await asyncio.gather(*(talk(number, *pair) for number, pair in enumerate(pairs)))
    return took


def _row(name: str, seconds: Sequence[float], target: int | None) -> bool:
    took = sorted(one * 1000 for one in seconds)
    p95 = took[min(len(took) - 1, len(took) * 95 // 100)]
    wanted = "" if target is None else str(target)
    print(f"{name:<64}{len(took):>7}{statistics.median(took):>8.0f}{p95:>8.0f}{took[-1]:>8.0f}{wanted:>8}")
    return target is None or p95 < target
