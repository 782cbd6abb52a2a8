"""Names of a table of up to 50,000 in a text: as they are, with endings, with typing errors.

A name as it is, or with an ending, is one look in a dictionary. For typing errors, an inverted
index from each piece of three letters to the names that have it proposes few names for many words
at once, and RapidFuzz compares those with the words. (spaCy's PhraseMatcher would find the names
as they are, too; for 50,000 it took 2.5 s and 240 MB to build, and it knows no endings.)
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from operator import add

import numpy as np
import numpy.typing as npt
from rapidfuzz import fuzz, process

from bot.nlu.entities.words import CACHED, COMMON, LONGEST, Word, is_ordinary, rarity, words_of

MIN_SCORE = 88.0
"""Similarity from which a name with typing errors counts as meant, 0 to 100."""
MIN_CHARS = 5
"""A shorter name is too easily another word; with an ending it may be one letter shorter."""
MAX_WORDS = 6
"""Words of a text that are compared with one name."""
MAX_TEXT_WORDS = 200
"""Words of a text that are looked at; the rest of a longer one is not."""
MAX_WINDOWS = 180
"""Sets of neighbouring words that are searched for typing errors; not those of later words."""
WITH_ENDING = 0.95
"""Score of a name with an ending."""

_BLOCK_WINDOWS = 60
_PROPOSED = 160
"""Names proposed for a block of windows, the best covered first."""
_MIN_COVER = 0.3
"""Least share of a name's pieces, weighted by rarity, that the block has."""
_SYMBOLS = 61
"""Letters are told apart modulo this prime; two that fall together cost time, never a name."""

_NUMBER = re.compile(r"\d+")
_ENDINGS = [
    (ending, instead)
    for instead, endings in {
        # definite, plural and genitive of Swedish, Danish, Norwegian and English
        "": "arnas ornas ernas ernes arna orna erna erne enes rnas rnes ene ena ens ets ars ers ors"
        " rna rne nes nas en et an er ar or es as ns ts na ne rs n t a e r s",
        # in the place of the last letter: "lampa", "lampor"; "bukse", "buksa"
        "a": "or orna ors ornas",
        "e": "a ar arna as ars arnas",
    }.items()
    for ending in endings.split()
]


@dataclass(frozen=True)
class Match:
    """A name in a text.

    Attributes:
        first: index of the first word; `last` is one past the last.
        name: index of the name in the table.
        score: similarity, 0 to 1; 1 for the name as it is.
    """

    first: int
    last: int
    name: int
    score: float


class NameIndex:
    """Finds names of a table. A number tells two names apart and is never a typing error; nor is a
    word that people use ("sagen" is not Skagen).

    Args:
        names: the table; case, marks over letters, hyphens and spaces do not matter.
        shortest: letters that a name has at least, to be found as it is.
    """

    def __init__(self, names: Sequence[str], *, shortest: int = MIN_CHARS) -> None:
        self._shortest = shortest
        self._names = names
        self._plain = [" ".join(word.plain for word in words_of(name)) for name in names]
        self._numbers = [_numbers(name) for name in self._plain]
        self._exact: dict[str, int] = {}
        for number, name in enumerate(self._plain):
            self._exact.setdefault(name.replace(" ", ""), number)
        # one word more than the longest: "sleeping bag" for "Sleepingbag"
        words = max((name.count(" ") + 1 for name in self._plain), default=0)
        self._longest = min(words + 1, MAX_WORDS)
        self._similar = [i for i, name in enumerate(self._plain) if len(name) >= MIN_CHARS]
        self._pieces = _Pieces([self._plain[i] for i in self._similar])

    def find(self, words: Sequence[Word]) -> list[Match]:
        """Every match, overlapping ones too, in no order."""
        words = words[:MAX_TEXT_WORDS]
        rarities = [rarity(word.written) for word in words]
        bases = [
            _without_ending(word.plain) if len(word.plain) <= LONGEST else () for word in words
        ]
        found: list[Match] = []
        unknown: list[tuple[int, int]] = []
        for first in range(len(words)):
            before, rare = "", (0.0,) * len(rarities[first])
            for last in range(first, min(first + self._longest, len(words))):
                rare = tuple(map(add, rare, rarities[last]))
                ordinary = min(rare) <= 1 / COMMON
                window = words[first : last + 1]
                known = self._known(window, before, bases[last], ordinary)
                if known is not None:
                    found.append(Match(first, last + 1, *known))
                elif not ordinary and len(unknown) < MAX_WINDOWS:
                    unknown.append((first, last + 1))
                before += words[last].plain
        for start in range(0, len(unknown), _BLOCK_WINDOWS):
            found += self._misspelt(words, unknown[start : start + _BLOCK_WINDOWS])
        return found

    def _known(
        self, window: Sequence[Word], before: str, bases: Sequence[str], ordinary: bool
    ) -> tuple[int, float] | None:
        """The name that these words are, with or without an ending, and the score.

        Args:
            before: the words but the last, joined.
            bases: what the last word may be without an ending.
            ordinary: whether people often say these words.
        """
        length = len(before) + len(window[-1].plain)
        if length < self._shortest:
            return None
        name = self._exact.get(before + window[-1].plain)
        if name is not None and self._has_numbers(name, window):
            # "bought on" is not Boughton
            undivided = self._plain[name] == " ".join(word.plain for word in window)
            if undivided or not ordinary:
                return name, 1.0
        for base in bases:
            name = self._exact.get(before + base)
            if (
                name is not None
                and len(before) + len(base) >= min(self._shortest, MIN_CHARS - 1)
                and self._has_numbers(name, window)
                and (not ordinary or self._is_ordinary(name))
            ):
                return name, WITH_ENDING
        return None

    def _misspelt(
        self, words: Sequence[Word], windows: Sequence[tuple[int, int]]
    ) -> Iterator[Match]:
        """Names that are like these words."""
        said = [" ".join(word.plain for word in words[a:b]) for a, b in windows]
        proposed = self._pieces.proposed(said)
        if not proposed.size:
            return
        names = [self._similar[i] for i in proposed]
        scores = process.cdist(
            said, [self._plain[i] for i in names], scorer=fuzz.ratio, score_cutoff=MIN_SCORE
        )
        for row in np.flatnonzero(scores.max(axis=1) >= MIN_SCORE):
            numbers = _numbers(said[row])
            if len(said[row]) < MIN_CHARS:
                continue
            for column in np.argsort(-scores[row], kind="stable"):
                score, name = float(scores[row, column]), names[column]
                if score < MIN_SCORE:
                    break
                if self._numbers[name] == numbers:
                    first, last = windows[row]
                    yield Match(first, last, name, min(score / 100, 0.99))
                    break

    def _has_numbers(self, name: int, window: Sequence[Word]) -> bool:
        return _numbers(" ".join(word.plain for word in window)) == self._numbers[name]

    def _is_ordinary(self, name: int) -> bool:
        return is_ordinary([word.written for word in words_of(self._names[name])])


