"""The meaning of texts as unit vectors, made ready for comparing: centred, joined, shortened."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.nlu.encoder import EmbeddingCache, Encoder, cache_folder
from bot.nlu.language import LanguageIdentifier

Array = NDArray[Any]
Encode = Callable[[Encoder, Sequence[str]], Array]

DIMENSIONS = 256
"""Of the shortened vectors; on banking77, left-out accuracy was .928 with 256 and .927 with all."""
ENGLISH = "en"
OTHER = "other"
"""Languages that are none of Svara's: the mean of all stands for theirs."""
_SHOUTED = 0.7
_SHOUTED_LETTERS = 8
_REFERENCE = Path(__file__).with_name("reference")


def encode_now(encoder: Encoder, texts: Sequence[str]) -> Array:
    """Vectors of texts, computed without a cache on disk."""
    return encoder.encode(texts)


def encode_kept(encoder: Encoder, texts: Sequence[str]) -> Array:
    """Vectors of training texts: only what is new is computed, the rest is on disk."""
    return EmbeddingCache(cache_folder()).encode(encoder, texts)


class Meaning:
    """Unit vectors of texts, comparable over languages.

    An encoder's vectors lie in a narrow cone, with a direction for each language; so the mean of
    the language (of `reference/<language>.txt`) and the mean shift of the training texts are
    taken off. The vectors of the encoders stand side by side, and the main directions are kept.

    Args:
        encoder: the multilingual one.
        english: an encoder for English, asked about English texts only; None for none.
    """

    def __init__(self, encoder: Encoder, english: Encoder | None) -> None:
        self.encoder, self.english = encoder, english
        self._identifier = LanguageIdentifier()
        self._means: dict[str, Array] = {}
        self._shift: Array = np.zeros(0)
        self._directions: Array = np.zeros((0, 0))

    def fit(self, texts: Sequence[str], encode: Encode = encode_now) -> Array:
        """Learns shift and directions; gives the texts' vectors (texts, dimensions).

        Args:
            encode: how the training texts are encoded, e.g. with a cache.
        """
        self._means = {
            language: self._raw(sentences, [language] * len(sentences), encode).mean(axis=0)
            for language, sentences in _reference_sentences().items()
        }
        self._means |= {OTHER: np.mean(list(self._means.values()), axis=0)}
        languages = [self._language(text) for text in texts]
        raw = self._raw(texts, languages, encode)
        centred = raw - np.stack([self._means[language] for language in languages])
        english = np.array([language == ENGLISH for language in languages])
        self._shift = self._mean_shift(centred, english)
        joined = self._joined(centred, english)
        values, directions = np.linalg.eigh((joined.T @ joined).astype(np.float64))
        kept = np.argsort(values)[::-1][:DIMENSIONS]
        self._directions = np.ascontiguousarray(directions[:, kept], dtype=np.float32)
        return _unit(joined @ self._directions)

    def vectors(self, texts: Sequence[str]) -> Array:
        """Unit vectors (texts, dimensions) of any texts."""
        languages = [self._language(text) for text in texts]
        raw = self._raw(texts, languages, encode_now)
        centred = raw - np.stack([self._means[language] for language in languages])
        english = np.array([language == ENGLISH for language in languages])
        return _unit(self._joined(centred, english) @ self._directions)

    def arrays(self) -> dict[str, Array]:
        """What was learned, for a file."""
        means = {f"mean_{language}": mean for language, mean in self._means.items()}
        return {"shift": self._shift, "directions": self._directions, **means}

    def restore(self, arrays: Mapping[str, Array]) -> Meaning:
        """Takes what `arrays` gave.

        Raises:
            ValueError: it was learned from encoders of other dimensions.
        """
        self._shift, self._directions = arrays["shift"], arrays["directions"]
        self._means = {
            name.removeprefix("mean_"): values
            for name, values in arrays.items()
            if name.startswith("mean_")
        }
        if any(len(each) != self._width for each in (self._shift, *self._means.values())):
            raise ValueError("it was trained with a sentence encoder of other dimensions")
        if len(self._directions) != self._width or not self._means:
            raise ValueError("the parts of the meaning do not fit together")
        return self

    @property
    def _width(self) -> int:
        return self.encoder.dimensions + (self.english.dimensions if self.english else 0)

    def _language(self, text: str) -> str:
        found = self._identifier.detect(text)
        return OTHER if found.other else found.language

    def _raw(self, texts: Sequence[str], languages: Sequence[str], encode: Encode) -> Array:
        found = np.zeros((len(texts), self._width), dtype=np.float32)
        ours = self.encoder.dimensions
        texts = [_calm(text) for text in texts]
        found[:, :ours] = encode(self.encoder, texts)
        rows = [row for row, language in enumerate(languages) if language == ENGLISH]
        if self.english and rows:
            found[rows, ours:] = encode(self.english, [texts[row] for row in rows])
        return found

    def _mean_shift(self, centred: Array, english: Array) -> Array:
        shift: Array = centred.mean(axis=0)
        ours = self.encoder.dimensions
        shift[ours:] = centred[english, ours:].mean(axis=0) if english.any() else 0
        return shift

    def _joined(self, centred: Array, english: Array) -> Array:
        """Each block a unit vector; English adds its own, as heavy as the rest."""
        ours, blocks = self.encoder.dimensions, self.encoder.blocks
        moved: Array = centred - self._shift
        parts: list[Array] = [_unit(part) for part in np.split(moved[:, :ours], blocks, axis=1)]
        if self.english:
            parts.append(_unit(moved[:, ours:]) * (english[:, None] * np.sqrt(blocks)))
        joined: Array = np.concatenate(parts, axis=1)
        return _unit(joined)


def _calm(text: str) -> str:
    """A text in capitals in small letters: the encoders know few shouted words."""
    letters = [character for character in text if character.isalpha()]
    capitals = sum(character.isupper() for character in letters)
    shouted = len(letters) >= _SHOUTED_LETTERS and capitals > _SHOUTED * len(letters)
    return text.lower() if shouted else text


def _unit(rows: Array) -> Array:
    scaled: Array = rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return scaled


@cache
def _reference_sentences() -> dict[str, list[str]]:
    return {
        path.stem: path.read_text(encoding="utf-8").splitlines()
        for path in sorted(_REFERENCE.glob("*.txt"))
    }
