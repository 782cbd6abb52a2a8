"""`svara train`: a model from the data."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.options import example, given_settings, var_option


@click.command(epilog=example("svara train", "svara train --force"))
@click.option("--force", is_flag=True, help="Train even if nothing has changed.")
@click.option("--no-measure", is_flag=True, help="Leave out the cross-validation.")
@click.option(
    "--to-start", is_flag=True, help="Only see to it that there is a model to start with."
)
@var_option
def train(force: bool, no_measure: bool, to_start: bool, var: Path | None) -> None:
    """Train a model if the data has changed, and measure it by cross-validation.

    Once a model was shipped, `svara up` goes on with that one: see `svara model ship`.
    """
    from bot.trainer.training import ensure_model, model_to_start, train_model

    settings = given_settings(var=var)
    if to_start:
        model_to_start(settings, click.echo)
        return
    if no_measure:
        ensure_model(settings, click.echo)
        return
    model = train_model(settings, click.echo, force=force)
    trained = f"trained in {model.seconds:.0f} s" if model.seconds else "its data has not changed"
    click.echo(f"{model.path}: {trained}.")
    click.echo(f"Accuracy, cross-validated: {model.accuracy:.1%}")
    for language, accuracy in model.accuracy_by_language.items():
        click.echo(f"  {language}  {accuracy:.1%}")
