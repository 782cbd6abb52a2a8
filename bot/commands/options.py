"""What commands have in common."""

from __future__ import annotations

import getpass
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from bot.settings import Settings, load_settings

Command = TypeVar("Command", bound=Callable[..., object])


def example(*lines: str) -> str:
    """Examples for the end of a command's help."""
    return "\b\nExample:\n" + "\n".join(f"  {line}" for line in lines)


def var_option(function: Command) -> Command:
    """Adds `--var DIR`."""
    return click.option(
        "--var",
        type=click.Path(file_okay=False, path_type=Path),
        help="Folder for everything written while running. Default: var",
    )(function)


def by_option(function: Command) -> Command:
    """Adds `--by NAME`."""
    return click.option(
        "--by", default=getpass.getuser, show_default="your login here", help="Who does it."
    )(function)


def given_settings(**given: object) -> Settings:
    """The settings, with those that were given on the command line (None: was not given).

    Raises:
        SettingsError: a setting has an unusable value.
    """
    return load_settings(overrides={k: v for k, v in given.items() if v is not None})
