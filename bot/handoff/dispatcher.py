"""Delivers what is in the outbox: `python -m bot.handoff.dispatcher`.

Events of one conversation are delivered in order; conversations do not wait for each other.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime

import requests
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import SvaraError
from bot.handoff import lifecycle, outbox, signing
from bot.handoff.outbox import Delivery
from bot.settings import Settings, load_settings
from bot.storage.database import open_database, reading, transaction

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT, READ_TIMEOUT = 5.0, 15.0
CLAIM_SECONDS = 30.0
POLL_SECONDS = 0.2
BUSY_POLL_SECONDS = 0.02
MAX_ANSWER_BYTES = 64 * 1024
MAX_RETRY_AFTER = 86400.0
GONE = 410
_ASKS_TO_WAIT = (429, 503)


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
    target = settings.helpdesk_url
    if delivery.destination == outbox.SVARA:
        target = settings.inbound_url
    status: int | None = None
    retry_after: float | None = None
    try:
        with requests.post(
            target,
            data=delivery.body.encode(),
            headers=signing.sign(settings.handoff_secrets, delivery.webhook_id, delivery.body)
            | {"user-agent": "svara-handoff/1"},
            timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
            allow_redirects=False,
            stream=True,
        ) as answer:
            status = answer.status_code
            said = answer.raw.read(MAX_ANSWER_BYTES, decode_content=True)[:200]
            if status in _ASKS_TO_WAIT:
                retry_after = parse_retry_after(answer.headers.get("Retry-After"))
            error = f"the receiver answered {status}: {said.decode(errors='replace')}"
    except (requests.RequestException, OSError, ValueError) as problem:
        error = f"{type(problem).__name__}: {problem}"
    accepted = status is not None and 200 <= status < 300
    with transaction(engine) as connection:
        if accepted:
            outbox.succeeded(connection, delivery, status or 0)
            if delivery.type == "handoff.requested":
                lifecycle.mark_delivered(connection, delivery.handoff_id)
        else:
            dead = outbox.failed(
                connection,
                delivery,
                status=status,
                error=error,
                retry_after=retry_after,
                final=status == GONE,
            )
            log = logger.error if dead else logger.warning
            log(
                "Delivery %s (%s) to %s failed at attempt %d%s: %s",
                delivery.webhook_id,
                delivery.type,
                target,
                delivery.attempts + 1,
                ", given up" if dead else "",
                error,
            )
    return accepted


def parse_retry_after(value: str | None) -> float | None:
    """`Retry-After` in seconds, from either of its two forms; at most a day; None if unreadable."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            at = parsedate_to_datetime(value)
        except (TypeError, ValueError):
            return None
        if at.tzinfo is None:
            at = at.replace(tzinfo=timezone.utc)
        seconds = (at - datetime.now(tz=timezone.utc)).total_seconds()
    return min(max(seconds, 0.0), MAX_RETRY_AFTER)


def main() -> None:
    """Runs until the process is told to stop."""
    settings = load_settings()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    started = time.time()
    run(settings, stop)
    logger.info("Stopped after %.0f s", time.time() - started)


if __name__ == "__main__":
    main()
