"""How good the shipped classifier is on any labelled sentences, what it costs, and from which
confidence the bot should act.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.errors import NluError
from bot.trainer import costs, labelled, measures
from bot.trainer.costs import Training
from bot.trainer.cross_validation import (
    OUT_OF_SCOPE,
    SEED,
    Predictions,
    predict,
    predict_unseen,
)
from bot.trainer.examples import NLU_FOLDER, read_examples
from bot.trainer.labelled import NO_LANGUAGE, Labelled, plain, read_labelled
from bot.trainer.measures import Confusion, IntentScore, Scores
from bot.trainer.thresholds import Decisions, Outcome, Thresholds

OOS_LABEL = "oos"
"""Label of what is out of scope in a CSV file, unless told otherwise."""
_TABLE = tuple(round(0.1 * step, 1) for step in range(10))
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Request:
    """What to evaluate.

    Attributes:
        train: CSV file; None for the project's own examples.
        test: CSV file; None to choose thresholds only.
        oos_label: label of what is out of scope; None for the usual one.
        shots: train on so many examples of each intent, drawn by `seed`; None for all.
        tune: choose thresholds.
    """

    train: Path | None = None
    test: Path | None = None
    oos_label: str | None = None
    shots: int | None = None
    seed: int = SEED
    tune: bool = False

    @property
    def foreign(self) -> str:
        """The label of what is out of scope."""
        return self.oos_label or (OOS_LABEL if self.train else OUT_OF_SCOPE)


@dataclass(frozen=True)
class Sentences:
    """Where sentences are from, and how many were used.

    Attributes:
        out_of_scope: how many of those used are.
        left_out: those that were not used, by their split or by `shots`.
    """

    source: str
    used: int
    intents: int
    out_of_scope: int
    left_out: int


@dataclass(frozen=True)
class Tested:
    """The numbers of a test.

    Attributes:
        without_foreign: of a model that was not shown what is out of scope; None when the training
            data has nothing of it.
        p50_ms: median time of one sentence; `p99_ms`: 99 of 100 are faster.
        peak_memory_mb: of the process, after training and testing.
        trained_on: how many sentences of the test are, word by word, training examples.
        unknown_intents: intents of the test that the model does not have: always wrong.
    """

    sentences: Sentences
    scores: Scores
    by_language: dict[str, Scores]
    without_foreign: Scores | None
    training: Training
    p50_ms: float
    p99_ms: float
    peak_memory_mb: float
    trained_on: int
    unknown_intents: list[str]
    intents: list[IntentScore]
    confusions: list[Confusion]


@dataclass(frozen=True)
class Tuned:
    """Thresholds, and what they do.

    Attributes:
        cross_validated: numbers of the predictions that the thresholds were chosen on.
        on_training: what the thresholds do to these predictions.
        on_test: what they do to the test's, None without one.
        table: what other values of `act` do to the training's, the rest as chosen.
    """

    thresholds: Thresholds
    cross_validated: Scores
    on_training: Outcome
    on_test: Outcome | None
    table: dict[float, Outcome]


@dataclass(frozen=True)
class Report:
    """An evaluation.

    Attributes:
        warnings: what is amiss with the training data.
    """

    oos_label: str
    shots: int | None
    seed: int
    trained: Sentences
    tested: Tested | None
    tuned: Tuned | None
    warnings: list[str] = field(default_factory=list)


def evaluate_intents(request: Request, output: Path, progress: Progress) -> Report:
    """Trains the classifier, measures it, and writes the report as JSON.

    Args:
        progress: told what is being done, and how many steps of how many are behind it.

    Raises:
        NluError: a file cannot be used, or the data cannot be trained on.
    """
    trained, rows = data_to_train_on(request)
    told, tests = data_to_test_on(request)
    foreign = request.foreign
    shown = any(row.intent == foreign for row in rows)
    step = _Steps(progress, 4 * bool(told) + bool(told and shown) + request.tune)
    tested, said = _test(told, tests, rows, foreign, step) if told else (None, None)
    tuned = None
    if request.tune:
        step("Predicting each example without that example")
        unseen = predict_unseen(
            [row.text for row in rows], [row.intent for row in rows], foreign=foreign
        )
        tuned = _tune(unseen, rows, said, tests, foreign)
    report = Report(
        oos_label=foreign,
        shots=request.shots,
        seed=request.seed,
        trained=trained,
        tested=tested,
        tuned=tuned,
        warnings=labelled.warnings(rows, foreign),
    )
    _write(report, output)
    return report


def as_json(report: Report) -> dict[str, Any]:
    """The report with the numbers of the test on top, by their plain names."""
    content = dataclasses.asdict(report)
    tested = content.pop("tested")
    if tested is None:
        return content
    training = tested["training"]
    return {
        **tested["scores"],
        "train_seconds": training["first"]["seconds"],
        "train_seconds_again": training["again"]["seconds"],
        "train_seconds_one_more": training["one_more"]["seconds"],
        "p50_ms": tested["p50_ms"],
        "p99_ms": tested["p99_ms"],
        "model_mb": training["model_mb"],
        "peak_memory_mb": tested["peak_memory_mb"],
        **content,
        "tested": tested,
    }


class _Steps:
    """Counts the steps as they are announced."""

    def __init__(self, progress: Progress, total: int) -> None:
        self._progress, self._total, self._done = progress, total, 0

    def __call__(self, what: str) -> None:
        self._progress(what, self._done, self._total)
        self._done += 1


def data_to_train_on(request: Request) -> tuple[Sentences, list[Labelled]]:
    """The sentences to train on.

    Raises:
        NluError: they cannot be read, or nothing can be learned from them.
    """
    if request.train is None:
        source = str(NLU_FOLDER)
        found = [Labelled(one.text, one.intent, one.language) for one in read_examples()]
        if not found:
            raise NluError(f"There are no examples in '{source}'; run it in the project's folder.")
        rows = found
    else:
        source = str(request.train)
        found = read_labelled(request.train)
        rows = labelled.rows_to_train_on(request.train, found)
    if request.shots is not None:
        rows = labelled.draw(rows, request.shots, request.seed)
    count = Counter(row.intent for row in rows if row.intent != request.foreign)
    if len(count) < 2:
        what = f"all examples mean '{min(count)}'" if count else "every example is out of scope"
        raise NluError(f"{source}: {what}. Add examples of another intent: it takes two at least.")
    if request.tune and sum(number > 1 for number in count.values()) < 2:
        raise NluError(
            f"{source}: thresholds are chosen on examples that are held back. "
            "Add examples, so that two intents at least have two each."
        )
    return _sentences(source, rows, len(found), request.foreign), rows


def data_to_test_on(request: Request) -> tuple[Sentences | None, list[Labelled]]:
    """The sentences to test on; none without a test file.

    Raises:
        NluError: they cannot be read, or cannot be told from those to train on.
    """
    if request.test is None:
        return None, []
    found = read_labelled(request.test)
    same = request.train is not None and request.train.resolve() == request.test.resolve()
    if same and any(not row.split for row in found):
        raise NluError(
            f"{request.test}: to train and to test on one file, every row needs a split, "
            f"{labelled.TRAIN} or {labelled.DEV}."
        )
    rows = labelled.rows_to_test_on(request.test, found)
    return _sentences(str(request.test), rows, len(found), request.foreign), rows


def _test(
    told: Sentences,
    tests: Sequence[Labelled],
    rows: Sequence[Labelled],
    foreign: str,
    step: _Steps,
) -> tuple[Tested, Predictions]:
    """Trains on `rows`, tests on `tests`."""
    model, training = costs.train(rows, foreign, step)
    step("Testing")
    texts = [row.text for row in tests]
    # One at a time first, while no sentence of the test can be in a cache.
    p50, p99 = costs.milliseconds(
        lambda text: model.predict_proba([text]), texts, [row.text for row in rows]
    )
    said = predict(model, texts)
    peak = costs.peak_memory_mb()
    without = None
    ours = [row for row in rows if row.intent != foreign]
    if len(ours) < len(rows):
        step("Training and testing without what is out of scope")
        without = _score(predict(costs.fit(ours, foreign), texts), tests, foreign)
    right = [row.intent for row in tests]
    seen = {plain(row.text) for row in rows}
    tested = Tested(
        sentences=told,
        scores=_score(said, tests, foreign),
        by_language=_by_language(said, tests, foreign),
        without_foreign=without,
        training=training,
        p50_ms=p50,
        p99_ms=p99,
        peak_memory_mb=peak,
        trained_on=sum(plain(text) in seen for text in texts),
        unknown_intents=sorted(set(right) - {row.intent for row in rows} - {foreign}),
        intents=measures.by_intent(right, said.predicted.tolist()),
        confusions=measures.confusions(texts, right, said.predicted.tolist()),
    )
    return tested, said


def _tune(
    unseen: Predictions,
    rows: Sequence[Labelled],
    said: Predictions | None,
    tests: Sequence[Labelled],
    foreign: str,
) -> Tuned:
    decisions = Decisions(unseen, [row.intent for row in rows], foreign)
    chosen = decisions.tune()
    on_test = None
    if said is not None:
        on_test = Decisions(said, [row.intent for row in tests], foreign).outcome(chosen)
    others = [dataclasses.replace(chosen, act=act, ask=min(act, chosen.ask)) for act in _TABLE]
    return Tuned(
        thresholds=chosen,
        cross_validated=_score(unseen, rows, foreign),
        on_training=decisions.outcome(chosen),
        on_test=on_test,
        table={one.act: decisions.outcome(one) for one in others},
    )


def _score(said: Predictions, rows: Sequence[Labelled], foreign: str) -> Scores:
    right = [row.intent for row in rows]
    return measures.score(
        right, said.predicted.tolist(), said.confidence, said.foreignness, foreign
    )


def _by_language(said: Predictions, rows: Sequence[Labelled], foreign: str) -> dict[str, Scores]:
    places: dict[str, list[int]] = {}
    for place, row in enumerate(rows):
        if row.language != NO_LANGUAGE:
            places.setdefault(row.language, []).append(place)
    return {
        language: _score(said.of(those), [rows[place] for place in those], foreign)
        for language, those in sorted(places.items())
    }


def _sentences(source: str, rows: Sequence[Labelled], of: int, foreign: str) -> Sentences:
    foreigners = sum(row.intent == foreign for row in rows)
    intents = len({row.intent for row in rows} - {foreign})
    return Sentences(source, len(rows), intents, foreigners, of - len(rows))


def _write(report: Report, output: Path) -> None:
    try:
        text = json.dumps(as_json(report), indent=2, ensure_ascii=False)
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise NluError(f"The report cannot be written to '{output}': {error.strerror}.") from error
