"""Customers whom nobody has come to: they are told so, and in the end let go."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time
from collections.abc import Callable
from functools import partial

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from bot import texts
from bot.errors import HandoffError
from bot.handoff import lifecycle, lookup
from bot.handoff.desks.opening import DeskEntry
from bot.handoff.desks.plan import desk_plan
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.database import open_database, reading, transaction

logger = logging.getLogger(__name__)

Step = Callable[[Connection, Handoff], None]

LOOK_SECONDS = 5.0
_MUCH = 2.0
"""How many times longer or shorter a wait has to become to be told anew,"""
_MUCH_SECONDS = 300.0
"""... and by how many seconds."""


def run(settings: Settings, stop: threading.Event) -> None:
    """Looks again and again until `stop` is set."""
    engine = open_database(settings.database)
    while not stop.wait(LOOK_SECONDS):
        try:
            look(engine, settings)
        except (HandoffError, SQLAlchemyError):
            logger.exception("Customers who wait cannot be told so now")


def look(engine: Engine, settings: Settings, now: dt.datetime | None = None) -> None:
    """Tells those whose wait has become another, or long, and lets go whom nobody comes to.

    Args:
        now: with time zone; None for the present.

    Raises:
        DesksInvalid: desks.yml cannot be used.
    """
    at = now or dt.datetime.fromtimestamp(time.time(), dt.timezone.utc)
    for entry in desk_plan(settings).desks.values():
        with reading(engine) as connection:
            wait = lookup.expected_wait(connection, entry.name)
            found = lookup.waiting_at(connection, entry.name)
        for handoff in found:
            if _step(settings, entry, handoff, at, wait) is None:
                continue
            with transaction(engine) as connection:
                held = lookup.hold(connection, handoff.id)
                if held is None or not held.waiting:
                    continue  # somebody has come this very moment, or it has ended
                step = _step(settings, entry, held, at, wait)
                if step is not None:
                    step(connection, held)


def _step(
    settings: Settings, entry: DeskEntry, handoff: Handoff, at: dt.datetime, wait: float | None
) -> Step | None:
    """What is to be done for one who waits; None for nothing.

    Args:
        wait: seconds that one waits at this desk at present; None when nobody can say.
    """
    waited = at.timestamp() - handoff.requested_at
    if waited >= 3600 * settings.handoff_expire_hours:
        return _let_go
    if handoff.patience_told_at is None and _is_long(settings, entry, handoff, at):
        return partial(_tell, wait=wait)
    if wait is not None and _has_changed(handoff, wait):
        return partial(_tell_change, wait=wait, left=wait - waited)
    return None


def _is_long(settings: Settings, entry: DeskEntry, handoff: Handoff, at: dt.datetime) -> bool:
    """Whether somebody has been there for so long without coming; a night does not count."""
    begin = handoff.requested_at
    if entry.hours is not None:
        opened = entry.hours.open_since(at)
        if opened is None:
            return False
        begin = max(begin, opened.timestamp())
    return at.timestamp() - begin >= 60 * settings.handoff_patience_minutes


def _has_changed(handoff: Handoff, wait: float) -> bool:
    """Whether the wait is another than the customer was told, by much."""
    told = handoff.wait_told
    if told is None or abs(wait - told) < _MUCH_SECONDS:
        return False
    return wait >= _MUCH * told or wait <= told / _MUCH


def _minutes(seconds: float) -> int:
    return max(1, round(seconds / 60))


def _tell(connection: Connection, handoff: Handoff, wait: float | None) -> None:
    response = "utter_nobody_yet" if wait is None else "utter_nobody_yet_known"
    lifecycle.told_to_wait(connection, handoff.id)
    if wait is not None:
        lifecycle.told_wait(connection, handoff.id, wait)
    _say(connection, handoff, response, minutes=_minutes(wait or 0))


def _tell_change(connection: Connection, handoff: Handoff, wait: float, left: float) -> None:
    lifecycle.told_wait(connection, handoff.id, wait)
    _say(connection, handoff, "utter_wait_changed", minutes=_minutes(left))


def _let_go(connection: Connection, handoff: Handoff) -> None:
    if lifecycle.cancel(connection, handoff, expired=True):
        _say(connection, handoff, "utter_handoff_expired")


def _say(connection: Connection, handoff: Handoff, response: str, **values: object) -> None:
    conversations.append(
        connection,
        handoff.conversation_id,
        "system",
        texts.say(response, handoff.language, **values),
        data={"event": response, "buttons": texts.buttons(response, handoff.language)},
        push=conversations.push_state(connection, handoff.conversation_id),
    )
