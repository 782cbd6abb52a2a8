"""Jobs as they stand in the database."""

from __future__ import annotations

import dataclasses
import json
import os
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from bot.errors import JobUnknown
from bot.settings import Settings
from bot.storage.database import transaction
from bot.storage.job_tables import jobs

ALIVE_SECONDS = 20.0
"""A job without a sign of life for so long is dead."""
TOLD_SECONDS = 5.0
"""So long the process that started one has to say how it ended, before others guess."""
KEPT = 10
"""Of each kind the last few are kept, with their results."""


@dataclass(frozen=True)
class Job:
    """Long work, running or ended; times are seconds since the epoch.

    Attributes:
        by: login of who started it.
        state: `running`, `done`, `failed` or `cancelled`.
        said: what it is doing, in words for a trainer.
        total: of how much `done` is; 0 when that is not known.
        result: what a job that is done gave.
        error: why it failed, and what to do.
    """

    id: int
    kind: str
    by: str
    state: str
    said: str
    done: int
    total: int
    started_at: float
    ended_at: float | None
    arguments: Mapping[str, Any]
    result: Mapping[str, Any] | None
    error: str | None

    @property
    def running(self) -> bool:
        """Whether it still works."""
        return self.state == "running"


def get(connection: Connection, job_id: int) -> Job:
    """A job as it stands.

    Raises:
        JobUnknown: there is none with this id.
    """
    row = connection.execute(sa.select(jobs).where(jobs.c.id == job_id)).first()
    if row is None:
        raise JobUnknown(f"There is no job {job_id}.")
    return _job(row)


def latest(connection: Connection, kind: str, *, state: str | None = None) -> Job | None:
    """The job of a kind that was started last.

    Args:
        state: only of those in this state, e.g. `done`.
    """
    query = sa.select(jobs).where(jobs.c.kind == kind).order_by(jobs.c.id.desc()).limit(1)
    if state is not None:
        query = query.where(jobs.c.state == state)
    row = connection.execute(query).first()
    return None if row is None else _job(row)


def end(
    engine: Engine, job_id: int, state: str, *, result: str | None = None, error: str | None = None
) -> bool:
    """Writes the end of a job that runs; False when it had ended already."""
    with transaction(engine) as connection:
        changed = connection.execute(
            jobs.update()
            .where(jobs.c.id == job_id, jobs.c.state == "running")
            .values(
                state=state, running_kind=None, ended_at=time.time(), result=result, error=error
            )
        ).rowcount
    return bool(changed)


def bury(connection: Connection) -> None:
    """Marks the dead as failed, so that others may start."""
    for row in connection.execute(sa.select(jobs).where(jobs.c.state == "running")).all():
        job = _job(row)
        if not job.running:
            connection.execute(
                jobs.update()
                .where(jobs.c.id == row.id, jobs.c.state == "running")
                .values(state=job.state, running_kind=None, ended_at=job.ended_at, error=job.error)
            )


def forget_old(connection: Connection, kind: str) -> None:
    ids = sa.select(jobs.c.id).where(jobs.c.kind == kind).order_by(jobs.c.id.desc())
    oldest = connection.execute(ids.offset(KEPT - 1).limit(1)).scalar()
    if oldest is not None:
        connection.execute(
            jobs.delete().where(jobs.c.kind == kind, jobs.c.id <= oldest, jobs.c.state != "running")
        )


def _job(row: Row[Any]) -> Job:
    job = Job(
        id=row.id,
        kind=row.kind,
        by=row.started_by,
        state=row.state,
        said=row.said,
        done=row.done,
        total=row.total,
        started_at=row.started_at,
        ended_at=row.ended_at,
        arguments=json.loads(row.arguments),
        result=None if row.result is None else json.loads(row.result),
        error=row.error,
    )
    if not job.running or not _dead(row):
        return job
    return dataclasses.replace(
        job,
        state="failed",
        ended_at=row.seen_at,
        error="Its process ended without saying why: killed, or out of memory. Start it again.",
    )


def _dead(row: Row[Any]) -> bool:
    silent = time.time() - row.seen_at
    if silent > ALIVE_SECONDS:
        return True
    if row.pid is None or row.host != socket.gethostname() or silent <= TOLD_SECONDS:
        return False
    try:
        os.kill(row.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return True  # the number is another's by now
    return False


def log_file(settings: Settings, job_id: int) -> Path:
    """Where what a job's process prints is kept."""
    return settings.var / "log" / f"job-{job_id}.log"
