"""`python -m bot.storage.migrations NAME`: writes the next migration; `make migration` calls it."""

from __future__ import annotations

import click

from bot.storage.migrations.running import write_next


@click.command()
@click.argument("name")
def main(name: str) -> None:
    """Write the migration that brings the tables to what their modules say."""
    click.echo(write_next(name))


if __name__ == "__main__":
    main()
