"""Entities that have a form: numbers of all kinds, e-mail, telephone, dates, amounts, postcodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from itertools import islice

import phonenumbers
from phonenumbers import Leniency, PhoneNumberMatcher

from bot.nlu.entities.amounts import find_amounts
from bot.nlu.entities.dates import find_dates
from bot.nlu.entities.personal_numbers import find_personal_numbers
from bot.nlu.spans import Span, without_overlaps

PHONE_REGIONS = {"sv": "SE", "da": "DK", "nb": "NO", "en": "GB"}
_MIN_PHONE_DIGITS = 8
_MOST_PHONES = 3
"""Telephone numbers of one message that are looked at."""

_PHONE_RUN = re.compile(r"(?<!\w)(?:[+(]{0,2}\d(?:[ \u00a0().\-/]{0,3}\d){7,16})(?!\w)")
# begins where a word does, so that a long word takes no longer than a short one
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+", re.UNICODE)
_ORDER_PREFIXED = re.compile(r"\bNL[-\s]?(\d{3}\s?\d{3})\b", re.IGNORECASE)
_ORDER_BARE = re.compile(r"(?<![\d+.,/-])(?<!\d\s)#?(\d{6})(?![\d.,/-]?\d)")
_ORDER_SPACED = re.compile(r"^[^\d@]{0,25}(?<!\d)#?(\d{3}\s\d{3})(?!\d)[^\d@]{0,25}$")
_ORDER_NAMED = re.compile(
    r"\b(?:order|ordre|best[äei]ll?(?:ning|ing)|köp|kjøp|køb|purchase)\w*"
    r"\s*(?:nr|no|nummer|number)?\W{0,3}#?(\d{3}\s\d{3}|\d{4,8})\b",
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


def find_patterns(text: str, language: str | None = None, today: date | None = None) -> list[Span]:
    """The entities that have a form, in the order of the text, without overlaps.

    Args:
        language: the conversation's; a telephone number without a country code is first tried as
            one of that language's country, "kr" are that country's crowns.
        today: the customer's, for dates; by default this machine's.
    """
    return without_overlaps(_candidates(text, language, today or date.today()))


def _candidates(text: str, language: str | None, today: date) -> Iterator[Span]:
    """Candidates, the surest first: who comes first wins where two overlap."""
    yield from find_emails(text)
    yield from find_personal_numbers(text, language)
    yield from find_prefixed_orders(text)
    yield from find_amounts(text, language)
    yield from find_dates(text, language, today)
    yield from find_phones(text, language)
    for found in _POSTCODE_SPACED.finditer(text):
        yield Span("postcode", found.start(1), found.end(1), found[1])
    for found in _POSTCODE_BRITISH.finditer(text):
        yield Span("postcode", found.start(), found.end(), found[0])
    yield from find_bare_orders(text)
    for pattern in (_POSTCODE_NAMED, _POSTCODE_BEFORE_TOWN, _POSTCODE_SHORT):
        for found in pattern.finditer(text):
            yield Span("postcode", found.start(1), found.end(1), found[1])


def find_emails(text: str) -> Iterator[Span]:
    """E-mail addresses; value in small letters."""
    for found in _EMAIL.finditer(text):
        yield Span("email", found.start(), found.end(), found[0].lower().rstrip("."))


def find_prefixed_orders(text: str) -> Iterator[Span]:
    """Order numbers with the shop's letters; value "NL-104823"."""
    for found in _ORDER_PREFIXED.finditer(text):
        yield Span("order_number", found.start(), found.end(), _order_number(found[1]))


def find_bare_orders(text: str) -> Iterator[Span]:
    """Order numbers without letters, by the words around them or by their six figures."""
    for pattern in (_ORDER_NAMED, _ORDER_BARE, _ORDER_SPACED):
        for found in pattern.finditer(text):
            yield Span("order_number", found.start(1), found.end(1), _order_number(found[1]))


def _order_number(digits: str) -> str:
    """The shop's own form for six digits; others are left as the customer wrote them."""
    plain = re.sub(r"\s", "", digits)
    return f"NL-{plain}" if len(plain) == 6 else plain


def find_phones(text: str, language: str | None) -> Iterator[Span]:
    """Telephone numbers in use somewhere; then those that at least look like one, by their first
    digit. Value as in E.164.
    """
    own = PHONE_REGIONS.get(language or "")
    regions = sorted(PHONE_REGIONS.values(), key=lambda region: region != own)
    # phonenumbers takes milliseconds for a text, so it sees only what has figures enough
    for run in islice(_PHONE_RUN.finditer(text), _MOST_PHONES):
        abroad = run[0].startswith("+")
        attempts = [(region, Leniency.VALID) for region in regions[: 1 if abroad else None]]
        if run[0].startswith(("+", "0")):
            attempts.append((regions[0], Leniency.POSSIBLE))
        for region, leniency in attempts:
            found = list(_phones_in(run, region, leniency))
            yield from found
            if found:
                break


def _phones_in(run: re.Match[str], region: str, leniency: int) -> Iterator[Span]:
    for match in PhoneNumberMatcher(run[0], region, leniency):
        digits = sum(character.isdigit() for character in match.raw_string)
        looks_like = digits > _MIN_PHONE_DIGITS and match.raw_string[0] in "+0"
        if digits >= _MIN_PHONE_DIGITS and (looks_like or leniency == Leniency.VALID):
            value = phonenumbers.format_number(match.number, phonenumbers.PhoneNumberFormat.E164)
            start = run.start()
            yield Span("phone_number", start + match.start, start + match.end, value, 0.9)
