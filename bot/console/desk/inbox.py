"""What comes in: Svara's signed webhooks, taken once each."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from sqlalchemy.engine import Connection

from bot.console.desk import files, related, search, tickets
from bot.console.desk.tickets import Ticket
from bot.errors import EventRefused, HandoffNotFound
from bot.handoff import words
from bot.handoff.signing import verify
from bot.storage.received import first_time
from bot.storage.tables import desk_tickets

MAX_BODY_BYTES = 1024 * 1024
RECEIVER = "desk"
_PRIORITIES = ("urgent", "high", "normal", "low")
_SUBJECT_CHARS = 240


@dataclass(frozen=True)
class Event:
    """A webhook whose signature and envelope are right."""

    webhook_id: str
    type: str
    data: Mapping[str, Any]

    @property
    def handoff_id(self) -> str:
        """The handoff it is about."""
        return str(self.data["handoff_id"])


def read_event(secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> Event:
    """Checks a webhook before anything is done with it.

    Args:
        secrets: the shared `whsec_...` secrets.
        headers: the request's headers.
        body: the exact bytes of the request.

    Raises:
        SignatureRefused: unsigned, wrongly signed or too old.
        EventRefused: the body is not an event we know.
    """
    try:
        webhook_id = verify(secrets, headers, body)
        event = json.loads(body)
    except ValueError as error:
        raise EventRefused(f"The webhook's signature or JSON cannot be read: {error}") from error
    if not isinstance(event, dict) or event.get("type") not in _HANDLERS:
        raise EventRefused(f"The event's 'type' must be one of {', '.join(_HANDLERS)}.")
    data = event.get("data")
    if not isinstance(data, dict):
        raise EventRefused("The event needs an object 'data'.")
    for name in ("handoff_id", "conversation_id"):
        _text(data, name, at="data")
    return Event(webhook_id, str(event["type"]), data)


def take(connection: Connection, event: Event) -> bool:
    """Takes in an event, once.

    Returns:
        False when this webhook had been taken before; nothing is done then.

    Raises:
        EventRefused: its data cannot be used.
        HandoffNotFound: it is about a handoff that never came here.
    """
    if not first_time(connection, event.webhook_id, RECEIVER):
        return False
    _HANDLERS[event.type](connection, event)
    return True


def _requested(connection: Connection, event: Event) -> None:
    if tickets.of_handoff(connection, event.handoff_id) is not None:
        return
    data = event.data
    customer = _object(data, "customer", at="data")
    reason = _object(data, "reason", at="data")
    transcript = _object(data, "transcript", at="data")
    spoken = transcript.get("messages")
    if not isinstance(spoken, list) or not all(isinstance(line, dict) for line in spoken):
        raise EventRefused("handoff.requested needs 'data.transcript.messages', a list of objects.")
    priority = str(data.get("priority") or "normal")
    summary = str(data.get("summary") or "").strip()
    name = _name(customer, str(data["conversation_id"]))
    result = connection.execute(
        desk_tickets.insert().values(
            handoff_id=event.handoff_id,
            conversation_id=_text(data, "conversation_id", at="data"),
            status="new",
            customer=name,
            language=str(customer.get("language") or "")[:16] or None,
            channel=_text(data, "channel", at="data")[:64],
            reason=_text(reason, "code", at="data.reason")[:64],
            priority=priority if priority in _PRIORITIES else "normal",
            subject=(summary.splitlines() or [""])[0][:_SUBJECT_CHARS],
            context=dict(data),
            created_at=time.time(),
        )
    )
    ticket_id = int(result.inserted_primary_key[0])
    search.remember(connection, ticket_id, f"{name}\n{search.of_context(data)}")
    related.remember(connection, ticket_id, data)


def _message(connection: Connection, event: Event) -> None:
    ticket = _ticket(connection, event)
    said = _object(event.data, "message", at="data")
    attached = files.read(said.get("attachments"))
    text = "" if attached and said.get("text") == "" else _text(said, "text", at="data.message")
    number = tickets.append(
        connection,
        ticket.id,
        "customer",
        text,
        name=ticket.customer,
        webhook_id=event.webhook_id,
        at=_seconds(said.get("time")),
    )
    files.attach(connection, number, attached)


def _cancelled(connection: Connection, event: Event) -> None:
    ticket = _ticket(connection, event)
    if ticket.closed:
        return
    tickets.change(connection, ticket.id, status="cancelled", closed_at=time.time())
    tickets.append(
        connection,
        ticket.id,
        "system",
        "The customer no longer needs a person.",
        webhook_id=event.webhook_id,
    )


def _rated(connection: Connection, event: Event) -> None:
    ticket = _ticket(connection, event)
    rating = _object(event.data, "rating", at="data")
    score, out_of = rating.get("score"), rating.get("out_of")
    if not isinstance(score, int) or not isinstance(out_of, int) or not 0 <= score <= out_of:
        raise EventRefused(
            "conversation.rated needs 'data.rating' as {'score': 4, 'out_of': 5}, whole numbers."
        )
    tickets.change(connection, ticket.id, rating={"score": score, "out_of": out_of})
    tickets.append(
        connection,
        ticket.id,
        "system",
        words.rating({"word": rating.get("word"), "score": score, "out_of": out_of}),
        webhook_id=event.webhook_id,
    )


_HANDLERS: Mapping[str, Callable[[Connection, Event], None]] = {
    "handoff.requested": _requested,
    "message.created": _message,
    "handoff.cancelled": _cancelled,
    "conversation.rated": _rated,
}


def _ticket(connection: Connection, event: Event) -> Ticket:
    found = tickets.of_handoff(connection, event.handoff_id, lock=True)
    if found is None or found.conversation_id != event.data["conversation_id"]:
        raise HandoffNotFound(
            f"The desk has no ticket for the handoff '{event.handoff_id}' in the conversation "
            f"'{event.data['conversation_id']}'. Send its handoff.requested first."
        )
    return found


def _name(customer: Mapping[str, Any], conversation_id: str) -> str:
    name = str(customer.get("name") or "").strip()
    return name[:255] or f"Customer {conversation_id[-6:]}"


def _object(data: Mapping[str, Any], name: str, *, at: str) -> dict[str, Any]:
    value = data.get(name)
    if not isinstance(value, dict):
        raise EventRefused(f"The event needs '{at}.{name}', an object.")
    return value


def _text(data: Mapping[str, Any], name: str, *, at: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        raise EventRefused(f"The event needs '{at}.{name}', a text.")
    return value


def _seconds(time_text: object) -> float | None:
    try:
        moment = datetime.fromisoformat(str(time_text).replace("Z", "+00:00"))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)).timestamp()
