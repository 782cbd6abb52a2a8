"""What a mistyped word was meant to be, among the words that there are."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import DamerauLevenshtein

_SHORTEST = 4
"""Letters; a shorter word is a typing error of too many others."""
_LEAST = 0.75
"""Least share of letters that are the same and in order."""


class Spelling:
    """Finds the nearest of known words.

    Args:
        words: those that there are.
    """

    def __init__(self, words: Collection[str]) -> None:
        self._words = frozenset(words)
        self._by_initial: dict[str, list[str]] = {}
        for word in sorted(word for word in self._words if len(word) >= _SHORTEST):
            self._by_initial.setdefault(word[0], []).append(word)
        self._nearest = lru_cache(4096)(self._find)

    def nearest(self, word: str) -> str | None:
        """The word itself if it is known, else the likest that begins the same; None if none is."""
        return word if word in self._words else self._nearest(word)

    def _find(self, word: str) -> str | None:
        if len(word) < _SHORTEST:
            return None
        found = process.extractOne(
            word,
            self._by_initial.get(word[0], []),
            scorer=DamerauLevenshtein.normalized_similarity,
            score_cutoff=_LEAST,
        )
        return found[0] if found else None
