"""What the search needs of a sentence encoder; whoever owns one gives it to the knowledge base."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from numpy.typing import NDArray

Array = NDArray[Any]


class Encoder(Protocol):
    """Texts to unit vectors whose dot product says how alike their meanings are.

    Without one, the knowledge base searches by words alone.
    """

    @property
    def name(self) -> str:
        """The same name, the same vectors."""

    @property
    def languages(self) -> frozenset[str] | None:
        """Languages whose texts it understands; None for all, across languages."""

    @property
    def guesses(self) -> bool:
        """Whether texts in other languages have vectors too, good enough to compare across."""

    def encode(self, texts: Sequence[str], lang: str, *, keep: bool) -> Array:
        """Unit vectors (texts, dimensions), float32, for any text, the empty one too.

        Args:
            lang: language code of the texts.
            keep: these are articles' texts, which will be asked for again after a restart.
        """

    def centre(self, lang: str) -> Array:
        """Where ordinary questions in a language lie (dimensions,): what their vectors share.

        Zeros for an encoder whose vectors share nothing.
        """


def reads(encoder: Encoder, lang: str) -> bool:
    """Whether an encoder understands texts in a language."""
    return encoder.languages is None or lang in encoder.languages
