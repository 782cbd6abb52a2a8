"""Numbers that mean what they say: scores to probabilities, and how unusual a score is."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

Array = NDArray[Any]

_SHARPEST, _DULLEST = 100.0, 0.5


def softmax(scores: Array) -> Array:
    """Shares (rows, classes) that sum to 1."""
    exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: Array = exponents / exponents.sum(axis=1, keepdims=True)
    return shares


def log_loss(scores: Array, right: Array) -> float:
    """Mean surprise at the right classes, in nats; a few examples leave some doubt.

    Their targets are less than 1, as in Platt's scaling (1999): ten that are all right do not make
    sure of the eleventh.

    Args:
        scores: (rows, classes), before the softmax.
        right: (rows,) column of each row's class.
    """
    logs = np.log(np.maximum(softmax(scores), 1e-12))
    hits = logs[np.arange(len(right)), right]
    doubt = 1 / (len(right) + 2)
    others = (logs.sum(axis=1) - hits) / max(1, scores.shape[1] - 1)
    return float(-((1 - doubt) * hits + doubt * others).mean())


def fit_sharpness(scores: Array, right: Array) -> float:
    """The factor for scores whose softmax is closest to how often they are right.

    Temperature scaling (Guo et al., 2017), on scores of rows that the model had not seen.
    """
    found = minimize_scalar(
        lambda log: log_loss(np.exp(log) * scores, right),
        bounds=(np.log(_DULLEST), np.log(_SHARPEST)),
        method="bounded",
        options={"xatol": 1e-2},
    )
    return float(np.exp(found.x))


def unusual(scores: Array, usual: Array) -> Array:
    """Share of the usual scores that are higher: 0 for a common one, near 1 for a foreign one.

    One less the p-value of conformal prediction (Vovk et al., 2005): of what is like the usual,
    one in twenty is above .95.

    Args:
        scores: (rows,).
        usual: (examples,) ascending, of examples that the model had not seen.
    """
    lower = np.searchsorted(usual, scores, side="right")
    shares: Array = 1 - (lower + 1) / (len(usual) + 1)
    return shares
