"""How many labels an order saves is read off learning curves."""

from __future__ import annotations

import math

import pytest

from tests.bench.active_learning import Curve, needed, render, saved

OURS = [Curve([100, 200, 300], [0.5, 0.7, 0.8]), Curve([100, 200, 300], [0.5, 0.8, 0.9])]
RANDOM = [Curve([100, 300, 600], [0.5, 0.7, 0.85]), Curve([100, 300, 600], [0.5, 0.65, 0.85])]


def test_labels_are_found_between_two_rounds() -> None:
    assert needed(OURS[0], 0.6) == pytest.approx(150)
    assert needed(Curve([100, 200, 300], [0.5, 0.8, 0.7]), 0.8) == pytest.approx(200)


def test_an_accuracy_that_is_never_reached_needs_infinitely_many() -> None:
    assert needed(OURS[0], 0.85) == math.inf


def test_each_start_is_held_against_its_own_random_labels() -> None:
    first, last = saved(OURS, RANDOM)
    assert first.enough == pytest.approx([200, 150])
    assert first.of_all() == pytest.approx([2 / 3, 1 / 2])
    assert first.of_asked(100) == pytest.approx([1 / 2, 1 / 4])
    assert list(last.enough) == [math.inf, pytest.approx(250)]


def test_the_table_has_median_and_range() -> None:
    lines = render({"shop": {"ours": OURS, "random": RANDOM}}).splitlines()
    assert "| 200 | 75.0% |  |" in lines
    assert "| 67.5% | 300 | 175 | 0.58 (0.50 to 0.67) | 0.38 (0.25 to 0.50) |" in lines
    assert "| 85.0% | 600 | over 300 | more (0.42 to more) | more (0.30 to more) |" in lines
