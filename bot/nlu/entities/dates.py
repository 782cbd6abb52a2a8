"""Dates as they are written in each language, as ISO 8601.

Cheap patterns find what looks like a date; only that is read by dateparser, in a form that it
knows. dateparser 1.2 knows neither weekdays with "last" or "next" nor, in Swedish, Danish and
Norwegian, ordinals ("3:e"), most number words, "i overmorgen" and the like; it reads "2025-10-01"
as the tenth of January when days come first. Those are put into words that it does know, or read
here:

- A date without a year, or a weekday, is the last one after words such as "since" and "bought", the
  next one after "until" and "can", and else the one nearest to today; a week by number is that.
- "I fredags", "sidste fredag", "last Friday" are in the past, "på fredag" is to come, "next
  Friday" is that of the next week, Monday to Sunday, in each language.
- Weeks, months and ranges ("next week", "3-5 March") are intervals: "2025-03-03/2025-03-05".
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from dateparser.date import DateDataParser

from bot.nlu.spans import Span
from bot.settings import LANGUAGES

MOST = 8
"""Dates of one message that are read; more are not looked for."""

PAST, FUTURE = -1, 1
_LEAP_YEAR = 2024
"""Stands for a year that is not written: it has every day."""

_MONTH = (
    r"(?:jan(?:uari|uar|uary)?|feb(?:ruari|ruar|ruary)?|mar(?:s|ts|ch)?|apr(?:il)?|maj|mai|may"
    r"|jun[ie]?|jul[iy]?|aug(?:usti|ust)?|sept?(?:ember)?|okt(?:ober)?|oct(?:ober)?|nov(?:ember)?"
    r"|dec(?:ember)?|des(?:ember)?)"
)
_WEEKDAY = (
    r"(?:m[åa]ndag|ti(?:r)?sdag|onsdag|torsdag|fredag|l[öøo]rdag|s[öøo]ndag"
    r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
)
_NUMBER_WORDS = {
    word: str(number)
    for number, words in enumerate(
        (
            "a an one en ett et ei",
            "two två to",
            "three tre",
            "four fyra fire",
            "five fem",
            "six sex seks",
            "seven sju syv",
            "eight åtta otte åtte",
            "nine nio ni",
            "ten tio ti",
        ),
        start=1,
    )
    for word in words.split()
}
_WORDS = _NUMBER_WORDS | {"sen": "sedan", "idag": "i dag", "igår": "i går"}
_COUNT = rf"(?:\d{{1,2}}|{'|'.join(sorted(_NUMBER_WORDS, key=len, reverse=True))})"
_UNIT = (
    r"(?:days?|weeks?|months?|dag(?:ar|er|e)?|veck(?:a|or)|uger?|uker?|m[åa]nad(?:er)?"
    r"|måned(?:er)?)"
)
_LAST = "(?:last|past|previous|förra|senaste|sidste|forrige|siste?)"
_NEXT = "(?:next|nästa|næste|neste)"
_FIRST = "(?:coming|kommande|(?:først)?kommende|på)"
_THIS = "(?:this|den här|denna|denne)"
_SAID_OTHERWISE = {
    "tonight": "today",
    "imorrn": "i morgon",
    "imorgon": "i morgon",
    "imorgen": "i morgen",
    "i kväll": "i dag",
    "ikväll": "i dag",
    "i aften": "i dag",
    "i kveld": "i dag",
    "i morse": "i dag",
    "i morges": "i dag",
    "i övermorgon": "om 2 dagar",
    "i overmorgen": "om 2 dager",
    "i förrgår": "för 2 dagar sedan",
    "i forgårs": "for 2 dager siden",
}
"""Words that dateparser does not know, in words that it does."""
_RELATIVE = (
    r"(?:the )?day after tomorrow|(?:the )?day before yesterday|today|tonight|tomorrow|yesterday"
    r"|i ?dag|i ?morgen|i ?morgon|imorrn|i ?går|i övermorgon|i overmorgen|i förrgår|i forgårs"
    rf"|i ?kväll|i aften|i kveld|i morse|i morges|(?:in|om) {_COUNT} {_UNIT}|{_COUNT} {_UNIT} ago"
    rf"|f[öo]r {_COUNT} {_UNIT} (?:sedan|sen|siden)"
)
_DIRECTION = re.compile(
    r"\b(?:(?P<past>since|sedan|sen|siden|was|were|got|came|arrived|received|bought|ordered"
    r"|purchased|placed|paid|charged|delivered|sent|returned|cancelled|asked"
    r"|var|hade|havde|hadde|fick|fik|fikk|kom|blev|ble|köp(?:te|t|ta)|kj?ø[bp](?:te|t)"
    r"|best[äi]ll?(?:de|t|da|d|te)|betal(?:ade|at|te|t)|skicka(?:de|t)|send(?:te|t)"
    r"|lever(?:ad|et|t|ede|erad|erat|erade)|mott(?:ok|att)|modt(?:og|aget)|returner(?:t|et|ade|at))"
    r"|(?P<future>until|till?|before|by|inden|innen|innan|før|före|senast|senest|will|can|could"
    r"|kan|ska|skal|vil|kommer))\b",
    re.IGNORECASE,
)
"""Words that say whether a date after them is past or to come; the nearest counts."""
_BEFORE = 45
_SENTENCE_END = re.compile(r"[.!?\n]\s")
_BEFORE_DAY = rf"(?:{_WEEKDAY}(?:en)?,? )?(?:(?:den|d\.|the) ?)?"


def find_dates(text: str, language: str | None, today: date) -> Iterator[Span]:
    """The dates; value "2025-03-03", or "2025-03-03/2025-03-05" for several days.

    Args:
        language: the conversation's; its words are tried first.
        today: the customer's, which "tomorrow" and dates without a year go by.
    """
    taken: list[tuple[int, int]] = []
    for pattern, read in _READERS:
        for found in pattern.finditer(text):
            start, end = found.span()
            if len(taken) == MOST:
                return
            if any(start < until and end > since for since, until in taken):
                continue
            taken.append((start, end))
            value = read(found, language, today)
            if value is not None:
                yield Span("date", start, end, value)


def warm_up() -> None:
    """Loads dateparser's languages, which the first date in each would wait for."""
    for language in LANGUAGES:
        _parsed("1 april 2024", language, date(_LEAP_YEAR, 1, 1))


