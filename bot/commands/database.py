"""`svara database`: the version of the database's tables."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.options import example, given_settings, var_option


@click.group(epilog=example("svara database version", "svara database upgrade"))
def database() -> None:
    """Show the version of the database's tables, and upgrade them."""


@database.command(epilog=example("svara database version"))
@var_option
def version(var: Path | None) -> None:
    """Show which version the tables have; nothing is changed. Exit code 1: not the newest."""
    from bot.storage.database import state_of_database, without_password
    from bot.storage.schema import versions

    url = given_settings(var=var).database
    state, known = state_of_database(url), versions()
    upgrade = f"`svara database upgrade` brings it to {known[-1]}"
    if state.version == known[-1]:
        said = f"version {state.version}, the newest"
    elif state.version in known:
        said = f"version {state.version}; {upgrade}"
    elif state.version is not None:
        said = f"version {state.version}, from a newer Svara: this one knows up to {known[-1]}"
    elif state.made:
        said = f"from before versions; {upgrade}"
    else:
        said = "no tables yet: `svara up` makes them"
    click.echo(f"{without_password(url)}: {said}.")
    if state.made and state.version != known[-1]:
        raise SystemExit(1)


@database.command(epilog=example("svara database upgrade"))
@var_option
def upgrade(var: Path | None) -> None:
    """Bring the tables to the newest version, as every start does. Stop Svara and back up first."""
    from bot.storage.database import open_database, without_password
    from bot.storage.schema import versions

    settings = given_settings(var=var)
    settings.var.mkdir(parents=True, exist_ok=True)
    open_database(settings.database).dispose()
    click.echo(f"{without_password(settings.database)}: version {versions()[-1]}, the newest.")
