"""When a helpdesk is there: hours of the week in its time zone, without its country's holidays."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

import holidays
from babel import dates

from bot.errors import DesksInvalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SPAN = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?\s*[-–]\s*(\d{1,2})(?:[:.](\d{2}))?")
_LOOK_AHEAD = 60
"""Days; a helpdesk that does not open within them has no hours worth promising."""
_LAST = 24 * 60
_AT = {"en": "at ", "sv": "kl. ", "da": "kl. ", "nb": "kl. "}
DATE = {"en": "EEEE d MMMM", "sv": "EEEE d MMMM", "da": "EEEE d. MMMM", "nb": "EEEE d. MMMM"}
_DAYS_BY_NAME = 7


@dataclass(frozen=True)
class Span:
    """From one minute of the day to another, the first included."""

    begin: int
    end: int


@dataclass(frozen=True)
class Hours:
    """Opening hours.

    Attributes:
        week: spans by weekday (0 is Monday), in order.
        country: ISO code, whose holidays are days off; empty for none.
        closed: further days off.
    """

    week: Mapping[int, Sequence[Span]]
    zone: ZoneInfo
    country: str = ""
    closed: frozenset[dt.date] = field(default_factory=frozenset)

    def is_open(self, at: dt.datetime) -> bool:
        """Whether somebody is there at a moment (with time zone)."""
        return self.open_since(at) is not None

    def open_since(self, at: dt.datetime) -> dt.datetime | None:
        """When somebody came who is still there at a moment; None when nobody is."""
        local = at.astimezone(self.zone)
        minute = 60 * local.hour + local.minute
        for span in self.spans(local.date()):
            if span.begin <= minute < span.end:
                time = dt.time(span.begin // 60, span.begin % 60)
                return dt.datetime.combine(local.date(), time, self.zone)
        return None

    def next_opening(self, at: dt.datetime) -> dt.datetime | None:
        """The next moment, from `at` on, when somebody comes; `at` itself while they are there.

        Returns:
            In the helpdesk's zone; None when it does not open within two months.
        """
        local = at.astimezone(self.zone)
        if self.is_open(local):
            return local
        for ahead in range(_LOOK_AHEAD + 1):
            day = local.date() + dt.timedelta(days=ahead)
            for span in self.spans(day):
                time = dt.time(span.begin // 60, span.begin % 60)
                opens = dt.datetime.combine(day, time, self.zone)
                if opens > local:
                    return opens
        return None

    def spans(self, day: dt.date) -> Sequence[Span]:
        """The opening hours of a day, in order."""
        if day in self.closed or (self.country and day in _days_off(self.country, day.year)):
            return ()
        return self.week.get(day.weekday(), ())


def parse(given: Mapping[str, Any], zone: ZoneInfo, place: str) -> Hours:
    """Opening hours as `desks.yml` has them.

    >>> hours = parse({"mon-fri": "8-18", "sat": "10:00-15:30"}, ZoneInfo("Europe/Oslo"), "")
    >>> hours.is_open(dt.datetime(2026, 11, 28, 15, 29, tzinfo=ZoneInfo("Europe/Oslo")))
    True

    Args:
        given: days (`mon`, `mon-fri`) with `8-18`, `8:30-12, 13-17` or `closed`; `holidays` with
            a country's code; `closed` with a list of dates.
        place: where it stands, for messages.

    Raises:
        DesksInvalid: it cannot be read.
    """
    week: dict[int, tuple[Span, ...]] = {}
    for name, value in given.items():
        if name not in ("holidays", "closed"):
            for day in _days(str(name), place):
                week[day] = tuple(_read_spans(value, f"{place}: {name}"))
    country = str(given.get("holidays") or "").upper()
    if country:
        _check_country(country, place)
    return Hours(week, zone, country, frozenset(_dates(given.get("closed") or (), place)))


def moment(at: dt.datetime, now: dt.datetime, language: str | None) -> str:
    """A moment as people say it: the time alone for today, the weekday for the coming days.

    >>> zone = ZoneInfo("Europe/Stockholm")
    >>> at = dt.datetime(2026, 11, 30, 8, 0, tzinfo=zone)
    >>> moment(at, dt.datetime(2026, 11, 28, 12, 0, tzinfo=zone), "sv")
    'måndag kl. 08:00'
    """
    code = language if language in DATE else "en"
    time = str(dates.format_time(at, "short", tzinfo=at.tzinfo, locale=code))
    if code == "en":  # who writes English may be anywhere
        time += f" {at.tzname()}"
    days = (at.date() - now.astimezone(at.tzinfo).date()).days
    if days == 0:
        return f"{_AT[code]}{time}"
    pattern = "EEEE" if days < _DAYS_BY_NAME else DATE[code]
    return f"{dates.format_date(at, pattern, locale=code)} {_AT[code]}{time}"


def _days(name: str, place: str) -> Iterator[int]:
    first, _, last = name.lower().partition("-")
    if first not in DAYS or (last and last not in DAYS):
        raise DesksInvalid(
            f"{place}: {name!r} is no day; write {', '.join(DAYS)}, or from one to another as in "
            "mon-fri."
        )
    begin, end = DAYS.index(first), DAYS.index(last or first)
    while True:
        yield begin
        if begin == end:
            return
        begin = (begin + 1) % len(DAYS)


def _read_spans(value: Any, place: str) -> Iterator[Span]:
    if str(value).strip().lower() == "closed":
        return
    before = 0
    for part in str(value).split(","):
        found = _SPAN.fullmatch(part.strip())
        hours = [int(each or 0) for each in found.groups()] if found else [0, 0, 0, 0]
        begin, end = 60 * hours[0] + hours[1], 60 * hours[2] + hours[3]
        if not found or max(hours[1], hours[3]) > 59 or not before <= begin < end <= _LAST:
            raise DesksInvalid(
                f"{place}: {value!r} are no hours; write 8-18, 8:30-12, 13-17 or closed."
            )
        before = end
        yield Span(begin, end)


def _dates(given: Any, place: str) -> Iterator[dt.date]:
    for each in given if isinstance(given, (list, tuple)) else (given,):
        try:
            yield each if isinstance(each, dt.date) else dt.date.fromisoformat(str(each))
        except ValueError as error:
            raise DesksInvalid(f"{place}: closed: {each!r} is no date as in 2026-12-24.") from error


def _check_country(country: str, place: str) -> None:
    if country not in holidays.list_supported_countries():
        raise DesksInvalid(
            f"{place}: holidays: there is none of {country!r}; give a country's code: SE, DK, NO."
        )


@lru_cache(maxsize=64)
def _days_off(country: str, year: int) -> frozenset[dt.date]:
    """A country's public holidays; in Sweden every Sunday is one, which says nothing of hours."""
    found = holidays.country_holidays(country, years=year, language="en_US")
    return frozenset(day for day, name in found.items() if name != "Sunday")
