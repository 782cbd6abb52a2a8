"""How well texts have the words of a query: BM25, as a share of the best possible."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb_connector.search.spelling import Spelling
from kb_connector.search.terms import Counts, Vocabulary

Array = NDArray[Any]

_JAX = "jax.lax"
_SATURATION, _LENGTH = 1.2, 0.75


@cache
def load_bm25s() -> Any:
    """The library, at the first search.

    It would start JAX where it finds it, as beside Rasa, for something not used here: 50 MB of it,
    and threads that do not survive a fork.
    """
    there = sys.modules.get(_JAX)
    sys.modules[_JAX] = None  # type: ignore[assignment]
    try:
        import bm25s  # noqa: PLC0415 (only those who search pay for it)
    finally:
        if there is None:
            del sys.modules[_JAX]
        else:
            sys.modules[_JAX] = there
    logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG
    return bm25s


class WordMatch:
    """BM25 (Robertson and Zaragoza, 2009; Lucene's form) over texts of one language.

    Args:
        texts: the stems of each.
        vocabulary: that they were counted with.
    """

    def __init__(self, texts: Sequence[Counts], vocabulary: Vocabulary) -> None:
        bm25s = load_bm25s()
        self._texts = len(texts)
        numbers = dict(vocabulary.numbers)
        every = np.concatenate([text.terms for text in texts])
        self._having = np.bincount(every, minlength=len(numbers))
        # a word of an article that is gone is still in the vocabulary
        self._numbers = {stem: n for stem, n in numbers.items() if self._having[n]}
        self._spelling = Spelling(self._numbers)
        self._index: Any = None
        if len(every):
            self._index = bm25s.BM25(k1=_SATURATION, b=_LENGTH, method="lucene")
            corpus = [np.repeat(text.terms, text.times.astype(int)).tolist() for text in texts]
            self._index.index((corpus, numbers), show_progress=False)

    def score(self, stems: Sequence[str]) -> Array:
        """Part (texts,) of the query's words that each text has, 0 to 1.

        Rare words count for more. A word that no text has is taken for the likest that one has.
        """
        wanted = list(dict.fromkeys(stems))
        meant = [self._spelling.nearest(stem) for stem in wanted]
        known = list(dict.fromkeys(stem for stem in meant if stem))
        if not known:
            return np.zeros(self._texts, dtype=np.float32)
        most = sum(self._rarity(stem) for stem in meant)
        scores: Array = self._index.get_scores(known) / most
        return scores

    def weight(self, stems: Iterable[str]) -> float:
        """How much some words say together: the rare ones most, and those that no text has."""
        return sum(self._rarity(stem if stem in self._numbers else None) for stem in stems)

    def _rarity(self, stem: str | None) -> float:
        having = self._having[self._numbers[stem]] if stem else 0
        return float(np.log(1 + (self._texts - having + 0.5) / (having + 0.5)))
