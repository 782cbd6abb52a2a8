"""Delivers what is in the outbox: `python -m bot.handoff.dispatcher`.

Events of one conversation are delivered in order; conversations do not wait for each other.
"""

from __future__ import annotations

import ipaddress
import logging
import math
import signal
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import requests
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError
from urllib3.exceptions import HTTPError

from bot import texts
from bot.errors import SvaraError
from bot.handoff import lifecycle, outbox, signing
from bot.handoff.outbox import Delivery
from bot.settings import Settings, load_settings
from bot.storage import conversations
from bot.storage.database import open_database, reading, transaction

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT, READ_TIMEOUT = 5.0, 15.0
CLAIM_SECONDS = 30.0
POLL_SECONDS = 0.2
BUSY_POLL_SECONDS = 0.02
MAX_ANSWER_BYTES = 64 * 1024
MAX_RETRY_AFTER = 86400.0
GONE = 410
OPENS = "handoff.requested"
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
        status, retry_after, error = _post(settings, target, delivery)
    except (requests.RequestException, HTTPError, OSError, ValueError) as problem:
        error = f"{type(problem).__name__}: {problem}"
    accepted = status is not None and 200 <= status < 300
    with transaction(engine) as connection:
        if accepted:
            outbox.succeeded(connection, delivery, status or 0)
            if delivery.type == OPENS:
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
            if dead and delivery.type == OPENS:
                give_up(connection, delivery.handoff_id)
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


def _post(settings: Settings, target: str, delivery: Delivery) -> tuple[int, float | None, str]:
    """Sends the event: the status, how long we are asked to wait, and what to say of a refusal."""
    headers = signing.sign(settings.handoff_secrets, delivery.webhook_id, delivery.body)
    with requests.Session() as session:
        # A proxy for the world is none for this machine, where the embedded desk is.
        session.trust_env = not _is_loopback(target)
        with session.post(
            target,
            data=delivery.body.encode(),
            headers=headers | {"user-agent": "svara-handoff/1"},
            timeout=(CONNECT_TIMEOUT, READ_TIMEOUT),
            allow_redirects=False,
            stream=True,
        ) as answer:
            if answer.ok and answer.status_code < 300:
                return answer.status_code, None, ""  # whatever its body says
            said = answer.raw.read(MAX_ANSWER_BYTES)[:200].decode(errors="replace")
            wait = None
            if answer.status_code in _ASKS_TO_WAIT:
                wait = parse_retry_after(answer.headers.get("Retry-After"))
            return answer.status_code, wait, f"the receiver answered {answer.status_code}: {said}"


def _is_loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


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
    return None if math.isnan(seconds) else min(max(seconds, 0.0), MAX_RETRY_AFTER)


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
