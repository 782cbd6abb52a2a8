"""What the classifier would say of sentences if they, and others of their intent, were not there.

No model is trained twice. Of a kernel ridge regression with the matrix G and the targets Y, the
solution without a set S of its rows says of them

    Y_S - inverse(inverse(G)_SS) (inverse(G) Y)_S

(Allen's PRESS for more than one row; Rifkin and Lippert, "Notes on regularized least squares",
2007). What is chosen for the training set as a whole, the settings, the weights of words and the
shares of the intents, stays as it was with all of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky, solve
from scipy.linalg.lapack import spotri

from bot.nlu.classifier import IntentClassifier
from bot.nlu.encoder import load_encoder, load_english_encoder
from bot.nlu.meaning import Meaning, encode_kept
from bot.nlu.word_features import FittedWords

MAX_ROWS = 12_000
"""Sentences at most: of n the inverse takes 4 n² bytes, and time in proportion to n³."""
Array = NDArray[Any]


class LeavingOut:
    """A fitted classifier, of which any examples can be left out.

    Args:
        texts: `MAX_ROWS` at most.
        intents: of each text.
        foreign: label of what is out of scope.
    """

    def __init__(self, texts: Sequence[str], intents: Sequence[str], foreign: str) -> None:
        model = IntentClassifier().fit(texts, intents, foreign=foreign, encode=encode_kept)
        choices = model.choices
        vectors = Meaning(load_encoder(), load_english_encoder()).fit(texts, encode_kept)
        kernel = np.exp(choices.narrowness * (vectors @ vectors.T - 1))
        everything = np.arange(len(texts))
        kernel += choices.words * FittedWords(texts).kernel(everything, everything)
        kernel[np.diag_indices_from(kernel)] += choices.strength
        self.intents: Array = model.classes_
        self.right: Array = np.searchsorted(self.intents, np.asarray(intents, dtype=str))
        self._base = np.bincount(self.right, minlength=len(self.intents)) / len(texts)
        self._targets = np.eye(len(self.intents), dtype=np.float32)[self.right]
        self._targets -= self._base.astype(np.float32)
        self._inverse: Array = _inverse(kernel.astype(np.float32, copy=False))
        self._solution: Array = self._inverse @ self._targets

    def said(self, out: Array) -> Array:
        """The likeliest intent, as a place in `intents`, of each of some examples, by the model
        without all of them.

        Args:
            out: their places.
        """
        inside = self._inverse[np.ix_(out, out)]
        moved = solve(inside, self._solution[out], assume_a="pos", check_finite=False)
        best: Array = (self._targets[out] - moved + self._base).argmax(axis=1)
        return best

    def wrong(self, out: Array) -> Array:
        """Whether it is another one than each has."""
        found: Array = self.said(out) != self.right[out]
        return found


def _inverse(matrix: Array) -> Array:
    """Of a symmetric, positive matrix, which is overwritten."""
    root = cholesky(matrix.T, lower=True, overwrite_a=True, check_finite=False)
    found: Array = spotri(root, lower=1, overwrite_c=1)[0]
    lower = np.tril(found, -1)
    whole: Array = lower + lower.T
    whole[np.diag_indices_from(whole)] = np.diag(found)
    return whole
