"""What rises is told of, and chance is not."""

from __future__ import annotations

import datetime as dt

import numpy as np

from bot.trainer.discovery.trends import WEEK, by_week, rising, weeks_until

NOW = dt.datetime(2026, 11, 27, 12, tzinfo=dt.timezone.utc).timestamp()


def spread(counts: list[int]) -> list[float]:
    """Times of messages: so many in each seven days, the last ones just before `NOW`."""
    ago = reversed(range(len(counts)))
    return [
        NOW - back * WEEK - WEEK * (number + 0.5) / count
        for back, count in zip(ago, counts, strict=True)
        for number in range(count)
    ]


def test_messages_are_counted_by_iso_week() -> None:
    monday = dt.datetime(2026, 11, 23, tzinfo=dt.timezone.utc).timestamp()
    assert weeks_until(NOW, 3) == ["2026-W46", "2026-W47", "2026-W48"]
    assert by_week([monday, monday + 1, monday - 1, NOW - 30 * WEEK], NOW, 3) == [0, 1, 2]


def test_a_year_may_have_53_weeks() -> None:
    new_year = dt.datetime(2027, 1, 2, tzinfo=dt.timezone.utc).timestamp()
    assert weeks_until(new_year, 2) == ["2026-W52", "2026-W53"]


def test_a_topic_that_triples_rises() -> None:
    found = rising({"new": spread([4, 3, 5, 4, 4, 4, 5, 15]), "old": spread([20] * 8)}, NOW)
    assert list(found) == ["new"]
    assert found["new"].now == 15
    assert 4 < found["new"].usual < 5
    assert found["new"].chance < 0.001


def test_a_topic_that_was_never_there_rises() -> None:
    assert "new" in rising({"new": spread([0] * 7 + [6]), "old": spread([20] * 8)}, NOW)


def test_a_week_with_more_customers_is_no_rise() -> None:
    assert rising({name: spread([10] * 7 + [30]) for name in "abcdef"}, NOW) == {}


def test_two_messages_are_no_rise() -> None:
    assert rising({"rare": spread([0] * 7 + [2]), "old": spread([20] * 8)}, NOW) == {}


def test_nothing_rises_in_the_first_two_weeks() -> None:
    assert rising({"new": spread([1, 20])}, NOW) == {}
    assert rising({}, NOW) == {}


def test_by_chance_alone_there_are_few_alerts() -> None:
    chance = np.random.default_rng(7)
    alarms = 0
    for _ in range(40):
        topics = {str(n): spread(list(chance.poisson(6, 8))) for n in range(25)}
        alarms += bool(rising(topics, NOW))
    assert alarms <= 4
