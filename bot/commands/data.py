"""`svara data`: the trainer's examples in `data/nlu`."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

import click

from bot.commands.options import example


@click.group(epilog=example("svara data check", "svara data import mails.csv"))
def data() -> None:
    """Check, import and export the training examples."""
