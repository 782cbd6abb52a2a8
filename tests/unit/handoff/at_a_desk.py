"""What every adapter's tests do at their desk: a handoff, the customer's words, a look for news."""

from __future__ import annotations

import json
from typing import Any

from bot.handoff.desks.contract import MESSAGE, REQUESTED, Desk, Event, FromAgent, Ticket

MESSAGE_DATA = {"id": 7, "time": "2026-11-22T07:36:02.099+00:00", "text": "Är det någon där?"}


def context_of(text: str, *, priority: str, said: str | None = None) -> dict[str, Any]:
    """The context of a conversation of one message.

    Args:
        text: its summary.
        said: the message, when it has more than the summary.
    """
    message = {
        "id": 1,
        "time": "2026-11-22T07:34:33+00:00",
        "speaker": "customer",
        "text": said or text,
    }
    return {
        "handoff_id": "ho_1",
        "conversation_id": "web-1",
        "channel": "webchat",
        "customer": {
            "name": "Åsa Öberg",
            "language": "sv",
            "identities": [],
            "facts": {"email": "asa@example.com"},
        },
        "reason": {"code": "customer_asked", "evidence": {}},
        "priority": priority,
        "tone": "neutral",
        "summary": text,
        "slots": {},
        "suggested_articles": [],
        "earlier_handoffs": [],
        "links": {"console": "http://console.example/conversations/web-1"},
        "transcript": {"total": 1, "inline": 1, "more": None, "messages": [message]},
    }


def event(kind: str, data: dict[str, Any], *, again: bool = False) -> Event:
    """Something that a desk is told of."""
    return Event("msg_1", kind, data, json.dumps(data), again)


def request(
    context: dict[str, Any], desk: Desk, others: tuple[str, ...] = (), **changed: Any
) -> Ticket:
    """The ticket of a handoff."""
    ticket = desk.deliver(Event("w-1", REQUESTED, context | changed, "{}"), None, others)
    assert ticket is not None
    return ticket


def made(desk: Desk, context: dict[str, Any]) -> Ticket:
    """The ticket of a handoff that has its body with it."""
    ticket = desk.deliver(event(REQUESTED, context), None)
    assert ticket is not None
    return ticket


def write(
    context: dict[str, Any], desk: Desk, ticket: Ticket, text: str, *, again: bool = False
) -> None:
    """The customer writes."""
    message = {"id": 2, "time": "2026-11-22T07:36:02+00:00", "speaker": "customer", "text": text}
    desk.deliver(Event("w-2", MESSAGE, context | {"message": message}, "{}", again), ticket)


def asked(desk: Desk, cursor: str | None, *tickets: Ticket) -> tuple[list[FromAgent], str]:
    """What is new."""
    news = desk.news(cursor, tickets)
    return list(news.events), news.cursor
