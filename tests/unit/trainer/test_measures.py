"""Accuracy, F1, confusions, calibration, out of scope: arithmetic on a few rows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.trainer.measures import (
    Confusion,
    accuracy,
    by_intent,
    calibration_error,
    confusions,
    coverage_limit,
    macro_f1,
    recall_at_coverage,
    score,
)

RIGHT = ["a", "a", "a", "b", "b", "c"]
SAID = ["a", "a", "b", "b", "b", "a"]
TEXTS = ["1", "2", "3", "4", "5", "6"]


def test_accuracy_is_the_share_that_is_right() -> None:
    assert accuracy(RIGHT, SAID) == pytest.approx(4 / 6)
    assert accuracy([], []) == 0


def test_each_intent_has_its_precision_recall_and_f1() -> None:
    a, b, c = by_intent(RIGHT, SAID)
    assert (a.intent, a.support) == ("a", 3)
    assert (a.precision, a.recall) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert (b.precision, b.recall, b.f1) == (pytest.approx(2 / 3), 1, pytest.approx(0.8))
    assert (c.precision, c.recall, c.f1, c.support) == (0, 0, 0, 1)


def test_macro_f1_counts_each_intent_the_same() -> None:
    assert macro_f1(by_intent(RIGHT, SAID)) == pytest.approx((2 / 3 + 0.8 + 0) / 3)
    assert macro_f1([]) == 0


def test_confusions_come_with_their_texts_the_most_frequent_first() -> None:
    texts = [str(n) for n in range(9)]
    right, said = ["a"] * 7 + ["b", "b"], ["b"] * 7 + ["b", "a"]
    assert confusions(texts, right, said) == [
        Confusion("a", "b", 7, ("0", "1", "2", "3", "4")),
        Confusion("b", "a", 1, ("8",)),
    ]


def test_calibration_error_is_the_distance_between_confidence_and_accuracy() -> None:
    confidence = np.array([0.9, 0.9, 0.9, 0.9, 0.6, 0.6])
    right = np.array([True, True, True, False, True, False])
    # a bin of four at 0.9 with 0.75 right, a bin of two at 0.6 with 0.5 right
    assert calibration_error(confidence, right) == pytest.approx((4 * 0.15 + 2 * 0.1) / 6)
    assert calibration_error(confidence, right, bins=1) == pytest.approx(0.8 - 4 / 6)


def test_a_confidence_on_the_border_of_two_bins_belongs_to_the_lower() -> None:
    confidence, right = np.array([0.5, 0.500001, 0.0, 1.0]), np.array([True, False, False, True])
    errors = [0.5, 0.500001, 0.0, 0.0]
    lower, upper = errors[0], errors[1]
    assert calibration_error(confidence, right, bins=2) == pytest.approx((lower + upper) / 4)


def test_adaptive_bins_hold_equally_many() -> None:
    confidence = np.array([0.99, 0.98, 0.97, 0.96])
    right = np.array([True, True, False, False])
    equal_width = calibration_error(confidence, right, bins=2)
    assert equal_width == pytest.approx(0.975 - 0.5)
    adaptive = calibration_error(confidence, right, bins=2, adaptive=True)
    assert adaptive == pytest.approx((0.015 + 0.965) / 2)
    assert calibration_error(np.array([]), np.array([], dtype=bool)) is None


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60))
def test_a_calibration_error_is_a_share(rows: list[tuple[float, bool]]) -> None:
    confidence, right = (np.array(column) for column in zip(*rows, strict=True))
    for adaptive in (False, True):
        error = calibration_error(confidence, right.astype(bool), adaptive=adaptive)
        assert error is not None
        assert 0 <= error <= 1 + 1e-9


def test_recall_at_coverage_keeps_as_much_as_it_says() -> None:
    scores = np.array([0.1] * 19 + [0.8] + [0.05, 0.5, 0.9])
    foreign = np.array([False] * 20 + [True] * 3)
    assert coverage_limit(scores[:20]) == 0.1
    assert recall_at_coverage(foreign, scores) == pytest.approx(2 / 3)
    assert recall_at_coverage(foreign, scores, coverage=1.0) == pytest.approx(1 / 3)


def test_scores_tell_what_is_in_scope_from_what_is_not() -> None:
    scores = score(
        ["a", "a", "b", "oos", "oos"],
        ["a", "b", "b", "oos", "a"],
        np.array([0.9, 0.6, 0.8, 0.7, 0.4]),
        np.array([0.1, 0.4, 0.2, 0.9, 0.3]),
        "oos",
    )
    assert (scores.sentences, scores.in_scope) == (5, 3)
    assert scores.accuracy == pytest.approx(3 / 5)
    assert scores.in_scope_accuracy == pytest.approx(2 / 3)
    assert scores.out_of_scope_auroc == pytest.approx(5 / 6)
    assert scores.out_of_scope_recall_at_95_coverage == pytest.approx(1 / 2)
    assert scores.expected_calibration_error == pytest.approx((0.1 + 0.6 + 0.2) / 3)


def test_without_anything_out_of_scope_nothing_is_said_of_it() -> None:
    one = np.array([0.9])
    scores = score(["a"], ["a"], one, one, "oos")
    assert scores.out_of_scope_auroc is None
    assert scores.out_of_scope_recall_at_95_coverage is None
    assert score(["oos"], ["a"], one, one, "oos").in_scope_accuracy is None
