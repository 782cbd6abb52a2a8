"""`svara staff`: who may log in to the console, and as what."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.options import by_option, example, given_settings, var_option
from bot.errors import SettingsError

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

ROLE = click.Choice(("agent", "trainer", "admin"))


@click.group(epilog=example("svara staff add tove --role trainer", "svara staff list"))
def staff() -> None:
    """Say who may log in to the console, and as what."""


@staff.command(epilog=example('svara staff add tove --role trainer --name "Tove Berg"'))
@click.argument("login")
@click.option("--role", type=ROLE, default="agent", help="What they may do. Default: agent")
@click.option("--name", help="What customers and colleagues read. Default: the login")
@var_option
def add(login: str, role: str, name: str | None, var: Path | None) -> None:
    """Add LOGIN to the staff, and print the password made for them."""
    from bot.console import members

    with _database(var) as connection:
        member, password = members.join(connection, login, name or login.capitalize(), role)
    click.echo(f"{member.login} ({member.name}) is on the staff as {member.role}.")
    click.echo(f"password: {password}")


@staff.command("list", epilog=example("svara staff list"))
@var_option
def show(var: Path | None) -> None:
    """List the staff with their roles."""
    from bot.console import members

    with _database(var) as connection:
        everyone = members.every(connection)
    if not everyone:
        click.echo("Nobody yet: `svara up` makes the first when it starts.")
    width = max((len(each.login) for each in everyone), default=0)
    for each in everyone:
        state = "" if each.active else "  (deactivated)"
        click.echo(f"{each.login:<{width}}  {each.role:<7}  {each.name}{state}")


@staff.command(epilog=example("svara staff role tove admin"))
@click.argument("login")
@click.argument("role", type=ROLE)
@var_option
def role(login: str, role: str, var: Path | None) -> None:
    """Give LOGIN another ROLE; it counts from their next click."""
    from bot.console import members

    with _database(var) as connection:
        member = members.set_role(connection, login, role)
    click.echo(f"{member.login} ({member.name}) is {member.role} now.")


@staff.command(epilog=example("svara staff password tove"))
@click.argument("login")
@var_option
def password(login: str, var: Path | None) -> None:
    """Make LOGIN a new password and print it; their sessions end."""
    from bot.console import members

    settings = given_settings(var=var)
    with _database(var) as connection:
        made = members.new_password(connection, settings, login)
    click.echo(f"password: {made}")


@staff.command(epilog=example("svara staff deactivate tove"))
@click.argument("login")
@by_option
@var_option
def deactivate(login: str, by: str, var: Path | None) -> None:
    """Let LOGIN in no more: sessions end, open conversations wait for anyone again."""
    from bot.console import members

    with _database(var) as connection:
        member = members.deactivate(connection, login, by=by)
    click.echo(f"{member.login} ({member.name}) can log in no more.")


@staff.command(epilog=example("svara staff activate tove"))
@click.argument("login")
@var_option
def activate(login: str, var: Path | None) -> None:
    """Let LOGIN in again, with the role and the password that they had."""
    from bot.console import members

    with _database(var) as connection:
        member = members.activate(connection, login)
    click.echo(f"{member.login} ({member.name}) is {member.role} again.")


@click.command("staff-password", epilog=example("svara staff-password"))
@var_option
def staff_password(var: Path | None) -> None:
    """Print the console password of the first member of staff."""
    settings = given_settings(var=var)
    if not settings.staff_password:
        raise SettingsError(
            f"There is no password in '{settings.var}' yet: `svara up` makes one when it first "
            "starts, unless SVARA_STAFF_PASSWORD gives it one: then it is that. If Svara runs in "
            "another folder, give it with --var."
        )
    click.echo(settings.staff_password)


@contextmanager
def _database(var: Path | None) -> Iterator[Connection]:
    from bot.storage.database import open_database, transaction

    with transaction(open_database(given_settings(var=var).database)) as connection:
        yield connection
