"""McNemar's exact test: do two models differ by more than chance on the same sentences?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from scipy.stats import binomtest


@dataclass(frozen=True)
class Mcnemar:
    """What the test says.

    Attributes:
        only_old: sentences of which something is true with the old model alone.
        only_new: with the new one alone.
        p: how often chance alone makes a difference at least as large, 0 to 1 (two-sided).
    """

    only_old: int
    only_new: int
    p: float


def mcnemar(pairs: Iterable[tuple[bool, bool]]) -> Mcnemar:
    """The exact test (McNemar 1947, with the binomial distribution instead of chi-squared).

    Only the sentences count on which the two differ: were the models equally good, each of these
    would fall to either side like a coin.

    Args:
        pairs: of each sentence, whether it is so with the old and with the new model.
    """
    only_old = only_new = 0
    for old, new in pairs:
        only_old += old and not new
        only_new += new and not old
    differing = only_old + only_new
    p = float(binomtest(only_new, differing, 0.5).pvalue) if differing else 1.0
    return Mcnemar(only_old, only_new, p)
