"""Learning curves by intent: what some more examples of it would be worth.

Of an intent's examples all but a few are left out of the training, again and again, and asked
about; the other intents keep theirs. That gives the share of errors for growing numbers of
examples, whose odds fall like a power of that number: where errors are few, so does their share
(Hestness et al. 2017, "Deep learning scaling is predictable, empirically"), and where nearly all is
wrong, it cannot rise further. The power of a single intent is uncertain, so that it is drawn
towards that of all.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from bot.trainer.evaluation_report import pictures
from bot.trainer.evaluation_report.leaving_out import MAX_ROWS, LeavingOut
from bot.trainer.evaluation_report.pictures import Picture
from bot.trainer.intent_evaluation import Progress
from bot.trainer.labelled import Labelled

MORE = 20
SHARES = (0.2, 0.35, 0.5, 0.65, 0.8, 0.9)
"""Shares of an intent's examples that are trained on; and all but the one asked about."""
ASKED = 12
"""How often each example is asked about at each of them, on average."""
LEAST = 8
"""Examples of an intent from which on there is anything to carry on."""
BOOTSTRAPS = 300
INTERVAL = (10.0, 90.0)
_PRIOR_SD = 0.25
"""How much the powers of intents differ: drawn towards the common one as much as that says."""
_STEEPEST = 3.0
_SHOWN = 12
Array = NDArray[Any]


@dataclass(frozen=True)
class Point:
    """So many examples of the intent were trained on; share of the others that was understood."""

    examples: int
    understood: float


@dataclass(frozen=True)
class Curve:
    """What is known of an intent's learning; shares are 0 to 1.

    Attributes:
        now: share that is understood with all its examples, each asked about without itself.
        power: by which the errors fall with the number of examples.
        more: so many examples more ...
        gain: ... raise the share by about this much,
        low: measured on as many sentences, in 80 of 100 cases by at least this
        high: and at most this.
    """

    intent: str
    examples: int
    points: tuple[Point, ...]
    now: float
    power: float
    more: int
    gain: float
    low: float
    high: float


@dataclass(frozen=True)
class Measured:
    """What was measured of an intent.

    Attributes:
        sizes: (points,) how many examples were trained on, ascending.
        wrong: (examples, points) how often each example was wrong, 0 to 1; nan where it was not
            asked about.
    """

    intent: str
    examples: int
    sizes: Array
    wrong: Array


def curves(
    rows: Sequence[Labelled],
    foreign: str,
    progress: Progress,
    *,
    more: int = MORE,
    seed: int = 42,
) -> Iterable[Curve]:
    """The curve of each intent with `LEAST` examples.

    If it is broken off while it measures, those that were measured are still given.

    Args:
        rows: the training data; of more than `MAX_ROWS` sentences that many are drawn.
        foreign: label of what is out of scope; it has no curve.
        seed: what is left out is drawn by it.
    """
    chance = np.random.default_rng(seed)
    if len(rows) > MAX_ROWS:
        rows = [rows[at] for at in np.sort(chance.permutation(len(rows))[:MAX_ROWS])]
    progress("Learning curves: preparing", 0, 0)
    model = LeavingOut([row.text for row in rows], [row.intent for row in rows], foreign)
    found: list[Measured] = []
    broken: KeyboardInterrupt | None = None
    try:
        for number, intent in enumerate(model.intents):
            progress(f"Learning curve of {intent}", number, len(model.intents))
            places = np.flatnonzero(model.right == number)
            if intent != foreign and len(places) >= LEAST:
                found.append(measure(model, str(intent), places, chance))
    except KeyboardInterrupt as error:
        broken = error
    yield from carry_on(found, [more] * len(found), seed)
    if broken is not None:
        raise broken


def measure(model: LeavingOut, intent: str, places: Array, chance: np.random.Generator) -> Measured:
    """Asks about an intent's examples with growing numbers of the others.

    Args:
        places: of the intent's examples.
        chance: draws what is left out.
    """
    count = len(places)
    sizes = sorted({max(1, round(part * count)) for part in SHARES} - {count - 1, count})
    wrong = np.full((count, len(sizes) + 1), np.nan)
    for column, size in enumerate(sizes):
        asked, failed = np.zeros(count), np.zeros(count)
        for _ in range(math.ceil(ASKED * count / (count - size))):
            out = np.sort(chance.permutation(count)[size:])
            asked[out] += 1
            failed[out] += model.wrong(places[out])
        some = asked > 0
        wrong[some, column] = failed[some] / asked[some]
    wrong[:, -1] = [float(model.wrong(places[at : at + 1])[0]) for at in range(count)]
    return Measured(intent, count, np.array([*sizes, count - 1]), wrong)


