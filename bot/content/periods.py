"""Values that hold for a time: fees change on 1 January."""

import datetime as dt
import itertools
from collections.abc import Sequence

from bot.content.schema import Dated

_DAY = dt.timedelta(days=1)


def overlap(rows: Sequence[Dated]) -> dt.date | None:
    """The first day that has two values."""
    for earlier, later in itertools.pairwise(_in_order(rows)):
        if earlier.valid_to is None or later.valid_from <= earlier.valid_to:
            return later.valid_from
    return None


def gap(rows: Sequence[Dated]) -> tuple[dt.date, dt.date] | None:
    """The first and last day of the first time between two values that has none."""
    for earlier, later in itertools.pairwise(_in_order(rows)):
        if earlier.valid_to is not None and later.valid_from > earlier.valid_to + _DAY:
            return earlier.valid_to + _DAY, later.valid_from - _DAY
    return None


def last(rows: Sequence[Dated]) -> Dated:
    """The value that begins last."""
    return _in_order(rows)[-1]


def _in_order(rows: Sequence[Dated]) -> list[Dated]:
    return sorted(rows, key=lambda row: row.valid_from)
