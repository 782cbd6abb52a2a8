"""When a customer wants to be called or to come, read from their words."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.handoff.hours import Hours, parse
from bot.handoff.windows import Unfit, Window, is_soon, read_window, time_words

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


@pytest.mark.parametrize(
    ("text", "language", "why"),
    [
        ("call me this evening", "en", "closed"),
        ("this morning", "en", "past"),
        ("i förmiddag", "sv", "past"),
        ("ring i eftermiddag", "da", "closed"),
        ("i ettermiddag", "nb", "closed"),
    ],
)
def test_the_part_of_this_day_is_not_that_of_the_next(text: str, language: str, why: str) -> None:
    saturday = NOW.replace(day=28, hour=16)
    found = read_window(text, language, saturday, HOURS)
    assert isinstance(found, Unfit) and found.value == why
    assert read_window(time_words(text, language), language, saturday, HOURS) is found


@pytest.mark.parametrize(
    ("text", "language"),
    [("this evening", "en"), ("ikväll", "sv"), ("i aften", "da"), ("i kveld", "nb")],
)
def test_late_in_the_evening_the_evening_has_not_passed(text: str, language: str) -> None:
    assert read_window(text, language, NOW.replace(hour=20, minute=23), HOURS) is Unfit.CLOSED


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


@pytest.mark.parametrize(
    ("text", "language", "words"),
    [
        ("call me tomorrow at 10 on +46701234567", "en", "tomorrow at 10"),
        ("tomorrow at 10, as i said", "en", "tomorrow at 10"),
        (
            "Could you ring me on +46701234567 on Monday between 2 and 4?",
            "en",
            "on Monday between 2 and 4",
        ),
        ("any day next week, before 11 please", "en", "any day next week before 11"),
        ("call me as soon as possible!", "en", "as soon as possible"),
        ("ring mig på 0701234567 på måndag kl 9", "sv", "på måndag kl 9"),
        ("imorgon förmiddag går bra", "sv", "imorgon förmiddag"),
        ("helst på förmiddagen", "sv", "på förmiddagen"),
        ("på torsdag mellan 10 och 12 tack", "sv", "på torsdag mellan 10 och 12"),
        ("ring til mig på 20123456 i morgen formiddag", "da", "i morgen formiddag"),
        ("gerne om formiddagen", "da", "om formiddagen"),
        ("ja i dag etter kl 16", "nb", "i dag etter kl 16"),
        ("i kveld kl 22", "nb", "i kveld kl 22"),
        ("ring meg på 40000118 mandag klokka 14, takk", "nb", "mandag klokka 14"),
        ("when it suits you", "en", ""),
    ],
)
def test_of_a_message_the_words_of_the_time_are_told(text: str, language: str, words: str) -> None:
    assert time_words(text, language) == words
    assert read(words, language) == read(text, language)


def test_as_soon_as_possible_is_no_hour() -> None:
    assert is_soon("as soon as possible") and is_soon("hurtigst muligt") and is_soon("nu")
    assert not is_soon("now on Monday") and not is_soon("kl 10")


@given(st.text(max_size=80), st.sampled_from(["en", "sv", "da", "nb"]))
def test_no_words_break_it_and_a_window_lies_ahead_in_the_hours(text: str, language: str) -> None:
    found = read_window(text, language, NOW, HOURS)
    if isinstance(found, Window):
        assert NOW.replace(second=0) <= found.start < found.end
        assert HOURS.is_open(found.start)