def carry_on(found: Sequence[Measured], more: Sequence[int], seed: int = 42) -> list[Curve]:
    """Curves with what more examples are worth, and how sure that is.

    Args:
        more: how many, of each.
    """
    chance = np.random.default_rng(seed)
    fits = [_power(one.sizes, one.wrong) for one in found]
    common = _common(fits)
    made = []
    for one, extra in zip(found, more, strict=True):
        errors, power = _estimate(one.sizes, one.wrong, common)
        expected = [
            gain(*_estimate(one.sizes, one.wrong[drawn], common, chance), one.examples, extra)
            for drawn in chance.integers(0, one.examples, (BOOTSTRAPS, one.examples))
        ]
        # What will be measured depends on the sentences that it is measured on, too.
        gains = chance.binomial(one.examples, np.clip(expected, 0, 1)) / one.examples
        low, high = np.percentile(gains, INTERVAL)
        shares = 1 - np.nanmean(one.wrong, axis=0)
        # Errors are never taken for none at all; but no more can be gained than is wrong.
        wrong = 1 - float(shares[-1])
        middle = min(gain(errors, power, one.examples, extra), wrong)
        made.append(
            Curve(
                intent=one.intent,
                examples=one.examples,
                points=tuple(
                    Point(int(size), round(float(share), 4))
                    for size, share in zip(one.sizes, shares, strict=True)
                ),
                now=float(shares[-1]),
                power=power,
                more=extra,
                gain=middle,
                low=min(float(low), middle),
                high=min(max(float(high), middle), wrong),
            )
        )
    return made


def gain(errors: float, power: float, examples: int, more: int) -> float:
    """By how much the share of errors falls with `more` examples.

    Args:
        errors: their share, below 1.
    """
    odds = errors / (1 - errors) * (examples / (examples + more)) ** power
    return float(errors - odds / (1 + odds))


def picture(found: Sequence[Curve]) -> Picture:
    """The curves of the intents that gain the most."""
    shown = sorted(found, key=lambda one: (-one.gain, one.intent))[:_SHOWN]
    return pictures.draw(
        "learning",
        "Where more examples help most",
        f"The share that is understood, by the number of the intent's examples; dotted: with "
        f"{shown[0].more} more, and how far that estimate may be out (80 % interval).",
        lambda: _drawn(shown),
    )


def _power(sizes: Array, wrong: Array) -> tuple[float, float]:
    """Slope of the errors' odds in logarithms, and its variance; by least squares, weighted."""
    count = len(wrong)
    errors = (np.nansum(wrong, axis=0) + 0.5) / (np.sum(~np.isnan(wrong), axis=0) + 1)
    weights = count * errors * (1 - errors)  # 1 / variance of the logarithm of the odds
    x, y = np.log(sizes), np.log((1 - errors) / errors)
    middle = np.average(x, weights=weights)
    spread = float((weights * (x - middle) ** 2).sum())
    if spread <= 0:
        return 0.0, math.inf
    slope = float((weights * (x - middle) * y).sum() / spread)
    # The points are of the same examples: they are worth hardly more than one.
    return slope, len(sizes) / 2 / spread


def _common(fits: Sequence[tuple[float, float]]) -> float:
    weights = [1 / (variance + _PRIOR_SD**2) for _, variance in fits]
    slopes = [slope for slope, _ in fits]
    return float(np.average(slopes, weights=weights)) if sum(weights) else 0.0


def _estimate(
    sizes: Array, wrong: Array, common: float, chance: np.random.Generator | None = None
) -> tuple[float, float]:
    """Share of errors with all examples, and the power.

    Args:
        chance: of a bootstrap: the common power is drawn anew, as those of intents differ.
    """
    slope, variance = _power(sizes, wrong)
    towards = common if chance is None else chance.normal(common, _PRIOR_SD)
    own = _PRIOR_SD**2 / (_PRIOR_SD**2 + variance) if math.isfinite(variance) else 0.0
    power = min(max(own * slope + (1 - own) * towards, 0.0), _STEEPEST)
    errors = (np.nansum(wrong[:, -1]) + 0.5) / (len(wrong) + 1)
    return float(errors), power


def _drawn(shown: Sequence[Curve]) -> Figure:
    columns = min(4, len(shown))
    lines = math.ceil(len(shown) / columns)
    figure = Figure(figsize=(2.5 * columns, 2.1 * lines))
    every = figure.subplots(lines, columns, squeeze=False, sharey=True).ravel()
    for axes, one in zip(every, shown):  # noqa: B905 -- the last line may have empty places
        now = one.points[-1]
        axes.plot(
            [p.examples for p in one.points],
            [p.understood for p in one.points],
            "o-", color=pictures.GOOD, ms=3,
        )  # fmt: skip
        then = now.examples + one.more
        best = min(1.0, now.understood + one.gain)
        axes.plot([now.examples, then], [now.understood, best], ":", color=pictures.BAD)
        reach = [min(1.0, now.understood + each) for each in (one.low, one.high)]
        axes.vlines(then, *reach, color=pictures.BAD, lw=2)
        axes.set_title(f"{pictures.in_words(one.intent)}\n+{100 * one.gain:.1f} of 100", fontsize=8)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        axes.tick_params(labelsize=7)
        axes.grid(color=pictures.PALE, alpha=0.3)
    for axes in every[len(shown) :]:
        axes.set_visible(False)
    figure.tight_layout()
    return figure
