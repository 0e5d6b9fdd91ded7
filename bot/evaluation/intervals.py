"""How sure a measured share is."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z = 1.959964
"""The normal quantile of a 95% interval."""


@dataclass(frozen=True)
class Share:
    """`hits` of `n`, with its 95% interval; None where nothing was measured."""

    hits: float
    n: int

    @property
    def value(self) -> float | None:
        """The share itself."""
        return self.hits / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """Wilson's score interval (E. B. Wilson, 1927): holds its level for small n and shares near 0 or 1."""
        if not self.n:
            return None
        share = self.hits / self.n
        spread = Z * math.sqrt(share * (1 - share) / self.n + Z * Z / (4 * self.n * self.n))
        middle = share + Z * Z / (2 * self.n)
        scale = 1 + Z * Z / self.n
        return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)
