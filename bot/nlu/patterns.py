"""Entities that have a form: order numbers, e-mail, telephone, dates, amounts, postcodes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import phonenumbers

from bot.nlu.spans import Span, without_overlaps

PHONE_REGIONS = {"sv": "SE", "da": "DK", "nb": "NO", "en": "GB"}
_MIN_PHONE_DIGITS = 8

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+", re.UNICODE)
_ORDER_PREFIXED = re.compile(r"\bNL[-\s]?(\d{3}\s?\d{3})\b", re.IGNORECASE)
_ORDER_BARE = re.compile(r"(?<![\d+.,/-])(?<!\d\s)#?(\d{6})(?![\d.,/-]?\d)")
_ORDER_SPACED = re.compile(r"^[^\d@]{0,25}(?<!\d)#?(\d{3}\s\d{3})(?!\d)[^\d@]{0,25}$")
_ORDER_NAMED = re.compile(
    r"\b(?:order|ordre|best[äei]ll?(?:ning|ing)|köp|kjøp|køb|purchase)\w*"
    r"\s*(?:nr|no|nummer|number)?\W{0,3}#?(\d{3}\s\d{3}|\d{4,8})\b",
    re.IGNORECASE,
)
_AMOUNT = re.compile(
    r"(?:(?:€|eur|£|\$)\s?\d[\d .]{0,12}(?:[.,]\d{1,2})?"
    r"|(?<![\d.])\d(?:[\d .]{0,12}\d)?(?:[.,]\d{1,2})?\s?"
    r"(?:kr\b|kr\.|:-|sek\b|dkk\b|nok\b|eur\b|€|£|\$|euros?\b"
    r"|kronor\b|kroner\b|spänn\b))",
    re.IGNORECASE,
)
_MONTH = (
    r"(?:jan(?:uari|uar|uary)?|feb(?:ruari|ruar|ruary)?|mar(?:s|ts|ch)?|apr(?:il)?|maj|mai|may"
    r"|jun[ie]?|jul[iy]?|aug(?:usti|ust)?|sep(?:tember)?|okt(?:ober)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?|des(?:ember)?)"
)
_DATE = re.compile(
    rf"\b(?<!\d[./-])(?:\d{{4}}-\d{{2}}-\d{{2}}"
    rf"|(?:0?[1-9]|[12]\d|3[01])[./](?:0?[1-9]|1[0-2])(?:[./-]\d{{2,4}})?(?!\s?(?:kg|g|cm|mm|m|l)\b)"
    rf"|(?:den\s)?\d{{1,2}}(?::?[ae]|\.|st|nd|rd|th)?\s(?:of\s)?{_MONTH}(?:\s\d{{4}})?"
    rf"|{_MONTH}\s\d{{1,2}}(?:st|nd|rd|th)?(?:,?\s\d{{4}})?"
    rf"|den\s\d{{1,2}}(?:\.|:?[ae]))(?![\w.]?\d)(?!\w)",
    re.IGNORECASE,
)
_POSTCODE_SPACED = re.compile(r"(?<!\d)(?:SE[-\s]?)?(\d{3}\s\d{2})(?!\s?\d)", re.IGNORECASE)
_POSTCODE_BRITISH = re.compile(r"\b[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}\b")
_POSTCODE_NAMED = re.compile(
    r"\b(?:post\s?(?:nummer|nr|kod|code)|zip)\w*\D{0,40}?(\d{3}\s\d{2}|\d{4,5})(?!\d)",
    re.IGNORECASE,
)
_POSTCODE_BEFORE_TOWN = re.compile(r"(?<![\d+.,/-])(?<!\d\s)(\d{4,5})\s(?=[A-ZÆØÅÄÖ][a-zæøåäö]{2})")
_POSTCODE_SHORT = re.compile(
    r"^[^\d@]{0,25}(?<!\d)(?:DK|NO?|SE?)?[-\s]?(\d{4,5})(?!\d|\s?tak|\s?tack|\s?thank)[^\d@]{0,25}$",
    re.IGNORECASE,
)


def find_patterns(text: str, language: str | None = None) -> list[Span]:
    """The entities that have a form, in the order of the text, without overlaps.

    Args:
        language: the conversation's; a telephone number without a country code is first tried as
            one of that language's country.
    """
    return without_overlaps(_candidates(text, language))


def _candidates(text: str, language: str | None) -> Iterator[Span]:
    """Candidates, the surest first: who comes first wins where two overlap."""
    for found in _EMAIL.finditer(text):
        yield Span("email", found.start(), found.end(), found[0].lower().rstrip("."))
    for found in _ORDER_PREFIXED.finditer(text):
        yield Span("order_number", found.start(), found.end(), _order_number(found[1]))
    for found in _AMOUNT.finditer(text):
        yield Span("amount", found.start(), found.end(), found[0].strip())
    for found in _DATE.finditer(text):
        yield Span("date", found.start(), found.end(), found[0].strip())
    yield from _phones(text, language)
    for found in _POSTCODE_SPACED.finditer(text):
        yield Span("postcode", found.start(1), found.end(1), found[1])
    for found in _POSTCODE_BRITISH.finditer(text):
        yield Span("postcode", found.start(), found.end(), found[0])
    for pattern in (_ORDER_NAMED, _ORDER_BARE, _ORDER_SPACED):
        for found in pattern.finditer(text):
            yield Span("order_number", found.start(1), found.end(1), _order_number(found[1]))
    for pattern in (_POSTCODE_NAMED, _POSTCODE_BEFORE_TOWN, _POSTCODE_SHORT):
        for found in pattern.finditer(text):
            yield Span("postcode", found.start(1), found.end(1), found[1])


def _order_number(digits: str) -> str:
    """The shop's own form for six digits; others are left as the customer wrote them."""
    plain = re.sub(r"\s", "", digits)
    return f"NL-{plain}" if len(plain) == 6 else plain


def _phones(text: str, language: str | None) -> Iterator[Span]:
    """Numbers in use somewhere; then those that at least look like one, by their first digit."""
    if sum(character.isdigit() for character in text) < _MIN_PHONE_DIGITS:
        return
    own = PHONE_REGIONS.get(language or "")
    regions = sorted(PHONE_REGIONS.values(), key=lambda region: region != own)
    for leniency in (phonenumbers.Leniency.VALID, phonenumbers.Leniency.POSSIBLE):
        for region in regions:
            for match in phonenumbers.PhoneNumberMatcher(text, region, leniency):
                digits = sum(character.isdigit() for character in match.raw_string)
                looks_like = digits > _MIN_PHONE_DIGITS and match.raw_string[0] in "+0"
                if digits >= _MIN_PHONE_DIGITS and (
                    looks_like or leniency == phonenumbers.Leniency.VALID
                ):
                    form = phonenumbers.PhoneNumberFormat.E164
                    value = phonenumbers.format_number(match.number, form)
                    yield Span("phone_number", match.start, match.end, value, 0.9)
