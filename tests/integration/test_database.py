"""The door to the database: what was begun and let go of holds nothing up."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

CANCELLED_TWICE = """
import asyncio, sys
from sqlalchemy import text
from handoff.bus import InProcessBus
from handoff.database import Database

async def reads(database):
    async with database.read() as session:
        await session.execute(text(
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3000000) SELECT count(*) FROM n"
        ))

async def main():
    database = Database(f"sqlite+aiosqlite:///{sys.argv[1]}", InProcessBus())
    tasks = [asyncio.create_task(reads(database)) for _ in range(5)]
    await asyncio.sleep(0.1)
    for task in tasks:
        task.cancel()
    await asyncio.sleep(0.02)  # they are closing their connections when the loop ends and cancels them again

asyncio.run(main())
print("ended")
"""


def test_a_process_ends_while_its_reading_is_being_let_go_of(tmp_path: Path) -> None:
    """In a process of its own: what this is about hangs one for good."""
    ended = subprocess.run(
        [sys.executable, "-c", CANCELLED_TWICE, str(tmp_path / "balie.db")],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ended.stdout == "ended\n"
