"""When the money of a cancelled or returned order comes back, for each way of payment."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, Final

from demo_shop.markets import add_working_days

# Paid at once when ordering, and back the same day; all others are reserved until shipment.
_SAME_DAY: Final = ("swish", "mobilepay", "vipps", "gift_card")


def after_cancelling(amount: int, payment: str, today: date) -> dict[str, Any]:
    """Row of the refund for an order cancelled `today`, before anything was sent.

    Args:
        amount: in hundredths of the order's currency.
        payment: way of payment.
        today: the day of cancelling.
    """
    if payment in _SAME_DAY:
        return _row(amount, "paid", today, today)
    days = 2 if payment == "klarna" else 7
    return _row(amount, "released", today + timedelta(days=days), None)


def after_return(amount: int, payment: str, arrived: date, paid: date | None) -> dict[str, Any]:
    """Row of the refund for a return that reached the warehouse.

    Args:
        amount: in hundredths of the order's currency, label already taken off.
        payment: way of payment.
        arrived: the day on which it reached the warehouse.
        paid: the day on which we paid, None while we have not.
    """
    if paid is None:
        return _row(amount, "pending", add_working_days(arrived, 5), None)
    if payment in _SAME_DAY:
        return _row(amount, "paid", paid, paid)
    if payment == "klarna":
        return _row(amount, "paid", paid + timedelta(days=2), paid)
    return _row(amount, "paid", add_working_days(paid, 5), paid)


def _row(amount: int, status: str, expected_by: date, paid_on: date | None) -> dict[str, Any]:
    return {
        "amount": amount,
        "status": status,
        "expected_by": expected_by.isoformat(),
        "paid_on": paid_on.isoformat() if paid_on else None,
    }
