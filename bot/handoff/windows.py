"""When a customer wants to be called or to come, as they say it: a window of time at the helpdesk.

The day is found by `bot.nlu.entities.dates`; the hours are read here, in all languages at once:
parts of the day, "after 5 pm", "mellan 10 och 12", "kl. 14".
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from babel import dates

from bot.handoff.hours import DATE, Hours, Span
from bot.nlu.entities.dates import find_dates
from bot.nlu.entities.patterns import find_patterns

_DAY = Span(8 * 60, 18 * 60)
"""The hours of a day of which only the date is named, at a helpdesk without opening hours."""
_WHOLE = Span(0, 24 * 60)
_EVENING = Span(17 * 60, 20 * 60)
_SHORTEST = 15
"""Minutes; less is left of a window that has nearly passed, or of opening hours, to come in."""
_LOOK_AHEAD = 60
"""Days to look for opening hours in."""
_UNTIL = 20 * 60
_AN_HOUR = 60
_DAYS_OF_A_WEEK = 7

_PARTS = (
    (r"lunch\w*|noon|midday|middag(?:stid)?", Span(11 * 60, 13 * 60)),
    (r"after ?noons?|eftermiddag\w*|ettermiddag\w*|em", Span(12 * 60, 17 * 60)),
    (r"mornings?|förmiddag\w*|formiddag\w*|fm|morgonen|morgenen|bitti", Span(8 * 60, 12 * 60)),
    (r"evenings?|tonight|i?kväll(?:en|stid)?|aften(?:en)?|kveld(?:en)?", _EVENING),
    (r"(?:all|any) ?(?:day|time)|whenever|hel[ae] dagen|n[äå]r som helst|hele dag", _WHOLE),
)
_SOON = (
    r"as soon as possible|soon|asap|now|right away|så snart (?:det går|som m[öu]lig\w*)|snarast"
    r"|snart|strax|straks|omgående|nu|nå|hurtigst(?: muligt)?|snarest|med det samma|med en gang"
)
_SHORT_DAYS = {
    "en": "mon=Monday tues?=Tuesday wed=Wednesday thu(?:rs?)?=Thursday fri=Friday sat=Saturday"
    " sun=Sunday",
    "sv": "mån=måndag tis=tisdag ons=onsdag tors?=torsdag fre=fredag lör=lördag sön=söndag",
    # "man" is a word of its own in Danish and Norwegian
    "da": "tirs?=tirsdag ons=onsdag tors?=torsdag fre=fredag lør=lørdag søn=søndag",
    "nb": "tirs?=tirsdag ons=onsdag tors?=torsdag fre=fredag lør=lørdag søn=søndag",
}
_TIME = r"(\d{1,2})(?:[:.](\d{2}))?\s*(am|pm|a\.m\.|p\.m\.)?"
_CLOCK = r"(?:kl\.?|klokk?(?:[ae]n|a)|at|@)?\s*"
_RANGE = re.compile(
    rf"\b{_CLOCK}{_TIME}\s*(?:-|–|to|and|till?|until|och|og)\s*{_CLOCK}{_TIME}(?![\w:])", re.I
)
_AFTER = re.compile(
    rf"\b(?:after|from|efter|etter|fr[åa]n?|tidigast|tidligst)\s+{_CLOCK}{_TIME}(?![\w:])", re.I
)
_BEFORE = re.compile(
    rf"\b(?:before|until|by|innan|före|før|inden|senast|senest|till?)\s+{_CLOCK}{_TIME}(?![\w:])",
    re.I,
)
_AT = re.compile(rf"(?:\b(?:kl\.?|klokk?(?:[ae]n|a)|at)|@)\s*{_TIME}(?![\w:])", re.I)
_ALONE = (
    re.compile(r"\b(\d{1,2})[:.](\d{2})\s*(am|pm|a\.m\.|p\.m\.)?(?![\w:])", re.I),
    re.compile(r"\b(\d{1,2})()\s*(am|pm|a\.m\.|p\.m\.)(?![\w:])", re.I),
)
"""Times that are clear without a word before them."""

_TODAY = re.compile(
    r"\bthis (?:morning|after ?noon|evening)\b|\bi (?:förmiddag|formiddag|e[ft]termiddag)\b", re.I
)
"""Parts of this day, which no date is read from."""
_BEFORE_TIME = re.compile(
    r"(?:\b(?:between|mellan|mellem|mellom|on|in|the|på|om|i|around|about|omkring|cirka|ca\.?"
    r"|runt|rundt|vid|ved) )+$",
    re.I,
)
"""Small words that belong to the time after them."""


class Unfit(Enum):
    """Why a customer's words are no window."""

    UNCLEAR = "unclear"
    PAST = "past"
    CLOSED = "closed"


