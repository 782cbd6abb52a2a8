"""Which tickets are read again, and when none need be."""

from __future__ import annotations

import pytest

from bot.handoff.desks.watch import AT_ONCE, MARGIN, PAUSE, Watch, seconds, told_time

NOW = 1_800_000_000.0


def look(
    watch: Watch, cursor: str | None, changed: dict[str, float], now: float
) -> tuple[str, list[str]]:
    due = watch.due(cursor, changed, now)
    return watch.looked(cursor, due, changed, now), due


def test_a_ticket_is_read_once_and_again_when_it_has_changed() -> None:
    watch = Watch()
    cursor, due = look(watch, None, {"1": NOW - 3600}, NOW)
    assert due == ["1"]
    again, due = look(watch, cursor, {"1": NOW - 3600}, NOW + PAUSE)
    assert (again, due) == (cursor, [])
    assert look(watch, cursor, {"1": NOW + 2}, NOW + 6)[1] == ["1"]


def test_a_change_within_the_same_second_is_found_a_little_later() -> None:
    watch = Watch()
    cursor, _ = look(watch, None, {"1": NOW}, NOW)
    assert look(watch, cursor, {"1": NOW}, NOW + 1)[1] == []
    cursor, due = look(watch, cursor, {"1": NOW}, NOW + PAUSE)
    assert due == ["1"]
    late = NOW + MARGIN + PAUSE
    cursor, _ = look(watch, cursor, {"1": NOW}, late)
    assert look(watch, cursor, {"1": NOW}, late + PAUSE)[1] == []


def test_a_ticket_found_late_is_read_however_long_ago_it_changed() -> None:
    watch = Watch()
    cursor, _ = look(watch, None, {"1": NOW}, NOW)
    assert look(watch, cursor, {"1": NOW, "2": NOW - 86400}, NOW + 1)[1] == ["2"]


def test_what_was_not_taken_in_is_read_again() -> None:
    watch = Watch()
    cursor, _ = look(watch, "from an earlier run", {"1": 5.0}, NOW)
    assert look(watch, "from an earlier run", {"1": 5.0}, NOW)[1] == ["1"]
    assert look(watch, cursor, {"1": 5.0}, NOW)[1] == ["1"]


def test_every_ticket_has_its_turn_and_the_newest_words_come_first() -> None:
    watch = Watch()
    changed = {str(number): NOW - 86400 + number for number in range(2 * AT_ONCE + 1)}
    cursor, first = look(watch, None, changed, NOW)
    assert first == [str(number) for number in range(2 * AT_ONCE, AT_ONCE, -1)]
    cursor, second = look(watch, cursor, changed, NOW)
    cursor, third = look(watch, cursor, changed, NOW)
    assert sorted(first + second + third, key=int) == list(changed)
    assert look(watch, cursor, changed, NOW)[1] == []


def test_times_are_read_as_products_write_them() -> None:
    assert seconds("1970-01-01T00:01:00Z") == 60.0
    assert seconds("1970-01-01T00:00:01.500Z") == 1.5
    assert seconds("1970-01-01T02:00:00+02:00") == 0.0
    assert seconds("1970-01-01T00:00:02") == 2.0
    with pytest.raises(ValueError, match="yesterday"):
        seconds("yesterday")
    assert told_time({"date": "Thu, 01 Jan 1970 00:01:00 GMT"}) == 60.0
    assert told_time({}) > NOW - 86400 * 365
    assert told_time({"date": "now"}) > NOW - 86400 * 365
