"""Personal data out of messages."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stdnum import iban, luhn
from stdnum.no import kontonr
from stdnum.se import personnummer

from bot.errors import NluError
from bot.trainer.redaction import KINDS, redact
from bot.trainer.redaction.measuring import Measured, measure, read_marked

ROOT = Path(__file__).resolve().parents[3]
CERTAIN = ("email", "personal number", "card", "account", "phone")
LANGUAGES = ("sv", "da", "nb", "en", None)


@pytest.fixture(scope="module")
def measured() -> Measured:
    return measure(read_marked(ROOT / "tests/blind/redaction.csv"))


def test_nothing_is_left_of_the_kinds_that_are_nearly_certain(measured: Measured) -> None:
    for score in measured.scores:
        if score.kind in CERTAIN:
            assert score.gone == score.marked, score


def test_most_names_addresses_and_orders_are_found_and_little_else(measured: Measured) -> None:
    for score in measured.scores:
        assert score.recall >= 0.95, score
        assert score.precision >= 0.9, score
    assert measured.touched <= 2


@pytest.mark.parametrize(
    ("language", "text", "redacted"),
    [
        ("en", "my name is sarah connolly and it's late", "my name is [name] and it's late"),
        ("sv", "jag heter anna svensson och undrar", "jag heter [name] och undrar"),
        ("da", "Jeg hedder Søren Kjær", "Jeg hedder [name]"),
        ("nb", "Hilsen Birgitte og Poul Madsen", "Hilsen [name]"),
        ("sv", "Tack!\nmvh\nAnna", "Tack!\nmvh\n[name]"),
        ("en", "Tom Baker, 12 High Street, Leeds LS1 4DY", "[name], [address]"),
        ("nb", "karl johans gate 3, 0154 Oslo", "[address]"),
        ("da", "Nørregade 12, 2. tv, 1165 København K", "[address]"),
        ("sv", "konto 8327-9, 123 456 789-0", "konto [account]"),
        ("en", "card 4242 4242 4242 4242 exp 09/28", "card [card] exp 09/28"),
        ("sv", "order NL-104823 till 840312-3311", "order [order number] till [personal number]"),
        # with the postcode as many figures as a Norwegian account, and a right check digit
        ("sv", "NL-104817 83130 Åre", "[order number] [address]"),
        ("sv", "NL-104817, 831 30", "[order number], 831 30"),
        ("nb", "kari at online dot no", "[email]"),
    ],
)
def test_personal_data_is_replaced_by_what_it_is(language: str, text: str, redacted: str) -> None:
    assert redact(text, language).text == redacted


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("sv", "jag betalade 1 299 kr den 12 mars 2025 för storlek 42"),
        ("da", "Jeg hedder det samme som en anden kunde"),
        ("nb", "hva heter den blå jakka dere hadde i fjor"),
        ("en", "my name is spelled wrong on the invoice"),
        ("en", "this is ridiculous, thanks, great service"),
        ("en", "waited 45 minutes and error 1002 again"),
        ("sv", "Hej Kim! Tack för svaret, Storgatan är fin"),
        ("nb", "snakket med alle 3, jeg er nesten 2 meter"),
        ("en", "the Sarek Shell Jacket weighs 12 kg at 20.10.2025"),
    ],
)
def test_dates_amounts_products_and_words_stay(language: str, text: str) -> None:
    assert redact(text, language).text == text


def test_names_that_the_caller_knows_are_found_wherever_they_stand() -> None:
    text = "Hej Stone, det gäller Kim Stones order; stone var fel sten"
    assert "Stone" in redact(text, "sv").text
    known = redact(text, "sv", names=["Kim Stone"]).text
    assert known == "Hej [name], det gäller [name] order; stone var fel sten"


def test_a_broken_file_is_named(tmp_path: Path) -> None:
    broken = tmp_path / "marked.csv"
    broken.write_text("text\nhello\n", encoding="utf-8")
    with pytest.raises(NluError, match=re.escape(str(broken))):
        read_marked(broken)


_digits = st.text("0123456789", min_size=1, max_size=12)
_piece = st.one_of(
    st.text(max_size=12),
    _digits,
    st.sampled_from(["hej, jag", "heter", "my name is", "Anna", "svensson", "mvh", "/", "och"]),
    st.sampled_from(["Storgatan 5", "903 26 Umeå", "12 High Street", "LS1 4DY", "\n", ".", "-"]),
    st.sampled_from(["order NL-104823", "070-174 06 12", "kari@mail.example", "840312-3311"]),
    st.sampled_from(["4242 4242", "[name]", "[phone]", "konto", "iban", "kr", "12 mars", "at"]),
)
_texts = st.lists(_piece, max_size=9).map(" ".join)


@settings(max_examples=150, deadline=None)
@given(text=_texts, language=st.sampled_from(LANGUAGES))
def test_redacting_twice_is_the_same_and_places_are_right(text: str, language: str | None) -> None:
    once = redact(text, language)
    assert redact(once.text, language).text == once.text
    end, rebuilt = 0, ""
    for found in once.found:
        assert end <= found.start < found.end <= len(text)
        assert found.kind in KINDS
        rebuilt += text[end : found.start] + f"[{found.kind}]"
        end = found.end
    assert rebuilt + text[end:] == once.text


def _card(digits: str) -> str:
    return "4" + digits + luhn.calc_check_digit("4" + digits)


def _personnummer(number: int) -> str:
    start = f"840312{number:03}"
    return f"840312-{number:03}{luhn.calc_check_digit(start)}"


def _norwegian_account(number: int) -> str:
    found = (f"{number:010}{check}" for check in range(10))
    return next((each for each in found if kontonr.is_valid(each)), "97108330000")


def _iban(number: int) -> str:
    body = f"5000{number:016}"
    return f"SE{98 - int(body + '281400') % 97:02}{body}"


_WORDS = st.sampled_from(
    ["my card", "ta emot", "här är", "kort", "nr", "it is", "", "mit nummer:", "x", "12", "kl 10,"]
)


@settings(max_examples=150, deadline=None)
@given(
    number=st.one_of(
        st.text("0123456789", min_size=14, max_size=14).map(_card),
        st.integers(0, 999).map(_personnummer).filter(personnummer.is_valid),
        st.integers(10**9, 10**10 - 1).map(_norwegian_account),
        st.integers(10**9, 10**13).map(_iban).filter(iban.is_valid),
    ),
    grouped=st.booleans(),
    before=_WORDS,
    after=st.sampled_from(["", ".", " tack", ", hvor er den", " kr?", "\nmvh"]),
    language=st.sampled_from(LANGUAGES),
)
def test_numbers_with_check_digits_never_survive(
    number: str, grouped: bool, before: str, after: str, language: str | None
) -> None:
    if grouped and "-" not in number:
        number = " ".join(number[place : place + 4] for place in range(0, len(number), 4))
    text = f"{before} {number}{after}"
    left = redact(text, language).text
    figures = re.sub(r"\D", "", left.removeprefix(before))
    assert figures in re.sub(r"\D", "", after), left


_EMAILS = st.from_regex(r"\A[a-z][a-z0-9._+-]{0,10}[a-z0-9]@[a-z0-9]{1,10}(\.[a-z]{2,6}){1,2}\Z")


@settings(max_examples=100, deadline=None)
@given(address=_EMAILS, before=_WORDS, language=st.sampled_from(LANGUAGES))
def test_an_e_mail_address_never_survives(address: str, before: str, language: str | None) -> None:
    assert "@" not in redact(f"{before} {address}, thanks", language).text
