"""The privacy officer reads of every table what is in it and how long it stays."""

from __future__ import annotations

import re
from pathlib import Path

from handoff.figures.tables import CaseFact
from handoff.review.tables import ReviewItem
from handoff.tables import Base

PAGE = Path(__file__).parents[2] / "docs" / "privacy.md"


def told() -> dict[str, str]:
    """How long each table's rows stay, in words."""
    found = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("| ") and line.count("|") == 4:
            _, _what, where, how_long, _ = line.split("|")
            found.update(dict.fromkeys(re.findall(r"`([a-z_]+)[`.]", where), how_long.strip()))
    return found


def test_every_table_stands_on_the_page_with_how_long_it_is_kept() -> None:
    tables = {table.name for table in Base.metadata.sorted_tables}
    assert {CaseFact.__tablename__, ReviewItem.__tablename__} <= tables, "their modules add to the same tables"
    assert {name for name in tables if not told().get(name)} == set()
