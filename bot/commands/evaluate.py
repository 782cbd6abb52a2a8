"""`svara evaluate`: how good the assistant, its classifier or its search is on unseen data."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from bot.commands.evaluate_behaviour import behaviour
from bot.commands.evaluate_intents import FILE, READ_FILE, intents
from bot.commands.evaluate_kb import kb
from bot.commands.evaluate_report import report
from bot.commands.evaluate_tone import tone
from bot.commands.options import example

if TYPE_CHECKING:
    from bot.trainer.evaluation import Report, Scores

_WEAKEST, _CONFUSED = 5, 5
_HEAD = "              sentences  accuracy  unseen*  macro F1  answered  right of these  language"

Item = TypeVar("Item")


@click.group(
    epilog=example("svara evaluate assistant --test tests/blind/sv.csv --output report.json")
)
def evaluate() -> None:
    """Measure the assistant, its classifier or its search on test data."""


@evaluate.command(
    epilog=example("svara evaluate assistant --test tests/blind/sv.csv --output report.json")
)
@click.option(
    "--test",
    "tests",
    type=READ_FILE,
    multiple=True,
    required=True,
    help="CSV file with sentences and what they mean; may be given several times.",
)
@click.option("--output", type=FILE, required=True, help="JSON file for the report.")
def assistant(tests: tuple[Path, ...], output: Path) -> None:
    """Measure how well the assistant understands, by language, and write a report."""
    from bot.server import quiet

    quiet.prepare("ERROR")
    from bot.trainer.evaluation import evaluate_assistant

    report = evaluate_assistant(tests, output, click.echo, watch=_bar)
    click.echo("\n".join(_lines(report)))
    click.echo(f"The report is in {output}.")


def _bar(items: Sequence[Item]) -> Iterable[Item]:
    from tqdm import tqdm

    # `disable=None`: no bar where nobody looks, in a pipe or a log.
    return tqdm(items, desc="Understanding", unit=" sentences", disable=None, leave=False)


def _lines(report: Report) -> Iterable[str]:
    yield from ("", f"Model {report.model}, {report.sentences} sentences", "", _HEAD)
    for language, scores in sorted(report.by_language.items()):
        yield _line(language, scores)
    for file in report.files if len(report.files) > 1 or len(report.by_language) > 1 else []:
        yield from ("", file.file, _line("all", file.all))
        if len(file.by_split) > 1:
            yield from (_line(f"  {name}", scores) for name, scores in file.by_split.items())
    for language, scores in sorted(report.by_language.items()):
        yield from ("", f"{language}: the weakest intents, and what was confused")
        for one in sorted(scores.intents, key=lambda s: s.f1)[:_WEAKEST]:
            yield (
                f"  {one.intent:<26} F1 {one.f1:4.0%}   precision {one.precision:4.0%}   "
                f"recall {one.recall:4.0%}   of {one.support}"
            )
        for pair in scores.confusions[:_CONFUSED]:
            yield f"  {pair.count} x {pair.intent} taken for {pair.predicted}: {pair.texts[0]!r}"
    yield from ("", f"* without those that are also training examples: {len(report.trained_on)}")
    if report.unknown_intents:
        yield f"The model does not know: {', '.join(report.unknown_intents)}."


def _line(name: str, scores: Scores) -> str:
    unseen = _share(scores.accuracy_unseen)
    return (
        f"  {name:<12}{scores.sentences:9d}{scores.accuracy:10.1%}{unseen:>9}"
        f"{scores.macro_f1:10.1%}{scores.answered:10.1%}{scores.accuracy_answered:16.1%}"
        f"{_share(scores.language_right):>10}"
    )


def _share(share: float | None) -> str:
    return "-" if share is None else f"{share:.1%}"


evaluate.add_command(intents)
evaluate.add_command(behaviour)
evaluate.add_command(kb)
evaluate.add_command(report)
evaluate.add_command(tone)
