"""The HTTP face of the way back, for whichever server carries it: statuses and JSON bodies."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import (
    DeskError,
    DesksInvalid,
    EventRefused,
    EventTooLarge,
    HandoffError,
    HandoffNotFound,
    SignatureRefused,
)
from bot.handoff import inbound, tickets
from bot.handoff.desks.opened import open_desk
from bot.handoff.desks.plan import desk_plan
from bot.settings import Settings
from bot.storage.conversations import storable
from bot.storage.database import transaction

logger = logging.getLogger(__name__)

_WAKE_SECONDS = 10.0
"""After a webhook a product is asked again and again: some send it before they have stored what it
tells of."""
Answer = tuple[int, dict[str, Any]]
"""HTTP status and JSON body."""

_REFUSALS: tuple[tuple[type[HandoffError], int, str], ...] = (
    (SignatureRefused, 401, "signature_refused"),
    (HandoffNotFound, 404, "handoff_not_found"),
    (EventTooLarge, 413, "too_large"),
    (EventRefused, 422, "event_refused"),
    (DesksInvalid, 503, "unavailable"),
)


def take_event(
    engine: Engine, settings: Settings, headers: Mapping[str, str], body: bytes
) -> Answer:
    """Answers one `POST /handoff/v1/events`.

    Args:
        headers: the request's headers.
        body: the exact bytes of the request.
    """
    try:
        taken = inbound.receive(engine, settings, headers, body)
    except HandoffError as error:
        return refused(error)
    except SQLAlchemyError:
        return unavailable()
    return accepted(duplicate=taken.duplicate)


def take_hook(
    engine: Engine, settings: Settings, desk: str, headers: Mapping[str, str], body: bytes
) -> Answer:
    """Answers one `POST /handoff/v1/desks/<desk>`: a webhook in a helpdesk product's own form.

    Args:
        desk: its name in `desks.yml`.
        headers: the request's headers.
        body: the exact bytes of the request.
    """
    if len(body) > inbound.MAX_BODY_BYTES:
        return too_large(inbound.MAX_BODY_BYTES)
    # A server may give bytes that are no text as halves of surrogate pairs, which no key has.
    lower = {name.lower(): storable(value) for name, value in headers.items()}
    try:
        if desk not in desk_plan(settings).desks:
            raise HandoffNotFound(f"There is no desk '{desk}'.")
        opened = open_desk(settings, desk)
        events = opened.receive(lower, body)
        taken = [inbound.take(engine, settings, desk, event) for event in events]
        if opened.abilities.polls and not events:
            with transaction(engine) as connection:
                tickets.wake(connection, desk, _WAKE_SECONDS)
    except DeskError as error:
        # It is to come again: what it tells of could not be read from the helpdesk now.
        logger.warning("A webhook of %s cannot be taken in now: %s", desk, error)
        return unavailable()
    except HandoffError as error:
        return refused(error)
    except SQLAlchemyError:
        return unavailable()
    return accepted(duplicate=bool(taken) and not any(taken))


def accepted(*, duplicate: bool) -> Answer:
    """The answer to a webhook that was taken in, now or earlier."""
    return 200, {"ok": True, "duplicate": duplicate}


def refused(error: HandoffError) -> Answer:
    """The answer to a webhook that was refused; the sender should not try the same again."""
    for kind, status, code in _REFUSALS:
        if isinstance(error, kind):
            problem = _problem(code, str(error))
            if isinstance(error, EventRefused) and status == 422:
                problem["field"] = error.field
            return status, problem
    raise error


def too_large(limit: int) -> Answer:
    """The answer to a body of more than `limit` bytes."""
    return refused(EventTooLarge(f"The body is larger than {limit} bytes. Send less."))


def unavailable() -> Answer:
    """The answer while the database cannot be used; the sender tries again later."""
    return 503, _problem("unavailable", "The database cannot be used now. Try again later.")


def _problem(code: str, message: str) -> dict[str, Any]:
    return {"ok": False, "error": code, "message": message}
