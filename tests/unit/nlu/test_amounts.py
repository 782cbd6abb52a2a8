"""Amounts of money, as each language writes them."""

from __future__ import annotations

import pytest

from bot.nlu.entities.amounts import find_amounts


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("sv", "1 299,50 kr", "1299.50 SEK"),
        ("sv", "1\u00a0299:-", "1299.00 SEK"),
        ("sv", "99:90 kr", "99.90 SEK"),
        ("sv", "349 spänn", "349.00 SEK"),
        ("sv", "200 danska kronor", "200.00 DKK"),
        ("da", "kr. 1.299,-", "1299.00 DKK"),
        ("da", "1.299,5 kr.", "1299.50 DKK"),
        ("da", "349,-", "349.00 DKK"),
        ("nb", "1 299 kroner", "1299.00 NOK"),
        ("nb", "kr 349", "349.00 NOK"),
        ("en", "DKK 300", "300.00 DKK"),
        ("en", "£1,299.50", "1299.50 GBP"),
        ("en", "12,50 euro", "12.50 EUR"),
        ("en", "€35", "35.00 EUR"),
        ("en", "99.50 kronor", "99.50 SEK"),
        ("en", "349:-", "349.00 SEK"),
    ],
)
def test_an_amount_is_a_number_with_its_currency(language: str, text: str, value: str) -> None:
    spans = list(find_amounts(f"x {text} y", language))
    assert [span.value for span in spans] == [value]
    assert f"x {text} y"[spans[0].start : spans[0].end] == text


@pytest.mark.parametrize("language", ["en", None])
def test_crowns_of_nobody_knows_whom_have_no_currency(language: str | None) -> None:
    assert [span.value for span in find_amounts("I paid 349 kr", language)] == ["349.00"]


def test_the_number_before_an_amount_is_not_part_of_it() -> None:
    assert [span.value for span in find_amounts("2 1299 kr and SEK 499 104823", "sv")] == [
        "1299.00 SEK",
        "499.00 SEK",
    ]


@pytest.mark.parametrize("text", ["349", "kr", "12 krona2", "1234567890123 kr", "x349 kr"])
def test_a_number_alone_is_no_amount(text: str) -> None:
    assert list(find_amounts(text, "sv")) == []