class _Pieces:
    """An inverted index from pieces of three letters to names.

    Args:
        names: plain names.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._count = len(names)
        codes, owners = _pieces(names)
        unique = np.unique(codes.astype(np.int64) * max(self._count, 1) + owners)
        codes = unique // max(self._count, 1)
        self._owners = (unique % max(self._count, 1)).astype(np.int32)
        frequency = np.bincount(codes, minlength=_SYMBOLS**3)
        self._starts = np.concatenate([[0], np.cumsum(frequency)])
        self._weights = np.log1p(self._count / np.maximum(frequency, 1))
        self._total = np.bincount(self._owners, self._weights[codes], minlength=self._count)

    def proposed(self, texts: Sequence[str]) -> npt.NDArray[np.intp]:
        """Indices of the names whose pieces are best covered by those of the texts."""
        codes = np.unique(_pieces(texts)[0])
        ranges = [slice(self._starts[c], self._starts[c + 1]) for c in codes]
        if not ranges or not self._count:
            return np.empty(0, np.intp)
        owners = np.concatenate([self._owners[r] for r in ranges])
        weights = np.repeat(self._weights[codes], [r.stop - r.start for r in ranges])
        cover = np.bincount(owners, weights, minlength=self._count) / self._total
        best = np.flatnonzero(cover >= _MIN_COVER)
        if best.size > _PROPOSED:
            best = best[np.argpartition(-cover[best], _PROPOSED)[:_PROPOSED]]
        return best


def _numbers(text: str) -> str:
    return " ".join(_NUMBER.findall(text))


def _pieces(texts: Sequence[str]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Codes of the texts' pieces of three letters, spaces at both ends, and whose they are."""
    padded = [f" {text} " for text in texts]
    letters = np.frombuffer("".join(padded).encode("utf-32-le"), np.uint32).astype(np.int64)
    letters %= _SYMBOLS
    owners = np.repeat(np.arange(len(texts)), [len(text) for text in padded])
    if letters.size < 3:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    codes = (letters[:-2] * _SYMBOLS + letters[1:-1]) * _SYMBOLS + letters[2:]
    whole = owners[:-2] == owners[2:]
    return codes[whole], owners[:-2][whole]


@lru_cache(maxsize=CACHED)
def _without_ending(word: str) -> tuple[str, ...]:
    """What a word may be when it loses an ending."""
    bases = []
    for ending, instead in _ENDINGS:
        if word.endswith(ending) and len(word) >= len(ending) + 2:
            base = word.removesuffix(ending) + instead
            bases.append(base)
            # "rygsækken" is a "rygsæk"
            if not instead and base[-1] == base[-2]:
                bases.append(base[:-1])
    return tuple(bases)
