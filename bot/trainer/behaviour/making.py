"""`svara evaluate behaviour`: runs the tests, and writes a folder that can be read and kept."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.trainer.behaviour import testing
from bot.trainer.behaviour.changes import KINDS, Kind
from bot.trainer.behaviour.testing import Rate, Trial, rates
from bot.trainer.cross_validation import predict_unseen
from bot.trainer.evaluation_report.limits import Case, as_junit
from bot.trainer.evaluation_report.making import STOPPED
from bot.trainer.evaluation_report.served import CONFIG, served_thresholds
from bot.trainer.evaluation_report.writing import put, render
from bot.trainer.intent_evaluation import (
    Progress,
    Request,
    data_to_test_on,
    data_to_train_on,
)
from bot.trainer.labelled import Labelled, plain
from bot.trainer.thresholds import Decisions, Thresholds


@dataclass(frozen=True)
class Made:
    """A report.

    Attributes:
        how: `cross-validation` or `test`.
        cells: rates by kind and language, named `kind/language`.
        cases: each cell against the limit.
        failed: the tests that were not passed, the surest first.
        stopped: it was broken off, and is not complete.
    """

    how: str
    source: str
    thresholds: Thresholds
    kinds: tuple[Rate, ...]
    languages: tuple[Rate, ...]
    intents: tuple[Rate, ...]
    cells: tuple[Rate, ...]
    cases: tuple[Case, ...]
    failed: tuple[Trial, ...]
    stopped: bool

    @property
    def missed(self) -> tuple[Case, ...]:
        """The limits that are missed."""
        return tuple(one for one in self.cases if one.missed)


def make_report(
    request: Request,
    folder: Path,
    progress: Progress,
    *,
    kinds: Sequence[Kind] = KINDS,
    per: int = testing.PER,
    least: float = 0.0,
    config: Path = CONFIG,
) -> Made:
    """Runs the tests and writes the report.

    With `request.test` they are made from its sentences; else from the training data, and each is
    run on a model that has not seen the sentence it is made from. Ctrl-C leaves a report of the
    parts that are done.

    Args:
        folder: gets behaviour.html, behaviour.json and junit.xml.
        per: of each kind, intent and language so many tests at most.
        least: least share of the tests of a kind and language that must be passed, 0 to 1.
        config: see `evaluation_report.making.make_report`.

    Raises:
        NluError: a file cannot be used, or the data cannot be trained on.
    """
    trained, rows = data_to_train_on(request)
    told, tests = data_to_test_on(request)
    foreign, seed = request.foreign, request.seed
    thresholds = _thresholds(request, rows, config)
    trials: list[Trial] = []
    stopped = False
    try:
        if told is None:
            for some in testing.cross_test(
                rows, foreign, thresholds, progress, kinds=kinds, per=per, seed=seed
            ):
                trials += some
        else:
            progress("Training, and asking", 0, 1)
            seen = {plain(row.text) for row in rows}
            unseen = [row for row in tests if plain(row.text) not in seen]
            drawn = testing.draw(unseen, kinds, per, seed)
            trials += testing.try_all(unseen, drawn, rows, foreign, thresholds)
            progress("Counting", 1, 1)
    except KeyboardInterrupt:
        stopped = True
    made = _made(
        trials,
        how="test" if told else "cross-validation",
        source=told.source if told else trained.source,
        thresholds=thresholds,
        least=least,
        stopped=stopped,
    )
    write(made, folder, kinds)
    return made


def write(made: Made, folder: Path, kinds: Sequence[Kind] = KINDS) -> None:
    """Writes the files of a report.

    Raises:
        NluError: they cannot be written.
    """
    by_kind = {one.name: one for one in made.kinds}
    page = render(
        "behaviour.html",
        title="What must not change what is understood",
        made=made,
        kinds=[(kind, by_kind[kind.name]) for kind in kinds if kind.name in by_kind],
        languages=[one.name for one in made.languages],
        cells={one.name: one for one in made.cells},
        stopped=STOPPED,
    )
    put(folder / "behaviour.html", page)
    put(folder / "junit.xml", as_junit("svara.behaviour", made.cases))
    put(folder / "behaviour.json", json.dumps(as_json(made), indent=1, ensure_ascii=False))


def as_json(made: Made) -> dict[str, Any]:
    """The report for programs, and for the console's page."""
    return dataclasses.asdict(made)


def _thresholds(request: Request, rows: Sequence[Labelled], config: Path) -> Thresholds:
    if request.train is None:
        return served_thresholds(config)
    intents = [row.intent for row in rows]
    unseen = predict_unseen([row.text for row in rows], intents, foreign=request.foreign)
    return Decisions(unseen, intents, request.foreign).tune()


def _made(
    trials: Sequence[Trial],
    *,
    how: str,
    source: str,
    thresholds: Thresholds,
    least: float,
    stopped: bool,
) -> Made:
    cells = rates(trials, lambda one: f"{one.kind}/{one.language}")
    failed = [one for one in trials if one.understood and not one.passed]
    return Made(
        how=how,
        source=source,
        thresholds=thresholds,
        kinds=rates(trials, lambda one: one.kind),
        languages=rates(trials, lambda one: one.language),
        intents=rates(trials, lambda one: one.intent),
        cells=cells,
        cases=tuple(_case(one, least, failed) for one in cells if one.passed),
        failed=tuple(sorted(failed, key=lambda o: (o.kind, not o.acted, -o.confidence, o.text))),
        stopped=stopped,
    )


def _case(cell: Rate, least: float, failed: Sequence[Trial]) -> Case:
    kind, _, language = cell.name.partition("/")
    if cell.passed is None:
        raise ValueError("a case has tests")
    those = [one for one in failed if (one.kind, one.language) == (kind, language)]
    told = (
        f"{cell.passed.share:.1%} of {cell.passed.of} passed "
        f"({cell.passed.low:.1%} to {cell.passed.high:.1%}); the limit is {least:.1%}."
    )
    lines = [
        f"'{one.text}' (from '{one.source}', {one.intent}): {one.after}, {one.confidence:.0%}"
        for one in those
    ]
    return Case(kind, language, cell.passed.high < least, "\n".join([told, *lines]))
