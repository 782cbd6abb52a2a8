"""The meaning of sentences, with less of what does not tell one intent from another."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh
from sklearn.covariance import shrunk_covariance

from bot.nlu.vectors import unit

Array = NDArray[Any]

SHRINKAGE = 0.8
"""Share of what is the same in all directions in the covariance: there are fewer examples than
directions, and what does not matter to these intents may matter to one that is not there yet."""


def whiten(vectors: Array, examples: Array, intents: Sequence[str]) -> Array:
    """Sentences' vectors in which what differs among examples of the same intent counts less.

    An encoder knows how sentences differ, but not what of it matters here: examples of one intent
    differ in politeness, length, language and in what they name. Each direction is divided by how
    much they do (within-class covariance normalization: Hatch, Kajarekar and Stolcke, 2006,
    "Within-class covariance normalization for SVM-based speaker recognition"), so that the nearest
    sentences have the same intent more often.

    Args:
        vectors: (n, d) of the sentences.
        examples: (m, d) of sentences whose intents are known, made in the same way.
        intents: m of them.

    Returns:
        (n, d) unit vectors; as they are when no intent has two examples.

    Raises:
        ValueError: there are not as many intents as examples.
    """
    if len(intents) != len(examples):
        raise ValueError(f"there are {len(intents)} intents of {len(examples)} examples")
    within = _within(examples, intents)
    if not within.any():
        return vectors
    spreads, directions = eigh(shrunk_covariance(within, SHRINKAGE))
    return unit(vectors @ (directions / np.sqrt(spreads)).astype(vectors.dtype))


def _within(examples: Array, intents: Sequence[str]) -> Array:
    """How the examples of an intent differ from their mean: the covariance (d, d) of all."""
    names, which, sizes = np.unique(
        np.asarray(intents, dtype=str), return_inverse=True, return_counts=True
    )
    means = np.zeros((len(names), examples.shape[1]))
    np.add.at(means, which, examples)
    apart = examples - (means / sizes[:, None])[which]
    covariance: Array = apart.T @ apart / max(len(examples) - len(names), 1)
    return covariance
