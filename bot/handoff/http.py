"""The HTTP face of the way back, for whichever server carries it: statuses and JSON bodies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import EventRefused, HandoffError, HandoffNotFound, SignatureRefused
from bot.handoff import inbound
from bot.settings import Settings

Answer = tuple[int, dict[str, Any]]
"""HTTP status and JSON body."""

_REFUSALS: tuple[tuple[type[HandoffError], int, str], ...] = (
    (SignatureRefused, 401, "signature_refused"),
    (HandoffNotFound, 404, "handoff_not_found"),
    (EventRefused, 422, "event_refused"),
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


def accepted(*, duplicate: bool) -> Answer:
    """The answer to a webhook that was taken in, now or earlier."""
    return 200, {"ok": True, "duplicate": duplicate}


def refused(error: HandoffError) -> Answer:
    """The answer to a webhook that was refused; the sender should not try the same again."""
    for kind, status, code in _REFUSALS:
        if isinstance(error, kind):
            return status, _problem(code, str(error))
    raise error


def too_large(limit: int) -> Answer:
    """The answer to a body of more than `limit` bytes."""
    return 413, _problem("too_large", f"The body is larger than {limit} bytes. Send less.")


def unavailable() -> Answer:
    """The answer while the database cannot be used; the sender tries again later."""
    return 503, _problem("unavailable", "The database cannot be used now. Try again later.")


def _problem(code: str, message: str) -> dict[str, Any]:
    return {"ok": False, "error": code, "message": message}
