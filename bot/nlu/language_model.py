"""What words say of the language that a text is in.

A table holds how frequent words are in Svara's languages and in others. For a word that none of
Svara's languages has in it, its pieces speak (runs of one to five letters). The file is made by
`python -m bot.trainer.languages`; the word lists behind it are those of `wordfreq`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from pathlib import Path
from typing import Any
from zipfile import BadZipFile
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from bot.errors import NluError

Array = NDArray[Any]

MODEL = Path(__file__).with_name("languages.npz")
STEP = 0.05
"""Precision of the table, in nats."""
MAX_CHARS, MAX_WORDS, MAX_PIECES = 2000, 60, 1000
"""What is looked at of a message: more would cost time and tell nothing new."""
MAX_PIECE = 5
LATIN = "LATIN"

_WORD = re.compile(r"[^\W\d_]+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_MARKUP = re.compile(r"<[^<>]{1,200}>")


@dataclass(frozen=True)
class LanguageModel:
    """How likely words are in each language.

    Attributes:
        languages: ISO 639-1 codes, in the order of the columns; Svara's own come first.
        own: how many of them are Svara's own.
        words: hashes of the words, ascending, uint32 (words,).
        values: log-frequency of each word above that of an unknown one, in steps of `STEP` nats,
            uint8 (words, languages).
        pieces: what pieces of words say, in steps of `piece_step` nats, int8 (buckets, own).
    """

    languages: tuple[str, ...]
    own: int
    words: Array
    values: Array
    pieces: Array
    piece_step: float

    def evidence(self, words: Sequence[str]) -> tuple[Array, Array]:
        """Log-likelihood of the words in each language, in nats, above that of unknown words.

        Args:
            words: in lower case.

        Returns:
            What the words of the table say, (languages,), and what the pieces of the words that
            none of Svara's languages knows say, (own,).
        """
        hashes = np.fromiter((hashed(word) for word in words), np.uint32, len(words))
        rows = np.minimum(np.searchsorted(self.words, hashes), len(self.words) - 1)
        values = self.values[rows] * (self.words[rows] == hashes)[:, None]
        known = STEP * values.sum(axis=0, dtype=np.int64)
        strange = ~values[:, : self.own].any(axis=1)
        pieces = (
            piece
            for word, unknown in zip(words, strange, strict=True)
            if unknown and script(word[0]) == LATIN
            for piece in pieces_of(word)
        )
        buckets = [hashed(piece) % len(self.pieces) for piece in islice(pieces, MAX_PIECES)]
        return known, self.piece_step * self.pieces[buckets].sum(axis=0, dtype=np.int64)

    def save(self, path: Path) -> None:
        """Writes the model: arrays, nothing that runs when it is read."""
        np.savez_compressed(
            path,
            languages=np.array(self.languages),
            own=self.own,
            words=self.words,
            values=self.values,
            pieces=self.pieces,
            piece_step=self.piece_step,
        )


@cache
def load_model(path: Path = MODEL) -> LanguageModel:
    """Reads a model, once in a process.

    Raises:
        NluError: the file is missing, damaged or of another version.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            model = LanguageModel(
                languages=tuple(str(code) for code in arrays["languages"]),
                own=int(arrays["own"]),
                words=arrays["words"],
                values=arrays["values"],
                pieces=arrays["pieces"],
                piece_step=float(arrays["piece_step"]),
            )
        table = (len(model.words), len(model.languages))
        if model.values.shape != table or model.pieces.shape[1:] != (model.own,) or 0 in table:
            raise ValueError("its parts do not fit together")
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise NluError(
            f"The language model '{path}' cannot be read: {error}. "
            "Make it anew with `python -m bot.trainer.languages`."
        ) from error
    return model


@lru_cache(maxsize=4096)
def script(letter: str) -> str:
    """First word of the letter's Unicode name, such as LATIN, CYRILLIC or CJK."""
    return unicodedata.name(letter, "").partition(" ")[0]


def words_of(text: str) -> list[str]:
    """The words of a text in lower case, without addresses and markup."""
    text = unicodedata.normalize("NFKC", _INVISIBLE.sub("", text[:MAX_CHARS]))
    parts = [part for part in _MARKUP.sub(" ", text).split() if not _is_address(part)]
    return [word.lower() for word in _WORD.findall(" ".join(parts))[:MAX_WORDS]]


def pieces_of(word: str) -> Iterator[str]:
    """All runs of one to five letters of a word; its borders count as letters."""
    bordered = f"<{word}>"
    for length in range(1, MAX_PIECE + 1):
        for start in range(len(bordered) - length + 1):
            yield bordered[start : start + length]


def _is_address(part: str) -> bool:
    return "@" in part or "://" in part or part.lower().startswith("www.")


def hashed(text: str) -> int:
    """32 bits that are the same in every process."""
    return crc32(text.encode())
