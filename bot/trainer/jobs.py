"""Long work that the console starts: a process of its own, whose progress is in the database.

A page starts a job, shows how far it is, and may cancel it; the console can be restarted meanwhile.
A job is alive as long as it gives a sign of life every second. One that ended without saying so
(killed, out of memory) is told from that, and has failed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, Row

from bot.errors import JobBusy, JobUnknown, SvaraError
from bot.settings import Settings, child_environment, load_settings
from bot.storage.database import open_database, reading, transaction
from bot.storage.job_tables import jobs

logger = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is, and of how much (0: not known)."""
RunJob = Callable[[Settings, Mapping[str, Any], Progress], Mapping[str, Any]]

KINDS = {
    "check": "bot.trainer.checks:run_job",
    "evaluate": "bot.trainer.evaluation_report.job:run_job",
    "predict": "bot.trainer.inbox.predicting:run_job",
    "discover": "bot.trainer.discovery:run_job",
    "stories": "bot.trainer.stories.job:run_job",
    "ship": "bot.trainer.models.ship_job:run_job",
}
"""What does the work of each kind: a function `RunJob`, imported in the job's process."""

ALIVE_SECONDS = 20.0
"""A job without a sign of life for so long is dead."""
BEAT_SECONDS = 1.0
GRACE_SECONDS = 3.0
KEPT = 10
"""Of each kind the last few are kept, with their results."""
MAX_RESULT_BYTES = 4 * 1024 * 1024
PROGRESS_SECONDS = 0.3
"""Progress is written so often at most."""
_LOG_LINES = 3
_MAX_SAID = 200


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
            _bury(connection)
            _forget_old(connection, kind)
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
        _end(engine, job_id, "failed", error=f"The process could not be started: {error}.")
        with reading(engine) as connection:
            return get(connection, job_id)
    with transaction(engine) as connection:
        connection.execute(jobs.update().where(jobs.c.id == job_id).values(pid=child.pid))
    threading.Thread(
        target=_wait, args=(engine, settings, job_id, child), name=f"job-{job_id}", daemon=True
    ).start()
    with reading(engine) as connection:
        return get(connection, job_id)


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


def cancel(engine: Engine, job_id: int, by: str) -> Job:
    """Ends a job with all that it has started; one that has ended is left as it is.

    Raises:
        JobUnknown: there is none with this id.
    """
    with reading(engine) as connection:
        get(connection, job_id)
    if _end(engine, job_id, "cancelled", error=f"Cancelled by {by}."):
        with reading(engine) as connection:
            row = connection.execute(
                sa.select(jobs.c.host, jobs.c.pid).where(jobs.c.id == job_id)
            ).one()
        # Elsewhere, or not to be told apart: the job itself sees it at its next sign of life.
        if row.pid and row.host == socket.gethostname() and _is_job(row.pid, job_id):
            _kill(row.pid, lambda: not _is_job(row.pid, job_id))
    with reading(engine) as connection:
        return get(connection, job_id)


def log_file(settings: Settings, job_id: int) -> Path:
    """Where what a job's process prints is kept."""
    return settings.var / "log" / f"job-{job_id}.log"


def run(settings: Settings, job_id: int, target: str) -> int:
    """Does the work of a job, in this process.

    Args:
        target: the function that does it, as in `KINDS`.

    Returns:
        The exit code: 0 when it is done.
    """
    engine = open_database(settings.database)
    with reading(engine) as connection:
        job = get(connection, job_id)
    if not job.running:
        return 1
    with _signs_of_life(engine, job_id):
        try:
            module, _, name = target.partition(":")
            work: RunJob = getattr(importlib.import_module(module), name)
            result = json.dumps(dict(work(settings, job.arguments, _Writer(engine, job_id))))
            if len(result) > MAX_RESULT_BYTES:
                raise SvaraError(f"The result has more than {MAX_RESULT_BYTES} bytes.")
        except SvaraError as error:
            _end(engine, job_id, "failed", error=str(error))
            return 2
        except Exception as error:  # whatever broke, the page has to say so
            logger.exception("Job %d (%s) broke off", job_id, job.kind)
            told = (
                f"It broke off: {type(error).__name__}: {error}. See {log_file(settings, job_id)}."
            )
            _end(engine, job_id, "failed", error=told)
            return 1
        _end(engine, job_id, "done", result=result)
        return 0


