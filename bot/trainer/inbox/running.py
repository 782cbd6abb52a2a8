"""Collecting while Svara runs, and having a newly shipped model read what waits."""

from __future__ import annotations

import logging
import threading
import time
from pathlib import Path

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import JobBusy, SvaraError
from bot.settings import Settings
from bot.storage.database import open_database, reading
from bot.trainer import jobs
from bot.trainer.inbox.collecting import collect
from bot.trainer.inbox.journal import Inbox, resume
from bot.trainer.inbox.predicting import KIND, waiting
from bot.trainer.models.live import live
from bot.trainer.nlu_files.domain import DOMAIN
from bot.trainer.nlu_files.sources import NLU_FOLDER

logger = logging.getLogger(__name__)

ITSELF = "svara"
"""Who starts the job."""
EVERY = 300.0
"""Seconds between two collectings."""
FIRST = 60.0
"""Seconds before the first: until then others have to start."""
LOOK = 15.0
"""Seconds between two looks whether another model was shipped."""
_AGAIN = 3600.0
"""Seconds after which reading that failed or was cancelled is tried again."""


def run(settings: Settings, stop: threading.Event, folder: Path = NLU_FOLDER) -> None:
    """Collects again and again until `stop` is set; logs trouble and goes on."""
    if stop.wait(FIRST):
        return
    engine = open_database(settings.database)
    shipped = None
    while True:
        try:
            resume(Inbox(engine, folder, DOMAIN))
            found = collect(engine, folder)
            if found.messages:
                logger.info("%d messages into the inbox, %d new", found.messages, found.new)
            start_reading(engine, settings)
        except (SvaraError, SQLAlchemyError) as error:
            logger.error("Customers' messages cannot be collected into the inbox: %s", error)
        until = time.monotonic() + EVERY
        while (left := until - time.monotonic()) > 0:
            if stop.wait(min(LOOK, left)):
                return
            try:
                shipped = _look(engine, settings, shipped)
            except (SvaraError, SQLAlchemyError) as error:
                logger.error("The new model cannot read the inbox: %s", error)


def start_reading(engine: Engine, settings: Settings) -> jobs.Job | None:
    """Starts the job by which the live model reads what it has not read, if there is any.

    One that failed or was cancelled is not started again for an hour, unless another model has
    been shipped.
    """
    with reading(engine) as connection:
        now, last = live(connection), jobs.latest(connection, KIND)
        if now is None or not waiting(connection):
            return None
    if last is not None:
        if last.running:
            return None
        broke = last.state != "done" and last.arguments.get("shipped") == now.id
        if broke and time.time() - (last.ended_at or 0.0) < _AGAIN:
            return None
    try:
        return jobs.start(engine, settings, KIND, {"shipped": now.id}, ITSELF)
    except JobBusy:
        return None  # another console was faster


def _look(engine: Engine, settings: Settings, seen: int | None) -> int | None:
    """Has what was shipped since the last look read the inbox; gives what is live."""
    with reading(engine) as connection:
        now = live(connection)
    if now is None or now.id == seen:
        return seen
    start_reading(engine, settings)
    return now.id