@dataclass(frozen=True)
class Window:
    """From a moment to another, both in the helpdesk's zone."""

    start: dt.datetime
    end: dt.datetime

    def evidence(self) -> dict[str, str]:
        """As a handoff carries it: ISO 8601 with the offset from UTC."""
        return {"from": self.start.isoformat(), "to": self.end.isoformat()}

    def said(self, language: str | None) -> str:
        """As people say it.

        >>> start = dt.datetime(2026, 12, 1, 10, 0, tzinfo=dt.timezone.utc)
        >>> Window(start, start + dt.timedelta(hours=2)).said("sv")
        'tisdag 1 december 10:00–12:00'
        """
        code = language if language in DATE else "en"
        day = dates.format_date(self.start, DATE[code], locale=code)
        zone = f" {self.start.tzname()}" if code == "en" else ""  # they may be anywhere
        return f"{day} {self.start:%H:%M}–{self.end:%H:%M}{zone}"


@dataclass(frozen=True)
class _Heard:
    """What a customer's words say of a time.

    Attributes:
        words: the text without numbers that are no time.
        day: as `bot.nlu.entities.dates` has it.
        places: of what was read in `words`, in order.
    """

    words: str
    day: str | None
    hours: Span | None
    soon: bool
    places: tuple[tuple[int, int], ...]


def read_window(
    text: str, language: str | None, now: dt.datetime, hours: Hours | None = None
) -> Window | Unfit:
    """The first window that a customer's words allow.

    Args:
        now: in the helpdesk's zone, which the customer's words are understood in.
        hours: its opening hours, that the window has to be in; None when it has none.
    """
    heard = _hear(text, language, now.date())
    found, span, soon = heard.day, heard.hours, heard.soon
    if not heard.places:
        return Unfit.UNCLEAR
    wanted = span or (_DAY if hours is None and not soon else _WHOLE)
    if found:
        first, last = _days(found)
        if last < now.date():
            return Unfit.PAST
        days: Iterator[dt.date] = _from(max(first, now.date()), (last - first).days)
    else:
        days = _from(now.date(), _LOOK_AHEAD)
    for day in days:
        for window in _windows(day, wanted, now, hours):
            return window
    # Nobody is called late, yet it is evening until midnight.
    end = _WHOLE.end if wanted is _EVENING else wanted.end
    passed = bool(found) and _at(last, end, now) <= now
    return Unfit.PAST if passed else Unfit.CLOSED


def time_words(text: str, language: str | None) -> str:
    """Of a customer's words those that say when; empty when none do.

    >>> time_words("call me tomorrow at 10 on +46701234567, as I said", "en")
    'tomorrow at 10'
    """
    heard = _hear(text, language, dt.date.today())
    pieces: list[tuple[int, int]] = []
    for start, end in heard.places:
        lead = _BEFORE_TIME.search(heard.words[:start])
        piece = (lead.start() if lead else start, end)
        if pieces and piece[0] <= pieces[-1][1]:  # "i kväll" is a day and a part of it
            before = pieces.pop()
            piece = (before[0], max(end, before[1]))
        pieces.append(piece)
    return " ".join(heard.words[start:end].strip(" ,.") for start, end in pieces)


def is_soon(words: str) -> bool:
    """Whether words of a time say no more than that it is to be soon."""
    return bool(re.fullmatch(_SOON, words.strip(), re.I))


def _windows(day: dt.date, wanted: Span, now: dt.datetime, hours: Hours | None) -> Iterator[Window]:
    for open_span in hours.spans(day) if hours else (_WHOLE if wanted is not _WHOLE else _DAY,):
        begin, end = max(wanted.begin, open_span.begin), min(wanted.end, open_span.end)
        start = max(_at(day, begin, now), now.replace(second=0, microsecond=0))
        until = _at(day, end, now)
        if begin < end and until - start >= dt.timedelta(minutes=_SHORTEST):
            yield Window(start, until)


