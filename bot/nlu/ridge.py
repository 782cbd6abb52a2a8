"""Ridge regression in a kernel's space, with the leave-one-out predictions in closed form.

With few rows it is kernel ridge regression; with many, they are described by their kernel with a
subset of them, the landmarks (Nystroem's method: Williams and Seeger, 2001). What a model without
one row would have said of that row follows from the solution itself (Allen's PRESS; Rifkin and
Lippert, "Notes on regularized least squares", 2007), so nothing is trained twice to be calibrated.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, cholesky, solve_triangular

Array = NDArray[Any]

_JITTER = 1e-3
"""Added to the landmarks' own kernel: equal sentences make it singular in single precision."""
_CERTAIN = 1 - 1e-4
"""Most that a row may speak for itself, so that leaving it out stays defined."""
_BLOCK = 1024
"""Columns of an inverse that are computed at once."""


@dataclass(frozen=True)
class Fitted:
    """A solution.

    Attributes:
        coefficients: (landmarks, targets); a text's scores are its kernel with the landmarks times
            these.
        left_out: (rows, targets): scores of each row by a model that had not seen it.
    """

    coefficients: Array
    left_out: Array


def fit_ridge(kernel: Array, landmarks: Array, targets: Array, strength: float) -> Fitted:
    """Least squares with a penalty on the length of the solution.

    Args:
        kernel: (rows, landmarks) kernel values; overwritten.
        landmarks: (landmarks,) which rows the columns of `kernel` are, ascending.
        targets: (rows, targets).
        strength: the penalty's weight, above 0.
    """
    targets = targets.astype(np.float32)
    if len(landmarks) == len(kernel):
        return _exact(kernel, targets, strength)
    return _by_landmarks(kernel, landmarks, targets, strength)


def _exact(kernel: Array, targets: Array, strength: float) -> Fitted:
    kernel[np.diag_indices_from(kernel)] += strength
    root = cholesky(kernel.T, lower=True, overwrite_a=True, check_finite=False)
    coefficients = cho_solve((root, True), targets, check_finite=False)
    return Fitted(coefficients, targets - coefficients / _inverse_diagonal(root)[:, None])


def _inverse_diagonal(root: Array) -> Array:
    """Diagonal (rows,) of the inverse of a matrix, by its lower Cholesky root (rows, rows)."""
    # LAPACK's strtri would do, but in SciPy's OpenBLAS it ends the process where the number of rows
    # is odd, one thread computes, and the processor is none that OpenBLAS knows.
    rows = len(root)
    found = np.empty(rows, dtype=root.dtype)
    for start in range(0, rows, _BLOCK):
        width = min(_BLOCK, rows - start)
        columns = np.eye(rows - start, width, dtype=root.dtype, order="F")
        tail = np.asfortranarray(root[start:, start:])
        inside = solve_triangular(tail, columns, lower=True, overwrite_b=True, check_finite=False)
        found[start : start + width] = np.einsum("ij,ij->j", inside, inside)
    return found


def _by_landmarks(kernel: Array, landmarks: Array, targets: Array, strength: float) -> Fitted:
    own = kernel[landmarks]
    own[np.diag_indices_from(own)] += _JITTER
    root = cholesky(own, lower=True, overwrite_a=True, check_finite=False)
    rows = solve_triangular(root, kernel.T, lower=True, check_finite=False)
    gram = rows @ rows.T
    gram[np.diag_indices_from(gram)] += strength
    factor = cho_factor(gram, lower=True, overwrite_a=True, check_finite=False)
    weights = cho_solve(factor, rows @ targets, check_finite=False)
    errors = targets - rows.T @ weights
    inside = solve_triangular(factor[0], rows, lower=True, overwrite_b=True, check_finite=False)
    leverage = np.minimum(np.einsum("ij,ij->j", inside, inside), _CERTAIN)
    coefficients = solve_triangular(root, weights, lower=True, trans="T", check_finite=False)
    return Fitted(coefficients, targets - errors / (1 - leverage)[:, None])
