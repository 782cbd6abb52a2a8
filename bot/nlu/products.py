"""Product names in a text, typos and endings allowed, by RapidFuzz over a lookup table."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

import yaml
from rapidfuzz import fuzz, process

from bot.errors import NluError
from bot.nlu.spans import Span

MIN_SCORE = 88.0
"""Similarity from which a name counts as meant, 0 to 100."""
MIN_CHARS = 5
MAX_WORDS = 5
MAX_TEXT_WORDS = 200

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*", re.UNICODE)


class ProductFinder:
    """Finds products.

    Args:
        names: what a customer may write, to the product's own name.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = {" ".join(_words(name)): product for name, product in names.items()}
        self._choices = [name for name in self._names if len(name) >= MIN_CHARS]
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
        best = scores.argmax(axis=1)
        found: list[Span] = []
        for row, (a, b) in enumerate(windows):
            score = float(scores[row, best[row]])
            if score >= MIN_SCORE and len(said[row]) >= MIN_CHARS:
                product = self._names[self._choices[best[row]]]
                span = Span("product", words[a].start(), words[b - 1].end(), product, score / 100)
                found.append(span)
        return sorted(found, key=lambda s: (s.confidence, s.end - s.start), reverse=True)


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
            for alias in _aliases(item.get("aliases") or {}):
                names.setdefault(alias, product)
    except (OSError, yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise NluError(
            f"{path}: expected a list 'products' of names and aliases: {error}"
        ) from error
    return names


def _aliases(given: object) -> Iterable[str]:
    if isinstance(given, Mapping):
        for aliases in given.values():
            yield from map(str, aliases)
    elif isinstance(given, list):
        yield from map(str, given)


def _words(text: str) -> list[str]:
    return [found[0].lower() for found in _WORD.finditer(text)]
