"""What the classifier says of examples that it has not seen, without Rasa."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu.classifier import IntentClassifier
from bot.nlu.meaning import encode_kept
from bot.nlu.negation_aware import Understanding
from bot.trainer.examples import Example

SEED = 42
_AT_ONCE = 256
OUT_OF_SCOPE = "out_of_scope"
"""The project's own label of what is out of scope."""


@dataclass(frozen=True)
class Accuracy:
    """Share of examples whose intent was predicted by a model that had not seen them."""

    overall: float
    by_language: dict[str, float]


@dataclass(frozen=True)
class Predictions:
    """What a model said of sentences that it had not seen.

    Attributes:
        intents: the columns of `shares`.
        shares: probability of each intent, a row for each sentence.
        foreignness: out-of-scope score of each sentence, 0 to 1, higher for what is more foreign.
    """

    intents: NDArray[Any]
    shares: NDArray[Any]
    foreignness: NDArray[Any]

    @cached_property
    def predicted(self) -> NDArray[Any]:
        """The likeliest intent of each sentence."""
        best: NDArray[Any] = self.intents[self.shares.argmax(axis=1)]
        return best

    @cached_property
    def confidence(self) -> NDArray[Any]:
        """Its probability."""
        highest: NDArray[Any] = self.shares.max(axis=1)
        return highest

    def of(self, places: Sequence[int]) -> Predictions:
        """Those of some sentences."""
        return Predictions(self.intents, self.shares[places], self.foreignness[places])


def predict(model: Understanding, texts: Sequence[str]) -> Predictions:
    """What a model says of some texts."""
    shares = [
        model.predict_proba(texts[at : at + _AT_ONCE]) for at in range(0, len(texts), _AT_ONCE)
    ]
    foreignness = [
        model.out_of_scope(texts[at : at + _AT_ONCE]) for at in range(0, len(texts), _AT_ONCE)
    ]
    return Predictions(model.classes_, np.concatenate(shares), np.concatenate(foreignness))


def predict_unseen(
    texts: Sequence[str], intents: Sequence[str], *, foreign: str = OUT_OF_SCOPE
) -> Predictions:
    """What is said of each example by a model trained on all the others.

    Args:
        foreign: label of what is out of scope.
    """
    model = IntentClassifier().fit(texts, intents, foreign=foreign, encode=encode_kept)
    return Predictions(model.classes_, model.left_out_, model.left_out_foreignness_)


def cross_validate(examples: Sequence[Example]) -> Accuracy:
    """The accuracy on examples that the model had not seen."""
    intents = [example.intent for example in examples]
    found = predict_unseen([example.text for example in examples], intents)
    right = found.predicted == np.array(intents)
    languages = np.array([example.language for example in examples])
    return Accuracy(
        overall=float(right.mean()),
        by_language={
            str(lang): float(right[languages == lang].mean()) for lang in np.unique(languages)
        },
    )
