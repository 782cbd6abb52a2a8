"""Which sentences teach a classifier most: the order in which a trainer is asked about them.

Pure arrays in, an order out. A sentence comes early when the classifier wavers about it, when much
depends on it, and when it is not like those that come before.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

DIVERSE = 500
"""Sentences at the head of the order that are kept apart from each other; the rest follow by what
each teaches by itself, since nobody labels that many before the model is trained again."""
CANDIDATES = 4
"""Times as many sentences are looked at to find them."""
SPREAD = 4.0
"""How fast a sentence loses by being like one that was chosen: (1 - cosine) ** (1 / SPREAD)."""


def teaching_order(shares: Array, vectors: Array, impact: Array, counts: Array) -> NDArray[np.intp]:
    """The sentences' places, the most instructive first.

    What one teaches is its uncertainty (margin sampling: Scheffer, Decomain and Wrobel, 2001,
    "Active hidden Markov models for information extraction"), times its impact, times a weight
    of how often it came. Those at the head are chosen one by one, each losing by its likeness to
    the ones before (greedy, as in maximal marginal relevance: Carbonell and Goldstein, 1998).

    Args:
        shares: (n, k) probabilities of the intents.
        vectors: (n, d) unit vectors of the meaning.
        impact: (n,) what depends on each, above 0; 1 for an ordinary one.
        counts: (n,) how often each came, 1 or more.

    Raises:
        ValueError: the arrays do not have as many rows.
    """
    rows = len(shares)
    if not len(vectors) == len(impact) == len(counts) == rows:
        raise ValueError("shares, vectors, impact and counts are not of the same sentences")
    worth = uncertainty(shares) * impact * (1 + np.log(np.maximum(counts, 1)))
    by_worth = np.argsort(-worth, kind="stable")
    candidates = by_worth[: DIVERSE * CANDIDATES]
    head = candidates[_spread(worth[candidates], vectors[candidates], min(DIVERSE, rows))]
    left = np.ones(rows, dtype=bool)
    left[head] = False
    return np.concatenate([head, by_worth[left[by_worth]]])


def uncertainty(shares: Array) -> Array:
    """How much a classifier wavers (n,), 0 to 1: 1 less the lead of its first before its second."""
    if shares.shape[1] < 2:
        return np.ones(len(shares))
    best = np.partition(shares, -2, axis=1)[:, -2:]
    wavering: Array = 1 - (best[:, 1] - best[:, 0])
    return wavering


def _spread(worth: Array, vectors: Array, wanted: int) -> NDArray[np.intp]:
    """Places of those chosen in turn, each worth less the more it is like one before."""
    worth = np.maximum(worth, np.finfo(float).tiny)
    apart = np.ones(len(worth))
    taken = np.zeros(len(worth), dtype=bool)
    chosen = np.empty(wanted, dtype=np.intp)
    for turn in range(wanted):
        gain = worth * apart
        gain[taken] = -1
        place = int(gain.argmax())
        chosen[turn] = place
        taken[place] = True
        distance = np.clip(1 - vectors @ vectors[place], 0, 1) ** (1 / SPREAD)
        np.minimum(apart, distance, out=apart)
    return chosen
