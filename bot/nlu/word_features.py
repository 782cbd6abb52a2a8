"""The words of a text and the pieces of its words, as TF-IDF.

The pieces carry compounds, endings and typos, and what Swedish, Danish and Norwegian share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.feature_extraction.text import TfidfVectorizer

Array = NDArray[Any]

KINDS: dict[str, dict[str, Any]] = {
    "words": {"ngram_range": (1, 2), "token_pattern": r"(?u)\b\w+\b"},
    "pieces": {"ngram_range": (2, 5), "analyzer": "char_wb"},
}
"""Without accents: many write "bestallning" on a foreign keyboard."""
_COMMON, _COMMON_AT_LEAST = 0.1, 50
"""A feature in more than this share of the training texts, and in more than so many of them, is
left out: it tells nothing apart (banking77 left out: .9396 with and without), and most of the work
of comparing all texts with each other is its."""
_BLOCK = 512
MAX_CHARS = 2_000
"""Characters of a text that are looked at; the rest of a mail thread says nothing new."""


class WordFeatures:
    """One kind of features, and what each of them says for each class.

    Args:
        kind: of `KINDS`.
        words: the features, in the order of `idf`.
        idf: (features,) how rare each is.
        weights: (features, classes).
    """

    def __init__(self, kind: str, words: list[str], idf: Array, weights: Array) -> None:
        self.words, self.idf, self.weights = words, idf, weights
        self._analyze = _vectorizer(kind).build_analyzer()
        self._columns = {word: column for column, word in enumerate(words)}

    def scores(self, text: str) -> Array:
        """What these features say for each class: scikit-learn's numbers, ten times as fast."""
        known = (self._columns.get(word) for word in self._analyze(text[:MAX_CHARS]))
        counts = Counter(column for column in known if column is not None)
        columns = np.fromiter(counts, dtype=np.intp, count=len(counts))
        times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values = (1 + np.log(times)) * self.idf[columns]
        length = float(np.sqrt(values @ values)) or 1.0
        said: Array = (values / length) @ self.weights[columns].astype(np.float32)
        return said


class FittedWords:
    """TF-IDF of the training texts, of every kind.

    Args:
        texts: at least one.
    """

    def __init__(self, texts: Sequence[str]) -> None:
        most = max(_COMMON_AT_LEAST, int(_COMMON * len(texts)))
        self._vectorizers = {kind: _vectorizer(kind, most) for kind in KINDS}
        cut = [text[:MAX_CHARS] for text in texts]
        self.rows = {kind: _fit(each, cut) for kind, each in self._vectorizers.items()}

    def kernel(self, rows: Array, landmarks: Array) -> Array:
        """(rows, landmarks) mean over the kinds of the cosine of rows with rows."""
        found = np.zeros((len(rows), len(landmarks)), dtype=np.float32)
        symmetric = np.array_equal(rows, landmarks)
        for matrix in self.rows.values():
            columns = matrix[landmarks]
            # A block at a time: the product in one piece takes twice the memory of the result.
            for start in range(0, len(rows), _BLOCK):
                block = slice(start, start + _BLOCK)
                others = slice(start if symmetric else 0, None)
                part = matrix[rows[block]] @ columns[others].T
                found[block, others] += part.toarray() / len(self.rows)
        if symmetric:
            for start in range(0, len(rows), _BLOCK):
                block, after = slice(start, start + _BLOCK), slice(start + _BLOCK, None)
                found[after, block] = found[block, after].T
        return found

    def weighted(self, landmarks: Array, coefficients: Array, weight: float) -> list[WordFeatures]:
        """The features with what they say for each class.

        Args:
            landmarks: rows that `coefficients` belong to.
            coefficients: (landmarks, classes).
            weight: of this kernel beside others.
        """
        made = []
        for kind, vectorizer in self._vectorizers.items():
            weights = self.rows[kind][landmarks].T @ coefficients * (weight / len(self.rows))
            words = list(vectorizer.get_feature_names_out()) if len(vectorizer.vocabulary_) else []
            idf = vectorizer.idf_.astype(np.float32)
            made.append(WordFeatures(kind, words, idf, weights.astype(np.float16)))
        return made


def _vectorizer(kind: str, most: int | float = 1.0) -> TfidfVectorizer:
    """Args: `most`: texts that a feature may be in, a number or a share."""
    return TfidfVectorizer(
        max_df=most, sublinear_tf=True, dtype=np.float32, strip_accents="unicode", **KINDS[kind]
    )


def _fit(vectorizer: TfidfVectorizer, texts: Sequence[str]) -> csr_matrix:
    """TF-IDF rows; texts without any word give a feature that is never found."""
    try:
        return vectorizer.fit_transform(texts).tocsr()
    except ValueError:
        vectorizer.fit(["\N{REPLACEMENT CHARACTER} x"])
        return vectorizer.transform(texts).tocsr()
