"""References that somebody can say over the telephone, such as "ZK-4827-BKT"."""

from __future__ import annotations

import secrets

_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels: no words; no I or O: nothing to confuse with digits


def new_reference(prefix: str) -> str:
    """A new reference: the prefix says what it is of, four digits and three letters are random."""
    digits = f"{secrets.randbelow(10_000):04d}"
    letters = "".join(secrets.choice(_LETTERS) for _ in range(3))
    return f"{prefix}-{digits}-{letters}"
