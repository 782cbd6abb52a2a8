"""Which model answers customers: the one that was shipped last.

Kept in the database, so that every server of an installation answers with the same one. A server
looks every second (`bot/server/models.py`), loads what is new beside what works, and says here
what it answers with.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from bot.errors import ModelUnknown
from bot.storage.database import reading, transaction
from bot.storage.model_tables import servers, shipped
from bot.trainer.models.notes import add_to_notes, read_notes

FOUND, SHIPPED, BACK, REFUSED = "found", "shipped", "back", "refused"
"""Why a model became live: it was in use before anything was shipped; it was shipped; somebody
went back to it; a server could not load the one after it."""
SEEN_SECONDS = 30.0
"""A server that has not been heard of for so long does not run."""
HISTORY = 20


@dataclass(frozen=True)
class Shipped:
    """A model that was put to work.

    Attributes:
        model: the file's name in the folder of models.
        at: seconds since the epoch.
        why: `found`, `shipped`, `back` or `refused`.
        gate: what the gate said: `passed` and `reasons`; None when it was not asked.
    """

    id: int
    model: str
    by: str
    at: float
    why: str
    gate: Mapping[str, Any] | None


@dataclass(frozen=True)
class Server:
    """A running server and what it answers with.

    Attributes:
        name: its machine and process.
        refused: the model that it could not load, and `error` why.
    """

    name: str
    model: str
    refused: str | None
    error: str | None


def live(connection: Connection) -> Shipped | None:
    """The model that answers customers; None when none was ever shipped."""
    row = connection.execute(sa.select(shipped).order_by(shipped.c.id.desc()).limit(1)).first()
    return None if row is None else _shipped(row)


def previous(connection: Connection) -> Shipped | None:
    """The model that was live before the one that is, to which one can go back."""
    now = live(connection)
    if now is None:
        return None
    row = connection.execute(
        sa.select(shipped)
        .where(shipped.c.model != now.model)
        .order_by(shipped.c.id.desc())
        .limit(1)
    ).first()
    return None if row is None else _shipped(row)


def history(connection: Connection, limit: int = HISTORY) -> list[Shipped]:
    """What was put to work, the last first."""
    rows = connection.execute(sa.select(shipped).order_by(shipped.c.id.desc()).limit(limit))
    return [_shipped(row) for row in rows]


def working(connection: Connection) -> list[Server]:
    """The servers that run."""
    rows = connection.execute(
        sa.select(servers)
        .where(servers.c.seen_at >= time.time() - SEEN_SECONDS)
        .order_by(servers.c.server)
    )
    return [Server(row.server, row.model, row.refused, row.error) for row in rows]


def ship(
    engine: Engine,
    model: Path,
    by: str,
    *,
    gate: Mapping[str, Any] | None = None,
    why: str = SHIPPED,
) -> Shipped:
    """Makes a model live. Running servers load it within seconds.

    Args:
        by: login of who ships it.
        gate: what the gate said, as JSON.

    Raises:
        ModelUnknown: there is no such file.
    """
    if not model.is_file():
        raise ModelUnknown(
            f"There is no model '{model}'. `svara model list` shows those there are."
        )
    now = time.time()
    # First beside the model: what was ever shipped is not cleared away, whatever breaks now.
    told = {"by": by, "at": now, "why": why}
    add_to_notes(model, shipped=[*read_notes(model).shipped, told])
    with transaction(engine) as connection:
        key = connection.execute(
            shipped.insert().values(
                model=model.name,
                shipped_by=by,
                shipped_at=now,
                why=why,
                gate=None if gate is None else json.dumps(dict(gate)),
            )
        ).inserted_primary_key
    return Shipped(int(key[0]), model.name, by, now, why, gate)


def go_back(engine: Engine, folder: Path, by: str) -> Shipped:
    """Makes the model live that was before.

    Raises:
        ModelUnknown: there was none, or its file is gone.
    """
    with reading(engine) as connection:
        before = previous(connection)
    if before is None:
        raise ModelUnknown("There is no model to go back to: only one was ever shipped.")
    return ship(engine, folder / before.model, by, gate=before.gate, why=BACK)


def say_working(
    engine: Engine,
    server: str,
    model: str,
    *,
    refused: str | None = None,
    error: str | None = None,
) -> None:
    """Keeps what a server answers with; forgets servers of another day."""
    values = {"model": model, "refused": refused, "error": error, "seen_at": time.time()}
    with transaction(engine) as connection:
        mine = servers.c.server == server
        if not connection.execute(servers.update().where(mine).values(**values)).rowcount:
            connection.execute(servers.insert().values(server=server, **values))
            connection.execute(servers.delete().where(servers.c.seen_at < time.time() - 86400))


def _shipped(row: Row[Any]) -> Shipped:
    gate = None if row.gate is None else json.loads(row.gate)
    return Shipped(row.id, row.model, row.shipped_by, row.shipped_at, row.why, gate)
