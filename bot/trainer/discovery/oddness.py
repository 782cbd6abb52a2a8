"""Which groups are no topic: their messages have little in common, with each other or with all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.trainer.discovery.clustering import LEAST_ALIKE

Array = NDArray[Any]

ODD = 1.25
"""How odd the messages of a group are on average from which on it is no topic, in spreads of
`oddness`. Chosen on Svara's own examples; docs/discovery.md."""
_RIDGE = 1.0
"""What every direction is known for beforehand, in messages."""
_LEAST_SPREAD = 0.1
"""Of log odds of leverages, where all messages of a language are as odd; on Svara's own examples it
is .17 to .25."""
_DEVIATIONS = 1.4826
"""Standard deviations of normal values in their median absolute deviation."""


def oddness(
    vectors: Array,
    languages: Sequence[str],
    often: Sequence[int],
    known: Array,
    known_languages: Sequence[str],
) -> Array:
    """How little of each message is in all the others and in what is known (messages,).

    It is the leverage of ridge regression (Hoaglin and Welsch, 1978, "The hat matrix in regression
    and ANOVA"; Alaoui and Mahoney, 2015, "Fast randomized kernel ridge regression"): near 0 for a
    message that others add up to, 1/2 for one in a direction of its own. Its log odds are told in
    robust standard deviations from the median of the same language's messages and known examples:
    0 is usual, more is odder. So what is usual does not follow what is odd, when that grows.

    Args:
        vectors: (messages, dimensions) unit vectors.
        languages: code of each message's.
        often: how often each came.
        known: (examples, dimensions) unit vectors of what is certainly not odd; may be none.
        known_languages: code of each example's.
    """
    rows = np.concatenate([vectors, known.reshape(-1, vectors.shape[1])]).astype(np.float64)
    weights = np.concatenate([np.asarray(often, dtype=float), np.ones(len(rows) - len(vectors))])
    shared = (rows * weights[:, None]).T @ rows + _RIDGE * np.eye(rows.shape[1])
    leverage = np.clip((rows * np.linalg.solve(shared, rows.T).T).sum(axis=1), 1e-9, 1 - 1e-9)
    odds = np.log(leverage / (1 - leverage))
    codes = np.array([*languages, *known_languages], dtype=str)
    found = np.zeros(len(rows))
    for code in np.unique(codes):
        places = np.flatnonzero(codes == code)
        away = odds[places] - np.median(odds[places])
        spread = _DEVIATIONS * float(np.median(np.abs(away)))
        found[places] = away / max(spread, _LEAST_SPREAD)
    return found[: len(vectors)]


def is_odd(vectors: Array, odd: Array) -> bool:
    """Whether a group's messages are neither alike nor, on average, like what else is said.

    A few messages of a new topic are odd too; but they are alike, which what is merely strewn in is
    not.

    Args:
        vectors: (messages, dimensions) unit vectors of the group, two or more.
        odd: their `oddness`.
    """
    count = len(vectors)
    total = np.asarray(vectors, dtype=np.float64).sum(axis=0)
    alike = (float(total @ total) - count) / (count * (count - 1))
    return bool(alike < LEAST_ALIKE and float(np.mean(odd)) > ODD)
