"""Which sentences teach a classifier most: the order in which a trainer is asked about them.

Pure arrays in, an order out. What was tried, and how many labels it saves: docs/active-learning.md.
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu.vectors import unit
from bot.trainer.spreading import spread

Array = NDArray[Any]

HEAD = 500
"""Sentences that are chosen one by one; the others follow by what each is worth by itself, since
nobody labels that many before the model is trained again."""
CANDIDATES = 2_000
"""Sentences that the head is chosen from: those of most worth."""
ANCHORS = 10_000
"""Sentences that those of the head shall stand for; of more, that many are drawn."""
NARROWNESS = 3.0
"""Of likeness in meaning: exp(NARROWNESS * (cosine - 1))."""
_SEED = 42


def teaching_order(shares: Array, vectors: Array, impact: Array, counts: Array) -> NDArray[np.intp]:
    """The sentences' places, the most instructive first.

    A label teaches about all sentences that are like its own: those that mean nearly the same and
    are between the same intents, as the classifier and their neighbours have it. The first ones
    are chosen so that together they are like as much as possible of what the classifier wavers
    about (facility location over the uncertain ones: Wei, Iyer and Bilmes, 2015, "Submodularity in
    data subset selection and active learning"). This is uncertainty, density and diversity in one:
    of two that are alike, the second adds nothing. The greedy choice is within 1 - 1/e of the
    best, and found lazily (Minoux, 1978).

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
    if not rows:
        return np.zeros(0, dtype=np.intp)
    wavering = uncertainty(shares)
    worth = wavering * np.asarray(impact) * (1 + np.log(np.maximum(counts, 1)))
    by_worth = np.argsort(-worth, kind="stable")
    candidates = by_worth[:CANDIDATES]
    anchors = drawn(rows, ANCHORS)
    likeness = _likeness(spread(shares, vectors), vectors, candidates, anchors)
    head = candidates[_cover(likeness, worth[anchors], min(HEAD, rows))]
    left = np.ones(rows, dtype=bool)
    left[head] = False
    return np.concatenate([head, by_worth[left[by_worth]]])


def uncertainty(shares: Array) -> Array:
    """How much a classifier wavers (n,), 0 to 1: 1 less the lead of its first before its second.

    Margin sampling: Scheffer, Decomain and Wrobel, 2001, "Active hidden Markov models for
    information extraction".
    """
    if shares.shape[1] < 2:
        return np.ones(len(shares))
    best = np.partition(shares, -2, axis=1)[:, -2:]
    wavering: Array = 1 - (best[:, 1] - best[:, 0])
    return wavering


def _likeness(shares: Array, vectors: Array, rows: Array, columns: Array) -> Array:
    """How much the sentences `rows` tell of the sentences `columns`, 0 to 1: alike in meaning, and
    between the same intents."""
    vectors = np.asarray(vectors, dtype=np.float32)
    alike: Array = vectors[rows] @ vectors[columns].T
    alike -= 1
    alike *= NARROWNESS
    np.exp(alike, out=alike)
    between = unit(np.asarray(shares, dtype=np.float32))
    alike *= between[rows] @ between[columns].T
    return alike


def _cover(likeness: Array, weight: Array, wanted: int) -> NDArray[np.intp]:
    """Rows that are together like most of the columns, the first one most, and so on.

    Args:
        likeness: (rows, columns), 0 to 1.
        weight: (columns,) what each is worth.
        wanted: how many rows.
    """
    weight = np.asarray(weight, dtype=np.float32)
    covered = np.zeros(len(weight), dtype=np.float32)
    # What a row adds only shrinks as others are chosen, so an old value is a limit: whoever is
    # first with a value that is not old is the best.
    waiting = [(-float(gain), row, 0) for row, gain in enumerate(likeness @ weight)]
    heapq.heapify(waiting)
    chosen: list[int] = []
    while waiting and len(chosen) < wanted:
        _, row, told = heapq.heappop(waiting)
        if told < len(chosen):
            gain = float(np.maximum(likeness[row] - covered, 0) @ weight)
            heapq.heappush(waiting, (-gain, row, len(chosen)))
            continue
        chosen.append(row)
        np.maximum(covered, likeness[row], out=covered)
    return np.array(chosen, dtype=np.intp)


def drawn(count: int, most: int) -> NDArray[np.intp]:
    """Places of so many, ascending, or of all; always the same ones."""
    if count <= most:
        return np.arange(count)
    found: NDArray[np.intp] = np.sort(np.random.default_rng(_SEED).permutation(count)[:most])
    return found
