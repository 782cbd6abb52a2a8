"""Personal data out of a message, before anybody reads it who has not to do with the customer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from bot.nlu.entities.amounts import find_amounts
from bot.nlu.entities.dates import find_dates
from bot.nlu.entities.patterns import (
    find_bare_orders,
    find_emails,
    find_phones,
    find_prefixed_orders,
)
from bot.nlu.entities.personal_numbers import find_personal_numbers
from bot.nlu.spans import Span
from bot.trainer.redaction.addresses import find_addresses
from bot.trainer.redaction.finding import PLACEHOLDER, Found, Kind
from bot.trainer.redaction.names import find_names
from bot.trainer.redaction.numbers import (
    find_cards,
    find_certain_accounts,
    find_more_personal_numbers,
    find_named_accounts,
    find_named_phones,
    find_spelt_emails,
)

MOST_ROUNDS = 8
"""Times that a text is looked through; what is found the second time is rare, the third unseen."""


@dataclass(frozen=True)
class Redacted:
    """A text without personal data.

    Attributes:
        text: with "[name]" and the like in their places.
        found: what was replaced, in order, without overlaps; places in the original text.
    """

    text: str
    found: tuple[Found, ...]


def redact(text: str, language: str | None = None, names: Sequence[str] = ()) -> Redacted:
    """Replaces names, numbers and addresses of persons by what they are.

    A text that has been redacted stays as it is: `redact(redact(text).text).text` is the same.

    Args:
        language: one of `bot.settings.LANGUAGES`, where it is known: whose telephone numbers are
            tried first, and whether ten figures are a Swede or a Dane.
        names: of the customer, as far as known; they are found wherever they stand.
    """
    found: list[Found] = []
    redacted = text
    # What has been replaced may leave its neighbour in another light: so until nothing is found.
    for _ in range(MOST_ROUNDS):
        fresh = _find(redacted, language, names)
        if not fresh:
            break
        found = sorted([*found, *_in_original(fresh, found)], key=lambda one: one.start)
        redacted = _replaced(text, found)
    return Redacted(redacted, tuple(found))


def _find(text: str, language: str | None, names: Sequence[str]) -> list[Found]:
    """What one look finds, in order, without overlaps."""
    taken = [found.span() for found in PLACEHOLDER.finditer(text)]
    kept: list[Found] = []
    for found, counts in _candidates(text, language, names):
        if found.start < found.end and all(
            found.end <= start or found.start >= end for start, end in taken
        ):
            taken.append((found.start, found.end))
            if counts:
                kept.append(found)
    return sorted(kept, key=lambda one: one.start)


def _candidates(
    text: str, language: str | None, names: Sequence[str]
) -> Iterator[tuple[Found, bool]]:
    """What may be personal data, the surest first; False with what is none (amounts, dates)."""
    if any(character.isdigit() for character in text):
        yield from ((found, True) for found in _certain_numbers(text, language))
        weak = list(_weak_numbers(text, language))
        if weak:
            # reading dates takes longest, so only where one might be taken for something else
            spans = (*find_amounts(text, language), *find_dates(text, language, date.today()))
            yield from ((Found("phone", span.start, span.end), False) for span in spans)
        yield from ((found, True) for found in weak)
    for found in (*_emails(text), *find_names(text, names)):
        yield found, True


def _certain_numbers(text: str, language: str | None) -> Iterator[Found]:
    yield from _emails(text)
    # The shop's letters say what it is; its figures and a postcode after them may be an account.
    yield from _as("order number", find_prefixed_orders(text))
    yield from _as("personal number", find_personal_numbers(text, language))
    yield from find_more_personal_numbers(text)
    yield from find_certain_accounts(text)
    yield from find_cards(text)


def _weak_numbers(text: str, language: str | None) -> Iterator[Found]:
    yield from find_named_accounts(text)
    yield from _as("phone", find_phones(text, language))
    yield from find_named_phones(text)
    yield from find_addresses(text)
    yield from _as("order number", find_bare_orders(text))


def _emails(text: str) -> Iterator[Found]:
    yield from _as("email", find_emails(text))
    yield from find_spelt_emails(text)


def _as(kind: Kind, spans: Iterable[Span]) -> Iterator[Found]:
    return (Found(kind, span.start, span.end) for span in spans)


def _in_original(fresh: Sequence[Found], found: Sequence[Found]) -> Iterator[Found]:
    """Places in a text in which `found` is replaced, as places in the original."""
    for one in fresh:
        shift = 0
        for before in found:
            if before.start + shift >= one.start:
                break
            shift += len(_placeholder(before.kind)) - (before.end - before.start)
        yield Found(one.kind, one.start - shift, one.end - shift)


def _replaced(text: str, found: Sequence[Found]) -> str:
    pieces, position = [], 0
    for one in found:
        pieces += [text[position : one.start], _placeholder(one.kind)]
        position = one.end
    return "".join([*pieces, text[position:]])


def _placeholder(kind: Kind) -> str:
    return f"[{kind}]"
