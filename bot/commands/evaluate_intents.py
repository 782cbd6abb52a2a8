"""`svara evaluate intents`: how good the classifier is on any labelled sentences."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from bot.commands.options import example

if TYPE_CHECKING:
    from tqdm import tqdm

    from bot.trainer.intent_evaluation import Progress, Report, Tested, Tuned
    from bot.trainer.thresholds import Outcome

FILE = click.Path(dir_okay=False, path_type=Path)
READ_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OUTCOME_HEAD = (
    "              acts on  right then  right kept  wrong let  out of scope let  asks  hands over"
)


@click.command(
    epilog=example(
        "svara evaluate intents --train banking.csv --test banking.csv --output report.json",
        "svara evaluate intents --tune --output report.json",
    )
)
@click.option("--train", type=READ_FILE, help="CSV file to train on. Default: data/nlu")
@click.option("--test", type=READ_FILE, help="CSV file to test on.")
@click.option("--oos-label", help="Intent of what is out of scope. Default: oos")
@click.option("--shots", type=click.IntRange(min=1), help="Train on N examples of each intent.")
@click.option("--seed", type=int, default=42, show_default=True, help="Draws them.")
@click.option("--tune", is_flag=True, help="Choose thresholds, on the training data alone.")
@click.option("--output", type=FILE, required=True, help="JSON file for the report.")
def intents(
    *,
    train: Path | None,
    test: Path | None,
    oos_label: str | None,
    shots: int | None,
    seed: int,
    tune: bool,
    output: Path,
) -> None:
    """Train the classifier on any labelled sentences and measure it on others."""
    if test is None and not tune:
        raise click.UsageError("Give a file with --test, or --tune, or both.")
    from tqdm import tqdm

    from bot.trainer.intent_evaluation import Request, evaluate_intents

    with tqdm(unit=" steps", disable=None, leave=False) as bar:
        report = evaluate_intents(
            Request(train, test, oos_label, shots, seed, tune), output, advance(bar)
        )
    click.echo("\n".join(_lines(report, for_project=train is None)))
    click.echo(f"The report is in {output}.")


def advance(bar: tqdm[NoReturn]) -> Progress:
    """Moves a progress bar."""

    def advance(what: str, done: int, total: int) -> None:
        bar.total, bar.n = total, done
        bar.set_description(what)

    return advance


def _lines(report: Report, *, for_project: bool) -> Iterable[str]:
    trained = report.trained
    yield f"Trained on {trained.used:,} sentences of {trained.intents} intents: {trained.source}"
    if report.tested is not None:
        yield from _tested_lines(report.tested)
    if report.tuned is not None:
        yield from _tuned_lines(report.tuned, for_project=for_project)
    yield from ("", *(f"Note: {line}" for line in report.warnings))


def _tested_lines(tested: Tested) -> Iterable[str]:
    scores, training = tested.scores, tested.training
    yield f"Tested on {tested.sentences.used:,} sentences: {tested.sentences.source}"
    yield ""
    yield _named("accuracy", _share(scores.accuracy))
    yield _named("macro F1", _share(scores.macro_f1))
    yield _named("accuracy in scope", _share(scores.in_scope_accuracy))
    if scores.out_of_scope_auroc is not None:
        yield _named("out of scope, AUROC", _number(scores.out_of_scope_auroc))
        found = _share(scores.out_of_scope_recall_at_95_coverage)
        yield _named("found at 95 % coverage", found)
    yield _named("calibration error", _number(scores.expected_calibration_error))
    yield _named("  in equal bins", _number(scores.adaptive_calibration_error))
    yield _named("training, first time", f"{training.first.seconds:.1f} s")
    yield _named("  again", f"{training.again.seconds:.1f} s")
    yield _named("  one example more", f"{training.one_more.seconds:.1f} s")
    yield _named("one message", f"{tested.p50_ms:.1f} ms; 99 % under {tested.p99_ms:.1f} ms")
    yield _named("model", f"{training.model_mb:.1f} MB")
    yield _named("peak memory", f"{tested.peak_memory_mb:.0f} MB")
    if tested.without_foreign is not None:
        other = tested.without_foreign
        yield from ("", "Without the examples of what is out of scope:")
        yield _named("accuracy in scope", _share(other.in_scope_accuracy))
        if other.out_of_scope_auroc is not None:
            yield _named("out of scope, AUROC", _number(other.out_of_scope_auroc))
            found = _share(other.out_of_scope_recall_at_95_coverage)
            yield _named("found at 95 % coverage", found)
    if len(tested.by_language) > 1:
        yield from ("", "Accuracy in scope by language:")
        for language, those in tested.by_language.items():
            yield _named(language, _share(those.in_scope_accuracy))
    if tested.trained_on:
        yield f"{tested.trained_on} sentences of the test are also training examples."
    if tested.unknown_intents:
        yield f"Not in the training data: {', '.join(tested.unknown_intents)}."


def _tuned_lines(tuned: Tuned, *, for_project: bool) -> Iterable[str]:
    chosen = tuned.thresholds
    yield from ("", "Thresholds, from predictions for training sentences held back in turn:")
    yield _named("act from", f"{chosen.act:.2f}, {chosen.lead:.2f} before the second")
    yield _named("did you mean from", f"{chosen.ask:.2f}")
    yield _named("hand over above", f"{chosen.foreign:.4f}, score of what is out of scope")
    yield from ("", _OUTCOME_HEAD, _outcome_line("held back", tuned.on_training))
    if tuned.on_test is not None:
        yield _outcome_line("test", tuned.on_test)
    yield from ("", "Held back, acting from other values:", _OUTCOME_HEAD)
    yield from (_outcome_line(f"{act:.2f}", one) for act, one in tuned.table.items())
    if for_project:
        yield from (
            "",
            "For config.yml:",
            "  - name: bot.nlu.intent_components.UnsureClassifier",
            f"    threshold: {chosen.act:.2f}",
            f"    ambiguity_threshold: {chosen.lead:.2f}",
            f"    foreign: {chosen.foreign:.4f}",
        )


def _outcome_line(name: str, one: Outcome) -> str:
    return (
        f"  {name:<12}{_share(one.coverage):>7}{_share(one.accuracy):>12}"
        f"{_share(one.right_kept):>12}{_share(one.wrong_let):>11}{_share(one.foreign_let):>18}"
        f"{_share(one.asked):>6}{_share(one.handed_over):>12}"
    )


def _named(name: str, value: str) -> str:
    return f"  {name:<24}{value}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"
