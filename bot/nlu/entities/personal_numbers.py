"""National numbers of persons, by python-stdnum; their value is masked.

Swedish personnummer and samordningsnummer and Norwegian fødselsnummer and D-nummer have check
digits, and a wrong one is no such number. Danish CPR numbers given out since 2007 need not have
one, so there the date of birth must do: a CPR number is found where it is written as one (a hyphen
after the date), is called one, or has the old check digit in a Danish message. British National
Insurance numbers are not in python-stdnum and are not looked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from stdnum import luhn
from stdnum.dk import cpr
from stdnum.exceptions import ValidationError
from stdnum.no import fodselsnummer
from stdnum.se import personnummer

from bot.nlu.spans import Span

_CANDIDATE = re.compile(
    r"(?<![\w+@.,/-])(?:(?P<date>(?:\d\d)?\d{6})(?P<sign>[-+ ]?)(?P<rest>\d{4})"
    r"|(?P<norwegian>\d{6} ?\d{5}))(?![\w@]|[.,/+-]\d)"
)
_CALLED = re.compile(
    r"(?:person|fødsels|fodsels|samordning|cpr|d-?nummer|f-?nummer)\w*"
    r"[-\s]*(?:nr|nummer|number|no)?\.?\W{0,3}(?:(?:är|er|is)\W{0,3})?$",
    re.IGNORECASE,
)
_CALLED_DANISH = re.compile(r"cpr", re.IGNORECASE)
_BEFORE = 40
_COORDINATION = 60
"""Added to the day of birth in a samordningsnummer."""
_D_NUMBER = 40
"""Added to the day of birth in a D-nummer."""


def find_personal_numbers(text: str, language: str | None) -> Iterator[Span]:
    """The numbers; value "personnummer 811218-****", without what tells one person from another.

    Args:
        language: the conversation's; decides between a Swedish and a Danish reading.
    """
    for found in _CANDIDATE.finditer(text):
        called = _CALLED.search(text[max(0, found.start() - _BEFORE) : found.start()])
        kind = _kind(found, called[0] if called else "", language)
        if kind is not None:
            digits = found["date"] or found["norwegian"][:6]
            hidden = "-****" if found["date"] else " *****"
            yield Span("personal_number", found.start(), found.end(), f"{kind} {digits}{hidden}")


def _kind(found: re.Match[str], called: str, language: str | None) -> str | None:
    if found["norwegian"]:
        return _norwegian(found["norwegian"])
    day_first, sign, rest = found["date"], found["sign"], found["rest"]
    swedish = _swedish(day_first, "+" if sign == "+" else "-", rest)
    danish = len(day_first) == 6 and sign != "+" and cpr.is_valid(day_first + rest)
    if danish and _CALLED_DANISH.search(called):
        return "cpr-nummer"
    if swedish and (sign in ("-", "+") or len(day_first) == 8 or called or day_first[0] != "0"):
        # ten digits that begin with 0 are a telephone number unless they are called otherwise
        return swedish
    written_as_one = sign == "-" and language != "sv"
    old_check_digit = language == "da" and cpr.checksum(day_first[-6:] + rest) == 0
    if danish and (written_as_one or (called and language == "da") or old_check_digit):
        return "cpr-nummer"
    return None


def _swedish(born: str, sign: str, rest: str) -> str | None:
    """The kind of a Swedish number, or None for a wrong date or check digit."""
    day = int(born[-2:])
    coordination = day > _COORDINATION
    plain_day = day - _COORDINATION if coordination else day
    if not luhn.is_valid(born[-6:] + rest):
        return None
    try:
        birth = personnummer.get_birth_date(f"{born[:-2]}{plain_day:02}{sign}{rest}")
    except ValidationError:
        return None
    if birth > date.today():
        return None
    return "samordningsnummer" if coordination else "personnummer"


def _norwegian(number: str) -> str | None:
    if not fodselsnummer.is_valid(number):
        return None
    return "d-nummer" if int(number[:2]) > _D_NUMBER else "fødselsnummer"
