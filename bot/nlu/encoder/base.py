"""What an encoder is, and how one that knows a single sentence does many."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Protocol

import numpy as np

from bot.nlu.encoder.weights import Floats

MAX_TOKENS = 128
"""Tokens of a text that are read, its ends and the prefix included; the rest is cut off."""

MAX_CHARACTERS = 4096
"""Characters of a text that are looked at; more would not become tokens that are read."""


class Encoder(Protocol):
    """Sentences to vectors whose dot product says how alike the meanings are.

    Thread-safe and deterministic: a text has the same vector whichever texts are encoded with it.
    """

    @property
    def name(self) -> str:
        """Identifies weights, version and prefix: the same name, the same vectors."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""

    @property
    def blocks(self) -> int:
        """How many vectors of equal length and norm stand side by side in a vector.

        Each tells meanings apart by itself; what centres vectors centres each by itself.
        """

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors (texts, dimensions), for any text, the empty one too."""


class SentenceEncoder:
    """An encoder from a function that encodes one sentence.

    Each sentence is computed alone by one thread, many sentences by several threads at once.

    Args:
        name: as of `Encoder`.
        dimensions: as of `Encoder`.
        vector: a text's vector, of any length but zero.
        blocks: as of `Encoder`.
        threads: sentences that are computed at once; default one a processor.
    """

    def __init__(
        self,
        name: str,
        dimensions: int,
        vector: Callable[[str], Floats],
        *,
        blocks: int = 1,
        threads: int | None = None,
    ) -> None:
        self.name = name
        self.dimensions = dimensions
        self.blocks = blocks
        self._vector = vector
        self._threads = threads or _processors()

    def encode(self, texts: Sequence[str]) -> Floats:
        """Unit vectors (texts, dimensions), for any text, the empty one too."""
        found = np.empty((len(texts), self.dimensions), np.float32)
        if len(texts) == 1:
            found[0] = self._vector(_clean(texts[0]))
        elif len(texts):
            with ThreadPoolExecutor(self._threads) as pool:
                for row, vector in enumerate(pool.map(self._vector, map(_clean, texts))):
                    found[row] = vector
        return found


def last_block(vectors: Floats, encoder: Encoder) -> Floats:
    """The last of the blocks that stand side by side, as unit vectors: for search.

    Args:
        vectors: what `encoder` made, (texts, dimensions).
        encoder: who made them.

    Returns:
        (texts, dimensions / blocks); of an encoder with one block, the vectors themselves.
    """
    if encoder.blocks == 1:
        return vectors
    last = vectors[:, -(encoder.dimensions // encoder.blocks) :]
    unit: Floats = last * np.float32(np.sqrt(encoder.blocks))
    return unit


def _clean(text: str) -> str:
    """The text as far as it is read, without halves of characters, which UTF-8 cannot write."""
    return text[:MAX_CHARACTERS].encode("utf-8", "replace").decode()


def _processors() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
