"""Product names in a text, typos and endings allowed, by RapidFuzz over a lookup table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import yaml
from rapidfuzz import fuzz, process
from wordfreq import zipf_frequency

from bot.errors import NluError
from bot.nlu.spans import Span
from bot.settings import LANGUAGES

MIN_SCORE = 88.0
"""Similarity from which a name counts as meant, 0 to 100."""
COMMON = 3.0
"""Frequency (Zipf scale) from which a word is one that people use: once in a million words."""
MIN_CHARS = 5
MAX_WORDS = 5
MAX_TEXT_WORDS = 200

ALIASES = ("everyone", *LANGUAGES)
"""Lists of an entry of the lookup table: names used in all languages, and in each."""

_NUMBER = re.compile(r"\d+")
_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*", re.UNICODE)


class ProductFinder:
    """Finds products. A number tells two of them apart and is never a typing error; nor is a word
    that one of the languages has ("sagen" is not Skagen).

    Args:
        names: what a customer may write, to the product's own name.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = {" ".join(_words(name)): product for name, product in names.items()}
        self._choices = [name for name in self._names if len(name) >= MIN_CHARS]
        self._numbers = np.array([_numbers(name) for name in self._choices])
        self._longest = max((len(name.split()) for name in self._choices), default=0)

    def find(self, text: str) -> list[Span]:
        """The products named, the best match first where two overlap."""
        words = list(_WORD.finditer(text))[:MAX_TEXT_WORDS]
        if not words or not self._choices:
            return []
        windows = [
            (start, start + size)
            for size in range(min(self._longest, MAX_WORDS), 0, -1)
            for start in range(len(words) - size + 1)
        ]
        said = [" ".join(w[0].lower() for w in words[a:b]) for a, b in windows]
        scores = process.cdist(said, self._choices, scorer=fuzz.ratio, score_cutoff=MIN_SCORE)
        found: list[tuple[float, Span]] = []
        for row in np.flatnonzero(scores.max(axis=1) >= MIN_SCORE):
            fitting = np.where(self._numbers == _numbers(said[row]), scores[row], 0)
            best, (a, b) = int(fitting.argmax()), windows[row]
            name, score = self._choices[best], float(fitting[best]) / 100
            if fitting[best] < MIN_SCORE or len(said[row]) < MIN_CHARS:
                continue
            if score == 1.0 or not _is_a_word(said[row]):
                span = Span(
                    "product", words[a].start(), words[b - 1].end(), self._names[name], score
                )
                found.append((score * len(name), span))
        # "Sarek Shel Jacket" says more than the "Sarek" in it.
        return [span for _, span in sorted(found, key=lambda each: each[0], reverse=True)]


def load_products(path: Path) -> dict[str, str]:
    """Names and aliases, each to the product's own name.

    Raises:
        NluError: the file is missing or has another shape.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        names: dict[str, str] = {}
        for item in content["products"]:
            product = str(item["name"])
            names[product] = product
            for group in ALIASES:
                for alias in item.get(group) or []:
                    names.setdefault(str(alias), product)
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise NluError(
            f"{path}: expected a list 'products' of names and aliases: {error}"
        ) from error
    return names


def _words(text: str) -> list[str]:
    return [found[0].lower() for found in _WORD.finditer(text)]


def _is_a_word(text: str) -> bool:
    return any(zipf_frequency(text, language) >= COMMON for language in LANGUAGES)


def _numbers(text: str) -> str:
    return " ".join(_NUMBER.findall(text))
