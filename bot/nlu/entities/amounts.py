"""Amounts of money as they are written in each language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from bot.nlu.spans import Span

CROWNS = {"sv": "SEK", "da": "DKK", "nb": "NOK"}
"""Whose crown is meant in a language; in English it is not known."""

_GAP = "[ .'’\u00a0\u202f,]"
_NUMBER = (
    rf"(?:\d{{1,3}}(?:{_GAP}\d{{3}})+(?!\d)(?:[.,]\d{{1,2}})?|\d{{1,9}}(?:[.,]\d{{1,2}})?)(?!\d)"
)
_AMOUNT = re.compile(
    rf"(?<![\w.,])(?P<before>[sdn]?kr\.?|sek|dkk|nok|eur|gbp|usd|€|£|\$)\s?(?P<first>{_NUMBER})(?:,-|:-|,–)?"
    rf"|(?<![\w.,:])(?P<second>{_NUMBER}|\d{{1,6}}:\d\d(?=\s?kr))\s?"
    r"(?P<after>(?:(?:svenska|svenske|danska|danske|norska|norske)\s)?"
    r"(?:kr\b\.?|kronor\b|kronar\b|kroner\b|krona\b|krone\b|spänn\b)"
    r"|:-|,-|,–|sek\b|dkk\b|nok\b|eur\b|euros?\b|gbp\b|pounds?\b|usd\b|dollars?\b|€|£|\$)",
    re.IGNORECASE,
)
_CURRENCIES = {
    "sek": "SEK",
    "dkk": "DKK",
    "nok": "NOK",
    "eur": "EUR",
    "€": "EUR",
    "gbp": "GBP",
    "£": "GBP",
    "pound": "GBP",
    "usd": "USD",
    "$": "USD",
    "dollar": "USD",
    "svensk": "SEK",
    "dansk": "DKK",
    "norsk": "NOK",
    "kronor": "SEK",
    "krona": "SEK",
    "spänn": "SEK",
    "skr": "SEK",
    "dkr": "DKK",
    "nkr": "NOK",
}
"""How what stands beside a number begins, to the currency's ISO 4217 code."""


def find_amounts(text: str, language: str | None) -> Iterator[Span]:
    """The amounts; value "1299.50 SEK", or "1299.50" where the currency is not known.

    Args:
        language: the conversation's; tells whose crowns "kr" are.
    """
    for found in _AMOUNT.finditer(text):
        number = found["first"] or found["second"]
        currency = _currency((found["before"] or found["after"]).lower(), language)
        end = found.start() + len(found[0].rstrip())
        yield Span("amount", found.start(), end, f"{_decimal(number)} {currency}".strip())


def _currency(beside: str, language: str | None) -> str:
    for beginning, currency in _CURRENCIES.items():
        if beside.startswith(beginning):
            return currency
    # nobody but Swedes writes "349:-"
    return CROWNS.get(language or "", "SEK" if beside == ":-" else "")


def _decimal(number: str) -> str:
    """A number as it is written to one with two decimals: "1.299,5" is 1299.50, "1.299" is 1299."""
    whole, decimals = number, ""
    for mark in ",.:":
        head, found, tail = number.rpartition(mark)
        if found and len(tail) < 3:
            whole, decimals = head, tail
    digits = "".join(character for character in whole if character.isdigit())
    return f"{Decimal(f'{digits}.{decimals or 0}'):.2f}"
