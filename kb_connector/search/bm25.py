"""How well texts have the words of a query: BM25, as a share of the best possible."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb_connector.search.spelling import Spelling

Array = NDArray[Any]

_SATURATION, _LENGTH = 1.2, 0.75


class WordMatch:
    """BM25 (Robertson and Zaragoza, 2009; Lucene's form) over texts of one language.

    Args:
        texts: the stems of each, in order.
    """

    def __init__(self, texts: Sequence[Sequence[str]]) -> None:
        import bm25s  # noqa: PLC0415 (only those who search pay for it)

        logging.getLogger("bm25s").setLevel(logging.WARNING)  # it sets itself to DEBUG
        self._texts = len(texts)
        having: dict[str, int] = {}
        for text in texts:
            for stem in dict.fromkeys(text):
                having[stem] = having.get(stem, 0) + 1
        self._having = having
        self._spelling = Spelling(having)
        self._index: Any = None
        if having:
            numbers = {stem: number for number, stem in enumerate(having)}
            self._index = bm25s.BM25(k1=_SATURATION, b=_LENGTH, method="lucene")
            corpus = ([[numbers[stem] for stem in text] for text in texts], numbers)
            self._index.index(corpus, show_progress=False)

    def score(self, stems: Sequence[str]) -> Array:
        """Part (texts,) of the query's words that each text has, 0 to 1.

        Rare words count for more. A word that no text has is taken for the likest that one has.
        """
        wanted = list(dict.fromkeys(stems))
        found = np.zeros(self._texts, dtype=np.float32)
        meant = [self._spelling.nearest(stem) for stem in wanted]
        known = list(dict.fromkeys(stem for stem in meant if stem))
        if not known:
            return found
        most = sum(self._rarity(stem or wanted[n]) for n, stem in enumerate(meant))
        scores: Array = self._index.get_scores(known) / most
        return scores

    def _rarity(self, stem: str) -> float:
        having = self._having.get(stem, 0)
        return float(np.log(1 + (self._texts - having + 0.5) / (having + 0.5)))
