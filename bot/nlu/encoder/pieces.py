"""Splitting a text into a vocabulary's pieces, with SentencePiece's own library.

The `tokenizers` library gives the same pieces, but holds 295 MB for this vocabulary of 250,000 and
takes twice as long to load; SentencePiece holds 39 MB.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

from sentencepiece import SentencePieceProcessor

from bot.errors import NluError

VERSION = 1
"""Goes up whenever the same vocabulary would make another model."""

_SPACES = re.compile(" {2,}")
_NORMAL, _UNKNOWN, _CONTROL = 1, 2, 3
_UNIGRAM = 1
_Value: TypeAlias = "int | float | str | bytes"


@dataclass(frozen=True)
class Vocabulary:
    """Pieces of words with their log-probabilities (0: not a piece that a text may have).

    Attributes:
        pieces: in the order of their ids.
        scores: one for each piece.
        first, last: ids of what stands at a sentence's ends.
        padding, unknown: ids with these meanings.
    """

    pieces: Sequence[str]
    scores: Sequence[float]
    first: int
    last: int
    padding: int
    unknown: int


class PieceTokenizer:
    """Turns a text into the ids of its pieces.

    Args:
        model: what `build_model` made, or its file.
        replacements: characters to replace before splitting.
        prefix: what is put before each text.
        limit: most ids of a text, those of its ends included; the rest is cut off.

    Raises:
        NluError: the model cannot be used.
    """

    def __init__(
        self, model: Path | bytes, replacements: Mapping[int, str], *, prefix: str, limit: int
    ) -> None:
        content = model.read_bytes() if isinstance(model, Path) else model
        try:
            self._processor = SentencePieceProcessor(model_proto=content)
        except (RuntimeError, ValueError) as error:
            raise NluError(
                f"SentencePiece does not take the encoder's vocabulary: {error}"
            ) from error
        self._replacements = replacements
        self._prefix = prefix
        self._inside = limit - 2

    def ids(self, text: str) -> list[int]:
        """Ids of the pieces between those of the two ends."""
        clean = _SPACES.sub(" ", (self._prefix + text).translate(self._replacements))
        inside = self._processor.encode(clean)[: self._inside]
        return [self._processor.bos_id(), *inside, self._processor.eos_id()]


def build_model(vocabulary: Vocabulary) -> bytes:
    """The vocabulary as a SentencePiece model that leaves characters as they are."""
    kinds = [_CONTROL if score == 0 else _NORMAL for score in vocabulary.scores]
    kinds[vocabulary.unknown] = _UNKNOWN
    pieces = [
        _message({1: _message({1: piece, 2: score, 3: kind})})
        for piece, score, kind in zip(vocabulary.pieces, vocabulary.scores, kinds, strict=True)
    ]
    trainer = {
        3: _UNIGRAM,
        40: vocabulary.unknown,
        41: vocabulary.first,
        42: vocabulary.last,
        43: vocabulary.padding,
    }
    # a space before the first word, every space kept and escaped
    normaliser: dict[int, _Value] = {1: "identity", 3: 1, 4: 0, 5: 1}
    return b"".join(pieces) + _message({2: _message(trainer), 3: _message(normaliser)})


def _message(fields: Mapping[int, _Value]) -> bytes:
    """A protocol buffer message; field numbers are those of `sentencepiece_model.proto`."""
    found = bytearray()
    for number, value in fields.items():
        if isinstance(value, int):
            found += _varint(number << 3) + _varint(value)
        elif isinstance(value, float):
            found += _varint(number << 3 | 5) + struct.pack("<f", value)
        else:
            content = value.encode() if isinstance(value, str) else value
            found += _varint(number << 3 | 2) + _varint(len(content)) + content
    return bytes(found)


@cache
def _varint(number: int) -> bytes:
    if number < 128:
        return bytes([number])
    return bytes([number & 127 | 128]) + _varint(number >> 7)
