"""Remembering the vectors of the last messages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from bot.nlu.encoder.base import Encoder
from bot.nlu.encoder.weights import Floats

REMEMBERED = 1024
"""Messages; 3.2 MB at 768 dimensions, less the texts."""


class Remembering:
    """An encoder that computes a message once for all that ask about it.

    Only texts asked for alone are remembered; training data passes by.

    Args:
        encoder: who computes.
        size: how many messages are remembered, the last used ones.
    """

    def __init__(self, encoder: Encoder, size: int = REMEMBERED) -> None:
        self._encoder = encoder
        self.name, self.dimensions = encoder.name, encoder.dimensions
        self.blocks = encoder.blocks
        self._rows = lru_cache(size)(lambda text: encoder.encode([text]))

    def encode(self, texts: Sequence[str]) -> Floats:
        """As the encoder's; the rows are the caller's own."""
        if len(texts) == 1:
            return self._rows(texts[0]).copy()
        return self._encoder.encode(texts)
