"""What a sentence means: a linear model of its words and pieces of words, all languages in one.

The pieces carry compounds, endings and typos, and what Swedish, Danish and Norwegian share.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.errors import NluError

Array = NDArray[Any]

REGULARISATION = 30.0
"""Inverse strength, by cross-validation on the training examples: accuracy and log-loss."""
_ARRAYS, _WORDS = "weights.npz", "features.json"
_KINDS: dict[str, dict[str, Any]] = {
    "words": {"ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"},
    "pieces": {"ngram_range": (2, 4), "analyzer": "char_wb"},
}


class IntentClassifier:
    """Tells which intent a text has.

    One logistic regression an intent against the others, over TF-IDF; the softmax of their scores
    was closer to the share of right answers, in cross-validation, than their own probabilities.

    Attributes:
        classes_: the intents, in the order of the probabilities' columns.
    """

    def __init__(self) -> None:
        self.classes_: Array = np.array([], dtype=str)
        self._features: dict[str, _Features] = {}
        self._bias: Array = np.zeros(0)

    def fit(self, texts: Sequence[str], intents: Sequence[str]) -> IntentClassifier:
        """Learns from examples of three intents at least.

        Raises:
            NluError: there are fewer.
        """
        if len(set(intents)) < 3:
            raise NluError("Examples of at least three intents are needed to train on.")
        found = [(_vectorizer(kind), kind) for kind in _KINDS]
        parts = [vectorizer.fit_transform(texts) for vectorizer, _ in found]
        model = LogisticRegression(C=REGULARISATION, class_weight="balanced", solver="liblinear")
        model.fit(hstack(parts).tocsr(), np.asarray(intents))
        self.classes_ = np.asarray(model.classes_, dtype=str)
        self._bias = model.intercept_.astype(np.float32)
        ends = np.cumsum([part.shape[1] for part in parts])[:-1]
        self._features = {
            kind: _Features(
                kind,
                list(vectorizer.get_feature_names_out()),
                vectorizer.idf_.astype(np.float32),
                np.ascontiguousarray(weights.T, dtype=np.float32),
            )
            for (vectorizer, kind), weights in zip(
                found, np.split(model.coef_, ends, axis=1), strict=True
            )
        }
        return self

    def predict_proba(self, texts: Sequence[str]) -> Array:
        """Probability of each intent, a row for each text."""
        scores = np.array([self._scores(text) for text in texts])
        exponents = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: Array = exponents / exponents.sum(axis=1, keepdims=True)
        return shares

    def predict(self, texts: Sequence[str]) -> Array:
        """The likeliest intent of each text."""
        best: Array = self.classes_[self.predict_proba(texts).argmax(axis=1)]
        return best

    def save(self, folder: Path) -> None:
        """Writes the model into a folder: arrays and JSON, nothing that runs when it is read."""
        arrays = {"bias": self._bias}
        for kind, features in self._features.items():
            arrays |= {f"{kind}_idf": features.idf, f"{kind}_weights": features.weights}
        np.savez_compressed(folder / _ARRAYS, **arrays)
        words = {kind: features.words for kind, features in self._features.items()}
        content = json.dumps({"intents": self.classes_.tolist(), "features": words})
        (folder / _WORDS).write_text(content, encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> IntentClassifier:
        """Reads a model back.

        Raises:
            NluError: it is damaged or was written by another version.
        """
        model = cls()
        try:
            content = json.loads((folder / _WORDS).read_text(encoding="utf-8"))
            model.classes_ = np.array(content["intents"], dtype=str)
            with (folder / _ARRAYS).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                model._bias = arrays["bias"]
                for kind in _KINDS:
                    words, idf = content["features"][kind], arrays[f"{kind}_idf"]
                    weights = arrays[f"{kind}_weights"]
                    if weights.shape != (len(words), len(model.classes_)) or len(idf) != len(words):
                        raise ValueError(f"the parts of '{kind}' do not fit together")
                    model._features[kind] = _Features(kind, words, idf, weights)
        except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
            raise NluError(
                f"The intent classifier cannot be read: {error}. Train a new model."
            ) from error
        return model

    def _scores(self, text: str) -> Array:
        scores: Array = self._bias
        for features in self._features.values():
            scores = scores + features.scores(text)
        return scores


class _Features:
    """One kind of features with its share of the weights, for one text at a time.

    The same numbers as scikit-learn's, without its matrices of one row: ten times as fast.
    """

    def __init__(self, kind: str, words: list[str], idf: Array, weights: Array) -> None:
        self.words, self.idf, self.weights = words, idf, weights
        self._analyze = _vectorizer(kind).build_analyzer()
        self._columns = {word: column for column, word in enumerate(words)}

    def scores(self, text: str) -> Array:
        """What these features say for each intent."""
        known = (self._columns.get(word) for word in self._analyze(text))
        counts = Counter(column for column in known if column is not None)
        columns = np.fromiter(counts, dtype=np.intp, count=len(counts))
        times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values = (1 + np.log(times)) * self.idf[columns]
        length = float(np.sqrt(values @ values)) or 1.0
        said: Array = (values / length) @ self.weights[columns]
        return said


def _vectorizer(kind: str) -> TfidfVectorizer:
    return TfidfVectorizer(sublinear_tf=True, **_KINDS[kind])
