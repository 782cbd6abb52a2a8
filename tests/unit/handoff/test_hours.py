"""Opening hours: when somebody is there, when somebody comes, and how that is said."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from bot.errors import DesksInvalid
from bot.handoff.hours import Hours, moment, parse

ZONE = ZoneInfo("Europe/Stockholm")
SHOP = {
    "mon-fri": "8-18",
    "sat": "10-12, 13:30-15",
    "holidays": "SE",
    "closed": ["2026-12-23", "2026-12-24"],
}


@pytest.fixture
def hours() -> Hours:
    return parse(SHOP, ZONE, "desks.yml")


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=ZONE)


@pytest.mark.parametrize(
    ("time", "there"),
    [
        ("2026-11-27 07:59", False),
        ("2026-11-27 08:00", True),
        ("2026-11-27 17:59", True),
        ("2026-11-27 18:00", False),
        ("2026-11-28 12:30", False),  # a Saturday's lunch
        ("2026-11-28 13:30", True),
        ("2026-11-29 12:00", False),  # a Sunday
        ("2026-12-24 12:00", False),  # closed, though no public holiday
        ("2026-12-25 12:00", False),
        ("2027-01-04 12:00", True),
    ],
)
def test_somebody_is_there_in_the_hours_of_the_week_but_not_on_days_off(
    hours: Hours, time: str, there: bool
) -> None:
    assert hours.is_open(at(time)) is there


def test_sundays_are_no_holidays_for_who_is_there_on_sundays() -> None:
    kiosk = parse({"mon-sun": "9-22", "holidays": "se"}, ZONE, "")
    assert kiosk.is_open(at("2026-11-29 12:00"))
    assert not kiosk.is_open(at("2026-04-05 12:00"))  # Easter Sunday


def test_hours_are_those_of_the_helpdesk_wherever_the_clock_is(hours: Hours) -> None:
    assert hours.is_open(dt.datetime(2026, 11, 27, 7, 0, tzinfo=dt.timezone.utc))
    assert not hours.is_open(dt.datetime(2026, 11, 27, 17, 0, tzinfo=dt.timezone.utc))
    # the day on which summer time begins
    assert hours.next_opening(at("2027-03-28 12:00")) == at("2027-03-30 08:00")  # Easter Monday


def test_the_next_opening_skips_nights_weekends_and_holidays(hours: Hours) -> None:
    assert hours.next_opening(at("2026-11-27 09:00")) == at("2026-11-27 09:00")
    assert hours.next_opening(at("2026-11-27 18:00")) == at("2026-11-28 10:00")
    assert hours.next_opening(at("2026-11-28 12:10")) == at("2026-11-28 13:30")
    assert hours.next_opening(at("2026-12-22 18:00")) == at("2026-12-28 08:00")
    assert parse({}, ZONE, "").next_opening(at("2026-11-27 09:00")) is None
    assert hours.open_since(at("2026-11-28 14:00")) == at("2026-11-28 13:30")
    assert hours.open_since(at("2026-11-28 12:30")) is None


@pytest.mark.parametrize(
    ("language", "today", "soon", "later"),
    [
        ("en", "at 8:00\u202fAM CET", "Monday at 8:00\u202fAM CET", "Monday 4 January"),
        ("sv", "kl. 08:00", "måndag kl. 08:00", "måndag 4 januari kl. 08:00"),
        ("da", "kl. 08.00", "mandag kl. 08.00", "mandag 4. januar kl. 08.00"),
        ("nb", "kl. 08:00", "mandag kl. 08:00", "mandag 4. januar kl. 08:00"),
        (None, "at 8:00", "Monday at", "Monday 4 January"),
    ],
)
def test_a_moment_is_said_as_people_say_it(
    language: str | None, today: str, soon: str, later: str
) -> None:
    now = at("2026-11-27 07:00")
    assert moment(at("2026-11-27 08:00"), now, language).startswith(today)
    assert moment(at("2026-11-30 08:00"), now, language).startswith(soon)
    assert moment(at("2027-01-04 08:00"), now, language).startswith(later)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"monday": "8-18"}, "'monday' is no day"),
        ({"mon": "8 till 18"}, "are no hours"),
        ({"mon": "18-8"}, "are no hours"),
        ({"mon": "8-25"}, "are no hours"),
        ({"mon": "8-12, 11-13"}, "are no hours"),
        ({"mon": "8:75-9"}, "are no hours"),
        ({"holidays": "Sverige"}, "a country's code"),
        ({"closed": ["igår"]}, "no date as in"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(given: Any, said: str) -> None:
    with pytest.raises(DesksInvalid, match=said) as refused:
        parse(given, ZONE, "desks.yml: desks: a: hours")
    assert str(refused.value).startswith("desks.yml: desks: a: hours")
    assert parse({"sat-mon": "closed", "tue": "0-24"}, ZONE, "").is_open(at("2026-11-24 23:59"))
