"""Asks the helpdesks that cannot tell us, or may forget to, what their agents have done."""

from __future__ import annotations

import logging
import threading
import time

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import HandoffError
from bot.handoff import inbound, tickets
from bot.handoff.desks.contract import Desk
from bot.handoff.desks.opened import open_desks
from bot.settings import Settings
from bot.storage.database import open_database, reading, transaction

logger = logging.getLogger(__name__)

PATIENCE = 10.0
"""Seconds until a helpdesk that did not answer is asked again."""
_STEP = 0.3
"""Seconds between two looks whether a helpdesk has said that there is news."""


def run(settings: Settings, stop: threading.Event) -> None:
    """Asks each helpdesk again and again, all at the same time, until `stop` is set."""
    engine = open_database(settings.database)
    running: dict[str, threading.Thread] = {}
    while not stop.is_set():
        for name in _polled(settings):
            if name not in running or not running[name].is_alive():
                running[name] = threading.Thread(
                    target=_watch, args=(engine, settings, name, stop), name=name, daemon=True
                )
                running[name].start()
        stop.wait(settings.desk_poll_seconds)


def ask(engine: Engine, settings: Settings, desk: Desk) -> int:
    """Asks one helpdesk once and takes in what is new.

    Returns:
        How many events were new.

    Raises:
        DeskError: it does not say.
    """
    with reading(engine) as connection:
        cursor = tickets.cursor(connection, desk.name)
        watched = tickets.watched(connection, desk.name)
    if cursor is not None and not watched:
        return 0
    news = desk.news(cursor, watched)
    count = sum(inbound.take(engine, settings, desk.name, event) for event in news.events)
    if news.cursor != cursor:
        # Should this process end before, the same events come again and change nothing.
        with transaction(engine) as connection:
            tickets.move_cursor(connection, desk.name, news.cursor)
    return count


def _polled(settings: Settings) -> list[str]:
    try:
        return [name for name, desk in open_desks(settings).items() if desk.abilities.polls]
    except HandoffError as error:
        logger.error("The helpdesks cannot be asked for agents' words: %s", error)
        return []


def _watch(engine: Engine, settings: Settings, name: str, stop: threading.Event) -> None:
    """Asks one helpdesk until it is no longer named, or something is wrong with it."""
    while not stop.is_set():
        try:
            desk = open_desks(settings).get(name)
            if desk is None:
                return
            ask(engine, settings, desk)
        except HandoffError as error:
            logger.warning("%s does not say what its agents have done: %s", name, error)
            stop.wait(PATIENCE)
        except SQLAlchemyError:
            logger.exception("What agents said at %s cannot be taken in now", name)
            stop.wait(PATIENCE)
        _rest(engine, settings, name, stop)


def _rest(engine: Engine, settings: Settings, name: str, stop: threading.Event) -> None:
    """Waits for the next time, or until the helpdesk says that there is news."""
    until = time.monotonic() + settings.desk_poll_seconds
    while time.monotonic() < until and not stop.wait(_STEP):
        try:
            with reading(engine) as connection:
                if tickets.awake(connection, name):
                    return
        except SQLAlchemyError:
            logger.exception("The database cannot be read; trying again")
            return
