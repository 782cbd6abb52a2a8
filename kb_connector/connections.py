"""Sources that were added, kept in the database without their secrets."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from kb_connector.errors import ConnectionInvalid
from kb_connector.store import Store
from kb_connector.tables import database, kb_connections, kb_runs

DEFAULT = "markdown"
"""The source that every knowledge base has: the folder of Markdown files."""
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LONGEST = 40


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
    check_name(connection.name)
    row = {
        "name": connection.name,
        "kind": connection.kind,
        "options": dict(connection.options),
        "added": dt.datetime.now(dt.timezone.utc),
    }
    with database(), engine.begin() as transaction:
        known = sa.select(kb_connections.c.name).where(kb_connections.c.name == connection.name)
        if transaction.execute(known).first():
            raise ConnectionInvalid(
                f"There is a source {connection.name!r} already. Remove it, or give another name."
            )
        transaction.execute(sa.insert(kb_connections).values(row))


def connections(engine: Any) -> list[Connection]:
    """The sources that were added, by name."""
    query = sa.select(kb_connections).order_by(kb_connections.c.name)
    with database(), engine.connect() as transaction:
        return [
            Connection(row.name, row.kind, dict(row.options)) for row in transaction.execute(query)
        ]


def remove(engine: Any, name: str) -> int:
    """Forgets a source and its articles.

    Returns:
        How many articles it had.

    Raises:
        ConnectionInvalid: there is none of that name.
    """
    with database(), engine.begin() as transaction:
        mine = kb_connections.c.name == name
        if not transaction.execute(sa.delete(kb_connections).where(mine)).rowcount:
            raise ConnectionInvalid(
                f"There is no source {name!r} to remove. `svara kb status` lists them."
            )
        transaction.execute(sa.delete(kb_runs).where(kb_runs.c.source == name))
    return Store(engine).forget(name)


def check_name(name: str) -> None:
    """Whether a source may be called so.

    Raises:
        ConnectionInvalid: it may not; the message says why.
    """
    if name == DEFAULT:
        raise ConnectionInvalid(f"{DEFAULT!r} is the folder of Markdown files; give another name.")
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        raise ConnectionInvalid(
            f"{name!r} cannot be the name of a source: use a-z, 0-9 and single hyphens, "
            f"{_LONGEST} at most."
        )
