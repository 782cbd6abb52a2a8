"""The countries that the demo orders go to, and what differs between them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final


@dataclass(frozen=True)
class Market:
    """Terms of one country.

    Attributes:
        currency: ISO 4217.
        delivery: price of standard delivery, in `currency`.
        free_from: order value from which delivery costs nothing.
        working_days: the longest standard delivery time.
        label: price of a return label.
        fault_years: how long a fault may be claimed after delivery.
        postcode: pattern of a postcode without spaces, hyphens and country prefix.
    """

    currency: str
    delivery: Decimal
    free_from: Decimal
    working_days: int
    label: Decimal
    fault_years: int
    postcode: re.Pattern[str]


def _eu(postcode: str) -> Market:
    return Market("EUR", Decimal(9), Decimal(120), 7, Decimal(5), 2, re.compile(postcode, re.A))


MARKETS: Final = {
    "SE": Market("SEK", Decimal(49), Decimal(599), 3, Decimal(39), 3, re.compile(r"\d{5}", re.A)),
    "DK": Market("DKK", Decimal(39), Decimal(499), 4, Decimal(29), 2, re.compile(r"\d{4}", re.A)),
    "NO": Market("NOK", Decimal(59), Decimal(699), 5, Decimal(49), 5, re.compile(r"\d{4}", re.A)),
    "DE": _eu(r"\d{5}"),
    "FI": _eu(r"\d{5}"),
    "NL": _eu(r"\d{4}[a-z]{2}"),
}


def add_working_days(day: date, count: int) -> date:
    """The date `count` working days (Monday to Friday) after `day`."""
    while count:
        day += timedelta(days=1)
        if day.weekday() < 5:
            count -= 1
    return day
