"""Scores become numbers that mean what they say."""

from __future__ import annotations

import numpy as np
import pytest

from bot.nlu.calibration import Link, brier, fit_link, log_loss, unusual


@pytest.mark.parametrize("true", [Link(1.0, 0.02), Link(3.0, 0.03), Link(6.0, 0.1)])
def test_the_link_that_made_the_labels_is_found(true: Link) -> None:
    random = np.random.default_rng(1)
    scores = random.dirichlet([0.5] * 4, size=8000)
    right = np.array([random.choice(4, p=row) for row in true.shares(scores)])
    found = fit_link(scores, right)
    assert found.power == pytest.approx(true.power, rel=0.2)
    assert np.abs(found.shares(scores) - true.shares(scores)).mean() < 0.01


def test_the_link_found_has_the_least_loss() -> None:
    random = np.random.default_rng(2)
    scores, right = random.normal(size=(300, 3)), random.integers(0, 3, 300)
    found = fit_link(scores, right)
    sharper = Link(2 * found.power, found.floor)
    assert log_loss(found.logits(scores), right) <= log_loss(sharper.logits(scores), right)


def test_scores_below_zero_are_all_as_unlikely_and_shares_sum_to_one() -> None:
    shares = Link(3.0, 0.03).shares(np.array([[-1.0, -0.2, 0.8], [-3.0, -2.0, -1.0]]))
    assert shares[0, 0] == shares[0, 1] < 0.01
    assert shares[1] == pytest.approx([1 / 3] * 3)
    assert shares.sum(axis=1) == pytest.approx(1.0)


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


def test_the_brier_score_is_0_for_the_truth_and_2_for_its_opposite() -> None:
    shares = np.array([[1.0, 0.0], [0.0, 1.0], [0.5, 0.5]])
    assert brier(shares[:1], np.array([0])) == 0
    assert brier(shares[:1], np.array([1])) == 2
    assert brier(shares, np.array([0, 1, 1])) == pytest.approx(0.5 / 3)
