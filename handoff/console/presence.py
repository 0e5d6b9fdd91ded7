"""How many consoles each employee has open in this process."""

from __future__ import annotations

from collections import Counter


class Presence:
    """Counts open consoles, so that closing one of two tabs is no absence."""

    def __init__(self) -> None:
        self._open: Counter[str] = Counter()

    def opened(self, employee_id: str) -> None:
        """A console opened."""
        self._open[employee_id] += 1

    def closed(self, employee_id: str) -> bool:
        """A console closed; True when it was her last here."""
        self._open[employee_id] -= 1
        if self._open[employee_id] > 0:
            return False
        del self._open[employee_id]
        return True