def _at(day: dt.date, minute: int, now: dt.datetime) -> dt.datetime:
    midnight = dt.datetime.combine(day, dt.time(), now.tzinfo)
    return midnight + dt.timedelta(minutes=minute)


def _from(day: dt.date, more: int) -> Iterator[dt.date]:
    return (day + dt.timedelta(days=ahead) for ahead in range(more + 1))


def _days(value: str) -> tuple[dt.date, dt.date]:
    first, _, last = value.partition("/")
    begin, end = dt.date.fromisoformat(first), dt.date.fromisoformat(last or first)
    return (begin, end)


def _hear(text: str, language: str | None, today: dt.date) -> _Heard:
    words = _with_whole_days(_without_numbers(text, language), language)
    # A day without a year is one to come, as the one after "can" is.
    lead = "can "
    found = [
        (str(span.value), (span.start - len(lead), span.end - len(lead)))
        for span in find_dates(lead + words, language, today)
    ]
    if not found and (part_of_today := _TODAY.search(words)):
        found = [(today.isoformat(), part_of_today.span())]
    clock = _time_in(_blank(words, [place for _, place in found]))
    part = _part_in(words)
    soon = re.search(rf"\b(?:{_SOON})\b", words, re.I)
    named = clock or part
    places = [place for _, place in found[:1]]
    places += [each[1] for each in (clock, part) if each]
    places += [soon.span()] if soon else []
    # a time without "kl." before it begins with the space there
    places = [(end - len(words[start:end].lstrip()), end) for start, end in places]
    return _Heard(
        words,
        day=found[0][0] if found else None,
        hours=named[0] if named else None,
        soon=bool(soon),
        places=tuple(sorted(places)),
    )


def _time_in(words: str) -> tuple[Span, tuple[int, int]] | None:
    """The hours that are named by the clock, and where."""
    found = _RANGE.search(words)
    if found:
        begin, end = _minute(found.groups()[:3], found[6]), _minute(found.groups()[3:])
        if begin is not None and end is not None and begin < end:
            return Span(begin, end), found.span()
    for pattern in (_AFTER, _BEFORE, _AT, *_ALONE):
        found = pattern.search(words)
        at = _minute(found.groups()) if found else None
        if found is None or at is None:
            continue
        if pattern is _AFTER:
            return Span(at, max(_UNTIL, at + _AN_HOUR)), found.span()
        if pattern is _BEFORE:
            return Span(min(_DAY.begin, at - _AN_HOUR), at), found.span()
        return Span(at, at + _AN_HOUR), found.span()
    return None


def _part_in(words: str) -> tuple[Span, tuple[int, int]] | None:
    """The part of the day that is named, and where."""
    for pattern, span in _PARTS:
        found = re.search(rf"\b(?:{pattern})\b", words, re.I)
        if found:
            return span, found.span()
    return None


def _minute(time: Sequence[str | None], other_half: str | None = None) -> int | None:
    """Minute of the day; None when there is no such time.

    Hours from 1 to 6 are those of the afternoon: nobody is there in the night.
    """
    hour, minute = int(time[0] or 0), int(time[1] or 0)
    half = (time[2] or other_half or "").replace(".", "").lower()
    if (half == "pm" and hour < 12) or (not half and 1 <= hour <= 6):
        hour += 12
    if half == "am" and hour == 12:
        hour = 0
    return 60 * hour + minute if hour < 24 and minute < 60 else None


def _without_numbers(text: str, language: str | None) -> str:
    """The text without telephone numbers and the like, whose digits are no time."""
    spans = find_patterns(text, language)
    return _blank(text, [(span.start, span.end) for span in spans if span.entity != "date"])


def _with_whole_days(text: str, language: str | None) -> str:
    """The text with "tors" written as "torsdag"."""
    for pair in _SHORT_DAYS.get(language or "", "").split():
        short, _, whole = pair.partition("=")
        text = re.sub(rf"\b{short}\b\.?", whole, text, flags=re.IGNORECASE)
    return text


def _blank(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[: max(start, 0)] + " " * (end - max(start, 0)) + text[end:]
    return text
