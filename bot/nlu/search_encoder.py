"""The sentence encoders as the search of the knowledge base takes them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from bot.errors import NluError
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
from bot.nlu.vectors import unit

KEPT = 400_000
"""Vectors of articles' texts that are kept on disk; 600 MB, 10,000 articles in both encoders."""
GUESS = Path(__file__).with_name("english_guess.npz")
_PENALTY = 10.0


def search_encoders() -> tuple[SearchEncoder, ...]:
    """Those of the NLU, shared with it: one copy in a process.

    Raises:
        NluError: an encoder, or what guesses English vectors, cannot be read.
    """
    multilingual = SearchEncoder(load_encoder())
    return multilingual, EnglishSearchEncoder(load_english_encoder(), multilingual)


class SearchEncoder:
    """A multilingual encoder for questions and articles: `kb_connector.search.encoder.Encoder`.

    Args:
        encoder: whose last block is taken.
    """

    languages: frozenset[str] | None = None
    guesses = False

    def __init__(self, encoder: Encoder) -> None:
        self.name = encoder.name
        self._encoder = _LastBlock(encoder)
        self.dimensions = self._encoder.dimensions
        self._centre = lru_cache(maxsize=None)(self._find_centre)

    def encode(self, texts: Sequence[str], lang: str, *, keep: bool) -> Floats:
        """Unit vectors (texts, dimensions)."""
        if not keep:
            return self._encoder.encode(texts)
        return EmbeddingCache(_folder(), limit=KEPT).encode(self._encoder, texts)

    def centre(self, lang: str) -> Floats:
        """Mean vector of ordinary questions in a language; of all languages for an unknown one."""
        return self._centre(lang)

    def _find_centre(self, lang: str) -> Floats:
        known = reference_sentences()
        sentences = (
            known[lang] if lang in known else [one for each in known.values() for one in each]
        )
        centre: Floats = self.encode(sentences, lang, keep=True).mean(axis=0)
        return centre


class EnglishSearchEncoder(SearchEncoder):
    """An encoder for English, which guesses the vectors of other texts from multilingual ones.

    Args:
        encoder: whose last block is taken.
        multilingual: what to guess from.
        guess: how; None for what comes with Svara, if it was made for these two encoders.
    """

    languages = frozenset({ENGLISH})

    def __init__(
        self, encoder: Encoder, multilingual: SearchEncoder, guess: Guess | None = None
    ) -> None:
        super().__init__(encoder)
        self._multilingual = multilingual
        self._guess = guess or Guess.load(GUESS, (multilingual.name, encoder.name))
        self.guesses = self._guess is not None

    def encode(self, texts: Sequence[str], lang: str, *, keep: bool) -> Floats:
        """Unit vectors (texts, dimensions)."""
        if lang == ENGLISH or self._guess is None:
            return super().encode(texts, lang, keep=keep)
        rows = self._multilingual.encode(texts, lang, keep=keep) - self._multilingual.centre(lang)
        return self._guess(rows)

    def centre(self, lang: str) -> Floats:
        """Zeros: its vectors share no direction."""
        return np.zeros(self.dimensions, np.float32)


class Guess:
    """Turns centred multilingual vectors into those that the English encoder would give.

    A ridge regression on English texts, which both encoders read. A Danish question is then
    compared with an English article, or with a Swedish one, in the better encoder's space too.

    Args:
        turn: (multilingual dimensions, English dimensions).
        mean: (English dimensions,)
        names: of the two encoders.
    """

    def __init__(self, turn: Floats, mean: Floats, names: tuple[str, str]) -> None:
        self._turn, self._mean, self._names = turn, mean, names

    def __call__(self, rows: Floats) -> Floats:
        return unit(unit(rows) @ self._turn + self._mean)

    @classmethod
    def learn(
        cls, texts: Sequence[str], multilingual: SearchEncoder, english: SearchEncoder
    ) -> Guess:
        """From English texts of any kind; ten thousand do."""
        rows = multilingual.encode(texts, ENGLISH, keep=True) - multilingual.centre(ENGLISH)
        rows = unit(rows).astype(np.float64)
        wanted = english.encode(texts, ENGLISH, keep=True)
        mean = wanted.mean(axis=0)
        gram = rows.T @ rows + _PENALTY * np.eye(rows.shape[1])
        turn = np.linalg.solve(gram, rows.T @ (wanted - mean))
        names = (multilingual.name, english.name)
        return cls(turn.astype(np.float32), mean.astype(np.float32), names)

    def save(self, path: Path) -> None:
        """Writes it in half precision, which is precise enough and half as long."""
        np.savez_compressed(
            path,
            turn=self._turn.astype(np.float16),
            mean=self._mean.astype(np.float16),
            names=np.array(self._names),
        )

    @classmethod
    def load(cls, path: Path, names: tuple[str, str]) -> Guess | None:
        """Reads what `save` wrote; None when it was made for other encoders.

        Raises:
            NluError: the file is missing or damaged.
        """
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
                theirs = tuple(str(name) for name in found["names"])
                turn, mean = found["turn"].astype(np.float32), found["mean"].astype(np.float32)
        except (OSError, ValueError, KeyError, EOFError, BadZipFile) as error:
            raise NluError(
                f"What guesses English vectors cannot be read from {path} ({error!r}). Install "
                "Svara again, or make it anew with `python -m tests.bench.kb_learn`."
            ) from error
        return cls(turn, mean, names) if theirs == names else None


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
