"""Order numbers and proofs of ownership in what a customer writes."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_MAX_TEXT: Final = 2000
_DASH: Final = r"[-\u2010-\u2015\u2212]"

# "NL-104823", "nl 104823", "NL104 823"; then, only if there is none, six digits by themselves
_NUMBER_WITH_PREFIX: Final = re.compile(
    rf"(?<![^\W\d_])nl[\s.:#_]*{_DASH}?\s*(\d{{3}})\s?(\d{{3}})(?!\d)", re.I
)
_SIX_DIGITS: Final = re.compile(r"(?<![\w.,/+-])#?\s?(\d{6})(?![\w/-]|[.,]\d)")

# Each repetition takes a character that the next one cannot, so that no text takes long.
_EMAIL: Final = re.compile(r"[\w.+%'-]{1,64}@(?:[\w-]{1,63}\.){1,6}[^\W\d_]{2,24}(?![\w@])")

# A country's letters, then 4 digits (Denmark, Norway) or 5 (Sweden, Finland), "831 30" too
_POSTCODE: Final = re.compile(
    rf"(?<![\w@.,:/+\-])(?:(?P<country>(?:se|dk|no|fi)(?:\s|\s?{_DASH}\s?)|[sn]{_DASH}))?"
    r"(?P<digits>\d{3}\s\d{2}|\d{4,5})"
    # no Dutch "1016 HD", which is another thing than 1016
    rf"(?![\w@/:]|[.,]\d|{_DASH}\s?\d|\s\d|\s?(?-i:(?!DK|NO|SE)[A-Z]{{2}}\b))",
    re.I,
)
_CUE: Final = re.compile(
    r"(?:post\s?(?:nr|no|num\w*|code|kod\w*|kode\w*|al\w*)|zip)\W{0,3}(?:code)?"
    r"(?:\s?(?:är|er|is|it's|its|to|=|:))?\s*$",
    re.I,
)
# "1299 kr", "2024 points", "4500 g": a number of something is no postcode
_UNIT: Final = re.compile(
    r"\s?(?:kr\b|kroner|kronor|sek|dkk|nok|eur|usd|€|\$|:-|,-|%|st\b|stk|pcs|days|dagar|dager|dage"
    r"|poäng|point|poeng|gram|g\b|kg|mm|cm|ml|hours|timmar|timer)",
    re.I,
)
_MONTH_BEFORE: Final = re.compile(
    r"(?:jan|feb|mar|apr|maj|may|mai|jun|jul|aug|sep|o[ck]t|nov|de[cs])\w{0,7}\.?,?\s*$|[€$]\s?$",
    re.I,
)


def normalise_order_number(text: str) -> str | None:
    """The order number in `text`, as 'NL-104823'; None when there is none.

    >>> normalise_order_number("nl 104823")
    'NL-104823'
    >>> normalise_order_number("it's #104823, thanks")
    'NL-104823'
    >>> normalise_order_number("number 12345")
    """
    text = _plain(text)
    found = _NUMBER_WITH_PREFIX.search(text) or _SIX_DIGITS.search(text)
    return "NL-" + "".join(found.groups()) if found else None


def is_proof(text: str) -> str | None:
    """The e-mail address or Nordic postcode in `text`, or None.

    An address comes in small letters, a postcode as digits only. Of several numbers that could be
    postcodes, one that is called so wins; without that, we would rather ask than guess.

    >>> is_proof("it's Anna@x.se")
    'anna@x.se'
    >>> is_proof("postnr 831 30")
    '83130'
    >>> is_proof("DK-8000 Aarhus")
    '8000'
    >>> is_proof("i paid 1299 kr")
    """
    text = _plain(text)
    email = _EMAIL.search(text)
    if email:
        return email.group().lstrip(".'-%+").lower()
    called, bare = [], []
    for match in _POSTCODE.finditer(text):
        before, after = text[: match.start()], text[match.end() :]
        digits = re.sub(r"\s", "", match["digits"])
        if _CUE.search(before[-40:]) or (match["country"] and not _UNIT.match(after)):
            called.append(digits)
        elif not _UNIT.match(after) and not _MONTH_BEFORE.search(before[-16:]):
            bare.append(digits)
    candidates = dict.fromkeys(called or bare)
    return next(iter(candidates)) if len(candidates) == 1 else None


def _plain(text: str) -> str:
    """Full-width digits and odd spaces as ordinary ones, and no more than a message's length."""
    return unicodedata.normalize("NFKC", text[:_MAX_TEXT])
