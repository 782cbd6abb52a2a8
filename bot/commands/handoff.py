"""`svara handoff`: the handoffs, their deliveries, and the helpdesks."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands.options import example, given_settings, var_option
from bot.errors import SvaraError
from bot.settings import keep_desk_secret

if TYPE_CHECKING:
    from bot.errors import DeskError
    from bot.handoff.lookup import Change, Handoff
    from bot.handoff.outbox import Sent


@click.group(epilog=example("svara handoff list", "svara handoff test support"))
def handoff() -> None:
    """Look at handoffs, send them again, and try the helpdesks."""


@handoff.command("list", epilog=example("svara handoff list", "svara handoff list --all"))
@click.option("--all", "every", is_flag=True, help="Those that have ended, too.")
@click.option("--limit", type=click.IntRange(1, 1000), default=50, show_default=True)
@var_option
def list_(every: bool, limit: int, var: Path | None) -> None:
    """Show the handoffs, newest first."""
    from bot.handoff import lookup
    from bot.storage.database import open_database, reading

    settings = given_settings(var=var)
    with reading(open_database(settings.database)) as connection:
        found = lookup.newest(connection, limit=limit, ended=every)
    for each in found:
        agent = (each.agent or {}).get("name") or "nobody yet"
        click.echo(
            f"{each.id}  {_time(each.requested_at)}  {each.status:9}  {each.reason:15}  "
            f"{each.desk}  {agent}"
        )
    if not found:
        click.echo("There are no handoffs." if every else "No handoff is open.")


@handoff.command(epilog=example("svara handoff show ho_fdb70cc8bc034613a1db0f8ae82eea56"))
@click.argument("handoff_id")
@var_option
def show(handoff_id: str, var: Path | None) -> None:
    """Show what has become of one handoff, with its deliveries and their errors."""
    from bot.handoff import lookup, outbox, tickets
    from bot.storage.database import open_database, reading

    settings = given_settings(var=var)
    with reading(open_database(settings.database)) as connection:
        found = lookup.find(connection, handoff_id)
        if found is None:
            raise _unknown(handoff_id)
        changes = lookup.changes(connection, handoff_id)
        sent = outbox.of_handoff(connection, handoff_id)
        ticket = tickets.of_handoff(connection, handoff_id)
    for line in _handoff_lines(found, changes, sent):
        click.echo(line)
    if ticket is not None:
        click.echo(f"ticket {ticket.id} at {found.desk}  {ticket.url}")
    click.echo(f"{settings.staff_url}/conversations/{found.conversation_id}")


@handoff.command(epilog=example("svara handoff replay --all", "svara handoff replay ho_fdb70cc8"))
@click.argument("handoff_id", required=False)
@click.option("--all", "every", is_flag=True, help="Of every handoff.")
@click.option("--desk", help="Give what waits of the handoff to this desk instead.")
@var_option
def replay(handoff_id: str | None, every: bool, desk: str | None, var: Path | None) -> None:
    """Send again what was given up: of one handoff, or of all."""
    from bot.handoff import lifecycle, lookup, outbox
    from bot.handoff.desks.plan import desk_plan
    from bot.storage.database import open_database, transaction

    if every == (handoff_id is not None):
        raise click.UsageError("Name a handoff, or give --all.")
    if desk and every:
        raise click.UsageError("--desk needs the name of a handoff.")
    settings = given_settings(var=var)
    if desk and desk not in desk_plan(settings).desks:
        raise SvaraError(f"{settings.desks_file} names no desk '{desk}'.")
    with transaction(open_database(settings.database)) as connection:
        if handoff_id is not None and lookup.find(connection, handoff_id) is None:
            raise _unknown(handoff_id)
        count = outbox.replay_dead(connection, handoff_id)
        if desk and handoff_id is not None:
            lifecycle.move(connection, handoff_id, desk)
    click.echo(f"{count} deliveries are sent again.")


@handoff.command(epilog=example("svara handoff test", "svara handoff test support"))
@click.argument("desk", required=False)
@var_option
def test(desk: str | None, var: Path | None) -> None:
    """Send a signed sample to a helpdesk, take it back, and explain what came back."""
    from bot.handoff.desks.opened import open_desk
    from bot.handoff.desks.plan import desk_plan
    from bot.handoff.sample import try_desk

    settings = given_settings(var=var)
    name = desk or desk_plan(settings).default
    tried = try_desk(settings, open_desk(settings, name))
    if tried.error is not None:
        raise SvaraError(f"{name} did not take the sample: {_explained(tried.error)}")
    made = f", as ticket {tried.ticket.id} ({tried.ticket.url}), closed" if tried.ticket else ""
    click.echo(f"{name} took the sample and its end{made}.")


@handoff.command(
    epilog=example("svara handoff secret support", "svara handoff secret support --hook")
)
@click.argument("desk")
@click.option("--hook", is_flag=True, help="What the product's own webhooks are signed with.")
@click.option("--forget", is_flag=True, help="Forget it instead.")
@var_option
def secret(desk: str, hook: bool, forget: bool, var: Path | None) -> None:
    """Keep the key of a helpdesk, which is asked for, apart from desks.yml."""
    from bot.handoff.desks.kinds import KINDS
    from bot.handoff.desks.plan import desk_plan

    settings = given_settings(var=var)
    entry = desk_plan(settings).desks.get(desk)
    if entry is None:
        raise SvaraError(f"{settings.desks_file} names no desk '{desk}'. Name it there first.")
    kind = KINDS[entry.kind]
    what = kind.hook_key if hook else kind.key
    if not what:
        raise SvaraError(f"{kind.product} has no such key.")
    value = None if forget else click.prompt(what, hide_input=True)
    keep_desk_secret(settings, desk, value, hook=hook)
    click.echo("Forgotten." if forget else "Kept. A running Svara takes it when it is restarted.")


def _handoff_lines(found: Handoff, changes: list[Change], sent: list[Sent]) -> Iterator[str]:
    yield f"{found.id}  {found.status}  {found.reason}  priority {found.priority}"
    for change in changes:
        yield f"  {_time(change.time)}  {change.status}{f'  ({change.who})' if change.who else ''}"
    for each in sent:
        when = _time(each.delivered_at or each.created_at)
        yield f"  {when}  {each.type} to {each.destination}: {each.state}, {each.attempts} attempts"
        if each.last_error:
            yield f"      {each.last_error}"


def _explained(error: DeskError) -> str:
    hints = {
        None: "Check its address, and that it is up and reachable from here.",
        401: "Its key, or for a webhook the shared secret, is another: docs/desks.md.",
        403: "The login may not do this: docs/desks.md lists the rights.",
        404: "The address is that of nothing that takes handoffs.",
        413: "It takes smaller bodies only: see handoff_context_limit.",
    }
    return f"{error}\n{hints[error.status]}" if error.status in hints else str(error)


def _unknown(handoff_id: str) -> SvaraError:
    return SvaraError(f"There is no handoff '{handoff_id}'. `svara handoff list --all` shows them.")


def _time(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M:%S")
