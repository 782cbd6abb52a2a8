"""The sentence encoders as the search of the knowledge base takes them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from bot.nlu.encoder import (
    EmbeddingCache,
    Encoder,
    cache_folder,
    last_block,
    load_encoder,
    load_english_encoder,
)
from bot.nlu.encoder.weights import Floats
from bot.nlu.meaning import ENGLISH, reference_sentences

KEPT = 400_000
"""Vectors of articles' texts that are kept on disk; 600 MB, 10,000 articles in both encoders."""


def search_encoders() -> tuple[SearchEncoder, ...]:
    """Those of the NLU, shared with it: one copy in a process."""
    multilingual = SearchEncoder(load_encoder(), None, centred=True)
    english = SearchEncoder(load_english_encoder(), frozenset({ENGLISH}), centred=False)
    return multilingual, english


class SearchEncoder:
    """An encoder for questions and articles: `kb_connector.search.encoder.Encoder`.

    Args:
        encoder: whose last block is taken.
        languages: that it understands; None for all.
        centred: whether its vectors share a direction in each language.
    """

    def __init__(
        self, encoder: Encoder, languages: frozenset[str] | None, *, centred: bool
    ) -> None:
        self.name = encoder.name
        self.languages = languages
        self._encoder = _LastBlock(encoder)
        self._centred = centred
        self._centre = lru_cache(maxsize=None)(self._find_centre)

    def encode(self, texts: Sequence[str], *, keep: bool) -> Floats:
        """Unit vectors (texts, dimensions)."""
        if not keep:
            return self._encoder.encode(texts)
        return EmbeddingCache(_folder(), limit=KEPT).encode(self._encoder, texts)

    def centre(self, lang: str) -> Floats:
        """Mean vector of ordinary questions in a language; of all languages for an unknown one."""
        return self._centre(lang)

    def _find_centre(self, lang: str) -> Floats:
        if not self._centred:
            return np.zeros(self._encoder.dimensions, np.float32)
        known = reference_sentences()
        sentences = (
            known[lang] if lang in known else [one for each in known.values() for one in each]
        )
        centre: Floats = self.encode(sentences, keep=True).mean(axis=0)
        return centre


class _LastBlock:
    """An encoder's last block as an encoder, so that the other blocks are not kept on disk."""

    blocks = 1

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self.name = f"{encoder.name}/last"
        self.dimensions = encoder.dimensions // encoder.blocks

    def encode(self, texts: Sequence[str]) -> Floats:
        return last_block(self._encoder.encode(texts), self._encoder)


def _folder() -> Path:
    return cache_folder() / "articles"
