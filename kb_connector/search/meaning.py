"""The meaning of a shelf's articles in one encoder's vectors, ready to be compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb_connector.search.encoder import Encoder
from kb_connector.search.prepared import Vectors

Array = NDArray[Any]

_SMOOTH = 20
"""As many pieces does the language's centre weigh in the mean of the pieces."""


@dataclass(frozen=True)
class Compared:
    """How alike a question and some articles are.

    Attributes:
        title: (articles,) to the title.
        pieces: (articles,) to the likest piece.
        mean: (articles,) to the article as a whole.
    """

    title: Array
    pieces: Array
    mean: Array


class ShelfMeaning:
    """The vectors of articles in one language.

    An encoder's vectors lie in a narrow cone. Questions are compared after the centre of ordinary
    questions is taken off, pieces after the mean of the pieces: in a knowledge base about one
    thing that is what they all say (phpBB's questions, Swedish: .51 right so, .38 with one mean
    for both).

    Args:
        vectors: of each article.
        centre: the encoder's for the language.
    """

    def __init__(self, vectors: Sequence[Vectors], centre: Array) -> None:
        counts = [len(each.pieces) for each in vectors]
        self._starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        pieces = np.concatenate([each.pieces for each in vectors])
        if centre.any():
            mean = (pieces.sum(axis=0) + _SMOOTH * centre) / (len(pieces) + _SMOOTH)
            pieces = unit(pieces - mean)
        self._pieces = np.ascontiguousarray(pieces, dtype=np.float32)
        titles = np.stack([each.title for each in vectors])
        named = titles.any(axis=1, keepdims=True)
        self._titles = np.where(named, unit(titles - centre), 0).astype(np.float32)
        self._means = unit(np.add.reduceat(self._pieces, self._starts[:-1], axis=0))

    def roughly(self, question: Array) -> Array:
        """Likeness (articles,) of a centred question to each article as a whole."""
        found: Array = self._means @ question
        return found

    def compare(self, question: Array, articles: Array) -> Compared:
        """Likeness of a centred question to some articles, by number."""
        starts, ends = self._starts[articles], self._starts[articles + 1]
        lengths = ends - starts
        firsts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        rows = np.arange(lengths.sum()) - np.repeat(firsts - starts, lengths)
        return Compared(
            self._titles[articles] @ question,
            np.maximum.reduceat(self._pieces[rows] @ question, firsts),
            self._means[articles] @ question,
        )

    def pieces_of(self, article: int, question: Array) -> Array:
        """Likeness (pieces,) of a centred question to each piece of one article."""
        found: Array = self._pieces[self._starts[article] : self._starts[article + 1]] @ question
        return found


def centred(encoder: Encoder, texts: Sequence[str], langs: Sequence[str], *, keep: bool) -> Array:
    """Vectors (texts, dimensions) of questions, each without what its language's share.

    Args:
        langs: of each text.
        keep: see `Encoder.encode`.
    """
    rows = np.zeros((len(texts), len(encoder.centre(langs[0]))), dtype=np.float32)
    for lang in dict.fromkeys(langs):
        mine = [row for row, each in enumerate(langs) if each == lang]
        found = encoder.encode([texts[row] for row in mine], lang, keep=keep)
        rows[mine] = unit(found - encoder.centre(lang))
    return rows


def unit(rows: Array) -> Array:
    """The rows at length 1; zeros stay zeros."""
    scaled: Array = rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-9)
    return scaled.astype(np.float32)
