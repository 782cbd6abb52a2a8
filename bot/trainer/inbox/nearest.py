"""Intents by the meaning of their examples, for what no model has read yet."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import NluError
from bot.nlu.vectors import unit
from bot.trainer.inbox.intents import Catalogue, readable_catalogue
from bot.trainer.nlu_files.sources import NLU_FOLDER
from bot.trainer.redaction import fill

Array = NDArray[Any]
Encode = Callable[[Sequence[str]], Array]
"""Vectors of texts (texts, dimensions)."""

_LIKEST = 3
"""Examples of an intent whose mean likeness counts: one alone may be an odd one."""


@dataclass(frozen=True)
class Nearest:
    """An intent whose examples say nearly the same.

    Attributes:
        example: the one that is most alike.
        likeness: of the examples most alike, -1 to 1; no probability.
    """

    intent: str
    example: str
    language: str
    likeness: float


def nearest_intents(
    text: str,
    language: str,
    folder: Path = NLU_FOLDER,
    *,
    offered: Collection[str] | None = None,
    encode: Encode | None = None,
    limit: int = 3,
) -> tuple[Nearest, ...]:
    """The intents whose examples mean most nearly what a redacted message says.

    Nothing where there is no sentence encoder, or no example.

    Args:
        offered: intents that may be said; default all that have examples.
        encode: default the sentence encoder's last block; what was encoded before is on disk.
    """
    examples = readable_catalogue(folder)
    if not examples.sources:
        return ()
    encode = encode or _encode
    try:
        known = _known(examples, encode)
        asked = encode([fill(text, language).text])
    except NluError:
        return ()
    alike = known.vectors @ unit(asked - known.middles.get(language, known.middle))[0]
    found = []
    for intent, places in known.by_intent.items():
        if offered is not None and intent not in offered:
            continue
        order = places[np.argsort(-alike[places])][:_LIKEST]
        best = examples.sources[order[0]]
        found.append(Nearest(intent, best.text, best.language, float(alike[order].mean())))
    return tuple(sorted(found, key=lambda one: -one.likeness)[:limit])


@dataclass(frozen=True)
class _Known:
    """The examples, each without the mean of its language: an encoder's vectors lie in a cone."""

    vectors: Array
    by_intent: dict[str, Array]
    middles: dict[str, Array]
    middle: Array


@lru_cache(maxsize=1)
def _known(examples: Catalogue, encode: Encode) -> _Known:
    vectors = encode([source.text for source in examples.sources]).astype(np.float32)
    languages = np.array([source.language for source in examples.sources])
    intents = np.array([source.intent for source in examples.sources])
    middles = {each: vectors[languages == each].mean(axis=0) for each in sorted(set(languages))}
    centred = vectors - np.stack([middles[each] for each in languages])
    by_intent = {each: np.flatnonzero(intents == each) for each in sorted(set(intents))}
    return _Known(unit(centred), by_intent, middles, vectors.mean(axis=0))


def _encode(texts: Sequence[str]) -> Array:
    from bot.nlu.encoder import last_block, load_encoder  # noqa: PLC0415 (a second)
    from bot.nlu.meaning import encode_kept  # noqa: PLC0415

    encoder = load_encoder()
    found: Array = last_block(encode_kept(encoder, texts), encoder)
    return found
