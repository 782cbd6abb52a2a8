"""Runs behavioural tests on models that have not seen the sentences they are made from."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from bot.trainer import costs
from bot.trainer.behaviour.changes import KINDS, Kind, changed
from bot.trainer.cross_validation import predict
from bot.trainer.evaluation_report.intervals import Share, share
from bot.trainer.intent_evaluation import Progress
from bot.trainer.labelled import Labelled, plain
from bot.trainer.negation import aware
from bot.trainer.thresholds import Decisions, Thresholds

FOLDS = 5
PER = 4


@dataclass(frozen=True)
class Trial:
    """A sentence and what became of it when it was changed.

    Attributes:
        understood: the sentence itself is: only then the change is to blame for anything.
        after: the likeliest intent of the changed one, with its `confidence`.
        acted: the bot acts on that.
        passed: as it should be; see `Kind.keeps`.
    """

    kind: str
    intent: str
    language: str
    source: str
    text: str
    understood: bool
    after: str
    confidence: float
    acted: bool
    passed: bool


@dataclass(frozen=True)
class Rate:
    """How many of some tests were passed.

    Attributes:
        passed: of those whose sentence is understood.
        wrongly_acted: of the same, share where the bot acts although it should not: on another
            intent, or on one that is negated.
        not_understood: how many others there were.
    """

    name: str
    passed: Share | None
    wrongly_acted: Share | None
    not_understood: int


@dataclass(frozen=True)
class Drawn:
    """A sentence to test: the place of its source, and what it becomes."""

    kind: Kind
    place: int
    text: str


def draw(rows: Sequence[Labelled], kinds: Sequence[Kind], per: int, seed: int) -> list[Drawn]:
    """Changed sentences, the same for the same seed.

    Args:
        per: of each kind, intent and language so many at most.
    """
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        groups[row.intent, row.language].append(place)
    drawn = []
    for kind in kinds:
        for (intent, language), places in sorted(groups.items()):
            chance = random.Random(f"{seed}/{kind.name}/{intent}/{language}")
            taken = 0
            for place in chance.sample(places, len(places)):
                text = changed(kind, rows[place], chance)
                if text is not None:
                    drawn.append(Drawn(kind, place, text))
                    taken += 1
                if taken == per:
                    break
    return drawn


def folds(rows: Sequence[Labelled], count: int, seed: int) -> list[int]:
    """A part for each row: of every intent and language as many in each, equal texts together."""
    groups: dict[tuple[str, str], list[str]] = {}
    for row in rows:
        groups.setdefault((row.intent, row.language), []).append(plain(row.text))
    chance, part = random.Random(seed), dict[str, int]()
    turn = 0
    for texts in groups.values():
        for text in chance.sample(texts, len(texts)):
            if text not in part:
                part[text], turn = turn % count, turn + 1
    return [part[plain(row.text)] for row in rows]


def cross_test(
    rows: Sequence[Labelled],
    foreign: str,
    thresholds: Thresholds,
    progress: Progress,
    *,
    kinds: Sequence[Kind] = KINDS,
    per: int = PER,
    seed: int = 42,
) -> Iterable[list[Trial]]:
    """Tests each fifth of the examples on a model trained on the others.

    Args:
        foreign: label of what is out of scope.
        thresholds: from when on the bot acts.
    """
    drawn = draw(rows, kinds, per, seed)
    part = folds(rows, FOLDS, seed)
    for fold in range(FOLDS):
        progress(f"Part {fold + 1} of {FOLDS}: training without it", fold, FOLDS)
        train = [row for row, its in zip(rows, part, strict=True) if its != fold]
        mine = [one for one in drawn if part[one.place] == fold]
        if mine and len({row.intent for row in train}) > 1:
            yield try_all(rows, mine, train, foreign, thresholds)
    progress("Counting", FOLDS, FOLDS)


def try_all(
    rows: Sequence[Labelled],
    drawn: Sequence[Drawn],
    train: Sequence[Labelled],
    foreign: str,
    thresholds: Thresholds,
) -> list[Trial]:
    """Tests sentences on a model.

    Args:
        rows: where the sentences are drawn from.
        train: what the model learns from; without `rows`, or at least without those drawn.
    """
    if not drawn:
        return []
    places = sorted({one.place for one in drawn})
    model = aware(costs.fit(train, foreign))
    said = predict(model, [*(rows[place].text for place in places), *(one.text for one in drawn)])
    before = dict(zip(places, said.predicted[: len(places)].tolist(), strict=True))
    said = said.of(list(range(len(places), len(places) + len(drawn))))
    right = [rows[one.place].intent for one in drawn]
    acted = Decisions(said, right, foreign).split(thresholds)[0]
    trials = []
    for at, one in enumerate(drawn):
        row, after = rows[one.place], str(said.predicted[at])
        same, acts = after == row.intent, bool(acted[at])
        trials.append(
            Trial(
                kind=one.kind.name,
                intent=row.intent,
                language=row.language,
                source=row.text,
                text=one.text,
                understood=before[one.place] == row.intent,
                after=after,
                confidence=round(float(said.confidence[at]), 4),
                acted=acts,
                passed=same if one.kind.keeps else not (same and acts),
            )
        )
    return trials


def rates(trials: Sequence[Trial], by: Callable[[Trial], str]) -> tuple[Rate, ...]:
    """Rates of groups of tests, in alphabetical order."""
    groups: defaultdict[str, list[Trial]] = defaultdict(list)
    for one in trials:
        groups[by(one)].append(one)
    return tuple(rate(name, those) for name, those in sorted(groups.items()))


def rate(name: str, trials: Sequence[Trial]) -> Rate:
    """The rate of some tests."""
    passed = np.array([one.passed for one in trials if one.understood], dtype=bool)
    acted = np.array([one.acted for one in trials if one.understood], dtype=bool)
    return Rate(
        name,
        share(int(passed.sum()), len(passed)),
        share(int((~passed & acted).sum()), len(passed)),
        len(trials) - len(passed),
    )
