"""Accuracy, F1, confusions and thresholds: arithmetic on a few rows."""

from __future__ import annotations

import numpy as np
import pytest

from bot.trainer.cross_validation import Predictions, cross_validate, predict_unseen
from bot.trainer.examples import Example
from bot.trainer.measures import Confusion, accuracy, by_intent, confusions, macro_f1
from bot.trainer.thresholds import choices

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


def test_thresholds_keep_and_let_through_what_they_should() -> None:
    found = Predictions(
        intents=np.array(["a", "b", "out_of_scope"]),
        shares=np.array(
            [
                [0.9, 0.1, 0.0],  # right and sure
                [0.4, 0.35, 0.25],  # right, the second near
                [0.3, 0.6, 0.1],  # wrong
                [0.5, 0.1, 0.4],  # out of scope, taken for a
                [0.1, 0.1, 0.8],  # out of scope, known as such: never acted on
            ]
        ),
        right=np.array(["a", "a", "a", "out_of_scope", "out_of_scope"]),
    )
    everything, without_near, sure = (
        choices(found, [threshold], [ambiguity])[0]
        for threshold, ambiguity in ((0.0, 0.0), (0.0, 0.1), (0.7, 0.0))
    )
    assert (everything.right_kept, everything.wrong_let, everything.foreign_let) == (1, 1, 0.5)
    assert everything.answered == pytest.approx(4 / 5)
    assert everything.accuracy == pytest.approx(2 / 4)
    assert (without_near.right_kept, without_near.wrong_let) == (0.5, 1)
    assert (sure.right_kept, sure.wrong_let, sure.foreign_let, sure.accuracy) == (0.5, 0, 0, 1)


def test_cross_validation_predicts_every_example_by_a_model_that_has_not_seen_it() -> None:
    kinds = {"greet": "hello hi", "order": "parcel order", "refund": "money refund"}
    examples = [
        Example(f"{words} {number}", intent, "sv" if number % 2 else "en")
        for intent, words in kinds.items()
        for number in range(8)
    ]
    told: list[str] = []
    found = predict_unseen(examples, folds=4, progress=told.append)
    assert len(told) == 4
    assert found.intents.tolist() == sorted(kinds)
    assert np.allclose(found.shares.sum(axis=1), 1, atol=1e-5)
    measured = cross_validate(examples, folds=4, progress=told.append)
    assert measured.overall == 1
    assert measured.by_language == {"en": 1, "sv": 1}
