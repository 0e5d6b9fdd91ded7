"""Readings that are shared: nobody gets what was read before she asked."""

from __future__ import annotations

import asyncio

from handoff.reading_together import ReadTogether


class _Source:
    """Counts how often it is read, and finds what there is at that moment."""

    def __init__(self) -> None:
        self.there = "first"
        self.readings = 0
        self.go_on = asyncio.Event()

    async def read(self, key: str) -> str:
        self.readings += 1
        found = f"{key}: {self.there}"
        await self.go_on.wait()
        return found


async def _until_reading(source: _Source, count: int) -> None:
    while source.readings < count:
        await asyncio.sleep(0)


async def test_all_who_ask_at_once_share_one_reading() -> None:
    source = _Source()
    together = ReadTogether(source.read)
    source.go_on.set()
    assert await asyncio.gather(*(together.get("a") for _ in range(10))) == ["a: first"] * 10
    assert source.readings == 1


async def test_who_asks_while_it_is_read_gets_what_is_read_after_it() -> None:
    source = _Source()
    together = ReadTogether(source.read)
    early = asyncio.create_task(together.get("a"))
    await _until_reading(source, 1)
    source.there = "second"
    late = [asyncio.create_task(together.get("a")) for _ in range(10)]
    await asyncio.sleep(0)
    source.go_on.set()
    assert await early == "a: first"
    assert await asyncio.gather(*late) == ["a: second"] * 10
    assert source.readings == 2


async def test_different_questions_do_not_wait_for_each_other() -> None:
    source = _Source()
    together = ReadTogether(source.read)
    asked = [asyncio.create_task(together.get(key)) for key in ("a", "b")]
    await _until_reading(source, 2)
    source.go_on.set()
    assert await asyncio.gather(*asked) == ["a: first", "b: first"]


async def test_who_goes_away_leaves_the_reading_to_the_others() -> None:
    source = _Source()
    together = ReadTogether(source.read)
    gone, stays = (asyncio.create_task(together.get("a")) for _ in range(2))
    await _until_reading(source, 1)
    gone.cancel()
    source.go_on.set()
    assert await stays == "a: first"
    assert source.readings == 1


async def test_a_failure_is_told_to_all_who_asked_and_the_next_is_read_anew() -> None:
    readings = 0

    async def fails_once(_: str) -> str:
        nonlocal readings
        readings += 1
        if readings == 1:
            raise LookupError("not there")
        return "there"

    together = ReadTogether(fails_once)
    for failed in await asyncio.gather(*(together.get("a") for _ in range(3)), return_exceptions=True):
        assert isinstance(failed, LookupError)
    assert await together.get("a") == "there"
