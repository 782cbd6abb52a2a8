"""What a classifier thinks of sentences, made to agree with what they mean to each other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags
from sklearn.neighbors import NearestNeighbors

Array = NDArray[Any]

NEIGHBOURS = 10
SPREADING = 0.7
"""Share of what the neighbours think, in each step; the rest is what the classifier thinks."""
_NARROWNESS = 5.0
_STEPS = 20


def spread(shares: Array, vectors: Array) -> Array:
    """Probabilities of intents as the sentences that mean nearly the same have them, too.

    A classifier of few examples knows little of a sentence in other words; but those words are
    near to others, which are near to ones that it knows (learning with local and global
    consistency: Zhou, Bousquet, Lal, Weston and Schölkopf, 2004). Neighbours are the nearest ones
    by the cosine less what is usual for either (cross-domain similarity local scaling: Conneau and
    others, 2018, "Word translation without parallel data"), so that a sentence that is near to
    everything does not speak for all.

    Args:
        shares: (n, k) probabilities of the intents.
        vectors: (n, d) unit vectors of the meaning.

    Returns:
        (n, k)
    """
    own = np.asarray(shares, dtype=np.float32)
    if len(own) < 2:
        return own
    weights = _weights(np.asarray(vectors, dtype=np.float32))
    found = own
    for _ in range(_STEPS):
        found = SPREADING * (weights @ found) + (1 - SPREADING) * own
    return np.asarray(found)


def _weights(vectors: Array) -> csr_matrix:
    """How much each sentence listens to each (n, n), rows of sum 1."""
    count = len(vectors)
    near = min(NEIGHBOURS, count - 1)
    nearest = NearestNeighbors(n_neighbors=near, metric="cosine", algorithm="brute").fit(vectors)
    distances, places = nearest.kneighbors()  # without themselves
    cosines = 1 - distances
    usual = cosines.mean(axis=1)
    alike = np.exp(_NARROWNESS * (2 * cosines - usual[:, None] - usual[places]))
    rows = np.repeat(np.arange(count), near)
    weights = csr_matrix((alike.ravel(), (rows, places.ravel())), shape=(count, count))
    weights = weights.maximum(weights.T)
    return diags(1 / np.asarray(weights.sum(axis=1)).ravel()) @ weights
