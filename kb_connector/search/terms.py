"""Likeness of texts by what they consist of: words, pairs of words, groups of letters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb_connector.markdown import fold
from kb_connector.text import all_stems, words

Array = NDArray[Any]

LETTERS = 4
"""Letters in a group: parts of compounds, endings and typing errors share them."""


@dataclass(frozen=True)
class Counts:
    """How often a text has each term.

    Attributes:
        terms: (n,) numbers of terms in a `Vocabulary`.
        times: (n,) how often each.
    """

    terms: Array
    times: Array


class Vocabulary:
    """Numbers for terms; grows, and never forgets."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def count(self, terms: Sequence[str], *, grow: bool) -> Counts:
        """The terms as numbers.

        Args:
            grow: give unknown terms a number, else leave them out.
        """
        counted = Counter(terms)
        if grow:
            found = {self.numbers.setdefault(t, len(self.numbers)): n for t, n in counted.items()}
        else:
            found = {self.numbers[t]: n for t, n in counted.items() if t in self.numbers}
        size = len(found)
        return Counts(
            np.fromiter(found.keys(), dtype=np.int32, count=size),
            np.fromiter(found.values(), dtype=np.float32, count=size),
        )


class TermMatrix:
    """Cosine of texts with a query, each term weighted by its rarity (TF-IDF).

    Args:
        rows: the texts' terms.
        size: of the vocabulary when the rows were counted.
    """

    def __init__(self, rows: Sequence[Counts], size: int) -> None:
        from scipy.sparse import csr_matrix  # noqa: PLC0415 (only those who search pay for it)

        self._texts, self._size = len(rows), size
        terms = np.concatenate([row.terms for row in rows]) if rows else np.zeros(0, np.int32)
        times = np.concatenate([row.times for row in rows]) if rows else np.zeros(0, np.float32)
        having = np.bincount(terms, minlength=size)
        self._rarity = (np.log((1 + len(rows)) / (1 + having)) + 1).astype(np.float32)
        weights = (1 + np.log(times)) * self._rarity[terms]
        starts = np.concatenate([[0], np.cumsum([len(row.terms) for row in rows])]).astype(np.int64)
        matrix = csr_matrix((weights, terms, starts), shape=(len(rows), size))
        lengths = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)))[:, 0]
        matrix.data /= np.repeat(np.maximum(lengths, 1e-9), np.diff(starts)).astype(np.float32)
        self._columns = matrix.tocsc()

    def likeness(self, query: Counts) -> Array:
        """Cosine (texts,) of each text to the query, 0 to 1."""
        found = np.zeros(self._texts, dtype=np.float32)
        known = query.terms < self._size  # the vocabulary may have grown since
        terms, times = query.terms[known], query.times[known]
        weights = (1 + np.log(times)) * self._rarity[terms]
        length = float(np.sqrt(weights @ weights))
        if not length:
            return found
        starts, rows, data = self._columns.indptr, self._columns.indices, self._columns.data
        for term, weight in zip(terms.tolist(), (weights / length).tolist(), strict=True):
            part = slice(starts[term], starts[term + 1])
            found[rows[part]] += weight * data[part]
        return found


def phrases(text: str, lang: str) -> list[str]:
    """All stems of a text, common words too, and each two that stand side by side."""
    stems = all_stems(text, lang)
    return stems + [f"{one} {two}" for one, two in pairwise(stems)]


def letters(text: str) -> list[str]:
    """Groups of letters within words, their borders marked.

    >>> letters("Paket")
    [' pak', 'pake', 'aket', 'ket ']
    """
    found = []
    for word in words(text):
        marked = f" {fold(word)} "
        found += [marked[n : n + LETTERS] for n in range(max(1, len(marked) - LETTERS + 1))]
    return found
