"""`svara evaluate tone`: how well it is told whether a customer is upset, in haste or pleased."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.options import example

if TYPE_CHECKING:
    from bot.trainer.measures import IntentScore
    from bot.trainer.tone_evaluation import Compared, Ordinary, ToneScores

_HEAD = "                       precision  recall  sentences"


@click.command(
    epilog=example("svara evaluate tone --test tests/blind/tone.csv --output report.json")
)
@click.option(
    "--test",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="CSV file with sentences and their tones.",
)
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="JSON file for the report."
)
def tone(test: Path | None, output: Path | None) -> None:
    """Measure the detection of tones, by cross-validation and on test data."""
    from bot.trainer.tone_evaluation import evaluate_tone

    report = evaluate_tone(test, output, lambda line: click.echo(line, err=True))
    click.echo(f"{report.examples:,} examples; upset from {report.threshold:.2f} on")
    click.echo("\n".join(_compared("Cross-validation", report.cross_validated)))
    if report.test is not None:
        click.echo("\n".join(_compared(str(test), report.test)))
    click.echo("\n".join(_ordinary(report.ordinary)))
    if output is not None:
        click.echo(f"The report is in {output}.")


def _compared(name: str, found: Compared) -> Iterable[str]:
    yield from ("", f"{name}: {_accuracy(found.detector)}", _HEAD)
    yield from (_line(score.intent, score) for score in found.detector.tones)
    yield _line("upset, signs alone", found.signs)
    yield f"  words alone: {_accuracy(found.words)}"
    yield from (_line(f"{score.intent}, words", score) for score in found.words.tones)
    if found.detector.calibration_error is not None:
        yield f"  calibration error {found.detector.calibration_error:.3f}"


def _accuracy(scores: ToneScores) -> str:
    languages = "  ".join(f"{name or '-'} {one:.1%}" for name, one in scores.by_language.items())
    return f"{scores.accuracy:.1%} of {scores.sentences:,} right ({languages})"


def _line(name: str, score: IntentScore) -> str:
    return f"  {name:<20}{score.precision:9.1%}{score.recall:9.1%}{score.support:10d}"


def _ordinary(found: Ordinary) -> Iterable[str]:
    shares = "  ".join(f"{name} {share:.1%}" for name, share in found.shares.items())
    yield from ("", f"{found.messages:,} ordinary messages, examples of intents: {shares}")
    yield f"Of the complaints among them, upset: {found.complaints_upset:.1%}"
