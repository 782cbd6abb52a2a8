"""What a classifier makes of a message without what is not wanted; arithmetic on few intents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.nlu.negation import NegationFinder
from bot.nlu.negation_aware import SURE, NegationAware
from bot.nlu.phrases import load_phrases

INTENTS = ("cancel_order", "change_delivery_address", "deny", "greet", "order_status", "rephrase")
FINDER = NegationFinder(load_phrases(Path("data/lookups/negation.yml")))


class ByWords:
    """Hears the first of these words, as surely as it says; else nothing in particular."""

    said = (
        ("asked", "rephrase", 0.9),
        ("ship", "cancel_order", 0.9),
        ("cancel", "cancel_order", 0.9),
        ("address", "change_delivery_address", 0.7),
        ("hi", "greet", 0.9),
        ("where", "order_status", 0.25),
    )

    def __init__(self, intents: Sequence[str] = INTENTS) -> None:
        self.classes_: NDArray[Any] = np.array(intents)

    def predict_proba(self, texts: Sequence[str]) -> NDArray[Any]:
        return np.array([self._row(text) for text in texts])

    def out_of_scope(self, texts: Sequence[str]) -> NDArray[Any]:
        return np.zeros(len(texts))

    def _row(self, text: str) -> NDArray[Any]:
        others = len(self.classes_) - 1
        for word, intent, share in self.said:
            if word in text and not (word == "ship" and "don't" not in text):
                return np.where(self.classes_ == intent, share, (1 - share) / others)
        return np.full(len(self.classes_), 1 / len(self.classes_))


@pytest.fixture
def aware() -> NegationAware:
    return NegationAware(ByWords(), FINDER)


def likeliest(aware: NegationAware, text: str) -> tuple[str, float]:
    row = aware.predict_proba([text])[0]
    assert row.sum() <= 1 + 1e-6
    return str(aware.classes_[row.argmax()]), round(float(row.max()), 2)


@pytest.mark.parametrize("text", ["I don't want to cancel", "hi, please don't cancel it"])
def test_where_nothing_is_left_nothing_is_wanted(aware: NegationAware, text: str) -> None:
    intent, share = likeliest(aware, text)
    assert intent == "deny" and share >= SURE
    heard = aware.hear(text, ByWords().predict_proba([text])[0])
    assert heard is not None and heard.only and heard.negated == ("cancel_order",)


def test_what_is_left_is_what_is_wanted(aware: NegationAware) -> None:
    text = "I don't want to cancel, just change the address"
    heard = aware.hear(text, ByWords().predict_proba([text])[0])
    assert heard is not None and not heard.only
    # .7 of what is left, .02 of the whole message, of which .1 is not about cancelling
    assert likeliest(aware, text) == ("change_delivery_address", round((0.7 + 0.02) / 1.1, 2))
    assert heard.shares[0] == 0  # "Did you mean" does not offer what is not wanted
    assert len(heard.rest) == len(text)


def test_one_may_refuse_and_want_the_same_of_two_things(aware: NegationAware) -> None:
    assert likeliest(aware, "don't cancel NL-1, but cancel NL-2")[0] == "cancel_order"


def test_a_question_that_is_left_is_asked_about_however_unclear(aware: NegationAware) -> None:
    text = "I don't want to cancel. And where now?"
    assert likeliest(aware, text)[0] == "order_status"
    assert likeliest(aware, "I don't want to cancel. And where now.")[0] == "deny"


def test_a_not_that_the_classifier_has_learned_stays(aware: NegationAware) -> None:
    assert aware.hear("don't ship it", ByWords().predict_proba(["don't ship it"])[0]) is None
    assert likeliest(aware, "don't ship it") == ("cancel_order", 0.9)


def test_a_message_about_the_answer_stays_whole(aware: NegationAware) -> None:
    assert likeliest(aware, "I never asked to cancel")[0] == "rephrase"


def test_other_messages_are_as_the_model_says(aware: NegationAware) -> None:
    texts = ["cancel it", "hi", "", "where"]
    assert np.array_equal(aware.predict_proba(texts), ByWords().predict_proba(texts))
    assert aware.out_of_scope(texts).tolist() == [0, 0, 0, 0]


def test_without_an_intent_for_it_no_intent_is_likely() -> None:
    aware = NegationAware(ByWords(INTENTS[:2]), FINDER)
    assert likeliest(aware, "I don't want to cancel")[1] == 0.5
