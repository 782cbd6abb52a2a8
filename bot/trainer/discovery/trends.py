"""How often a topic comes, week by week, and whether it rises."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy.stats import binom

WEEK = 7 * 86_400.0
WEEKS = 8
"""Weeks that are looked back on."""
FALSE_ALARMS = 0.05
"""Share of the alerts that may be false (false discovery rate)."""
LEAST_MESSAGES = 5
LEAST_TIMES = 1.5
"""A rise that is certain may still be too small to be told of: fewer messages in the last seven
days, or fewer times as many as in a usual week before, are not."""


@dataclass(frozen=True)
class Rise:
    """A topic that comes more often than before.

    Attributes:
        now: messages of the last seven days.
        usual: messages of a week before, on average.
        chance: how probable as many are if nothing has changed (p-value), 0 to 1.
    """

    now: int
    usual: float
    chance: float


def weeks_until(now: float, weeks: int = WEEKS) -> list[str]:
    """Names of the ISO weeks, oldest first, the last with `now` in it: `2026-W47`."""
    return [_week(now - (weeks - 1 - back) * WEEK) for back in range(weeks)]


def by_week(times: Sequence[float], now: float, weeks: int = WEEKS) -> list[int]:
    """Messages in each of `weeks_until`; the last week has only begun.

    Args:
        times: of the messages, in seconds since the epoch.
    """
    names = weeks_until(now, weeks)
    counts = dict.fromkeys(names, 0)
    for time in times:
        week = _week(time)
        if week in counts:
            counts[week] += 1
    return [counts[week] for week in names]


def rising(times: Mapping[str, Sequence[float]], now: float, weeks: int = WEEKS) -> dict[str, Rise]:
    """The topics that rise, the surest first.

    The messages of the last seven days are compared with those of the weeks before. If nothing has
    changed, each of a topic's messages is as likely to be from the last seven days as any message
    of the other topics is, and not less likely than the length of the time says (the conditional
    test of two Poisson rates: Przyborowski and Wilenski, 1940). So a week with more customers is
    no rise. Of many topics one rises by chance; so the tests are corrected to a false discovery
    rate of `FALSE_ALARMS` (Benjamini and Hochberg, 1995).

    Args:
        times: of the messages of each topic, in seconds since the epoch.
        now: the same.
        weeks: how far to look back, the last seven days included; 2 or more. Where the first
            message is younger than that, from that on; with less than two weeks nothing can rise.
    """
    known = [time for those in times.values() for time in those if time <= now]
    span = min(weeks * WEEK, now - min(known, default=now))
    if span < 2 * WEEK:
        return {}
    newest, oldest = now - WEEK, now - span
    counts = {
        topic: (
            sum(newest < time <= now for time in those),
            sum(oldest <= time <= newest for time in those),
        )
        for topic, those in times.items()
    }
    all_new = sum(new for new, _ in counts.values())
    all_old = sum(old for _, old in counts.values())
    found = {}
    for topic, (new, old) in counts.items():
        # as if every week had one more message, so that a few others do not decide
        others = (all_new - new + 1) / (all_new - new + all_old - old + span / WEEK)
        share = max(WEEK / span, others)
        chance = float(binom.sf(new - 1, new + old, share)) if new else 1.0
        found[topic] = Rise(new, old * WEEK / (span - WEEK), chance)
    sure = _benjamini_hochberg({topic: rise.chance for topic, rise in found.items()})
    told = {
        topic: found[topic]
        for topic in sure
        if found[topic].now >= LEAST_MESSAGES
        and found[topic].now >= LEAST_TIMES * found[topic].usual
    }
    return dict(sorted(told.items(), key=lambda item: (item[1].chance, item[0])))


def _benjamini_hochberg(chances: Mapping[str, float]) -> list[str]:
    ordered = sorted(chances, key=lambda topic: chances[topic])
    kept = 0
    for place, topic in enumerate(ordered, start=1):
        if chances[topic] <= FALSE_ALARMS * place / len(ordered):
            kept = place
    return ordered[:kept]


def _week(time: float) -> str:
    year, week, _ = dt.datetime.fromtimestamp(time, dt.timezone.utc).isocalendar()
    return f"{year}-W{week:02d}"
