"""Cross-validation of the classifier, without Rasa."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.model_selection import StratifiedKFold

from bot.nlu.classifier import IntentClassifier
from bot.trainer.examples import Example

FOLDS = 4
SEED = 42


@dataclass(frozen=True)
class Accuracy:
    """Share of examples whose intent was predicted by a model that had not seen them."""

    overall: float
    by_language: dict[str, float]


@dataclass(frozen=True)
class Predictions:
    """What models said of examples that they had not seen.

    Attributes:
        intents: the columns of `shares`.
        shares: probability of each intent, a row for each example.
        right: intent of each example, as its author labelled it.
    """

    intents: NDArray[Any]
    shares: NDArray[Any]
    right: NDArray[Any]


def predict_unseen(
    examples: Sequence[Example], *, folds: int = FOLDS, progress: Callable[[str], None]
) -> Predictions:
    """Trains on all folds but one and predicts that one, in turn.

    Args:
        progress: told before each fold.
    """
    texts = np.array([example.text for example in examples], dtype=object)
    right = np.array([example.intent for example in examples])
    intents = np.unique(right)
    shares = np.zeros((len(texts), len(intents)))
    splits = StratifiedKFold(folds, shuffle=True, random_state=SEED).split(texts, right)
    for number, (train, test) in enumerate(splits, start=1):
        progress(f"Cross-validation, part {number} of {folds}")
        model = IntentClassifier().fit(texts[train], right[train])
        columns = np.searchsorted(intents, model.classes_)
        shares[np.ix_(test, columns)] = model.predict_proba(texts[test])
    return Predictions(intents, shares, right)


def cross_validate(
    examples: Sequence[Example], *, folds: int = FOLDS, progress: Callable[[str], None]
) -> Accuracy:
    """The accuracy on examples that the model had not seen.

    Args:
        progress: told before each fold.
    """
    found = predict_unseen(examples, folds=folds, progress=progress)
    right = found.intents[found.shares.argmax(axis=1)] == found.right
    languages = np.array([example.language for example in examples])
    return Accuracy(
        overall=float(right.mean()),
        by_language={
            str(lang): float(right[languages == lang].mean()) for lang in np.unique(languages)
        },
    )
