"""`svara conversation`: what is kept of customers' conversations, and its deletion."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from bot.commands import progress
from bot.commands.options import by_option, example, given_settings, var_option

if TYPE_CHECKING:
    from sqlalchemy.engine import Connection

    from bot.privacy.erasure import Outcome
    from bot.privacy.kept import Kept
    from bot.trainer.stories.finding import StoriesFound

_SHOWN = 20
_DAY_SECONDS = 86400.0


@click.group(
    epilog=example(
        "svara conversation forget web-5f1c9a --dry-run",
        "svara conversation forget --address anna@example.com",
    )
)
def conversation() -> None:
    """Delete customers' conversations, and see when that was done."""


@conversation.command(
    epilog=example(
        "svara conversation forget web-5f1c9a",
        "svara conversation forget --address anna@example.com --dry-run",
        "svara conversation forget --older-than 365 --yes",
    )
)
@click.argument("conversation_id", required=False)
@click.option("--address", help="Those of this e-mail address or telephone number.")
@click.option(
    "--older-than",
    type=click.IntRange(min=1),
    metavar="DAYS",
    help="Those in which nothing was said for so many days.",
)
@click.option("--dry-run", is_flag=True, help="Only show what would go.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--even-busy", is_flag=True, help="Also what a person has, or is still to be delivered."
)
@by_option
@var_option
def forget(
    *,
    conversation_id: str | None,
    address: str | None,
    older_than: int | None,
    dry_run: bool,
    yes: bool,
    even_busy: bool,
    by: str,
    var: Path | None,
) -> None:
    """Delete conversations from every table, with their files. Shows first what that is."""
    from bot.privacy import erasure
    from bot.storage.database import open_database, reading
    from bot.trainer.stories.finding import stories_of

    if sum(given is not None for given in (conversation_id, address, older_than)) != 1:
        raise click.UsageError("Give one of: CONVERSATION_ID, --address, --older-than.")
    settings = given_settings(var=var)
    engine = open_database(settings.database)
    before = time.time() - older_than * _DAY_SECONDS if older_than is not None else None
    with reading(engine) as connection:
        if address is not None:
            why, found = erasure.BY_ADDRESS, _of_address(connection, address)
        elif before is not None:
            why, found = erasure.BY_AGE, _old(connection, before)
        else:
            why, found = erasure.BY_ID, _named(connection, conversation_id or "")
        ids = [each.conversation_id for each in found]
        stories = stories_of(connection, ids) if before is None else None
    if not found:
        click.echo("Nothing is kept that could be deleted.")
        return
    for line in _lines(found):
        click.echo(line)
    if dry_run:
        return
    if not yes:
        click.confirm(f"Delete {_count(len(found))} for good?", abort=True)
    with progress.bar() as told:
        done = erasure.erase(
            engine,
            settings,
            ids,
            erasure.Asked(by, why),
            even_busy=even_busy,
            idle_before=before,
            progress=told,
        )
    _tell(done, stories)
    if done.busy:
        raise SystemExit(1)


@conversation.command(epilog=example("svara conversation erasures"))
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True)
@var_option
def erasures(limit: int, var: Path | None) -> None:
    """Show who had conversations deleted, when and how many; newest first."""
    from bot.privacy.erasure import erasures_so_far
    from bot.storage.database import open_database, reading

    with reading(open_database(given_settings(var=var).database)) as connection:
        found = erasures_so_far(connection, limit=limit)
    for each in found:
        click.echo(
            f"{_day(each.ended_at)}  {each.by}  by {each.why}: {_count(each.conversations)}, "
            f"messages {each.messages}, handoffs {each.handoffs}, files {each.files}"
        )
    if not found:
        click.echo("Nothing was deleted yet.")


def _named(connection: Connection, conversation_id: str) -> list[Kept]:
    from bot.privacy.kept import kept_of

    kept = kept_of(connection, conversation_id)
    return [] if kept.nothing else [kept]


def _of_address(connection: Connection, address: str) -> list[Kept]:
    from bot.privacy.finding import SAID, by_address

    matches = by_address(connection, address)
    said = [match.conversation_id for match in matches if match.how == SAID]
    if said:
        click.echo(
            f"In {_count(len(said))} the address is only in the customer's words, and may be "
            f"somebody else's: {', '.join(said[:_SHOWN])}{' ...' if len(said) > _SHOWN else ''}"
        )
    return _kept(connection, [match.conversation_id for match in matches])


def _old(connection: Connection, before: float) -> list[Kept]:
    from bot.privacy.finding import idle_since

    return _kept(connection, idle_since(connection, before))


def _kept(connection: Connection, ids: Sequence[str]) -> list[Kept]:
    from bot.privacy.kept import kept_of

    found = []
    with progress.bar() as told:
        for done, each in enumerate(ids):
            told("Counting", done, len(ids))
            found.append(kept_of(connection, each))
    return found


def _lines(found: Sequence[Kept]) -> Iterator[str]:
    """What would go."""
    for each in found[:_SHOWN]:
        when = _day(each.last_at) if each.last_at else "never said anything"
        yield f"{each.conversation_id}  {each.channel or 'only remains'}  {when}"
        for reason in each.in_the_way:
            yield f"  in the way: {reason}"
    if len(found) > _SHOWN:
        yield f"... and {len(found) - _SHOWN} more"
    busy = sum(bool(each.in_the_way) for each in found)
    total: dict[str, int] = {}
    for each in found:
        for what, count in each.counts.items():
            total[what] = total.get(what, 0) + count
    yield f"{_count(len(found))}: {_summed(total)}"
    if busy:
        yield f"{busy} of them are not deleted without --even-busy."


def _tell(done: Outcome, stories: StoriesFound | None) -> None:
    """What has become of them, and what is still elsewhere."""
    click.echo(f"Deleted {_count(len(done.erased))}: {_summed(done.counts)}")
    for error in done.busy:
        click.echo(f"not deleted: {error}", err=True)
    for erased in done.erased:
        for reason in erased.in_the_way:
            click.echo(f"lost with {erased.conversation_id}: {reason}")
        for ticket in erased.tickets:
            click.echo(f"still at the helpdesk {ticket.desk}: ticket {ticket.id} {ticket.url}")
    for path in stories.files if stories else ():
        click.echo(f"a test story has the same words: {path}")
    for path in stories.unreadable if stories else ():
        click.echo(f"cannot be read, look yourself: {path}", err=True)


def _summed(counts: dict[str, int]) -> str:
    return ", ".join(f"{what} {count}" for what, count in counts.items()) or "nothing but remains"


def _count(conversations: int) -> str:
    return f"{conversations} conversation{'' if conversations == 1 else 's'}"


def _day(moment: float) -> str:
    return datetime.fromtimestamp(moment).astimezone().strftime("%Y-%m-%d %H:%M")
