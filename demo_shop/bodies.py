"""What callers may ask for: JSON bodies parsed into typed objects, or refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from demo_shop.errors import RequestRefused

RETURN_REASONS: Final = (
    "changed_mind",
    "wrong_size",
    "not_as_expected",
    "faulty",
    "damaged_in_transport",
    "wrong_item",
)
_MAX_LINES: Final = 50


@dataclass(frozen=True)
class NewAddress:
    """Where an order shall go instead."""

    street: str
    postcode: str
    city: str


@dataclass(frozen=True)
class Exchange:
    """Size or colour of the same product that the customer wants instead."""

    size: str | None
    colour: str | None


@dataclass(frozen=True)
class ReturnRequest:
    """What shall be sent back.

    Attributes:
        lines: quantity by line number of the order.
        reason: one of `RETURN_REASONS`.
        exchange: what to send instead, only with one line; None for the money back.
    """

    lines: Mapping[int, int]
    reason: str
    exchange: Exchange | None


def proof_of(body: Mapping[str, Any]) -> str:
    """The proof in `body`. Raises RequestRefused."""
    return _text(body, "proof", 254)


def address_of(body: Mapping[str, Any]) -> NewAddress:
    """The new address in `body`. Raises RequestRefused."""
    return NewAddress(
        _text(body, "street", 100), _text(body, "postcode", 12), _text(body, "city", 60)
    )


def return_of(body: Mapping[str, Any]) -> ReturnRequest:
    """The return in `body`. Raises RequestRefused."""
    reason = _text(body, "reason", 40)
    if reason not in RETURN_REASONS:
        raise RequestRefused(f"'reason' must be one of {', '.join(RETURN_REASONS)}.")
    lines = body.get("lines")
    if not isinstance(lines, list) or not 1 <= len(lines) <= _MAX_LINES:
        raise RequestRefused(f"'lines' must be a list of 1 to {_MAX_LINES} order lines.")
    wanted: dict[int, int] = {}
    for line in lines:
        place, quantity = _line(line)
        if place in wanted:
            raise RequestRefused(f"'lines' has line {place} twice.")
        wanted[place] = quantity
    exchange = _exchange(body.get("exchange"))
    if exchange and len(wanted) > 1:
        raise RequestRefused("'exchange' is for one line; ask for each line by itself.")
    return ReturnRequest(wanted, reason, exchange)


def _line(line: object) -> tuple[int, int]:
    if not isinstance(line, dict):
        raise RequestRefused('Each of \'lines\' must look like {"line": 1, "quantity": 1}.')
    return _count(line, "line"), _count(line, "quantity") if "quantity" in line else 1


def _exchange(value: object) -> Exchange | None:
    if value is None:
        return None
    if not isinstance(value, dict):
        raise RequestRefused("'exchange' must be an object with 'size' or 'colour'.")
    size = _text(value, "size", 40) if value.get("size") is not None else None
    colour = _text(value, "colour", 40) if value.get("colour") is not None else None
    if size is None and colour is None:
        raise RequestRefused("'exchange' needs a 'size' or a 'colour'.")
    return Exchange(size, colour)


def _text(body: Mapping[str, Any], field: str, longest: int) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not value.strip():
        raise RequestRefused(f"'{field}' must be a text.")
    value = " ".join(value.split())
    if len(value) > longest or not value.isprintable():
        raise RequestRefused(f"'{field}' must be at most {longest} printable characters.")
    return value


def _count(body: Mapping[str, Any], field: str) -> int:
    value = body.get(field)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 1000:
        raise RequestRefused(f"'{field}' must be a whole number from 1 to 1000.")
    return value
