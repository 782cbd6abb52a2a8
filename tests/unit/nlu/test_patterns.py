"""Entities that have a form."""

from __future__ import annotations

import time

import pytest

from bot.nlu.entities.patterns import find_patterns


def found(text: str, language: str | None = None) -> list[tuple[str, str]]:
    return [(span.entity, span.value) for span in find_patterns(text, language)]


@pytest.mark.parametrize(
    "text",
    [
        "NL-104823",
        "nl-104823",
        "NL104823",
        "NL 104823",
        "NL-104 823",
        "my order #104823",
        "#104823",
        "104823",
        "104 823",
        "it is 104 823, thanks",
        "ordrenummer 104823",
        "beställning 104823",
        "order no. 104 823",
        "bestillingen min er 104823.",
        "where is 104823?",
    ],
)
def test_an_order_number_is_found_in_the_shops_form(text: str) -> None:
    assert found(text) == [("order_number", "NL-104823")]


def test_an_order_number_of_another_length_is_left_as_it_was_written() -> None:
    assert found("order 10482") == [("order_number", "10482")]


@pytest.mark.parametrize(
    ("text", "language", "number"),
    [
        ("call me on 070-174 06 05", "sv", "+46701740605"),
        ("ring mig på 0701740605", "sv", "+46701740605"),
        ("ring 32 12 34 56", "da", "+4532123456"),
        ("ring 22 12 34 56", "nb", "+4722123456"),
        ("07911 123456", "en", "+447911123456"),
        ("+45 32 12 34 56", "en", "+4532123456"),
        ("my number is +353 20 910 1234", "en", "+353209101234"),
        ("please call me back on 07700 900361", "en", "+447700900361"),
    ],
)
def test_a_telephone_number_is_read_as_one_of_the_customers_country(
    text: str, language: str, number: str
) -> None:
    assert found(text, language) == [("phone_number", number)]


def test_a_telephone_number_is_no_order_number_nor_the_other_way_round() -> None:
    assert found("07700 900361 about NL-104823", "en") == [
        ("phone_number", "+447700900361"),
        ("order_number", "NL-104823"),
    ]
    assert found("104823 and 104824") == [
        ("order_number", "NL-104823"),
        ("order_number", "NL-104824"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "2025-10-01",
        "1/10",
        "12.10.2025",
        "12.10.",
        "den 3 maj",
        "3. oktober",
        "October 3rd",
        "3rd of October 2025",
        "12 okt",
        "den 6.",
        "5:e december",
        "17 mai",
        "1. desember",
    ],
)
def test_a_date_is_found_as_it_is_written_in_each_language(text: str) -> None:
    assert [entity for entity, _ in found(f"since {text}")] == ["date"]


@pytest.mark.parametrize("text", ["kl 14.32", "25.30", "2.5 kg", "1 stk", "version 45/99"])
def test_other_numbers_are_no_dates(text: str) -> None:
    assert "date" not in dict(found(text))


@pytest.mark.parametrize(
    "text",
    ["349 kr", "1 299 kr", "349:-", "€35", "35 €", "12,50 euro", "£20", "499 SEK", "99.50 kronor"],
)
def test_an_amount_is_found(text: str) -> None:
    assert [entity for entity, _ in found(f"you took {text}")] == ["amount"]


@pytest.mark.parametrize(
    ("text", "postcode"),
    [
        ("831 30", "831 30"),
        ("SE-831 30 Östersund", "831 30"),
        ("Storgatan 1, 831 30 Östersund", "831 30"),
        ("8000", "8000"),
        ("send det til 8600 Silkeborg", "8600"),
        ("Havnegade 3, 8000 Aarhus C", "8000"),
        ("N-0150 Oslo", "0150"),
        ("forkert postnummer på ordren, det skal være 2200", "2200"),
        ("the zip code is 10115", "10115"),
        ("it should be SW4 7AB", "SW4 7AB"),
    ],
)
def test_a_postcode_is_found(text: str, postcode: str) -> None:
    assert found(text) == [("postcode", postcode)]


@pytest.mark.parametrize("text", ["1000 tak", "10000 takk", "tusen tack", "1000 tack!"])
def test_a_thousand_thanks_are_no_postcode(text: str) -> None:
    assert found(text) == []


def test_an_email_address_is_found_without_the_full_stop_after_it() -> None:
    assert found("Write to Anna.Berg+shop@mail.example.") == [
        ("email", "anna.berg+shop@mail.example")
    ]


def test_an_order_and_its_proof_are_told_apart() -> None:
    assert found("NL-104823, 831 30") == [("order_number", "NL-104823"), ("postcode", "831 30")]
    assert found("104823 anna@mail.example") == [
        ("order_number", "NL-104823"),
        ("email", "anna@mail.example"),
    ]


def test_the_places_are_those_of_the_text() -> None:
    text = "about order NL-104823, 349 kr"
    spans = find_patterns(text)
    assert [text[s.start : s.end] for s in spans] == ["NL-104823", "349 kr"]


@pytest.mark.parametrize("piece", ["1 ", "1.", "12 34 ", "order ", "a@b.", "post ", "07700 9"])
def test_no_text_takes_long(piece: str) -> None:
    text = (piece * 2000)[:2000]
    began = time.perf_counter()
    find_patterns(text, "sv")
    assert time.perf_counter() - began < 1.5
