"""Pairs of texts that are alike by their letters and their meaning."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

Array = NDArray[Any]

LETTERS_ALIKE = 72
"""From this likeness of their letters on, 0 to 100, two texts are compared further."""
SHORTEST = 8
"""Characters; in shorter texts a letter makes another word."""
_BLOCK = 1000
_NUMBERS = re.compile(r"\d+")


@dataclass(frozen=True)
class Pair:
    """Two texts of one language: their places, and how alike they are.

    Attributes:
        letters: RapidFuzz's ratio, 0 to 100.
        words: RapidFuzz's token set ratio: 100 where one has all words of the other.
        meaning: cosine.
    """

    one: int
    two: int
    letters: float
    words: float
    meaning: float


def alike_pairs(texts: Sequence[str], languages: Sequence[str], vectors: Array) -> list[Pair]:
    """All pairs within a language whose letters are alike, numbers left aside.

    Args:
        texts: plain.
        languages: of each.
        vectors: unit vectors (texts, dimensions).
    """
    masked = [_NUMBERS.sub("0", text) for text in texts]
    long = [place for place, text in enumerate(masked) if len(text) >= SHORTEST]
    found: list[Pair] = []
    for language in sorted(set(languages)):
        places = [place for place in long if languages[place] == language]
        for start in range(0, len(places), _BLOCK):
            found += _pairs(masked, places, start, vectors)
    return found


def _pairs(
    texts: Sequence[str], places: Sequence[int], start: int, vectors: Array
) -> Iterator[Pair]:
    scores = process.cdist(
        [texts[place] for place in places[start : start + _BLOCK]],
        [texts[place] for place in places[start:]],
        scorer=fuzz.ratio,
        score_cutoff=LETTERS_ALIKE,
        dtype=np.uint8,
        workers=-1,
    )
    for row, column in np.argwhere(np.triu(scores, 1)).tolist():
        one, two = places[start + row], places[start + column]
        yield Pair(
            one,
            two,
            letters=float(scores[row, column]),
            words=float(fuzz.token_set_ratio(texts[one], texts[two])),
            meaning=float(vectors[one] @ vectors[two]),
        )
