"""Messages that mean the same, found without labels."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import pdist

Array = NDArray[Any]

DISTANCE = 0.6
"""Mean cosine distance down to which groups are joined. Chosen on hwu64, banking77 and massive_sv
(split `dev`); docs/discovery.md."""
MOST = 5_000
"""Messages that can be grouped: the work grows with their square."""


def groups(vectors: Array, *, count: int | None = None) -> NDArray[np.intp]:
    """A group number for each message, from 0.

    With no number given, groups are joined as long as their messages are alike on average (average
    linkage): how many there are follows from the messages. With a number, Ward's method (1963)
    makes so many, which are then of more equal size.

    Args:
        vectors: (messages, dimensions) unit vectors, `MOST` at most.
        count: how many groups.
    """
    if len(vectors) < 2:
        return np.zeros(len(vectors), dtype=np.intp)
    rows = np.asarray(vectors, dtype=np.float64)
    if count is not None:
        found = fcluster(linkage(rows, "ward"), count, "maxclust")
    else:
        distances = np.clip(pdist(rows, "sqeuclidean") / 2, 0, 2)  # of unit vectors: 1 - cosine
        found = fcluster(linkage(distances, "average"), DISTANCE, "distance")
    numbers: NDArray[np.intp] = np.unique(found, return_inverse=True)[1].astype(np.intp)
    return numbers
