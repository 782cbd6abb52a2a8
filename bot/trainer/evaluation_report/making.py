"""`svara evaluate report`: evaluates, and writes a folder that can be read and kept."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.trainer import costs
from bot.trainer.cross_validation import predict, predict_unseen
from bot.trainer.evaluation_report import learning, limits, pictures
from bot.trainer.evaluation_report.learning import Curve
from bot.trainer.evaluation_report.limits import Case, Limits
from bot.trainer.evaluation_report.pictures import Picture
from bot.trainer.evaluation_report.scores import Content, score
from bot.trainer.evaluation_report.served import CONFIG, served_thresholds
from bot.trainer.evaluation_report.writing import put, render
from bot.trainer.intent_evaluation import (
    Progress,
    Request,
    data_to_test_on,
    data_to_train_on,
)
from bot.trainer.labelled import Labelled, plain
from bot.trainer.thresholds import Decisions

PAIRS_SHOWN = 60
"""Confused pairs on the page; all are in report.json."""
STOPPED = "Stopped before the end: what was done until then is here."


@dataclass(frozen=True)
class Made:
    """A report.

    Attributes:
        learning: what more examples are worth, by intent; empty when it was not asked for.
        cases: what was held against the limits.
        stopped: it was broken off, and is not complete.
    """

    content: Content
    learning: tuple[Curve, ...]
    cases: tuple[Case, ...]
    stopped: bool
    notes: tuple[str, ...]

    @property
    def missed(self) -> tuple[Case, ...]:
        """The limits that are missed."""
        return tuple(one for one in self.cases if one.missed)


def make_report(
    request: Request,
    folder: Path,
    progress: Progress,
    *,
    held: Limits | None = None,
    more: int | None = learning.MORE,
    config: Path = CONFIG,
) -> Made:
    """Evaluates by cross-validation, or on `request.test`, and writes the report.

    Ctrl-C while the learning curves are measured leaves a report with those that are done.

    Args:
        folder: gets report.html, report.json, junit.xml and the pictures.
        held: what the scores are held against.
        more: how many examples more the learning curves are carried on by; None for no curves.
        config: the pipeline with the thresholds in use, if the project's own data is trained on;
            else they are chosen on the training data.

    Raises:
        NluError: a file cannot be used, or the data cannot be trained on.
    """
    rows, content, notes = _evaluate(request, progress, config)
    held = held or Limits()
    cases = limits.hold(content, held)
    made = Made(content, (), cases, False, notes)
    write(made, folder, held)
    if more is None:
        return made
    curves: list[Curve] = []
    stopped = False
    try:
        for curve in learning.curves(rows, request.foreign, progress, more=more, seed=request.seed):
            curves.append(curve)
    except KeyboardInterrupt:
        stopped = True
    curves.sort(key=lambda one: (-one.gain, one.intent))
    if stopped:
        notes = (*notes, STOPPED)
    made = Made(content, tuple(curves), cases, stopped, notes)
    write(made, folder, held)
    return made


def write(made: Made, folder: Path, held: Limits) -> None:
    """Writes the files of a report.

    Raises:
        NluError: they cannot be written.
    """
    drawn = list(pictures.of_content(made.content))
    if made.learning:
        drawn.append(learning.picture(made.learning))
    for one in drawn:
        put(folder / f"{one.name}.png", one.png)
    put(folder / "junit.xml", limits.as_junit("svara.evaluation", made.cases))
    put(folder / "report.html", _page(made, drawn, held))
    put(folder / "report.json", json.dumps(as_json(made, drawn), indent=1, ensure_ascii=False))


def as_json(made: Made, drawn: Sequence[Picture]) -> dict[str, Any]:
    """The report for programs, and for the console's page."""
    return {
        **dataclasses.asdict(made.content),
        "learning": [dataclasses.asdict(one) for one in made.learning],
        "limits": [dataclasses.asdict(one) for one in made.cases],
        "notes": list(made.notes),
        "stopped": made.stopped,
        "pictures": [{"name": p.name, "title": p.title, "told": p.told} for p in drawn],
    }


def _evaluate(
    request: Request, progress: Progress, config: Path
) -> tuple[list[Labelled], Content, tuple[str, ...]]:
    progress("Reading the data", 0, 3)
    trained, rows = data_to_train_on(request)
    told, tests = data_to_test_on(request)
    foreign = request.foreign
    progress("Training", 1, 3)
    texts, intents = [row.text for row in rows], [row.intent for row in rows]
    unseen = predict_unseen(texts, intents, foreign=foreign)
    if request.train is None:
        thresholds = served_thresholds(config)
    else:
        thresholds = Decisions(unseen, intents, foreign).tune()
    notes: tuple[str, ...] = ()
    if told is None:
        how, source, of, said = "cross-validation", trained.source, rows, unseen
    else:
        progress("Testing", 2, 3)
        how, source, of = "test", told.source, tests
        said = predict(costs.fit(rows, foreign), [row.text for row in tests])
        seen = {plain(text) for text in texts}
        again = sum(plain(row.text) in seen for row in tests)
        if again:
            notes = (f"{again} sentences of the test are training examples: they prove nothing.",)
    progress("Scoring", 3, 3)
    content = score(of, said, thresholds, how=how, source=source, foreign=foreign)
    return rows, content, notes


def _page(made: Made, drawn: Sequence[Picture], held: Limits) -> str:
    return render(
        "report.html",
        title="How well the customers are understood",
        content=made.content,
        learning=made.learning,
        missed=made.missed,
        limited=held != Limits(),
        notes=made.notes,
        pictures={"learning": None} | {one.name: one for one in drawn},
        shown_pairs=PAIRS_SHOWN,
    )
