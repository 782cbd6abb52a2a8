"""`svara evaluate report`: an evaluation as pages, pictures, JSON and JUnit."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.evaluate_intents import READ_FILE, advance
from bot.commands.options import example

if TYPE_CHECKING:
    from bot.trainer.evaluation_report.intervals import Share
    from bot.trainer.evaluation_report.making import Made

FOLDER = click.Path(file_okay=False, path_type=Path)
STOPPED = 130
"""Exit code of a command that was stopped by Ctrl-C, as of shells."""
_SHARE = click.FloatRange(0, 1)
_SHOWN = 10


@click.command(
    epilog=example(
        "svara evaluate report --output reports/today",
        "svara evaluate report --test dev.csv --min-language 0.85 --output reports/today",
    )
)
@click.option("--train", type=READ_FILE, help="CSV file to train on. Default: data/nlu")
@click.option("--test", type=READ_FILE, help="CSV file to test on. Default: cross-validation")
@click.option("--oos-label", help="Intent of what is out of scope. Default: oos")
@click.option(
    "--more", type=click.IntRange(1, 1000), default=20, show_default=True,
    help="Say what so many more examples of each intent are worth.",
)  # fmt: skip
@click.option("--no-learning", is_flag=True, help="Leave the learning curves out.")
@click.option("--min-all", type=_SHARE, default=0.0, help="Least share understood.")
@click.option("--min-language", type=_SHARE, default=0.0, help="The same for each language.")
@click.option("--min-intent", type=_SHARE, default=0.0, help="The same for each intent.")
@click.option("--seed", type=int, default=42, show_default=True, help="Draws what is left out.")
@click.option("--output", type=FOLDER, required=True, help="Folder for the report.")
def report(
    *,
    train: Path | None,
    test: Path | None,
    oos_label: str | None,
    more: int,
    no_learning: bool,
    min_all: float,
    min_language: float,
    min_intent: float,
    seed: int,
    output: Path,
) -> None:
    """Evaluate by cross-validation or on a test file: a page, pictures, JSON and JUnit.

    The exit code is 1 when a limit is missed, and 130 when it was stopped.
    """
    from tqdm import tqdm

    from bot.trainer.evaluation_report.limits import Limits
    from bot.trainer.evaluation_report.making import make_report
    from bot.trainer.intent_evaluation import Request

    with tqdm(unit=" steps", disable=None, leave=False) as bar:
        made = make_report(
            Request(train, test, oos_label, seed=seed),
            output,
            advance(bar),
            held=Limits(min_intent, min_language, min_all),
            more=None if no_learning else more,
        )
    click.echo("\n".join(_lines(made)))
    click.echo(f"The report is in {output / 'report.html'}.")
    if made.stopped:
        raise SystemExit(STOPPED)
    if made.missed:
        raise SystemExit(1)


def _lines(made: Made) -> Iterable[str]:
    content = made.content
    yield f"{content.all.understood.of:,} sentences, {content.how}: {content.source}"
    yield from (line for line in made.notes)
    yield ""
    yield _named("understood", share_of(content.all.understood))
    yield from (_named(f"  {one.name}", share_of(one.understood)) for one in content.languages)
    yield _named("acted on", share_of(content.all.acted))
    yield _named("  right, of these", share_of(content.all.acted_rightly))
    yield from ("", "The weakest intents:")
    for one in sorted(content.intents, key=lambda each: each.f1)[:_SHOWN]:
        yield _named(f"  {one.name}", f"F1 {one.f1:6.1%}, understood {share_of(one.understood)}")
    if made.learning:
        yield from ("", "Where more examples help most (an estimate; 80 % interval):")
    for curve in made.learning[:_SHOWN]:
        yield _named(
            f"  {curve.intent}",
            f"{curve.more} more: about {100 * curve.gain:+.1f} points "
            f"({100 * curve.low:.1f} to {100 * curve.high:.1f})",
        )
    for case in made.missed:
        yield f"Missed: {case.suite} {case.name}: {case.said}"


def share_of(found: Share | None) -> str:
    """A share with its interval."""
    if found is None:
        return "-"
    return f"{found.share:.1%} ({found.low:.1%} to {found.high:.1%}, of {found.of:,})"


def _named(name: str, value: str) -> str:
    return f"  {name:<28}{value}"
