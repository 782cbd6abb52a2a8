"""Reading a yes, an address, goods and reasons in customers' words."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from bot.orders import OrderLine, ReturnLine, ReturnReason
from bot.orders.replies import (
    NewAddress,
    is_no,
    is_yes,
    lacks_it,
    match_lines,
    parse_address,
    parse_reason,
)


@pytest.mark.parametrize(
    "text",
    [
        "yes",
        "Yes please!",
        "ok",
        "yes, cancel it",
        "ja",
        "Ja tack",
        "ja, avbeställ den",
        "japp",
        "ja tak",
        "gør det",
        "ja takk",
        "Gjerne",
        "kjør på",
        "det stemmer",
    ],
)
def test_a_plain_yes(text: str) -> None:
    assert is_yes(text) and not is_no(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yes but not the hat",
        "ja men vänta",
        "ja, hvis det er gratis",
        "yes?",
        "the jacket",
        "yesterday I ordered a hat",
        "okay so what does that cost then, tell me first",
        "janne",
    ],
)
def test_no_plain_yes(text: str) -> None:
    assert not is_yes(text)


@pytest.mark.parametrize("text", ["no", "nej tack", "Nei!", "wait", "glöm det", "glem det", "nope"])
def test_a_no(text: str) -> None:
    assert is_no(text) and not is_yes(text)


@pytest.mark.parametrize(
    "text", ["not now I think", "Norwegian wool", "nothing", "I changed my mind about the hat"]
)
def test_no_no(text: str) -> None:
    assert not is_no(text)


@pytest.mark.parametrize(
    "text",
    [
        "I don't have it",
        "where do I find that",
        "no idea",
        "jag vet inte",
        "hittar inte numret",
        "var hittar jag det?",
        "jeg kan ikke finde det",
        "hvor står nummeret?",
        "hva er nummeret?",
    ],
)
def test_does_not_have_it(text: str) -> None:
    assert lacks_it(text)


@pytest.mark.parametrize("text", ["NL-104823", "it's 104823", "anna@mail.example", "831 30"])
def test_has_it(text: str) -> None:
    assert not lacks_it(text)


@pytest.mark.parametrize(
    ("text", "street", "postcode", "city"),
    [
        ("Storgatan 5, 112 34 Stockholm", "Storgatan 5", "112 34", "Stockholm"),
        ("storgatan 5 11234 stockholm", "storgatan 5", "11234", "stockholm"),
        ("Vestergade 3, 2. tv\n8000 Aarhus C", "Vestergade 3, 2. tv", "8000", "Aarhus C"),
        ("Send it to Karl Johans gate 1B, 0154 Oslo", "Karl Johans gate 1B", "0154", "Oslo"),
        ("till Box 12, SE-831 30 Östersund tack!", "Box 12", "831 30", "Östersund"),
        ("Prinsengracht 220, 1016 HD Amsterdam", "Prinsengracht 220", "1016 HD", "Amsterdam"),
        ("c/o Ek, Nygatan 7 lgh 1201, 903 26 Umeå", "c/o Ek, Nygatan 7 lgh 1201", "903 26", "Umeå"),
        (
            "Ændr NL-104831 til Søndergade 1, 8000 Aarhus C i stedet",
            "Søndergade 1",
            "8000",
            "Aarhus C",
        ),
    ],
)
def test_addresses(text: str, street: str, postcode: str, city: str) -> None:
    assert parse_address(text) == NewAddress(street, postcode, city)


@pytest.mark.parametrize(
    "text",
    [
        "Storgatan 5",
        "Storgatan 5 Stockholm",
        "112 34 Stockholm",
        "8000",
        "",
        "anna@mail.example",
        "I want to talk to a person",
        "it cost 1299 kr",
        "NL-104831",
        "Storgatan 5, 112 34",
    ],
)
def test_no_whole_address(text: str) -> None:
    assert parse_address(text) is None


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("it was too small", ReturnReason.WRONG_SIZE),
        ("den var för liten", ReturnReason.WRONG_SIZE),
        ("for stort til mig", ReturnReason.WRONG_SIZE),
        ("den passer ikke", ReturnReason.WRONG_SIZE),
        ("the zip is broken", ReturnReason.FAULTY),
        ("den er i stykker", ReturnReason.FAULTY),
        ("den är sönder", ReturnReason.FAULTY),
        ("pakken var skadet da den kom", ReturnReason.DAMAGED_IN_TRANSPORT),
        ("it arrived damaged", ReturnReason.DAMAGED_IN_TRANSPORT),
        ("ni har skickat fel vara", ReturnReason.WRONG_ITEM),
        ("det är inte det jag beställde", ReturnReason.WRONG_ITEM),
        ("ångrade mig", ReturnReason.CHANGED_MIND),
        ("jeg har fortrudt", ReturnReason.CHANGED_MIND),
        ("I don't need it any more", ReturnReason.CHANGED_MIND),
        ("not what I expected", ReturnReason.NOT_AS_EXPECTED),
        ("jag gillar den inte", ReturnReason.NOT_AS_EXPECTED),
        ("hello", None),
        ("I want to talk to a person", None),
        ("jeg kan ikke finde det", None),
    ],
)
def test_reasons(text: str, reason: ReturnReason | None) -> None:
    assert parse_reason(text) is reason


def _line(number: int, product: str, size: str | None, colour: str, quantity: int = 1) -> OrderLine:
    return OrderLine(number, product, size, colour, quantity, Decimal(100))


LINES = (
    _line(1, "Sarek Shell Jacket", "M", "Spruce"),
    _line(2, "Abisko Down Jacket", "L", "Ink"),
    _line(3, "Vidda Wool Socks", "39-42", "Grey", 3),
)


@pytest.mark.parametrize(
    ("text", "chosen"),
    [
        ("the sarek one", [(1, 1)]),
        ("Sarek Shell Jacket (M, Spruce)", [(1, 1)]),
        ("sarec jacket", [(1, 1)]),
        ("the jacket", []),
        ("the ink one", [(2, 1)]),
        ("size L", [(2, 1)]),
        ("socks", [(3, 3)]),
        ("just 2 of the socks", [(3, 2)]),
        ("only one pair of socks", [(3, 1)]),
        ("the socks and the abisko", [(2, 1), (3, 3)]),
        ("everything", [(1, 1), (2, 1), (3, 3)]),
        ("alltihop", [(1, 1), (2, 1), (3, 3)]),
        ("hele ordren", [(1, 1), (2, 1), (3, 3)]),
        ("everything but the socks", []),
        ("not the socks", []),
        ("my trousers", []),
        ("", []),
    ],
)
def test_goods(text: str, chosen: list[tuple[int, int]]) -> None:
    assert match_lines(text, LINES) == tuple(ReturnLine(*pair) for pair in chosen)


@pytest.mark.parametrize(
    "text", ["a" * 20_000, "1" * 20_000, "8000 " * 4_000, " " * 20_000, "to " * 7_000, "é-" * 9_000]
)
def test_no_text_takes_long(text: str) -> None:
    start = time.perf_counter()
    for read in (parse_address, parse_reason, is_yes, is_no, lacks_it):
        read(text)
    match_lines(text, LINES)
    assert time.perf_counter() - start < 0.5