def _iso(found: re.Match[str], language: str | None, today: date) -> str | None:
    try:
        return date.fromisoformat(found[0]).isoformat()
    except ValueError:
        return None


def _numbers(found: re.Match[str], language: str | None, today: date) -> str | None:
    form = f"{found['day']}/{found['month']}/{{}}"
    return _text(_day(found, form, language, today))


def _named_month(found: re.Match[str], language: str | None, today: date) -> str | None:
    last = _day(found, f"{found['day']} {found['month']} {{}}", language, today)
    first = found.groupdict().get("first")
    if last is None or first is None:
        return _text(last)
    return _interval(last.replace(day=int(first)), last) if 0 < int(first) < last.day else None


def _day_of_month(found: re.Match[str], language: str | None, today: date) -> str | None:
    middle = today.replace(day=15)
    months = [middle + timedelta(days=30 * step) for step in (-1, 0, 1)]
    days = [_valid(month.year, month.month, int(found["day"])) for month in months]
    return _text(_likeliest(days, today, _direction(found)))


def _weekday(found: re.Match[str], language: str | None, today: date) -> str | None:
    known = _parsed(found["weekday"].lower(), language, today)
    if known is None:
        return None
    when = (found["when"] or "").lower()
    this_week = today + timedelta(days=known.weekday() - today.weekday())
    days: list[date | None] = [this_week + timedelta(weeks=step) for step in (-1, 0, 1)]
    if re.fullmatch(_NEXT, when):
        return _text(days[2])
    if re.fullmatch(_THIS, when):
        return _text(days[1])
    if when == "i" or re.fullmatch(_LAST, when):
        direction = PAST
    else:
        direction = _direction(found) or (FUTURE if re.fullmatch(_FIRST, when) else 0)
    # "last Friday", on a Friday, is not today
    return _text(_likeliest([d for d in days if d != today or not direction], today, direction))


def _period(found: re.Match[str], language: str | None, today: date) -> str | None:
    when = found["when"].lower()
    step = 1 if re.fullmatch(_NEXT, when) else -1 if re.fullmatch(_LAST, when) else 0
    if found["month"]:
        middle = today.replace(day=15) + timedelta(days=30 * step)
        last = calendar.monthrange(middle.year, middle.month)[1]
        return _interval(middle.replace(day=1), middle.replace(day=last))
    monday = today + timedelta(days=7 * step - today.weekday())
    return _interval(monday, monday + timedelta(days=6))


def _week_number(found: re.Match[str], language: str | None, today: date) -> str | None:
    mondays = [_monday(today.year + step, int(found["week"])) for step in (-1, 0, 1)]
    monday = _likeliest(mondays, today, 0)
    return _interval(monday, monday + timedelta(days=6)) if monday else None


def _relative(found: re.Match[str], language: str | None, today: date) -> str | None:
    said = " ".join(found[0].lower().split())
    said = " ".join(_WORDS.get(word, word) for word in _SAID_OTHERWISE.get(said, said).split())
    return _text(_parsed(said.removeprefix("the "), language, today))


def _opening_hours(found: re.Match[str], language: str | None, today: date) -> str | None:
    """No date: "måndag till fredag" and "om lørdagen" are those of every week."""
    return None


_Reader = Callable[[re.Match[str], str | None, date], str | None]


def _pattern(expression: str) -> re.Pattern[str]:
    """A pattern with any white space for a space, and no letter or figure beside it."""
    expression = expression.replace(" ", r"\s")
    return re.compile(rf"\b(?<!\d[./-])(?:{expression})(?![\w.]?\d)(?!\w)", re.IGNORECASE)


