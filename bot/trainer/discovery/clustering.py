"""Messages that mean the same, found without labels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

Array = NDArray[Any]

APART = 0.25
"""How much less alike than neighbours the messages of two groups may be, on average, to be joined:
a difference of cosines. Chosen with `NEIGHBOURS` on Svara's own examples; docs/discovery.md."""
LEAST_ALIKE = 0.4
"""Mean cosine that a message's neighbours count as at least. What has no neighbours to speak of
would otherwise be as good as alike to everything. Chosen as `APART`."""
SURELY = 0.175
"""As `APART`, of one message and the others of its group: from here on it may well mean something
else. On Svara's own examples it keeps .8 of what is right and leaves out .4 of what is not."""
MOST = 5_000
"""Messages that can be grouped: the work grows with their square."""
NEIGHBOURS = 1 / 3
"""Times the square root of the number of messages: how many nearest ones are neighbours."""
_LEAST_NEIGHBOURS = 3


def groups(
    vectors: Array, languages: Sequence[str] | None = None, *, count: int | None = None
) -> NDArray[np.intp]:
    """A group number for each message, from 0.

    With no number given, groups are joined as long as their messages are alike on average (average
    linkage), and how many there are follows from the messages. What is alike is not the same
    everywhere: a message among many that say nearly the same has near neighbours, one about the
    wide world has none. So the cosine of two messages is held against that of each to its own
    neighbours (cross-domain similarity local scaling: Conneau and others, 2018, "Word translation
    without parallel data"). Neighbours are of a message's own language; by how much messages of two
    languages are less alike than those of one is measured, and taken off.

    With a number, Ward's method (1963) makes so many, which are then of more equal size.

    Args:
        vectors: (messages, dimensions) unit vectors, `MOST` at most.
        languages: code of each message's; default all the same.
        count: how many groups.
    """
    if count is None:
        return groups_by(how_apart(vectors, languages or [""] * len(vectors)))
    if len(vectors) < 2:
        return np.zeros(len(vectors), dtype=np.intp)
    rows = np.asarray(vectors, dtype=np.float64)
    return _numbered(fcluster(linkage(rows, "ward"), count, "maxclust"))


def groups_by(apart: Array) -> NDArray[np.intp]:
    """As `groups` with no number given, by what `how_apart` says of the messages."""
    if len(apart) < 2:
        return np.zeros(len(apart), dtype=np.intp)
    # one is added, so that those that are more alike than neighbours have a distance too
    distances = 1 + apart
    np.fill_diagonal(distances, 0)
    tree = linkage(squareform(distances, checks=False), "average")
    return _numbered(fcluster(tree, 1 + APART, "distance"))


def _numbered(found: Array) -> NDArray[np.intp]:
    numbers: NDArray[np.intp] = np.unique(found, return_inverse=True)[1].astype(np.intp)
    return numbers


def doubtful(apart: Array, numbers: Array) -> NDArray[np.bool_]:
    """Which messages (messages,) are less like the others of their group than `SURELY`.

    The two that are most like the others are not: a group is two messages at least.

    Args:
        apart: what `how_apart` says of the messages.
        numbers: (messages,) of their groups.
    """
    found = np.zeros(len(numbers), dtype=bool)
    for number in np.unique(numbers):
        places = np.flatnonzero(numbers == number)
        if len(places) > 2:
            among = apart[np.ix_(places, places)]
            own = (among.sum(axis=1) - among.diagonal()) / (len(places) - 1)
            found[places] = own > SURELY
            found[places[np.argsort(own, kind="stable")[:2]]] = False
    return found


def neighbourhood(vectors: Array, languages: Sequence[str], count: int) -> Array:
    """Mean cosine (messages,) of each message with its nearest others of the same language,
    `LEAST_ALIKE` at least.

    Args:
        vectors: (messages, dimensions) unit vectors.
        languages: code of each message's.
        count: how many are looked at, `neighbours` of the messages to be grouped.
    """
    found = np.zeros(len(vectors), dtype=np.float32)
    for places in _by_language(languages).values():
        rows = np.asarray(vectors[places], dtype=np.float32)
        cosines = rows @ rows.T
        np.fill_diagonal(cosines, -np.inf)
        found[places] = _mean_of_nearest(cosines, count)
    return found


def neighbours(messages: int) -> int:
    """How many are looked at among so many messages."""
    return max(_LEAST_NEIGHBOURS, round(NEIGHBOURS * math.sqrt(messages)))


def how_apart(vectors: Array, languages: Sequence[str]) -> Array:
    """How much less alike than neighbours each two messages are (messages, messages).

    Args:
        vectors: (messages, dimensions) unit vectors, `MOST` at most.
        languages: code of each message's.
    """
    if len(vectors) < 2:
        return np.zeros((len(vectors), len(vectors)), dtype=np.float32)
    rows = np.asarray(vectors, dtype=np.float32)
    count = neighbours(len(rows))
    cosines = rows @ rows.T
    np.fill_diagonal(cosines, -np.inf)
    by_language = _by_language(languages)
    near = {
        language: _mean_of_nearest(cosines[:, places], count)
        for language, places in by_language.items()
    }
    own = np.zeros(len(rows), dtype=np.float32)
    for language, places in by_language.items():
        own[places] = near[language][places]
    np.fill_diagonal(cosines, 1)
    apart: Array = (own[:, None] + own[None]) / 2 - cosines
    for one, those in by_language.items():
        for other, these in by_language.items():
            if one < other:
                # In both directions: that one language has more messages than the other, and so
                # nearer neighbours, counts once for and once against.
                here = float(near[one][those].mean()) - float(near[other][those].mean())
                there = float(near[other][these].mean()) - float(near[one][these].mean())
                gap = (here + there) / 2
                apart[np.ix_(those, these)] -= gap
                apart[np.ix_(these, those)] -= gap
    return apart


def _by_language(languages: Sequence[str]) -> dict[str, NDArray[np.intp]]:
    codes = np.asarray(languages, dtype=str)
    return {str(code): np.flatnonzero(codes == code) for code in np.unique(codes)}


def _mean_of_nearest(cosines: Array, count: int) -> Array:
    """Of each row's largest (rows,); what is minus infinity is the row itself."""
    count = min(count, max(1, cosines.shape[1] - 1))
    nearest = np.partition(cosines, -count, axis=1)[:, -count:]
    means = np.where(np.isfinite(nearest), nearest, 0).mean(axis=1)
    return np.asarray(np.maximum(means, LEAST_ALIKE))
