"""The work of a job, in its own process."""

from __future__ import annotations

import contextlib
import importlib
import json
import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.errors import SvaraError
from bot.settings import Settings
from bot.storage.database import open_database, reading, transaction
from bot.storage.job_tables import jobs
from bot.trainer.jobs.records import end, get, log_file

logger = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is, and of how much (0: not known)."""
RunJob = Callable[[Settings, Mapping[str, Any], Progress], Mapping[str, Any]]

BEAT_SECONDS = 1.0
MAX_RESULT_BYTES = 4 * 1024 * 1024
PROGRESS_SECONDS = 0.3
"""Progress is written so often at most."""
_MAX_SAID = 200


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
            end(engine, job_id, "failed", error=str(error))
            return 2
        except Exception as error:  # whatever broke, the page has to say so
            logger.exception("Job %d (%s) broke off", job_id, job.kind)
            told = (
                f"It broke off: {type(error).__name__}: {error}. See {log_file(settings, job_id)}."
            )
            end(engine, job_id, "failed", error=told)
            return 1
        end(engine, job_id, "done", result=result)
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
