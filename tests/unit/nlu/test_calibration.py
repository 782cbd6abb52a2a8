"""Scores become numbers that mean what they say."""

from __future__ import annotations

import numpy as np
import pytest

from bot.nlu.calibration import fit_sharpness, log_loss, softmax, unusual


@pytest.mark.parametrize("true", [1.5, 4.0, 20.0])
def test_the_sharpness_that_made_the_labels_is_found(true: float) -> None:
    random = np.random.default_rng(1)
    scores = random.normal(size=(4000, 4)) * 0.5
    shares = softmax(true * scores)
    right = np.array([random.choice(4, p=row) for row in shares])
    assert fit_sharpness(scores, right) == pytest.approx(true, rel=0.15)


def test_the_sharpness_found_has_the_least_loss() -> None:
    random = np.random.default_rng(2)
    scores, right = random.normal(size=(300, 3)), random.integers(0, 3, 300)
    found = fit_sharpness(scores, right)
    assert log_loss(found * scores, right) <= log_loss(2 * found * scores, right)


def test_one_in_twenty_of_the_usual_is_above_95_percent() -> None:
    random = np.random.default_rng(3)
    usual = np.sort(random.normal(size=5000))
    found = unusual(random.normal(size=5000), usual)
    assert (found > 0.95).mean() == pytest.approx(0.05, abs=0.015)
    assert ((found >= 0) & (found < 1)).all()


def test_a_lower_score_is_more_unusual() -> None:
    found = unusual(np.array([-9.0, 0.0, 9.0]), np.linspace(-1, 1, 99))
    assert found.tolist() == sorted(found, reverse=True)
    assert found[0] == pytest.approx(0.99)
    assert found[2] == 0
