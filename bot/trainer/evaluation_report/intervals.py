"""How far a share of few sentences can be trusted."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z = 1.959964
"""Normal quantile of a two-sided interval of 95 %."""


@dataclass(frozen=True)
class Share:
    """A share of some sentences, 0 to 1, with its 95 % interval.

    Attributes:
        hits: how many.
        of: of how many.
    """

    hits: int
    of: int
    share: float
    low: float
    high: float


def share(hits: int, of: int) -> Share | None:
    """A share with Wilson's interval (1927), which holds for few sentences and at 0 and 1, too.

    Returns:
        None of nothing.
    """
    if of == 0:
        return None
    mean, shrink = hits / of, 1 + Z * Z / of
    middle = (mean + Z * Z / (2 * of)) / shrink
    half = Z / shrink * math.sqrt(mean * (1 - mean) / of + Z * Z / (4 * of * of))
    low = 0.0 if hits == 0 else max(0.0, middle - half)
    high = 1.0 if hits == of else min(1.0, middle + half)
    return Share(hits, of, mean, low, high)
