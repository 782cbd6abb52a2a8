"""`svara evaluate behaviour`: whether typos, politeness or a negation change what is understood."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.evaluate_intents import READ_FILE, advance
from bot.commands.evaluate_report import FOLDER, STOPPED, share_of
from bot.commands.options import example

if TYPE_CHECKING:
    from bot.trainer.behaviour.making import Made

_FAILURES = 8


@click.command(
    epilog=example(
        "svara evaluate behaviour --output reports/behaviour",
        "svara evaluate behaviour --kind negation --per 10 --output reports/negation",
    )
)
@click.option("--train", type=READ_FILE, help="CSV file to train on. Default: data/nlu")
@click.option("--test", type=READ_FILE, help="CSV file with the sentences. Default: those trained")
@click.option("--oos-label", help="Intent of what is out of scope. Default: oos")
@click.option("--kind", "names", multiple=True, help="Only this kind; may be given several times.")
@click.option(
    "--per",
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    help="So many tests of each kind, intent and language at most.",
)
@click.option(
    "--min", "least", type=click.FloatRange(0, 1), default=0.0, help="Least share passed."
)
@click.option("--seed", type=int, default=42, show_default=True, help="Draws the sentences.")
@click.option("--output", type=FOLDER, required=True, help="Folder for the report.")
def behaviour(
    *,
    train: Path | None,
    test: Path | None,
    oos_label: str | None,
    names: tuple[str, ...],
    per: int,
    least: float,
    seed: int,
    output: Path,
) -> None:
    """Test on changed sentences: typos, case, politeness, mixed languages, negation and more.

    The exit code is 1 when a kind in a language passes less than the least share, and 130 when it
    was stopped.
    """
    from tqdm import tqdm

    from bot.trainer.behaviour.changes import KINDS
    from bot.trainer.behaviour.making import make_report
    from bot.trainer.intent_evaluation import Request

    known = [kind.name for kind in KINDS]
    for name in names:
        if name not in known:
            raise click.UsageError(f"There is no kind '{name}'; there is {', '.join(known)}.")
    kinds = [kind for kind in KINDS if not names or kind.name in names]
    with tqdm(unit=" parts", disable=None, leave=False) as bar:
        made = make_report(
            Request(train, test, oos_label, seed=seed),
            output,
            advance(bar),
            kinds=kinds,
            per=per,
            least=least,
        )
    click.echo("\n".join(_lines(made)))
    click.echo(f"The report is in {output / 'behaviour.html'}.")
    if made.stopped:
        raise SystemExit(STOPPED)
    if made.missed:
        raise SystemExit(1)


def _lines(made: Made) -> Iterable[str]:
    yield f"Sentences of {made.source} ({made.how})"
    for name, those in (("Kind", made.kinds), ("Language", made.languages)):
        yield from ("", f"  {name:<20}passed")
        for rate in those:
            wrong = f"wrongly acted {rate.wrongly_acted.share:.1%}" if rate.wrongly_acted else ""
            yield f"  {rate.name:<20}{share_of(rate.passed):<38}{wrong}"
    if made.failed:
        yield from ("", f"Some of the {len(made.failed)} that failed:")
    for one in sorted(made.failed, key=lambda trial: -trial.confidence)[:_FAILURES]:
        yield f"  {one.kind}, {one.intent}: '{one.text}': {one.after} {one.confidence:.0%}"
    if made.stopped:
        yield "Stopped before the end."
    for case in made.missed:
        yield f"Missed: {case.suite}, {case.name}: {case.said.splitlines()[0]}"