class _Writer:
    """Progress into the database, not oftener than is looked at."""

    def __init__(self, engine: Engine, job_id: int) -> None:
        self._engine = engine
        self._id = job_id
        self._said, self._at = "", 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        now = time.monotonic()
        if what == self._said and done != total and now - self._at < PROGRESS_SECONDS:
            return
        self._said, self._at = what, now
        with transaction(self._engine) as connection:
            connection.execute(
                jobs.update()
                .where(jobs.c.id == self._id, jobs.c.state == "running")
                .values(said=what[:_MAX_SAID], done=done, total=total)
            )


@contextlib.contextmanager
def _signs_of_life(engine: Engine, job_id: int) -> Iterator[None]:
    """Says every second that the job is alive; ends the process when it was cancelled."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT_SECONDS):
            try:
                with transaction(engine) as connection:
                    changed = connection.execute(
                        jobs.update()
                        .where(jobs.c.id == job_id, jobs.c.state == "running")
                        .values(seen_at=time.time())
                    ).rowcount
            except sa.exc.SQLAlchemyError:
                logger.warning("The job's sign of life could not be written", exc_info=True)
                continue
            if not changed and not over.is_set() and os.getpgid(0) == os.getpid():
                os.killpg(0, signal.SIGTERM)

    thread = threading.Thread(target=beat, name="signs-of-life", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()


def _end(
    engine: Engine, job_id: int, state: str, *, result: str | None = None, error: str | None = None
) -> bool:
    """Ends a job that runs; False when it had ended already."""
    with transaction(engine) as connection:
        changed = connection.execute(
            jobs.update()
            .where(jobs.c.id == job_id, jobs.c.state == "running")
            .values(
                state=state, running_kind=None, ended_at=time.time(), result=result, error=error
            )
        ).rowcount
    return bool(changed)


def _wait(engine: Engine, settings: Settings, job_id: int, child: subprocess.Popen[bytes]) -> None:
    """Notices the end of a process that did not say how its work went."""
    code = child.wait()
    how = f"was killed ({signal.Signals(-code).name})" if code < 0 else f"ended with code {code}"
    lines = log_file(settings, job_id).read_text(errors="replace").strip().splitlines()
    last = "; ".join(line.strip() for line in lines[-_LOG_LINES:])
    try:
        _end(engine, job_id, "failed", error=f"Its process {how}. {last}".strip())
    except sa.exc.SQLAlchemyError:
        logger.exception("The end of job %d cannot be written", job_id)


def _bury(connection: Connection) -> None:
    """Marks the dead as failed, so that others may start."""
    for row in connection.execute(sa.select(jobs).where(jobs.c.state == "running")).all():
        job = _job(row)
        if not job.running:
            connection.execute(
                jobs.update()
                .where(jobs.c.id == row.id, jobs.c.state == "running")
                .values(state=job.state, running_kind=None, ended_at=job.ended_at, error=job.error)
            )


def _forget_old(connection: Connection, kind: str) -> None:
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
    if time.time() - row.seen_at > ALIVE_SECONDS:
        return True
    if row.pid is None or row.host != socket.gethostname():
        return False
    try:
        os.kill(row.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return True  # the number is another's by now
    return False


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


def main(job_id: str, target: str) -> int:
    """Runs a job: `python -m bot.trainer.jobs ID MODULE:FUNCTION`."""
    logging.basicConfig(level=logging.WARNING)
    return run(load_settings(), int(job_id), target)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
