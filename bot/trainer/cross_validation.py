"""Cross-validated accuracy of the pipeline's classifier, without Rasa."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline, make_union

from bot.trainer.examples import Example

FOLDS = 4
SEED = 42


@dataclass(frozen=True)
class Accuracy:
    """Share of examples whose intent was predicted by a model that had not seen them."""

    overall: float
    by_language: dict[str, float]


def cross_validate(
    examples: Sequence[Example], *, folds: int = FOLDS, progress: Callable[[str], None]
) -> Accuracy:
    """Trains on all folds but one and predicts that one, in turn.

    Args:
        progress: told before each fold.
    """
    texts = np.array([example.text for example in examples], dtype=object)
    intents = np.array([example.intent for example in examples])
    languages = np.array([example.language for example in examples])
    right = np.zeros(len(examples), dtype=bool)
    splits = StratifiedKFold(folds, shuffle=True, random_state=SEED).split(texts, intents)
    for number, (train, test) in enumerate(splits, start=1):
        progress(f"Cross-validation, part {number} of {folds}")
        model = classifier().fit(texts[train], intents[train])
        right[test] = model.predict(texts[test]) == intents[test]
    return Accuracy(
        overall=float(right.mean()),
        by_language={
            str(lang): float(right[languages == lang].mean()) for lang in np.unique(languages)
        },
    )


def classifier() -> Pipeline:
    """The same features and classifier as `config.yml` has, in plain scikit-learn."""
    return make_pipeline(
        make_union(
            CountVectorizer(token_pattern=r"(?u)\b\w+\b"),  # noqa: S106 (no password)
            CountVectorizer(analyzer="char_wb", ngram_range=(1, 4)),
        ),
        LogisticRegression(
            solver="lbfgs",
            max_iter=100,
            class_weight="balanced",
            tol=1e-4,
            random_state=SEED,
        ),
    )
