"""A made-up handoff, to see whether a helpdesk takes ours."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from bot.errors import DeskError
from bot.handoff import outbox
from bot.handoff.context import SCHEMA_NAME
from bot.handoff.desks.contract import CANCELLED, REQUESTED, Desk, Event, Ticket
from bot.settings import Settings
from bot.storage.conversations import iso


@dataclass(frozen=True)
class Tried:
    """How it went.

    Attributes:
        ticket: that was made, and closed again; None where the desk gives none.
        error: what it said instead; None when it took the handoff.
    """

    ticket: Ticket | None
    error: DeskError | None


def try_desk(settings: Settings, desk: Desk) -> Tried:
    """Hands a sample over and takes it back."""
    context = sample_context(settings)
    ids = {name: context[name] for name in ("handoff_id", "conversation_id")}
    try:
        ticket = desk.deliver(_event(REQUESTED, context), None)
        desk.deliver(_event(CANCELLED, ids), ticket)
    except DeskError as error:
        return Tried(None, error)
    return Tried(ticket, None)


def sample_context(settings: Settings) -> dict[str, Any]:
    """`data` of a `handoff.requested` that nobody has asked for."""
    number = uuid.uuid4().hex
    said = "This is a test of Svara's handoffs. Nobody is waiting."
    return {
        "schema": SCHEMA_NAME,
        "handoff_id": f"ho_{number}",
        "conversation_id": f"test-{number}",
        "channel": "rest",
        "customer": {
            "name": "Svara test",
            "language": "en",
            "identities": [{"channel": "rest", "id": f"test-{number}"}],
            "facts": {},
        },
        "reason": {"code": "customer_asked", "evidence": {"test": True}},
        "priority": "normal",
        "tone": "neutral",
        "summary": said,
        "slots": {},
        "suggested_articles": [],
        "earlier_handoffs": [],
        "links": {"console": f"{settings.staff_url}/", "transcript": f"{settings.url}/"},
        "versions": {"svara": version("svara"), "model": ""},
        "transcript": {
            "total": 1,
            "inline": 1,
            "more": None,
            "messages": [{"id": 1, "time": iso(time.time()), "speaker": "customer", "text": said}],
        },
    }


def _event(kind: str, data: dict[str, Any]) -> Event:
    return Event(f"msg_{uuid.uuid4().hex}", kind, data, outbox.envelope(kind, data))
