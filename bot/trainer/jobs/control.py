"""Starting and cancelling jobs."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.errors import JobBusy, JobUnknown
from bot.settings import Settings, child_environment
from bot.storage.database import reading, transaction
from bot.storage.job_tables import jobs
from bot.trainer.jobs.records import Job, bury, end, forget_old, get, latest, log_file

logger = logging.getLogger(__name__)

KINDS = {
    "check": "bot.trainer.checks:run_job",
    "evaluate": "bot.trainer.evaluation_report.job:run_job",
    "predict": "bot.trainer.inbox.predicting:run_job",
    "discover": "bot.trainer.discovery:run_job",
    "stories": "bot.trainer.stories.job:run_job",
    "ship": "bot.trainer.models.ship_job:run_job",
}
"""What does the work of each kind: a function `RunJob`, imported in the job's process."""

GRACE_SECONDS = 3.0
_LOG_LINES = 3


def start(
    engine: Engine, settings: Settings, kind: str, arguments: Mapping[str, Any], by: str
) -> Job:
    """Starts a job in a process of its own.

    Args:
        kind: one of `KINDS`.
        arguments: JSON for the function that does the work.
        by: login of who asked for it.

    Raises:
        JobBusy: one of this kind runs already.
        JobUnknown: there is no such kind.
    """
    if kind not in KINDS:
        raise JobUnknown(f"There is no work called '{kind}'; there is {', '.join(sorted(KINDS))}.")
    now = time.time()
    try:
        with transaction(engine) as connection:
            bury(connection)
            forget_old(connection, kind)
            key = connection.execute(
                jobs.insert().values(
                    kind=kind,
                    running_kind=kind,
                    started_by=by,
                    arguments=json.dumps(dict(arguments)),
                    state="running",
                    said="Starting",
                    done=0,
                    total=0,
                    host=socket.gethostname(),
                    started_at=now,
                    seen_at=now,
                )
            ).inserted_primary_key
    except sa.exc.IntegrityError as error:
        with reading(engine) as connection:
            other = latest(connection, kind)
        whose = f" (started by {other.by})" if other else ""
        raise JobBusy(f"This is being done already{whose}. Wait for its end, or cancel it.") from (
            error
        )
    job_id = int(key[0])
    log = log_file(settings, job_id)
    log.parent.mkdir(parents=True, exist_ok=True)
    try:
        with log.open("wb") as output:
            child = subprocess.Popen(
                [sys.executable, "-m", "bot.trainer.jobs", str(job_id), KINDS[kind]],
                env=child_environment(settings),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # its own group: cancelled as a whole, and on its own
            )
    except OSError as error:
        end(engine, job_id, "failed", error=f"The process could not be started: {error}.")
        with reading(engine) as connection:
            return get(connection, job_id)
    with transaction(engine) as connection:
        connection.execute(jobs.update().where(jobs.c.id == job_id).values(pid=child.pid))
    threading.Thread(
        target=_wait, args=(engine, settings, job_id, child), name=f"job-{job_id}", daemon=True
    ).start()
    with reading(engine) as connection:
        return get(connection, job_id)


def cancel(engine: Engine, job_id: int, by: str) -> Job:
    """Ends a job with all that it has started; one that has ended is left as it is.

    Raises:
        JobUnknown: there is none with this id.
    """
    with reading(engine) as connection:
        get(connection, job_id)
    if end(engine, job_id, "cancelled", error=f"Cancelled by {by}."):
        with reading(engine) as connection:
            row = connection.execute(
                sa.select(jobs.c.host, jobs.c.pid).where(jobs.c.id == job_id)
            ).one()
        # Elsewhere, or not to be told apart: the job itself sees it at its next sign of life.
        if row.pid and row.host == socket.gethostname() and _is_job(row.pid, job_id):
            _kill(row.pid, lambda: not _is_job(row.pid, job_id))
    with reading(engine) as connection:
        return get(connection, job_id)


def cancel_all_here(engine: Engine, by: str) -> list[Job]:
    """Ends the jobs that run on this machine, e.g. as Svara itself is stopped; those it ended."""
    here = sa.and_(jobs.c.state == "running", jobs.c.host == socket.gethostname())
    with reading(engine) as connection:
        running = connection.execute(sa.select(jobs.c.id).where(here)).scalars().all()
    return [cancel(engine, job_id, by) for job_id in running]


def _wait(engine: Engine, settings: Settings, job_id: int, child: subprocess.Popen[bytes]) -> None:
    """Notices the end of a process that did not say how its work went."""
    code = child.wait()
    how = f"was killed ({signal.Signals(-code).name})" if code < 0 else f"ended with code {code}"
    lines = log_file(settings, job_id).read_text(errors="replace").strip().splitlines()
    last = "; ".join(line.strip() for line in lines[-_LOG_LINES:])
    try:
        end(engine, job_id, "failed", error=f"Its process {how}. {last}".strip())
    except sa.exc.SQLAlchemyError:
        logger.exception("The end of job %d cannot be written", job_id)


def _is_job(pid: int, job_id: int) -> bool:
    """Whether a process is this job's and not another that got its number."""
    try:
        said = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return b"bot.trainer.jobs" in said and str(job_id).encode() in said


def _kill(group: int, gone: Callable[[], bool]) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGTERM)
        deadline = time.monotonic() + GRACE_SECONDS
        while not gone() and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(group, signal.SIGKILL)
