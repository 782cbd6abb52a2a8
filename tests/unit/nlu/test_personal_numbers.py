"""Numbers of persons. Those here are the documentation's of each country, not anybody's."""

from __future__ import annotations

import pytest

from bot.nlu.entities.patterns import find_patterns
from bot.nlu.entities.personal_numbers import find_personal_numbers


def values(text: str, language: str | None = None) -> list[str]:
    return [span.value for span in find_personal_numbers(text, language)]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("sv", "811218-9876", "personnummer 811218-****"),
        ("sv", "19811218-9876", "personnummer 19811218-****"),
        ("sv", "198112189876", "personnummer 19811218-****"),
        ("en", "811218 9876", "personnummer 811218-****"),
        ("sv", "121212+1212", "personnummer 121212-****"),
        ("sv", "811278-9873", "samordningsnummer 811278-****"),
        ("da", "211062-5629", "cpr-nummer 211062-****"),
        ("da", "2110625629", "cpr-nummer 211062-****"),
        ("da", "mit cpr-nr. er 2110625628", "cpr-nummer 211062-****"),
        ("nb", "15108695088", "fødselsnummer 151086 *****"),
        ("nb", "151086 95088", "fødselsnummer 151086 *****"),
    ],
)
def test_a_personal_number_is_found_and_its_value_tells_no_person(
    language: str, text: str, value: str
) -> None:
    assert values(f"x: {text}.", language) == [value]


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("sv", "811218-9875"),
        ("sv", "811318-9876"),
        ("sv", "811278-9874"),
        ("nb", "15108695089"),
        ("da", "511062-5629"),
        ("da", "2110625628"),
        ("en", "28112181-9876"),
        ("en", "123456-7890"),
    ],
)
def test_a_wrong_date_or_check_digit_is_no_personal_number(language: str, text: str) -> None:
    assert values(text, language) == []


def test_a_danish_number_without_the_old_check_digit_needs_its_hyphen() -> None:
    assert values("211062-5628", "da") == ["cpr-nummer 211062-****"]
    assert values("211062 5628", "da") == []


@pytest.mark.parametrize(
    "text", ["0701740605", "+46701740605", "07911123456", "a-811218-9876-b", "1811218-9876"]
)
def test_telephone_and_other_numbers_are_no_personal_numbers(text: str) -> None:
    assert values(text, "sv") == []


def test_a_telephone_number_that_is_called_so_by_nobody_stays_one() -> None:
    # 070119-... is a date with a right check digit as well
    assert [span.entity for span in find_patterns("0701190001", "sv")] == ["phone_number"]
    assert values("personnummer 0701190001", "sv") == ["personnummer 070119-****"]


@pytest.mark.parametrize("text", ["811218-9876", "811218 9876", "8112189876", "15108695088"])
def test_a_personal_number_wins_over_all_other_numbers(text: str) -> None:
    assert [span.entity for span in find_patterns(f"it is {text}")] == ["personal_number"]
