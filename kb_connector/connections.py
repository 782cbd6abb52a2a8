"""Sources that were added, kept in the database without their secrets."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from kb_connector.errors import ConnectionInvalid, SyncRefused
from kb_connector.leases import lease
from kb_connector.store import Store
from kb_connector.tables import database, kb_connections, kb_runs

DEFAULT = "markdown"
"""The source that every knowledge base has: the folder of Markdown files."""
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST = 40
_WAIT = 2.0
"""Seconds that a removal waits for a sync to end."""


@dataclass(frozen=True)
class Connection:
    """A source that was added.

    Attributes:
        name: a-z, 0-9 and hyphens; part of its articles' ids.
        kind: of `kb_connector.sources.registry`.
        options: as given, by name.
    """

    name: str
    kind: str
    options: Mapping[str, str]


def add(engine: Any, connection: Connection) -> None:
    """Keeps a source.

    Raises:
        ConnectionInvalid: its name cannot be used, or is taken.
    """
    _check_form(connection.name)
    row = {
        "name": connection.name,
        "kind": connection.kind,
        "options": dict(connection.options),
        "added": dt.datetime.now(dt.timezone.utc),
    }
    with database():
        try:
            with engine.begin() as transaction:
                transaction.execute(sa.insert(kb_connections).values(row))
                transaction.execute(sa.delete(kb_runs).where(kb_runs.c.source == connection.name))
        except IntegrityError as error:
            raise _taken(connection.name) from error


def connections(engine: Any) -> list[Connection]:
    """The sources that were added, by name."""
    query = sa.select(kb_connections).order_by(kb_connections.c.name)
    with database(), engine.connect() as transaction:
        return [
            Connection(row.name, row.kind, dict(row.options)) for row in transaction.execute(query)
        ]


def find(engine: Any, name: str) -> Connection:
    """The source of a name.

    Raises:
        ConnectionInvalid: none was added under it.
    """
    for connection in connections(engine):
        if connection.name == name:
            return connection
    raise _unknown(name)


def remove(engine: Any, name: str) -> int:
    """Forgets a source and its articles.

    Returns:
        How many articles it had.

    Raises:
        ConnectionInvalid: none was added under it.
        SyncRefused: it is being synced.
    """
    if name == DEFAULT:
        raise ConnectionInvalid(f"{DEFAULT!r} is the folder of Markdown files; it always stays.")
    find(engine, name)
    # A sync that goes on would put articles back that nobody could remove any more.
    with lease(engine, name, wait=_WAIT) as ours:
        if not ours:
            raise SyncRefused(
                f"The source {name!r} is being synced. Nothing was removed; try again after that."
            )
        # The articles first: should this break off, the source is still there to be removed.
        count = Store(engine).forget(name)
        with database(), engine.begin() as transaction:
            transaction.execute(sa.delete(kb_connections).where(kb_connections.c.name == name))
            transaction.execute(sa.delete(kb_runs).where(kb_runs.c.source == name))
    return count


def check_name(engine: Any, name: str) -> None:
    """Whether a source may be called so.

    Raises:
        ConnectionInvalid: it may not; the message says why.
    """
    _check_form(name)
    if any(connection.name == name for connection in connections(engine)):
        raise _taken(name)


def _check_form(name: str) -> None:
    if name == DEFAULT:
        raise ConnectionInvalid(f"{DEFAULT!r} is the folder of Markdown files; give another name.")
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise ConnectionInvalid(
            f"{name!r} cannot be the name of a source: use a-z, 0-9 and single hyphens, "
            f"{_LONGEST} at most."
        )


def _taken(name: str) -> ConnectionInvalid:
    return ConnectionInvalid(
        f"There is a source {name!r} already. Remove it, or give another name."
    )


def _unknown(name: str) -> ConnectionInvalid:
    return ConnectionInvalid(f"There is no source {name!r} among those that were added.")
