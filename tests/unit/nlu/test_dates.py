"""Dates, as each language writes them, in ISO form."""

from __future__ import annotations

from datetime import date

import pytest

from bot.nlu.entities.dates import MOST, find_dates

WEDNESDAY = date(2025, 10, 8)


def values(text: str, language: str | None = None, today: date = WEDNESDAY) -> list[str]:
    return [span.value for span in find_dates(text, language, today)]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "3 March 2025", "2025-03-03"),
        ("en", "3rd of March 2025", "2025-03-03"),
        ("en", "March 3rd, 2025", "2025-03-03"),
        ("en", "12/3/2025", "2025-03-12"),
        ("sv", "den 3:e mars 2025", "2025-03-03"),
        ("sv", "12/3-25", "2025-03-12"),
        ("sv", "2025-10-01", "2025-10-01"),
        ("sv", "fredagen den 3 oktober", "2025-10-03"),
        ("da", "d. 3. marts 2025", "2025-03-03"),
        ("da", "12-03-2025", "2025-03-12"),
        ("da", "1.maj 2025", "2025-05-01"),
        ("nb", "17. mai 2025", "2025-05-17"),
        ("nb", "1. desember 2025", "2025-12-01"),
        ("nb", "12.3.2025", "2025-03-12"),
    ],
)
def test_a_whole_date_is_read(language: str, text: str, value: str) -> None:
    assert values(text, language) == values(text) == [value]


@pytest.mark.parametrize(
    ("language", "text", "value"),
    [
        ("en", "today", "2025-10-08"),
        ("en", "the day before yesterday", "2025-10-06"),
        ("en", "in two weeks", "2025-10-22"),
        ("en", "a week ago", "2025-10-01"),
        ("en", "next Tuesday", "2025-10-14"),
        ("en", "last Friday", "2025-10-03"),
        ("en", "this Friday", "2025-10-10"),
        ("sv", "i morgon", "2025-10-09"),
        ("sv", "igår", "2025-10-07"),
        ("sv", "i övermorgon", "2025-10-10"),
        ("sv", "i förrgår", "2025-10-06"),
        ("sv", "på fredag", "2025-10-10"),
        ("sv", "i fredags", "2025-10-03"),
        ("sv", "nästa fredag", "2025-10-17"),
        ("sv", "på fredag nästa vecka", "2025-10-17"),
        ("sv", "förra fredagen", "2025-10-03"),
        ("sv", "för tre dagar sen", "2025-10-05"),
        ("sv", "om 3 dagar", "2025-10-11"),
        ("sv", "den 5:e", "2025-10-05"),
        ("da", "i morgen", "2025-10-09"),
        ("da", "i overmorgen", "2025-10-10"),
        ("da", "i forgårs", "2025-10-06"),
        ("da", "sidste fredag", "2025-10-03"),
        ("da", "næste tirsdag", "2025-10-14"),
        ("da", "for to uger siden", "2025-09-24"),
        ("da", "den 5.", "2025-10-05"),
        ("nb", "imorgen", "2025-10-09"),
        ("nb", "sist fredag", "2025-10-03"),
        ("nb", "neste fredag", "2025-10-17"),
        ("nb", "for en uke siden", "2025-10-01"),
        ("nb", "om tre dager", "2025-10-11"),
    ],
)
def test_a_relative_date_goes_by_today(language: str, text: str, value: str) -> None:
    assert values(f"x {text}, ok", language) == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("next week", "2025-10-13/2025-10-19"),
        ("förra veckan", "2025-09-29/2025-10-05"),
        ("uge 42", "2025-10-13/2025-10-19"),
        ("v. 1", "2025-12-29/2026-01-04"),
        ("neste måned", "2025-11-01/2025-11-30"),
        ("last month", "2025-09-01/2025-09-30"),
        ("9-12 October", "2025-10-09/2025-10-12"),
        ("9.-12. oktober", "2025-10-09/2025-10-12"),
    ],
)
def test_several_days_are_an_interval(text: str, value: str) -> None:
    assert values(text) == [value]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("3 March", "2026-03-03"),
        ("I ordered on 3 March", "2025-03-03"),
        ("can you deliver on 3 March", "2026-03-03"),
        ("jag köpte den 22 november", "2024-11-22"),
        ("kan det komma innan 22 november", "2025-11-22"),
        ("29 February", "2024-02-29"),
        ("Saturday", "2025-10-11"),
        ("it came on Saturday", "2025-10-04"),
        ("siden torsdag", "2025-10-02"),
        ("inden søndag", "2025-10-12"),
        ("ordren ble kansellert på mandag", "2025-10-06"),
        ("I paid. Saturday?", "2025-10-11"),
        ("Wednesday", "2025-10-08"),
        ("last Wednesday", "2025-10-01"),
        ("på onsdag", "2025-10-15"),
    ],
)
def test_what_is_not_written_of_a_date_is_the_likeliest(text: str, value: str) -> None:
    assert values(text) == [value]


def test_the_nearest_year_is_meant_at_its_end_too() -> None:
    assert values("2 januari", "sv", date(2025, 12, 30)) == ["2026-01-02"]
    assert values("30/12", "sv", date(2026, 1, 2)) == ["2025-12-30"]
    assert values("den 31:e", "sv", date(2026, 2, 2)) == ["2026-01-31"]


@pytest.mark.parametrize(
    "text",
    [
        "31/2",
        "2025-13-01",
        "kl 10.12",
        "12/13",
        "måndag till fredag",
        "on Sundays",
        "om lørdagen",
        "på lördagar",
        "2.5 kg",
        "9-3 March",
        "week 60",
    ],
)
def test_what_is_no_date_is_not_read_as_one(text: str) -> None:
    assert values(text) == []


def test_no_more_dates_are_read_than_a_message_has() -> None:
    assert len(values("1/1 " * 100)) == MOST
