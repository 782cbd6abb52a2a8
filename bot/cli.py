"""`svara`: every command is a thin shell over a library function.

A command's module imports what it runs inside the command, so that help comes at once.
"""

from __future__ import annotations

from typing import Any

import click

from bot.commands.chat import chat
from bot.commands.conversation import conversation
from bot.commands.data import data
from bot.commands.database import database
from bot.commands.discover import discover
from bot.commands.doctor import doctor
from bot.commands.evaluate import evaluate
from bot.commands.gate import gate
from bot.commands.handoff import handoff
from bot.commands.health import health
from bot.commands.inbox import inbox
from bot.commands.kb import kb
from bot.commands.model import model
from bot.commands.options import example
from bot.commands.staff import staff, staff_password
from bot.commands.test import test
from bot.commands.train import train
from bot.commands.up import up
from bot.errors import SvaraError


class Refused(click.ClickException):
    """A command that could not do what was asked: a line on stderr for each reason."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        """Writes the message, each line of it marked as ours."""
        for line in self.message.splitlines():
            click.echo(f"svara: {line}", file=file, err=file is None)


class Commands(click.Group):
    """Turns our own errors into lines on stderr and exit code 2."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command that was named."""
        try:
            return super().invoke(ctx)
        except SvaraError as error:
            raise Refused(str(error)) from error


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=example("svara up", "svara COMMAND --help"),
)
@click.version_option(package_name="svara", message="svara %(version)s")
def main() -> None:
    """Svara answers customers in Swedish, Danish, Norwegian and English."""


for command in (
    up,
    chat,
    train,
    inbox,
    data,
    kb,
    handoff,
    conversation,
    evaluate,
    gate,
    discover,
    test,
    model,
    database,
    doctor,
    health,
    staff,
    staff_password,
):
    main.add_command(command)

if __name__ == "__main__":
    main(prog_name="svara")
