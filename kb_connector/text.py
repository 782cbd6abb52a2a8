"""Words of a text as the index sees them: lower case, stemmed, without diacritics."""

from __future__ import annotations

import json
import re
import threading
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import snowballstemmer

from kb_connector.markdown import fold

MAX_QUERY = 1000
_STEMMERS = {
    "da": "danish",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "it": "italian",
    "nb": "norwegian",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pt": "portuguese",
    "sv": "swedish",
}
_WORD = re.compile(r"[^\W_]+(?:'[^\W\d_]+)?")
# order numbers, e-mail addresses, web addresses and long numbers say nothing about the topic
_NOISE = re.compile(r"\S+@\S+|https?://\S+|\b[a-z]{1,3}-?\d{4,}\b|\b\d{5,}\b", re.IGNORECASE)
_lock = threading.Lock()


def stems(text: str, lang: str) -> list[str]:
    """The text's words in order: stemmed, folded, without stop words, numbers and addresses.

    A language without a stemmer or a list of stop words is searched by its words as they stand.

    >>> stems("Var är mina paket NL-104823?", "sv")
    ['paket']
    """
    skipped = _stopwords(lang)
    return [
        _stem(word, lang)
        for word in words(text)
        if word not in skipped and (len(word) > 1 or word.isdigit())
    ]


def all_stems(text: str, lang: str) -> list[str]:
    """As `stems`, with stop words and single letters."""
    return [_stem(word, lang) for word in words(text)]


def phrase(text: str) -> str:
    """All words of a text, folded, with a space before and after each: for finding one in another.

    >>> phrase("track order") in phrase("How do I track order NL-104823?")
    True
    """
    return f" {fold(' '.join(words(text)))} "


def words(text: str) -> list[str]:
    """The text's words in small letters, without numbers of orders and addresses."""
    return _WORD.findall(_NOISE.sub(" ", text).replace("’", "'").lower())


@lru_cache(maxsize=100_000)
def _stem(word: str, lang: str) -> str:
    stemmer = _stemmer(lang)
    if stemmer is None:
        return fold(word)
    with _lock:  # a stemmer keeps the word that it works on
        return fold(stemmer.stemWord(word))


@cache
def _stemmer(lang: str) -> Any:
    return snowballstemmer.stemmer(_STEMMERS[lang]) if lang in _STEMMERS else None


@cache
def _stopwords(lang: str) -> frozenset[str]:
    lists = _all_stopwords()
    words = lists.get("nb" if lang in {"no", "nn"} else lang, "").split()
    return frozenset(words) | frozenset(fold(word) for word in words)


@cache
def _all_stopwords() -> dict[str, str]:
    path = Path(__file__).with_name("stopwords.json")
    lists: dict[str, str] = json.loads(path.read_text("utf-8"))
    return lists
