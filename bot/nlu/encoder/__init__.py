"""Svara's sentence encoders: texts in, unit vectors out (docs/encoder.md)."""

from bot.nlu.encoder.base import MAX_TOKENS, Encoder, last_block
from bot.nlu.encoder.cache import EmbeddingCache
from bot.nlu.encoder.load import cache_folder, load_encoder, load_english_encoder
from bot.nlu.encoder.memory import Remembering

__all__ = [
    "MAX_TOKENS",
    "EmbeddingCache",
    "Encoder",
    "Remembering",
    "cache_folder",
    "last_block",
    "load_encoder",
    "load_english_encoder",
]
