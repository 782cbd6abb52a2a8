"""Money, days, goods and addresses as natives write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from bot.orders import Address, OrderLine, ReturnLine, wording

TODAY = date(2026, 11, 22)
TWO = (
    OrderLine(1, "Storlien Headlamp", None, None, 2, Decimal(549)),
    OrderLine(2, "Mora Wool Hat", None, "Rust", 1, Decimal(349)),
    OrderLine(3, "Sarek Shell Jacket", "M", "Spruce", 1, Decimal(3499)),
)


@pytest.mark.parametrize(
    ("amount", "currency", "language", "written"),
    [
        ("1299", "SEK", "sv", "1 299 kr"),
        ("1299.50", "SEK", "sv", "1 299,50 kr"),
        ("1299", "DKK", "da", "1.299,00 kr."),
        ("29", "DKK", "da", "29,00 kr."),
        ("1299", "NOK", "nb", "1 299 kr"),
        ("49.5", "NOK", "nb", "49,50 kr"),
        ("129", "EUR", "en", "€129.00"),
        ("1299", "EUR", "sv", "1 299 €"),
        ("1299", "EUR", "da", "1.299,00 €"),
        ("1299", "SEK", "en", "SEK 1,299.00"),
        ("1299", "SEK", "da", "1.299,00 SEK"),
        ("1299", "NOK", "sv", "1 299 NOK"),
        ("1234567.89", "NOK", "nb", "1 234 567,89 kr"),
        ("0", "SEK", "sv", "0 kr"),
        ("-39", "SEK", "sv", "−39 kr"),
    ],
)
def test_money(amount: str, currency: str, language: str, written: str) -> None:
    found = wording.money(Decimal(amount), currency, language)
    assert found.replace("\xa0", " ") == written
    assert " " not in found


@pytest.mark.parametrize(
    ("on", "language", "written"),
    [
        (date(2026, 3, 3), "en", "3 March"),
        (date(2026, 3, 3), "sv", "3 mars"),
        (date(2026, 3, 3), "da", "3. marts"),
        (date(2026, 3, 3), "nb", "3. mars"),
        (date(2027, 1, 31), "da", "31. januar 2027"),
        (date(2025, 12, 1), "nb", "1. desember 2025"),
        (date(2025, 10, 1), "sv", "1 oktober 2025"),
    ],
)
def test_days(on: date, language: str, written: str) -> None:
    assert wording.day(on, language, TODAY).replace("\xa0", " ") == written


@pytest.mark.parametrize(("language", "word"), [("en", "and"), ("sv", "och"), ("da", "og")])
def test_goods(language: str, word: str) -> None:
    found = wording.items(TWO, language).replace("\xa0", " ")
    assert found == (
        f"2 × Storlien Headlamp, Mora Wool Hat (Rust) {word} Sarek Shell Jacket (M, Spruce)"
    )


def test_chosen_goods() -> None:
    assert wording.items(TWO, "en", [ReturnLine(1, 1)]) == "Storlien Headlamp"


def test_addresses() -> None:
    swedish = wording.address(Address("Storgatan 5", "11234", "Stockholm", "SE"))
    assert swedish.replace("\xa0", " ") == "Storgatan 5, 112 34 Stockholm"
    danish = Address("Vestergade 5", "8000", "Aarhus C", "DK")
    assert wording.address(danish) == "Vestergade 5, 8000 Aarhus C"
