"""Deletes conversations that are older than the setting `conversation_days`, once a day."""
# ruff: noqa: PLC0415 -- the inbox comes with much, which a server need not load before it answers

from __future__ import annotations

import asyncio
import logging
import time
from typing import TYPE_CHECKING

from sqlalchemy.engine import Engine

from bot.settings import Settings
from bot.storage.database import reading

if TYPE_CHECKING:
    from bot.privacy.erasure import Outcome

logger = logging.getLogger(__name__)

DAY_SECONDS = 86400.0
FIRST_SECONDS = 300.0
"""Before the first time: starting comes first."""
PAUSE_SECONDS = 0.05
"""Between two conversations: customers who write now come before those of long ago."""
ITSELF = "svara"


def apply(engine: Engine, settings: Settings, now: float | None = None) -> Outcome:
    """Deletes the conversations in which nothing was said for `conversation_days`.

    A conversation that a person has, or of which something is still to be delivered, waits for the
    next time.

    Args:
        now: seconds since the epoch; default: now.

    Returns:
        Nothing when the setting is 0.
    """
    from bot.privacy.erasure import RETENTION, Asked, Outcome, erase
    from bot.privacy.finding import idle_since

    if settings.conversation_days <= 0:
        return Outcome((), ())
    before = (time.time() if now is None else now) - settings.conversation_days * DAY_SECONDS
    with reading(engine) as connection:
        old = idle_since(connection, before)
    asked = Asked(ITSELF, RETENTION)
    return erase(engine, settings, old, asked, idle_before=before, pause=PAUSE_SECONDS)


async def run(engine: Engine, settings: Settings) -> None:
    """Does so every day, for as long as the server lives."""
    if settings.conversation_days <= 0:
        return
    await asyncio.sleep(FIRST_SECONDS)
    while True:
        try:
            done = await asyncio.get_running_loop().run_in_executor(None, apply, engine, settings)
            for error in done.busy:
                logger.info("Old, and not deleted yet: %s", error)
        except Exception:  # this loop must outlive whatever broke once
            logger.exception("Old conversations cannot be deleted now; trying again tomorrow")
        await asyncio.sleep(DAY_SECONDS)
