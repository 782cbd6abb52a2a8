"""Order numbers and proofs as customers write them."""

from __future__ import annotations

import time

import pytest

from bot.orders import is_proof, normalise_order_number


@pytest.mark.parametrize(
    "text",
    [
        "NL-104823",
        "nl 104823",
        "nl104823",
        "#104823",
        "# 104823",
        "104823",
        "NL–104823",
        "NL-104 823",
        "nl:104823",
        "Order nr 104823.",
        "min order är NL-104823, tack!",
        "ordrenr. 104823?",
        "nl-104823 och 83130",
        "83130, order 104823",
        "１０４８２３",
    ],
)
def test_an_order_number_in_any_dress(text: str) -> None:
    assert normalise_order_number(text) == "NL-104823"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12345",
        "NL-10482",
        "1048231",
        "NL-1048231",
        "onl-104823",
        "онl104823",
        "+46104823",
        "070-104823",
        "2026-104823",
        "104823.50",
        "104823kr",
        "831 30",
        "none",
        "NL-",
    ],
)
def test_no_order_number(text: str) -> None:
    assert normalise_order_number(text) is None


@pytest.mark.parametrize(
    ("text", "proof"),
    [
        ("it's anna@x.se", "anna@x.se"),
        ("Anna.Lindqvist@Mail.example.", "anna.lindqvist@mail.example"),
        ("<a@b.se>", "a@b.se"),
        ("mailto:a@b.se", "a@b.se"),
        ("bjørn@bjørnson.no", "bjørn@bjørnson.no"),
        ("anna@x.se, postnr 831 30", "anna@x.se"),
        ("postnr 831 30", "83130"),
        ("83130", "83130"),
        ("S-831 30 Östersund", "83130"),
        ("Prästgatan 24, 831 30 Östersund", "83130"),
        ("mitt postnummer är 41119", "41119"),
        ("postnummeret mitt er 5015", "5015"),
        ("DK-8000 Aarhus C", "8000"),
        ("dk 8000", "8000"),
        ("0552", "0552"),
        ("8000 AARHUS", "8000"),
        ("my zip code: 8000.", "8000"),
        ("order 104823 and 83130", "83130"),
        ("NL-104823, 8000", "8000"),
        ("bought in 2025, postcode 8000", "8000"),
        ("8000, I said 8000!", "8000"),
        ("den kostede 1299 kr og postnr er 8000", "8000"),
    ],
)
def test_a_proof_in_a_sentence(text: str, proof: str) -> None:
    assert is_proof(text) == proof


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no",
        "NL-104823",
        "104823",
        "anna@x",
        "anna(at)x.se",
        "@x.se",
        "070 123 45 67",
        "+46 70 123 45 67",
        "jag betalade 1299 kr",
        "that's 1299 kr",
        "1 299 kr",
        "€ 1299",
        "12 mars 2026",
        "12.03.2026",
        "2026-03-12",
        "kl 08:1530",
        "8000 eller 5015",
        "1016 HD",
    ],
)
def test_no_proof(text: str) -> None:
    assert is_proof(text) is None


@pytest.mark.parametrize("piece", ["a", "a.", "1 ", "831 3", "nl"])
def test_no_text_takes_long(piece: str) -> None:
    text = piece * 10**5
    start = time.perf_counter()
    is_proof(text + "@")
    is_proof("@" + text)
    normalise_order_number(text)
    assert time.perf_counter() - start < 0.2
