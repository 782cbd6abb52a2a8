"""When two messages say the same: normal forms, and near-identical words."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from rapidfuzz.distance import OSA

_WORD = re.compile(r"[^\W_]+")
_DIGITS = re.compile(r"\d+")
_PLACEHOLDER = re.compile(r"\[[a-z ]+\]")
_TYPO_LETTERS = 5
"""Least letters of a word in which one wrong letter is a typing error: "cat" is not "car"."""
_WORDS_A_TYPO = 4


@lru_cache(maxsize=65_536)  # those of the training files are asked for again and again
def normal_form(text: str) -> str:
    """The words of a text, in small letters and without punctuation.

    >>> normal_form("  Hej!! Var är [order number]??")
    'hej var är order number'
    """
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def masked(text: str) -> str:
    """The normal form with every number as `0`.

    >>> masked("Order 4711: 3 shirts")
    'order 0 0 shirts'
    """
    return " ".join(_DIGITS.sub("0", word) for word in normal_form(text).split())


def key(text: str, language: str) -> str:
    """The same for texts of a language that are identical but for case and punctuation."""
    return hashlib.sha256(f"{language}\0{normal_form(text)}".encode()).hexdigest()


def says_something(redacted: str) -> bool:
    """Whether a redacted message has a word of its own: not only a number, a name or a smiley.

    >>> says_something("[order number]"), says_something("👍 12"), says_something("ok")
    (False, False, True)
    """
    rest = _PLACEHOLDER.sub(" ", redacted)
    return any(any(sign.isalpha() for sign in word) for word in _WORD.findall(rest))


def near(one: str, other: str) -> bool:
    """Whether two masked texts are the same words but for numbers and typing errors.

    Word for word; one word of four may differ, by one letter (put in, left out, wrong, or two
    changed over: optimal string alignment), if it has five letters or more. A word more or less
    is another message: it may be a "not".
    """
    if one == other:
        return True
    ours, theirs = one.split(), other.split()
    if len(ours) != len(theirs):
        return False
    left = len(ours) // _WORDS_A_TYPO
    for mine, yours in zip(ours, theirs, strict=True):
        if mine == yours:
            continue
        left -= 1
        shortest = min(len(mine), len(yours))
        if left < 0 or shortest < _TYPO_LETTERS or OSA.distance(mine, yours, score_cutoff=1) > 1:
            return False
    return True


class Near:
    """Masked texts among which a near-identical one is found without comparing all.

    Where so many words may differ, a text cut into one piece more has a piece that is whole in
    each text that is near it; so texts are looked up by their pieces.
    """

    def __init__(self) -> None:
        self._by_part: dict[tuple[int, int, str], list[tuple[str, str]]] = {}

    def add(self, name: str, text: str) -> None:
        """Takes a text under a name."""
        for part in _parts(text):
            self._by_part.setdefault(part, []).append((name, text))

    def find(self, text: str) -> str | None:
        """The name of the first text that is near, or None."""
        for part in _parts(text):
            for name, other in self._by_part.get(part, ()):
                if near(text, other):
                    return name
        return None


def _parts(text: str) -> list[tuple[int, int, str]]:
    """Number of words, place and words of each piece: one more than may have a typing error."""
    words = text.split()
    pieces = len(words) // _WORDS_A_TYPO + 1
    cuts = [round(len(words) * number / pieces) for number in range(pieces + 1)]
    return [
        (len(words), number, " ".join(words[start:end]))
        for number, (start, end) in enumerate(pairwise(cuts))
    ]
