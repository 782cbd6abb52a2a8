"""Scores of predictions by intent and by language, each with its uncertainty."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.trainer import measures
from bot.trainer.cross_validation import Predictions
from bot.trainer.evaluation_report.intervals import Share, share
from bot.trainer.labelled import NO_LANGUAGE, Labelled
from bot.trainer.measures import Scores
from bot.trainer.thresholds import Decisions, Thresholds

BINS = 10
_CURVE_POINTS = 200
_TABLE = tuple(round(0.05 * step, 2) for step in range(20))


@dataclass(frozen=True)
class Group:
    """What became of the sentences of an intent, of a language, or of both.

    Attributes:
        understood: those whose likeliest intent is right.
        acted: those that the bot acts on.
        acted_rightly: of these, those with the right intent.
    """

    name: str
    understood: Share
    acted: Share
    acted_rightly: Share | None


@dataclass(frozen=True)
class Intent:
    """How well one intent is told from the others.

    Attributes:
        understood: of the sentences that mean it (recall).
        precision: of the sentences that were taken for it; None when there are none.
        by_language: `understood` by language.
    """

    name: str
    understood: Share
    precision: Share | None
    f1: float
    by_language: Mapping[str, Share]


@dataclass(frozen=True)
class Mistake:
    """One sentence that was taken for another intent than it has."""

    text: str
    language: str
    confidence: float
    acted: bool


@dataclass(frozen=True)
class Confused:
    """The sentences of one intent that were taken for another.

    Attributes:
        mistakes: the surest first.
    """

    intent: str
    predicted: str
    mistakes: tuple[Mistake, ...]


@dataclass(frozen=True)
class Coverage:
    """What the bot does when it acts from a confidence on.

    Attributes:
        coverage: of the sentences in scope, share that it acts on.
        accuracy: of all that it acts on, share that is right.
    """

    threshold: float
    coverage: Share | None
    accuracy: Share | None


@dataclass(frozen=True)
class Bin:
    """Sentences in scope of like confidence.

    Attributes:
        confidence: their mean, 0 to 1.
        right: share whose likeliest intent is right.
    """

    confidence: float
    right: Share


@dataclass(frozen=True)
class Content:
    """What a report says.

    Attributes:
        how: `cross-validation` or `test`.
        source: where the sentences are from.
        curve: coverage and accuracy at each confidence that occurs, thinned for the picture.
        table: the same at round thresholds.
        chosen: the same at the thresholds in use.
    """

    how: str
    source: str
    foreign: str
    thresholds: Thresholds
    scores: Scores
    all: Group
    intents: tuple[Intent, ...]
    languages: tuple[Group, ...]
    confused: tuple[Confused, ...]
    curve: tuple[Coverage, ...]
    table: tuple[Coverage, ...]
    chosen: Coverage
    bins: tuple[Bin, ...]


def score(
    rows: Sequence[Labelled],
    said: Predictions,
    thresholds: Thresholds,
    *,
    how: str,
    source: str,
    foreign: str,
) -> Content:
    """All numbers of some predictions.

    Args:
        rows: the sentences, one at least, in the order of `said`.
        thresholds: from when on the bot acts.
        foreign: label of what is out of scope.
    """
    right = [row.intent for row in rows]
    decisions = Decisions(said, right, foreign)
    acted = decisions.split(thresholds)[0]
    hits = said.predicted == np.array(right)
    group = _grouping(hits, acted)
    languages = _places(rows, lambda row: row.language)
    at = _coverage_at(decisions, thresholds, hits)
    used = np.unique(said.confidence)
    step = max(1, len(used) // _CURVE_POINTS)
    return Content(
        how=how,
        source=source,
        foreign=foreign,
        thresholds=thresholds,
        scores=measures.score(
            right, said.predicted.tolist(), said.confidence, said.foreignness, foreign
        ),
        all=group("all", range(len(rows))),
        intents=_intents(rows, said, hits),
        languages=tuple(
            group(name, places) for name, places in sorted(languages.items()) if name != NO_LANGUAGE
        ),
        confused=_confused(rows, said, acted),
        curve=tuple(at(float(each)) for each in used[::step]),
        table=tuple(at(each) for each in _TABLE),
        chosen=at(thresholds.act),
        bins=reliability(said.confidence[~decisions.foreign], hits[~decisions.foreign]),
    )


def reliability(
    confidence: measures.Floats, right: measures.Mask, bins: int = BINS
) -> tuple[Bin, ...]:
    """Confidence against accuracy, in bins of equally many sentences."""
    order = np.argsort(confidence, kind="stable")
    found = []
    for places in np.array_split(order, min(bins, len(order))) if len(order) else []:
        counted = share(int(right[places].sum()), len(places))
        if counted is not None:
            found.append(Bin(float(confidence[places].mean()), counted))
    return tuple(found)


def _grouping(hits: measures.Mask, acted: measures.Mask) -> Callable[[str, Sequence[int]], Group]:
    def group(name: str, places: Sequence[int]) -> Group:
        at = np.asarray(places, dtype=int)
        understood = share(int(hits[at].sum()), len(at))
        acting = share(int(acted[at].sum()), len(at))
        if understood is None or acting is None:
            raise ValueError("a group has a sentence at least")
        rightly = share(int((hits & acted)[at].sum()), acting.hits)
        return Group(name, understood, acting, rightly)

    return group


def _intents(
    rows: Sequence[Labelled], said: Predictions, hits: measures.Mask
) -> tuple[Intent, ...]:
    taken = Counter(said.predicted.tolist())
    found = []
    for name, places in sorted(_places(rows, lambda row: row.intent).items()):
        good = int(hits[places].sum())
        understood = share(good, len(places))
        spoken: defaultdict[str, list[int]] = defaultdict(list)
        for place in places:
            if rows[place].language != NO_LANGUAGE:
                spoken[rows[place].language].append(place)
        shares = {
            language: share(int(hits[those].sum()), len(those))
            for language, those in sorted(spoken.items())
        }
        if understood is not None:
            found.append(
                Intent(
                    name,
                    understood,
                    share(good, taken[name]),
                    2 * good / (len(places) + taken[name]),
                    {language: each for language, each in shares.items() if each},
                )
            )
    return tuple(found)


def _confused(
    rows: Sequence[Labelled], said: Predictions, acted: measures.Mask
) -> tuple[Confused, ...]:
    found: defaultdict[tuple[str, str], list[Mistake]] = defaultdict(list)
    for place, (row, predicted) in enumerate(zip(rows, said.predicted.tolist(), strict=True)):
        if row.intent != predicted:
            sure = round(float(said.confidence[place]), 4)
            found[row.intent, predicted].append(
                Mistake(row.text, row.language, sure, bool(acted[place]))
            )
    pairs = sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(
        Confused(*pair, tuple(sorted(those, key=lambda one: (-one.confidence, one.text))))
        for pair, those in pairs
    )


def _coverage_at(
    decisions: Decisions, thresholds: Thresholds, hits: measures.Mask
) -> Callable[[float], Coverage]:
    ours = ~decisions.foreign
    always = decisions.split(Thresholds(0.0, thresholds.lead, 0.0, thresholds.foreign))[0]

    def at(threshold: float) -> Coverage:
        acted = always & (decisions.first >= threshold)
        return Coverage(
            threshold,
            share(int((acted & ours).sum()), int(ours.sum())),
            share(int((acted & hits).sum()), int(acted.sum())),
        )

    return at


def _places(rows: Sequence[Labelled], by: Callable[[Labelled], str]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        found.setdefault(by(row), []).append(place)
    return found