_READERS: tuple[tuple[re.Pattern[str], _Reader], ...] = (
    (_pattern(r"\d{4}-\d{2}-\d{2}"), _iso),
    (
        _pattern(
            rf"{_BEFORE_DAY}(?:(?P<first>\d{{1,2}})\.? ?[-–] ?)?(?P<day>\d{{1,2}})"
            rf"(?::?[ae]|\.|st|nd|rd|th)? ?(?:of )?(?P<month>{_MONTH})(?:,? (?P<year>\d{{4}}))?"
        ),
        _named_month,
    ),
    (
        _pattern(
            rf"(?P<month>{_MONTH}) (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?:,? (?P<year>\d{{4}}))?"
        ),
        _named_month,
    ),
    (
        # "kl 10.12" is a time
        _pattern(
            rf"{_BEFORE_DAY}(?<!kl )(?<!kl. )(?P<day>0?[1-9]|[12]\d|3[01])[./]"
            r"(?P<month>0?[1-9]|1[0-2])(?:[./-](?P<year>\d{4}|\d{2}))?(?! ?(?:kg|g|cm|mm|m|l)\b)"
        ),
        _numbers,
    ),
    (_pattern(r"(?P<day>\d{1,2})-(?P<month>\d{1,2})-(?P<year>\d{4})"), _numbers),
    (_pattern(r"den (?P<day>\d{1,2})(?:\.|:?[ae])"), _day_of_month),
    (_pattern(r"(?<=\bon )the (?P<day>\d{1,2})(?:st|nd|rd|th)"), _day_of_month),
    (_pattern(rf"{_WEEKDAY} ?(?:-|–|till?|to) ?{_WEEKDAY}|om {_WEEKDAY}en"), _opening_hours),
    (_pattern(rf"(?P<when>i) (?P<weekday>{_WEEKDAY})s"), _weekday),
    (
        _pattern(
            rf"(?:(?:on|på) )?(?P<weekday>{_WEEKDAY})(?:en)? (?P<when>{_NEXT})"
            " (?:week|vecka|uge|uke)"
        ),
        _weekday,
    ),
    (
        _pattern(
            rf"(?:(?P<when>{_LAST}|{_NEXT}|{_FIRST}|{_THIS}|on) )?(?P<weekday>{_WEEKDAY})(?:en)?"
        ),
        _weekday,
    ),
    (
        _pattern(
            rf"(?P<when>{_LAST}|{_NEXT}|{_THIS}) (?:(?P<month>month|m[åa]nad(?:en)?|måned(?:en)?)"
            r"|week|veckan?|ugen?|uk(?:e|a|en))"
        ),
        _period,
    ),
    (_pattern(r"(?:(?:vecka|uge|uke|week) |v\. ?)(?P<week>[1-5]?\d)"), _week_number),
    (_pattern(_RELATIVE), _relative),
)


def _day(found: re.Match[str], form: str, language: str | None, today: date) -> date | None:
    """A day and month, in the year that is written or else the likeliest.

    Args:
        form: the date as it is written, with `{}` for the year.
    """
    day, year = int(found["day"]), found["year"]
    known = _parsed(form.format(year or _LEAP_YEAR), language, today)
    if known is None or known.day != day:
        return None
    if year:
        return known
    years = (today.year - 1, today.year, today.year + 1)
    days = [_valid(each, known.month, day) for each in years]
    return _likeliest(days, today, _direction(found))


def _direction(found: re.Match[str]) -> int:
    """Whether the words before a date speak of the past or of what is to come, or 0."""
    before = found.string[max(0, found.start() - _BEFORE) : found.start()]
    before = _SENTENCE_END.split(before)[-1]
    said = list(_DIRECTION.finditer(before))
    if not said:
        return 0
    return PAST if said[-1]["past"] else FUTURE


@lru_cache(maxsize=1024)
def _parsed(said: str, language: str | None, today: date) -> date | None:
    """What dateparser says of a few words."""
    parser = _parser(language, today)
    found = parser.get_date_data(said).date_obj
    return found.date() if found else None


@lru_cache(maxsize=8)
def _parser(language: str | None, today: date) -> DateDataParser:
    """dateparser for a day: all languages, the given one first."""
    languages = sorted(LANGUAGES, key=lambda each: each != language)
    return DateDataParser(
        languages=languages,
        use_given_order=True,
        settings={
            "DATE_ORDER": "DMY",
            "RELATIVE_BASE": datetime.combine(today, time(12)),
            "PARSERS": ["relative-time", "absolute-time"],
        },
    )


def _likeliest(days: list[date | None], today: date, direction: int) -> date | None:
    """The day nearest to today, on the side that `direction` says if there is one."""
    known = [day for day in days if day]
    fitting = [day for day in known if (day - today).days * direction >= 0]
    return min(fitting or known, key=lambda day: abs(day - today), default=None)


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _monday(year: int, week: int) -> date | None:
    try:
        return date.fromisocalendar(year, week, 1)
    except ValueError:
        return None


def _interval(first: date, last: date) -> str:
    return f"{first.isoformat()}/{last.isoformat()}"


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
