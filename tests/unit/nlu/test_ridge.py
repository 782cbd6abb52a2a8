"""Ridge regression: the closed forms are what training without a row gives."""

from __future__ import annotations

import numpy as np
import pytest

from bot.nlu.ridge import fit_ridge

RANDOM = np.random.default_rng(0)
POINTS = RANDOM.normal(size=(40, 5)).astype(np.float32)
TARGETS = RANDOM.normal(size=(40, 3)).astype(np.float32)


def kernel(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    apart = ((rows[:, None] - columns[None]) ** 2).sum(axis=2)
    return np.exp(-apart / 4).astype(np.float32)


def test_it_solves_kernel_ridge_regression() -> None:
    own = kernel(POINTS, POINTS)
    fitted = fit_ridge(own.copy(), np.arange(40), TARGETS, 0.3)
    expected = np.linalg.solve(own + 0.3 * np.eye(40), TARGETS)
    assert np.allclose(fitted.coefficients, expected, atol=1e-4)


@pytest.mark.parametrize("row", [0, 17, 39])
def test_a_row_left_out_is_predicted_as_without_it(row: int) -> None:
    fitted = fit_ridge(kernel(POINTS, POINTS), np.arange(40), TARGETS, 0.3)
    others = np.delete(np.arange(40), row)
    there = POINTS[others]
    alone = np.linalg.solve(kernel(there, there) + 0.3 * np.eye(39), TARGETS[others])
    expected = kernel(POINTS[[row]], there) @ alone
    assert np.allclose(fitted.left_out[row], expected[0], atol=1e-3)


def test_with_landmarks_it_predicts_nearly_the_same() -> None:
    landmarks = np.arange(0, 40, 2)
    fitted = fit_ridge(kernel(POINTS, POINTS[landmarks]), landmarks, TARGETS, 0.3)
    whole = fit_ridge(kernel(POINTS, POINTS), np.arange(40), TARGETS, 0.3)
    near = kernel(POINTS, POINTS[landmarks]) @ fitted.coefficients
    exact = kernel(POINTS, POINTS) @ whole.coefficients
    assert np.corrcoef(near.ravel(), exact.ravel())[0, 1] > 0.9


def test_with_landmarks_a_row_left_out_is_predicted_as_without_it() -> None:
    landmarks = np.arange(10)
    columns = kernel(POINTS, POINTS[landmarks])
    fitted = fit_ridge(columns.copy(), landmarks, TARGETS, 0.3)
    kept = np.delete(np.arange(40), 30)
    own = columns[landmarks] + 1e-3 * np.eye(10)
    some = columns[kept]
    weights = np.linalg.solve(some.T @ some + 0.3 * own, some.T @ TARGETS[kept])
    assert np.allclose(fitted.left_out[30], columns[30] @ weights, atol=1e-3)
