"""One process at a time syncs a source: a lease in the database, which its holder renews."""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from kb_connector.errors import StoreError
from kb_connector.tables import database, kb_leases

logger = logging.getLogger(__name__)

SECONDS = 30.0
"""That a lease outlives the last sign of life of its holder."""
_LOOK_EVERY = 0.1


@contextmanager
def lease(
    engine: Any, source: str, *, wait: float = 0.0, seconds: float = SECONDS
) -> Iterator[bool]:
    """Holds a source while the block runs; yields whether it could be had.

    Args:
        wait: seconds that are waited for another holder to end.
        seconds: after which it is free again should this process die.

    Raises:
        StoreError: the database cannot be used.
    """
    holder = uuid.uuid4().hex
    give_up = time.monotonic() + wait
    while not (taken := _take(engine, source, holder, seconds)) and time.monotonic() < give_up:
        time.sleep(_LOOK_EVERY)
    if not taken:
        yield False
        return
    ended = threading.Event()
    alive = threading.Thread(
        target=_keep, args=(engine, source, holder, seconds, ended), name="lease", daemon=True
    )
    alive.start()
    try:
        yield True
    finally:
        ended.set()
        alive.join()
        with database(), engine.begin() as connection:
            connection.execute(sa.delete(kb_leases).where(*_held_by(source, holder)))


def _take(engine: Any, source: str, holder: str, seconds: float) -> bool:
    now = time.time()
    values = {"holder": holder, "until": now + seconds}
    over = sa.update(kb_leases).where(kb_leases.c.source == source, kb_leases.c.until <= now)
    with database():
        try:
            with engine.begin() as connection:
                if not connection.execute(over.values(values)).rowcount:
                    connection.execute(sa.insert(kb_leases).values(source=source, **values))
        except IntegrityError:
            return False  # it has a holder
    return True


def _keep(engine: Any, source: str, holder: str, seconds: float, ended: threading.Event) -> None:
    """Signs of life until the end."""
    while not ended.wait(seconds / 3):
        statement = sa.update(kb_leases).where(*_held_by(source, holder))
        try:
            with database(), engine.begin() as connection:
                connection.execute(statement.values(until=time.time() + seconds))
        except StoreError as error:
            logger.warning("The lease of the source %r could not be renewed: %s", source, error)


def _held_by(source: str, holder: str) -> tuple[Any, Any]:
    return kb_leases.c.source == source, kb_leases.c.holder == holder
