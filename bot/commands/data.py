"""`svara data`: the trainer's examples in `data/nlu`."""

from __future__ import annotations

import click

from bot.commands.data_answer import answer
from bot.commands.data_check import check
from bot.commands.data_exchange import export, import_examples
from bot.commands.options import example


@click.group(epilog=example("svara data check", "svara data import mails.csv"))
def data() -> None:
    """Check, import and export the training examples; write the answers."""


for command in (check, answer, import_examples, export):
    data.add_command(command)
