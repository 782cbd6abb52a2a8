"""When a customer wants to be called or to come, read from their words."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.handoff.hours import Hours, parse
from bot.handoff.windows import Unfit, Window, read_window

ZONE = ZoneInfo("Europe/Stockholm")
NOW = dt.datetime(2026, 11, 27, 9, 30, tzinfo=ZONE)  # a Friday
HOURS = parse({"mon-fri": "8-18", "sat": "10-15", "holidays": "SE"}, ZONE, "test")


def read(text: str, language: str, hours: Hours | None = HOURS) -> str:
    found = read_window(text, language, NOW, hours)
    if isinstance(found, Unfit):
        return found.value
    assert found.start.tzinfo is found.end.tzinfo is ZONE
    return f"{found.start:%a %d %H:%M}-{found.end:%H:%M}"


@pytest.mark.parametrize(
    ("text", "language", "window"),
    [
        ("tomorrow after 1 pm", "en", "Sat 28 13:00-15:00"),
        ("between 2 and 4 on Monday", "en", "Mon 30 14:00-16:00"),
        ("Monday morning would be great", "en", "Mon 30 08:00-12:00"),
        ("Tuesday", "en", "Tue 01 08:00-18:00"),
        ("Tue at 10", "en", "Tue 01 10:00-11:00"),
        ("this afternoon", "en", "Fri 27 12:00-17:00"),
        ("3 pm today", "en", "Fri 27 15:00-16:00"),
        ("any day next week, before 11", "en", "Mon 30 08:00-11:00"),
        ("as soon as possible", "en", "Fri 27 09:30-18:00"),
        ("på torsdag kl 14", "sv", "Thu 03 14:00-15:00"),
        ("i morgon mellan 10 och 12", "sv", "Sat 28 10:00-12:00"),
        ("måndag em", "sv", "Mon 30 12:00-17:00"),
        ("imorgon bitti", "sv", "Sat 28 10:00-12:00"),
        ("efter kl 16 på tisdag", "sv", "Tue 01 16:00-18:00"),
        ("2 december 13:30", "sv", "Wed 02 13:30-14:30"),
        ("så snart det går", "sv", "Fri 27 09:30-18:00"),
        ("på eftermiddagen", "sv", "Fri 27 12:00-17:00"),
        ("mandag formiddag", "da", "Mon 30 08:00-12:00"),
        ("i morgen mellem 10 og 12", "da", "Sat 28 10:00-12:00"),
        ("tirsdag efter kl. 15", "da", "Tue 01 15:00-18:00"),
        ("hurtigst muligt tak", "da", "Fri 27 09:30-18:00"),
        ("onsdag før 10, ring på 55 51 90 12", "da", "Wed 02 08:00-10:00"),
        ("på mandag ettermiddag", "nb", "Mon 30 12:00-17:00"),
        ("i morgen kl. 11", "nb", "Sat 28 11:00-12:00"),
        ("mandag klokka 14", "nb", "Mon 30 14:00-15:00"),
        ("tors 9-11", "sv", "Thu 03 09:00-11:00"),
        ("tirsdag 13-15", "nb", "Tue 01 13:00-15:00"),
    ],
)
def test_words_are_read_as_a_window_in_the_desks_hours(
    text: str, language: str, window: str
) -> None:
    assert read(text, language) == window


@pytest.mark.parametrize(
    ("text", "language", "why"),
    [
        ("I don't know yet", "en", "unclear"),
        ("my number is +46 70 174 06 05", "en", "unclear"),
        ("på söndag", "sv", "closed"),
        ("i morgon kväll", "sv", "closed"),
        ("25 december kl 10", "sv", "closed"),
        ("i dag kl 8", "sv", "past"),
        ("i går", "sv", "past"),
    ],
)
def test_what_cannot_be_kept_is_no_window(text: str, language: str, why: str) -> None:
    assert read(text, language) == why


def test_a_part_of_the_day_that_has_passed_is_the_next_days() -> None:
    late = NOW.replace(hour=12)
    found = read_window("in the morning", "en", late, HOURS)
    assert isinstance(found, Window)
    assert found.start == dt.datetime(2026, 11, 28, 10, 0, tzinfo=ZONE)


def test_a_desk_without_hours_takes_any_day() -> None:
    assert read("på söndag", "sv", None) == "Sun 29 08:00-18:00"
    assert read("i kväll", "sv", None) == "Fri 27 17:00-20:00"
    assert read("now please", "en", None) == "Fri 27 09:30-18:00"


def test_a_window_is_said_as_people_say_it_and_carried_as_iso_8601() -> None:
    found = read_window("på torsdag kl 14", "sv", NOW, HOURS)
    assert isinstance(found, Window)
    assert found.said("sv") == "torsdag 3 december 14:00–15:00"
    assert found.said("da") == "torsdag 3. december 14:00–15:00"
    assert found.said("en") == "Thursday 3 December 14:00–15:00 CET"
    assert found.evidence() == {
        "from": "2026-12-03T14:00:00+01:00",
        "to": "2026-12-03T15:00:00+01:00",
    }


@given(st.text(max_size=80), st.sampled_from(["en", "sv", "da", "nb"]))
def test_no_words_break_it_and_a_window_lies_ahead_in_the_hours(text: str, language: str) -> None:
    found = read_window(text, language, NOW, HOURS)
    if isinstance(found, Window):
        assert NOW.replace(second=0) <= found.start < found.end
        assert HOURS.is_open(found.start)
