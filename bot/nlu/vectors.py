"""Vectors of texts, whoever made them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
_LEAST = 1e-9
"""A vector of zeros stays one."""


def unit(rows: Array) -> Array:
    """Vectors (..., dimensions) scaled to length 1, of the same precision."""
    scaled: Array = rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), _LEAST)
    return scaled
