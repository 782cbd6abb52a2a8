"""Which entities a trainer marks, and which one some words are likely to be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from bot.trainer.inbox.intents import Catalogue, entities_of, readable_catalogue
from bot.trainer.inbox.wording import normal_form
from bot.trainer.nlu_files.domain import DOMAIN
from bot.trainer.nlu_files.sources import NLU_FOLDER

_AGREED = 0.8
"""Least share of the marks of the same words that are of one kind."""


@dataclass(frozen=True)
class Likely:
    """What some words are likely to be.

    Attributes:
        times: marks of the same words in the examples; 0 when they have the form of one, as
            "24 December" is a date.
    """

    entity: str
    times: int


def marked_entities(folder: Path = NLU_FOLDER, domain: Path = DOMAIN) -> list[str]:
    """The entities of the domain that examples mark, in its order; all, while none is marked.

    The others are set by the assistant itself, as the language of a message is.

    Raises:
        NluDataInvalid: the domain cannot be used.
    """
    known = entities_of(domain)
    used = {entity for counts in _marks(readable_catalogue(folder)).values() for entity in counts}
    return [entity for entity in known if entity in used] or known


def likely_entity(
    words: str, language: str | None, offered: Collection[str], folder: Path = NLU_FOLDER
) -> Likely | None:
    """The entity that these words are marked as elsewhere, or have the form of.

    Args:
        offered: entities that may be said.
    """
    counts = _marks(readable_catalogue(folder)).get(normal_form(words), Counter())
    for entity, times in counts.most_common(1):
        if entity in offered and times >= _AGREED * sum(counts.values()):
            return Likely(entity, times)
    formed = _of_form(words.strip(), language)
    return Likely(formed, 0) if formed in offered and formed is not None else None


def _of_form(words: str, language: str | None) -> str | None:
    from bot.nlu.entities.patterns import find_patterns  # noqa: PLC0415 (a second)

    spans = find_patterns(words, language)
    return next((s.entity for s in spans if (s.start, s.end) == (0, len(words))), None)


@lru_cache(maxsize=2)
def _marks(examples: Catalogue) -> Mapping[str, Counter[str]]:
    """How often some words, in normal form, are marked as what."""
    found: dict[str, Counter[str]] = {}
    for source in examples.sources:
        for one in source.entities:
            words = normal_form(source.text[one.start : one.end])
            found.setdefault(words, Counter())[one.entity] += 1
    return found
