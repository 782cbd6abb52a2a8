"""Collecting while Svara runs."""

from __future__ import annotations

import logging
import threading
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bot.errors import SvaraError
from bot.settings import Settings
from bot.storage.database import open_database
from bot.trainer.inbox.collecting import collect
from bot.trainer.inbox.journal import Inbox, resume
from bot.trainer.nlu_files.domain import DOMAIN
from bot.trainer.nlu_files.sources import NLU_FOLDER

logger = logging.getLogger(__name__)

EVERY = 300.0
"""Seconds between two collectings."""
FIRST = 60.0
"""Seconds before the first: until then others have to start."""


def run(settings: Settings, stop: threading.Event, folder: Path = NLU_FOLDER) -> None:
    """Collects again and again until `stop` is set; logs trouble and goes on."""
    if stop.wait(FIRST):
        return
    engine = open_database(settings.database)
    while True:
        try:
            resume(Inbox(engine, folder, DOMAIN))
            found = collect(engine, folder)
            if found.messages:
                logger.info("%d messages into the inbox, %d new", found.messages, found.new)
        except (SvaraError, SQLAlchemyError) as error:
            logger.error("Customers' messages cannot be collected into the inbox: %s", error)
        if stop.wait(EVERY):
            return
