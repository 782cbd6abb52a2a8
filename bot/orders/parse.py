"""The order system's JSON into the dataclasses of `bot.orders.model`, or an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, TypeVar

from bot.orders.errors import OrderSystemAnswerInvalid
from bot.orders.model import (
    Address,
    Exchange,
    Order,
    OrderLine,
    OrderState,
    Refund,
    RefundStatus,
    ReturnLabel,
    ReturnLine,
    ReturnReason,
    TimelineEntry,
)

T = TypeVar("T")


def parse_order(body: object) -> Order:
    """The order in an answer's JSON. Raises OrderSystemAnswerInvalid."""
    return _parsed(_order, body)


def parse_label(body: object) -> ReturnLabel:
    """The return label in an answer's JSON. Raises OrderSystemAnswerInvalid."""
    return _parsed(_label, body)


def _parsed(parse: Callable[[Any], T], body: object) -> T:
    try:
        return parse(body)
    except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
        # the name of the field, never its value: that is a customer's
        where = error.args[0] if isinstance(error, KeyError | _Unfit) else type(error).__name__
        raise OrderSystemAnswerInvalid(
            f"The order system's answer is not as expected ({where}). "
            "Check that SVARA_ORDER_SYSTEM_URL leads to a system of this version."
        ) from None


class _Unfit(ValueError):
    """A field of another type than it should be."""


def _order(body: Mapping[str, Any]) -> Order:
    address = body["address"]
    refund = body["refund"]
    return Order(
        number=_text(body, "number"),
        state=OrderState(body["state"]),
        name=_text(body, "name"),
        email=_text(body, "email"),
        address=Address(
            _text(address, "street"),
            _text(address, "postcode"),
            _text(address, "city"),
            _text(address, "country"),
        ),
        currency=_text(body, "currency"),
        lines=tuple(_line(line) for line in body["lines"]),
        delivery_price=_money(body, "delivery_price"),
        total=_money(body, "total"),
        payment=_text(body, "payment"),
        promised_on=date.fromisoformat(body["promised_on"]),
        carrier=_optional(body, "carrier"),
        tracking_number=_optional(body, "tracking_number"),
        tracking_url=_link(body, "tracking_url") if body["tracking_url"] is not None else None,
        timeline=tuple(
            TimelineEntry(OrderState(entry["state"]), _moment(entry)) for entry in body["timeline"]
        ),
        return_until=_day(body, "return_until"),
        returns=tuple(_label(label) for label in body["returns"]),
        refund=None if refund is None else _refund(refund),
    )


def _line(body: Mapping[str, Any]) -> OrderLine:
    return OrderLine(
        _count(body, "line"),
        _text(body, "product"),
        _optional(body, "size"),
        _optional(body, "colour"),
        _count(body, "quantity"),
        _money(body, "price"),
    )


def _label(body: Mapping[str, Any]) -> ReturnLabel:
    exchange = body["exchange"]
    return ReturnLabel(
        number=_text(body, "number"),
        url=_link(body, "url"),
        price=_money(body, "price"),
        currency=_text(body, "currency"),
        reason=ReturnReason(body["reason"]),
        lines=tuple(
            ReturnLine(_count(line, "line"), _count(line, "quantity")) for line in body["lines"]
        ),
        exchange=None
        if exchange is None
        else Exchange(_optional(exchange, "size"), _optional(exchange, "colour")),
        at=_moment(body),
    )


def _refund(body: Mapping[str, Any]) -> Refund:
    expected_by = _day(body, "expected_by")
    if expected_by is None:
        raise _Unfit("expected_by")
    return Refund(
        _money(body, "amount"),
        _text(body, "currency"),
        RefundStatus(body["status"]),
        expected_by,
        _day(body, "paid_on"),
    )


def _text(body: Mapping[str, Any], field: str) -> str:
    value = body[field]
    if not isinstance(value, str):
        raise _Unfit(field)
    return value


def _optional(body: Mapping[str, Any], field: str) -> str | None:
    return None if body[field] is None else _text(body, field)


def _link(body: Mapping[str, Any], field: str) -> str:
    """A link that may be shown to a customer."""
    value = _text(body, field)
    if not re.fullmatch(r"https?://[^\s<>\"]+", value):
        raise _Unfit(field)
    return value


def _count(body: Mapping[str, Any], field: str) -> int:
    value = body[field]
    if not isinstance(value, int) or isinstance(value, bool):
        raise _Unfit(field)
    return value


def _money(body: Mapping[str, Any], field: str) -> Decimal:
    value = Decimal(_text(body, field))
    if not value.is_finite():
        raise _Unfit(field)
    return value


def _day(body: Mapping[str, Any], field: str) -> date | None:
    return None if body[field] is None else date.fromisoformat(_text(body, field))


def _moment(body: Mapping[str, Any]) -> datetime:
    at = datetime.fromisoformat(_text(body, "at"))
    return at if at.tzinfo else at.replace(tzinfo=timezone.utc)
