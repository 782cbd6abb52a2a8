"""Delivers what is in the outbox: `python -m bot.handoff.dispatcher`.

Events of one conversation are delivered in order; conversations do not wait for each other, and
neither do destinations.
"""

from __future__ import annotations

import json
import logging
import signal
import threading
import time
from functools import partial

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from bot import texts
from bot.errors import DeskError, DeskRefused, DeskUnavailable
from bot.handoff import fallback, lifecycle, lookup, outbox, patience, polling, tickets
from bot.handoff.desks.contract import REQUESTED, Event
from bot.handoff.desks.opened import open_desk
from bot.handoff.lane import Lane
from bot.handoff.outbox import Delivery
from bot.settings import Settings, load_settings
from bot.storage import conversations
from bot.storage.database import open_database, reading, transaction

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.03
"""Between two looks whether something new was written."""
DUE_SECONDS = 0.25
"""Between two looks whether something's time has come."""
_GATHER_SECONDS = 0.005
"""After an attempt has ended: others that end now are followed up in the same look."""


def run(settings: Settings, stop: threading.Event, *, workers: int = 8) -> None:
    """Delivers until `stop` is set.

    A database that cannot be reached is waited for: nothing is lost meanwhile, as nothing is
    taken out before it was delivered.

    Args:
        workers: attempts at a time at each destination.
    """
    engine = open_database(settings.database)
    ended = threading.Event()
    lanes: dict[str, Lane] = {}
    newest, look_at = -1, 0.0
    try:
        while not stop.is_set():
            if ended.wait(LOOK_SECONDS):
                stop.wait(_GATHER_SECONDS)
            follow_up = ended.is_set()
            ended.clear()
            for lane in lanes.values():
                lane.settle()
            try:
                with reading(engine) as connection:
                    before, newest = newest, outbox.last_id(connection)
                    if newest != before or follow_up or time.monotonic() >= look_at:
                        look_at = time.monotonic() + DUE_SECONDS
                        for name in outbox.destinations(connection):
                            if name not in lanes:
                                attempt = partial(deliver, engine, settings)
                                lanes[name] = Lane(name, workers, attempt, ended.set)
                            _begin_due(connection, lanes[name])
            except SQLAlchemyError:
                logger.exception("The outbox cannot be read; trying again in 2 seconds")
                stop.wait(2)
    finally:
        for lane in lanes.values():
            lane.close()


def _begin_due(connection: Connection, lane: Lane) -> None:
    if lane.room:
        lane.start(outbox.due(connection, destination=lane.destination, limit=lane.most))


def deliver(engine: Engine, settings: Settings, delivery: Delivery) -> bool:
    """Makes one attempt.

    Returns:
        True when the receiver took the event.
    """
    with transaction(engine) as connection:
        if not outbox.claim(connection, delivery, outbox.CLAIM_SECONDS):
            return False
        ticket = tickets.of_handoff(connection, delivery.handoff_id)
        others = tickets.of_others(
            connection, delivery.conversation_id, delivery.handoff_id, delivery.destination
        )
    data = json.loads(delivery.body)["data"]
    event = Event(delivery.webhook_id, delivery.type, data, delivery.body, delivery.begun > 0)
    try:
        made = open_desk(settings, delivery.destination).deliver(event, ticket, others)
    except DeskError as error:
        _failed(engine, settings, delivery, error)
        return False
    except Exception as error:  # an answer that an adapter did not expect is a failed attempt
        logger.exception("Delivery %s broke off", delivery.webhook_id)
        _failed(engine, settings, delivery, DeskRefused(f"{type(error).__name__}: {error}"))
        return False
    with transaction(engine) as connection:
        if not outbox.succeeded(connection, delivery, 200):
            return True
        if made is not None:
            tickets.keep(connection, delivery.handoff_id, delivery.destination, made)
        if delivery.type == REQUESTED:
            lifecycle.mark_delivered(connection, delivery.handoff_id)
    return True


def _failed(engine: Engine, settings: Settings, delivery: Delivery, error: DeskError) -> None:
    """Notes a failed attempt; what is dead goes to the fallback desk, or is given up."""
    with transaction(engine) as connection:
        conversations.hold(connection, delivery.conversation_id)
        dead = outbox.failed(
            connection,
            delivery,
            status=error.status,
            error=str(error),
            retry_after=error.retry_after if isinstance(error, DeskUnavailable) else None,
            final=isinstance(error, DeskRefused) and error.final,
        )
        lost = dead and delivery.type == REQUESTED
        if lost and not fallback.take_over(connection, settings, delivery):
            give_up(connection, delivery.handoff_id)
    log = logger.error if dead else logger.warning
    log(
        "Delivery %s (%s) to %s failed at attempt %d%s: %s",
        delivery.webhook_id,
        delivery.type,
        delivery.destination,
        delivery.attempts + 1,
        ", given up" if dead else "",
        error,
    )


def give_up(connection: Connection, handoff_id: str) -> None:
    """Ends a handoff that no helpdesk took; the customer is told, and the bot answers again."""
    handoff = lookup.hold(connection, handoff_id)
    if handoff is not None and lifecycle.close(connection, handoff_id, "failed"):
        conversations.append(
            connection,
            handoff.conversation_id,
            "bot",
            texts.say("utter_handoff_failed", handoff.language),
            push=conversations.push_state(connection, handoff.conversation_id),
        )


def main() -> None:
    """Runs until the process is told to stop."""
    settings = load_settings()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    started = time.time()
    others = [
        threading.Thread(target=each.run, args=(settings, stop), name=each.__name__, daemon=True)
        for each in (polling, fallback, patience)
    ]
    for other in others:
        other.start()
    run(settings, stop)
    logger.info("Stopped after %.0f s", time.time() - started)


if __name__ == "__main__":
    main()
