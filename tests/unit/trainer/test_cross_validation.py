"""Predictions for examples that the model has not seen."""

from __future__ import annotations

import numpy as np

from bot.trainer.cross_validation import cross_validate, predict_unseen
from bot.trainer.examples import Example

KINDS = {"greet": "hello hi", "order": "parcel order", "refund": "money refund"}
EXAMPLES = [
    Example(f"{words} {number}", intent, "sv" if number % 2 else "en")
    for intent, words in KINDS.items()
    for number in range(8)
]
TEXTS, INTENTS = [e.text for e in EXAMPLES], [e.intent for e in EXAMPLES]


def test_every_example_is_predicted_by_a_model_that_has_not_seen_it() -> None:
    found = predict_unseen(TEXTS, INTENTS)
    assert found.intents.tolist() == sorted(KINDS)
    assert np.allclose(found.shares.sum(axis=1), 1, atol=1e-5)
    assert found.predicted.tolist() == INTENTS
    assert (found.confidence == found.shares.max(axis=1)).all()
    assert ((found.foreignness >= 0) & (found.foreignness <= 1)).all()


def test_the_accuracy_is_told_by_language() -> None:
    measured = cross_validate(EXAMPLES)
    assert measured.overall == 1
    assert measured.by_language == {"en": 1, "sv": 1}


def test_an_intent_with_a_single_example_is_held_back_like_the_others() -> None:
    found = predict_unseen([*TEXTS, "lonely"], [*INTENTS, "only"])
    assert found.intents.tolist() == ["greet", "only", "order", "refund"]
    assert found.predicted[-1] != "only"


def test_some_predictions_can_be_taken_out() -> None:
    found = predict_unseen(TEXTS, INTENTS)
    assert found.of([0, 9]).predicted.tolist() == ["greet", "order"]
