"""`svara evaluate`: how good the assistant is, on sentences that it was not trained on."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.options import example

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group(
    epilog=example("svara evaluate assistant --test tests/blind/sv.csv --output report.json")
)
def evaluate() -> None:
    """Measure the assistant on test data."""


@evaluate.command(
    epilog=example("svara evaluate assistant --test tests/blind/sv.csv --output report.json")
)
@click.option(
    "--test",
    "tests",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    required=True,
    help="CSV file with sentences and what they mean; may be given several times.",
)
@click.option("--output", type=FILE, required=True, help="JSON file for the report.")
def assistant(tests: tuple[Path, ...], output: Path) -> None:
    """Measure understanding and answers, and write a report."""
    from bot.trainer.evaluation import evaluate_assistant

    evaluate_assistant(list(tests), output, click.echo)
    click.echo(f"The report is in {output}.")
