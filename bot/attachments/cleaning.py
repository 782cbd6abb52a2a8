"""Removes what was chosen and never sent, a day later."""

from __future__ import annotations

import asyncio
import logging
import time

from sqlalchemy.engine import Engine

from bot.attachments import files, records
from bot.settings import Settings
from bot.storage.database import reading, transaction

logger = logging.getLogger(__name__)

KEPT_SECONDS = 86400.0
EVERY_SECONDS = 3600.0


def clean(engine: Engine, settings: Settings, now: float | None = None) -> int:
    """Removes files that were taken in over a day ago and not sent, and files that no row has.

    Args:
        now: seconds since the epoch; default: now.

    Returns:
        How many files were removed.
    """
    before = (time.time() if now is None else now) - KEPT_SECONDS
    with transaction(engine) as connection:
        gone = records.forget_orphans(connection, before)
    removed = 0
    for attachment_id in gone:
        files.path_of(settings, attachment_id).unlink(missing_ok=True)
        removed += 1
    place = files.folder(settings)
    if not place.is_dir():
        return removed
    for path in place.iterdir():
        try:
            if path.stat().st_mtime >= before:
                continue
        except FileNotFoundError:
            continue  # another process was faster
        with reading(engine) as connection:
            known = records.find(connection, path.name)
        if known is None:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


async def run(engine: Engine, settings: Settings) -> None:
    """Cleans every hour, for as long as the server lives."""
    while True:
        try:
            removed = await asyncio.get_running_loop().run_in_executor(
                None, clean, engine, settings
            )
            if removed:
                logger.info("%d files that were never sent are removed", removed)
        except Exception:  # this loop must outlive whatever broke once
            logger.exception("Files that were never sent cannot be removed; trying again")
        await asyncio.sleep(EVERY_SECONDS)
