"""What a topic is called: its keywords, and a name for an intent made of them."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.settings import LANGUAGES
from kb_connector.markdown import fold
from kb_connector.text import stems, words

KEYWORDS = 5
_NAME_WORDS = 2
_NAMED_IN = ("en", *LANGUAGES)
"""Intents have English names, so that of a topic with English messages comes from them."""
_UNNAMED = "topic"
_MOST_CHARACTERS = 40
_LOUD = 0.4
"""A keyword goes into the name when it weighs at least this share of the heaviest."""


@dataclass(frozen=True)
class Said:
    """A message as far as its words go.

    Attributes:
        language: code of the language, `en` where it is not known.
        count: how often it came.
    """

    text: str
    language: str
    count: int = 1


@dataclass(frozen=True)
class _Term:
    stem: str
    language: str


def keywords(topics: Sequence[Sequence[Said]], others: Sequence[Sequence[Said]]) -> list[list[str]]:
    """The words of each topic that are commoner there than elsewhere, the most telling first.

    Class-based TF-IDF (Grootendorst 2022, "BERTopic", arXiv:2203.05794, equation 2): a word's
    weight is its frequency in the topic times log(1 + mean words of a class / its frequency in
    all). Words are stems in their language, without its stop words; each counts once a message,
    and what is shown is the form that came most often. A word of one message alone tells nothing
    of the topic, as long as messages have any in common.

    Args:
        topics: the messages of each.
        others: classes that only say which words are common, e.g. the examples of each intent.

    Returns:
        At most `KEYWORDS` words a topic, none where the messages have no words.
    """
    return [[word for word, _ in found] for found in _weighed(topics, others)]


def name(topic: Sequence[Said], others: Sequence[Sequence[Said]], taken: Collection[str]) -> str:
    """A name for an intent made of a topic, in snake case: `gift_wrap`.

    It has the words that weigh most, in the order in which they are said, of the topic's English
    messages if there are any.

    Args:
        topic: its messages.
        others: as of `keywords`, with the other topics.
        taken: names that exist already; a number makes the new one another.
    """
    spoken = {said.language for said in topic}
    language = next((each for each in _NAMED_IN if each in spoken), None)
    own = [said for said in topic if said.language == language] if language else list(topic)
    (weighed,) = _weighed([own], others)
    loud = [word for word, weight in weighed if weight >= _LOUD * weighed[0][1]][:_NAME_WORDS]
    words_of_it = [_plain(word) for word in _as_said(loud, own)]
    base = "_".join(word for word in words_of_it if word)[:_MOST_CHARACTERS].strip("_") or _UNNAMED
    if not base[0].isalpha():
        base = f"{_UNNAMED}_{base}"
    found, number = base, 2
    while found in taken:
        found, number = f"{base}_{number}", number + 1
    return found


def _weighed(
    topics: Sequence[Sequence[Said]], others: Sequence[Sequence[Said]]
) -> list[list[tuple[str, float]]]:
    counted = [_count(topic) for topic in topics]
    everywhere: Counter[_Term] = Counter()
    for counts in [*counted, *map(_count, others)]:
        everywhere.update(counts)
    mean = sum(everywhere.values()) / max(1, len(topics) + len(others))
    return [
        _heaviest(topic, counts, everywhere, mean)
        for topic, counts in zip(topics, counted, strict=True)
    ]


def _heaviest(
    topic: Sequence[Said], counts: Counter[_Term], everywhere: Counter[_Term], mean: float
) -> list[tuple[str, float]]:
    total = sum(counts.values()) or 1
    messages = Counter(term for said in topic for term in _terms(said))
    shared = {term: count for term, count in counts.items() if messages[term] > 1}
    weights = {
        term: count / total * math.log(1 + mean / everywhere[term])
        for term, count in (shared or counts).items()
    }
    ordered = sorted(weights, key=lambda term: (-weights[term], term.stem, term.language))
    forms = _forms(topic)
    found: dict[str, float] = {}
    for term in ordered:
        form = forms[term].most_common(1)[0][0]
        found.setdefault(form, weights[term])
        if len(found) == KEYWORDS:
            break
    return list(found.items())


def _count(messages: Sequence[Said]) -> Counter[_Term]:
    counts: Counter[_Term] = Counter()
    for said in messages:
        for term in _terms(said):
            counts[term] += said.count
    return counts


def _terms(said: Said) -> set[_Term]:
    return {_Term(stem, said.language) for stem in _stems(said.text, said.language)}


def _forms(messages: Sequence[Said]) -> defaultdict[_Term, Counter[str]]:
    """How the stems are written, and how often."""
    found: defaultdict[_Term, Counter[str]] = defaultdict(Counter)
    for said in messages:
        for word in words(_without_marks(said.text)):
            for stem in _stems(word, said.language):
                found[_Term(stem, said.language)][word] += said.count
    return found


def _as_said(chosen: Sequence[str], messages: Sequence[Said]) -> list[str]:
    """The words in the order in which most messages have them."""
    if len(chosen) < _NAME_WORDS:
        return list(chosen)
    first, second = chosen
    forwards = 0
    for said in messages:
        spoken = words(_without_marks(said.text))
        if first in spoken and second in spoken:
            forwards += said.count if spoken.index(first) < spoken.index(second) else -said.count
    return [first, second] if forwards >= 0 else [second, first]


@lru_cache(maxsize=50_000)
def _stems(text: str, language: str) -> tuple[str, ...]:
    return tuple(stem for stem in stems(_without_marks(text), language) if not stem.isdigit())


def _without_marks(text: str) -> str:
    """Without what stands for personal data that was taken out, as in `[order number]`."""
    return re.sub(r"\[[a-z ]+\]", " ", text)


def _plain(word: str) -> str:
    return re.sub(r"[^a-z0-9]", "", fold(word))
