"""Products that a message names, from a lookup table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

from bot.errors import NluError
from bot.nlu.entities.lookup import NameIndex
from bot.nlu.entities.words import Word, words_of
from bot.nlu.spans import Span, without_overlaps
from bot.settings import LANGUAGES

ALIASES = ("everyone", *LANGUAGES)
"""Lists of an entry of the lookup table: names used in all languages, and in each."""


class ProductFinder:
    """Finds products.

    Args:
        names: what a customer may write, to the product's own name.
    """

    def __init__(self, names: Mapping[str, str]) -> None:
        self._names = list(names)
        self._products = list(names.values())
        self._index = NameIndex(self._names)

    def find(self, text: str, words: Sequence[Word] | None = None) -> list[Span]:
        """The products named, in the order of the text, the best match where two overlap.

        Args:
            words: of the text, where they are known already.
        """
        words = words_of(text) if words is None else words
        # "Sarek Shel Jacket" says more than the "Sarek" in it
        matches = sorted(
            self._index.find(words), key=lambda m: m.score * len(self._names[m.name]), reverse=True
        )
        return without_overlaps(
            Span(
                "product",
                words[match.first].start,
                words[match.last - 1].end,
                self._products[match.name],
                match.score,
            )
            for match in matches
        )


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
