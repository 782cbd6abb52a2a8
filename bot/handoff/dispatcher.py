"""Delivers what is in the outbox: `python -m bot.handoff.dispatcher`.

Events of one conversation are delivered in order; conversations do not wait for each other.
"""

from __future__ import annotations

import json
import logging
import signal
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from bot import texts
from bot.errors import DeskError, DeskRefused, DeskUnavailable, SvaraError
from bot.handoff import fallback, lifecycle, outbox, patience, polling, tickets
from bot.handoff.desks.contract import REQUESTED, Event
from bot.handoff.desks.opened import open_desk
from bot.handoff.outbox import Delivery
from bot.settings import Settings, load_settings
from bot.storage import conversations
from bot.storage.database import open_database, reading, transaction

logger = logging.getLogger(__name__)

CLAIM_SECONDS = 30.0
POLL_SECONDS = 0.2
BUSY_POLL_SECONDS = 0.02


def run(settings: Settings, stop: threading.Event, *, workers: int = 8) -> None:
    """Delivers until `stop` is set.

    A database that cannot be reached is waited for: nothing is lost meanwhile, as nothing is
    taken out before it was delivered.
    """
    engine = open_database(settings.database)
    in_flight: dict[int, Future[bool]] = {}
    with ThreadPoolExecutor(workers, thread_name_prefix="deliver") as pool:
        while not stop.is_set():
            for number in [n for n, future in in_flight.items() if future.done()]:
                _report(in_flight.pop(number))
            try:
                with reading(engine) as connection:
                    heads = outbox.due(connection, limit=workers * 4)
            except SQLAlchemyError:
                logger.exception("The outbox cannot be read; trying again in 2 seconds")
                stop.wait(2)
                continue
            for head in heads:
                if head.id not in in_flight and len(in_flight) < workers:
                    in_flight[head.id] = pool.submit(deliver, engine, settings, head)
            stop.wait(BUSY_POLL_SECONDS if in_flight else POLL_SECONDS)


def _report(future: Future[bool]) -> None:
    problem = future.exception()
    if isinstance(problem, SvaraError):
        raise problem
    if problem is not None:
        # The claim lapses by itself and the delivery is tried again.
        logger.error("An attempt broke off: %s", problem, exc_info=problem)


def deliver(engine: Engine, settings: Settings, delivery: Delivery) -> bool:
    """Makes one attempt.

    Returns:
        True when the receiver took the event.
    """
    with transaction(engine) as connection:
        if not outbox.claim(connection, delivery, CLAIM_SECONDS):
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
        outbox.succeeded(connection, delivery, 200)
        if made is not None:
            tickets.keep(connection, delivery.handoff_id, delivery.destination, made)
        if delivery.type == REQUESTED:
            lifecycle.mark_delivered(connection, delivery.handoff_id)
    return True


def _failed(engine: Engine, settings: Settings, delivery: Delivery, error: DeskError) -> None:
    """Notes a failed attempt; what is dead goes to the fallback desk, or is given up."""
    with transaction(engine) as connection:
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
    handoff = lifecycle.get(connection, handoff_id)
    if lifecycle.close(connection, handoff_id, "failed"):
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
