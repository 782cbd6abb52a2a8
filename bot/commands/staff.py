"""`svara staff-password`: how the first member of staff gets in."""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.options import example, given_settings, var_option
from bot.errors import SettingsError


@click.command("staff-password", epilog=example("svara staff-password"))
@var_option
def staff_password(var: Path | None) -> None:
    """Print the console password of the first member of staff."""
    settings = given_settings(var=var)
    if not settings.staff_password:
        raise SettingsError(
            f"There is no password in '{settings.var}' yet: `svara up` makes one when it first "
            "starts. If Svara runs in another folder, give it with --var."
        )
    click.echo(settings.staff_password)
