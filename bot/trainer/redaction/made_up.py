"""Made-up values in the place of personal data: nobody has them, and one sees that.

They have the form of what they stand for, so that a text is understood as the original was.
Numbers are those that are kept for tests and films, where there are such: by the Swedish tax
agency and the Norwegian one, the registry of IBANs, the payment industry, the Swedish and the
British telephone authority; `.example` is reserved by RFC 2606.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from stdnum.no import kontonr

from bot.trainer.redaction.finding import KINDS, PLACEHOLDER, Kind

_USUAL = "en"
_GIVEN = ("Kim", "Robin", "Alex", "Charlie", "Sam")
_FAMILY = {"sv": "Exempelsson", "da": "Eksempelsen", "nb": "Eksempelsen", "en": "Sample"}
_STREETS = {
    "sv": ("Exempelgatan {number}, 111 11 Stockholm", "111 11"),
    "da": ("Eksempelvej {number}, 1111 København", "1111"),
    "nb": ("Eksempelveien {number}, 0111 Oslo", "0111"),
    "en": ("{number} Example Street, London N1 1AA", "N1 1AA"),
}
_PHONES = {
    "sv": ("070-174 06 {:02}", range(5, 100)),
    "da": ("20 55 51 {:02}", range(100)),
    "nb": ("400 00 {:03}", range(100, 200)),
    # without those that might be a Norwegian account: one of eleven has its check digit
    "en": ("07700 900{:03}", [n for n in range(100, 200) if not kontonr.is_valid(f"07700900{n}")]),
}
_ACCOUNTS = {
    "sv": "SE45 5000 0000 0583 9825 7466",
    "da": "DK50 0040 0440 1162 43",
    "nb": "NO93 8601 1117 947",
    "en": "GB29 NWBK 6016 1331 9268 19",
}
_PERSONAL_NUMBERS = {
    "sv": ("811218-9876", "640823-3234"),
    "da": ("251248-9996",),
    "nb": ("131169 00216",),
    "en": ("811218-9876", "640823-3234"),
}
_CARDS = ("4242 4242 4242 4242", "5555 5555 5555 4444")


@dataclass(frozen=True)
class MadeUp:
    """A made-up value in a text.

    Attributes:
        start: its first character; `end` is one past the last.
        value: the characters themselves.
    """

    kind: Kind
    start: int
    end: int
    value: str


@dataclass(frozen=True)
class Filled:
    """A redacted text with values in it again.

    Attributes:
        made_up: the values, in order.
    """

    text: str
    made_up: tuple[MadeUp, ...]


def fill(redacted: str, language: str) -> Filled:
    """Puts made-up values in the place of "[order number]" and the like.

    The same text gets the same values; two places of a kind in it get two values, another text
    most likely others, so that an example teaches the form and not the number.

    >>> fill("where is [order number]", "en").text
    'where is NL-900378'

    Args:
        language: one of `bot.settings.LANGUAGES`: whose names, streets and numbers.
    """
    first = int.from_bytes(hashlib.sha256(redacted.encode()).digest()[:4], "big")
    pieces: list[str] = []
    made: list[MadeUp] = []
    position = length = 0
    for number, found in enumerate(PLACEHOLDER.finditer(redacted), first):
        kind = next(kind for kind in KINDS if kind == found[1])
        before, value = redacted[position : found.start()], made_up(kind, language, number)
        start = length + len(before)
        pieces += [before, value]
        length, position = start + len(value), found.end()
        made.append(MadeUp(kind, start, length, value))
    return Filled("".join([*pieces, redacted[position:]]), tuple(made))


def made_up(kind: Kind, language: str | None, number: int) -> str:
    """A value that nobody has.

    Args:
        language: whose; English where there is none of it.
        number: which; after the last one comes the first again.
    """
    values = _values(language if language in _FAMILY and language else _USUAL)[kind]
    return values[number % len(values)]


def is_made_up(value: str) -> bool:
    """Whether a value is one of ours, and so nobody's."""
    return value.strip() in _all_values()


def postcode_in(address: str) -> str | None:
    """The postcode of a made-up address."""
    return next((code for _, code in _STREETS.values() if code in address), None)


@cache
def _values(language: str) -> Mapping[Kind, tuple[str, ...]]:
    phone, phones = _PHONES[language]
    return {
        "name": tuple(f"{given} {_FAMILY[language]}" for given in _GIVEN),
        "email": tuple(f"{each.lower()}@mail.example" for each in _GIVEN),
        "phone": tuple(phone.format(number) for number in phones),
        "card": _CARDS,
        "account": (_ACCOUNTS[language],),
        "personal number": _PERSONAL_NUMBERS[language],
        "address": tuple(_STREETS[language][0].format(number=number) for number in range(1, 10)),
        "order number": tuple(f"NL-900{number:03}" for number in range(1, 1000)),
    }


@cache
def _all_values() -> frozenset[str]:
    return frozenset(
        value for language in _FAMILY for values in _values(language).values() for value in values
    )
