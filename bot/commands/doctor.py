"""`svara doctor`: what is wrong here, and what to do."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.options import example, given_settings, var_option


@click.command(epilog=example("svara doctor"))
@var_option
def doctor(var: Path | None) -> None:
    """Check the machine, the installation and the configuration. Exit code 1 on FAIL."""
    from bot.doctor import FAIL, examine

    failed = False
    for finding in examine(given_settings(var=var), Path()):
        failed = failed or finding.level == FAIL
        click.echo(f"{finding.level:4}  {finding.subject}: {finding.text}")
        if finding.advice:
            click.echo(f"      {finding.advice}")
    if failed:
        raise SystemExit(1)
