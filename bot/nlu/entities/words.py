"""Words as names are compared by: small letters, no marks over them, no hyphens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from math import inf
from typing import NamedTuple

from bot.settings import LANGUAGES

COMMON = 1e-6
"""Frequency from which a word is one that people use: once in a million words."""
LONGEST = 40
"""Letters of a word from which it is noise."""
CACHED = 1 << 14
"""Words whose properties are remembered."""
_NUMBER_RARITY = 1e4
_UNKNOWN = (inf,) * len(LANGUAGES)

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*", re.UNICODE)
# letters that Unicode does not take apart into a letter and a mark
_LETTERS = str.maketrans(
    {"ø": "o", "æ": "ae", "œ": "oe", "ß": "ss", "ð": "d", "þ": "th", "đ": "d", "ł": "l"}
)


class Word(NamedTuple):
    """A word of a text: its place, as written in small letters, and as names are compared by."""

    start: int
    end: int
    written: str
    plain: str


def words_of(text: str, most: int | None = None) -> list[Word]:
    """The words of a text, at most `most` of them; a hyphen parts two."""
    found: list[Word] = []
    for match in _WORD.finditer(text):
        if most is not None and len(found) == most:
            break
        written = match[0].lower()
        found.append(Word(match.start(), match.end(), written, plain(written)))
    return found


def plain(text: str) -> str:
    """Small letters without marks or apostrophes: "Östersund's" is "ostersunds"."""
    text = text.lower()
    if text.isascii():
        return text.replace("'", "")
    parts = unicodedata.normalize("NFKD", text.replace("’", "'")).translate(_LETTERS)
    return "".join(c for c in parts if not unicodedata.combining(c) and c != "'")


def is_ordinary(words: Sequence[str]) -> bool:
    """Whether people often say these words, in one of the languages.

    Several words together are as rare as wordfreq takes them to be: one over the sum of the
    inverses of their frequencies.
    """
    rarities = zip(*(rarity(word) for word in words), strict=True)
    return any(sum(each) <= 1 / COMMON for each in rarities)


def rarity(word: str) -> tuple[float, ...]:
    """How rare a word is in each of `LANGUAGES`: the inverse of its frequency, or infinity."""
    return _UNKNOWN if len(word) > LONGEST else _rarity(word)


@lru_cache(maxsize=CACHED)
def _rarity(word: str) -> tuple[float, ...]:
    # Here, as it warns of what it imports: a process that compares no words is not bothered.
    from wordfreq import get_frequency_dict  # noqa: PLC0415

    if word.isdigit():
        return (_NUMBER_RARITY,) * len(LANGUAGES)
    # the small lists end at `COMMON`: what is rarer is not ordinary anyway
    frequencies = (get_frequency_dict(lang, wordlist="small").get(word) for lang in LANGUAGES)
    return tuple(1 / frequency if frequency else inf for frequency in frequencies)
