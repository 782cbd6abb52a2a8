"""All entities of a message."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.errors import NluError
from bot.nlu.entities import dates
from bot.nlu.entities.lookup import MAX_TEXT_WORDS, WITH_ENDING
from bot.nlu.entities.patterns import find_patterns
from bot.nlu.entities.places import PlaceFinder, Town
from bot.nlu.entities.products import ProductFinder
from bot.nlu.entities.words import words_of
from bot.nlu.spans import Span, without_overlaps

MAX_CHARS = 2500
"""Characters of a message that are looked at: more than a customer may send in one."""

_WITHIN_NAMES = {"date", "amount", "order_number", "postcode"}
"""What a product's own name may hold: "Backpack 2025"."""


class EntityExtractor:
    """Finds numbers, addresses, dates, amounts, products and places.

    Args:
        products: what a customer may write, to the product's own name.
        towns: of two with one name the first is meant.
        time_zone: the customers', as an IANA name; "today" is theirs.

    Raises:
        NluError: there is no such time zone.
    """

    def __init__(
        self,
        products: Mapping[str, str],
        towns: Sequence[Town] = (),
        time_zone: str = "Europe/Stockholm",
    ) -> None:
        try:
            self._zone = ZoneInfo(time_zone)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise NluError(
                f"there is no time zone '{time_zone}': give an IANA name such as Europe/Oslo"
            ) from error
        self._products = ProductFinder(products)
        self._places = PlaceFinder(towns)
        dates.warm_up()

    def find(
        self, text: str, language: str | None = None, now: datetime | None = None
    ) -> list[Span]:
        """The entities of a message, in the order of the text, without overlaps.

        Args:
            language: the message's, one of `bot.settings.LANGUAGES`, where it is known.
            now: when it was written, with a time zone; by default now.
        """
        text = text[:MAX_CHARS]
        today = (now or datetime.now(self._zone)).astimezone(self._zone).date()
        words = words_of(text, MAX_TEXT_WORDS)
        patterns = find_patterns(text, language, today)
        products = self._products.find(text, words)
        # a longer name says more; "to Skagen" is the town, "my Skagen" the jacket
        named = sorted(
            [*self._places.find(text, words), *products],
            key=lambda span: span.confidence * (span.end - span.start),
            reverse=True,
        )
        return without_overlaps([*_around(products, patterns), *patterns, *named])


def _around(products: Iterable[Span], patterns: Sequence[Span]) -> list[Span]:
    """Products whose name, as it is written, holds what would else be a date or a number."""
    return [
        product
        for product in products
        if product.confidence >= WITH_ENDING
        and any(
            pattern.entity in _WITHIN_NAMES
            and product.start <= pattern.start
            and pattern.end <= product.end
            and product.end - product.start > pattern.end - pattern.start
            for pattern in patterns
        )
    ]
