"""The life of a handoff: requested, delivered, accepted, resolved; or cancelled or expired.

Here it is changed; `lookup` finds it as it stands.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.handoff import lookup, outbox
from bot.handoff.context import Facts, build_context, heard_intent, heard_tone
from bot.handoff.desks.plan import desk_plan
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.tables import OPEN_STATUSES, handoff_changes, handoffs

REASONS = (
    "customer_asked",
    "call_requested",
    "visit_requested",
    "not_understood",
    "no_answer",
    "answer_rejected",
    "upset",
    "sensitive_topic",
    "technical_error",
    "rule",
)
RATING_WORDS = ("quick", "friendly", "solved", "slow", "not_solved", "unfriendly")
"""What a customer may press to say why they rated as they did."""
_PRIORITY = {"upset": "high", "sensitive_topic": "urgent", "technical_error": "high"}
_PRIORITY_OF_TONE = {"upset": "high", "urgent": "high"}
_CLOSING_WORDS_SECONDS = 60.0


@dataclass(frozen=True)
class HandoffRequest:
    """What a turn asks for when the bot should not go on alone.

    Attributes:
        reason: one of `REASONS`.
        evidence: why, for the agent: the rejected article, the words that alarmed us, ...
        contact_asked: the customer was asked where else to answer.
        wait: seconds that they were told to expect; None when nobody could say.
    """

    reason: str
    evidence: Mapping[str, Any] = field(default_factory=dict)
    contact_asked: bool = False
    wait: float | None = None


def open_handoff(
    connection: Connection,
    settings: Settings,
    conversation_id: str,
    request: HandoffRequest,
    facts: Facts,
) -> Handoff:
    """Opens a handoff and puts `handoff.requested` in the outbox, in the caller's transaction.

    A conversation has one open handoff at most: a second request returns the first.
    """
    already = lookup.current(connection, conversation_id)
    if already is not None:
        return already
    conversation = conversations.find(connection, conversation_id)
    language = facts.language or (conversation.language if conversation else None)
    handoff_id = f"ho_{uuid.uuid4().hex}"
    tone = heard_tone(connection, conversation_id)
    priority = priority_of(request.reason, tone)
    desk = desk_plan(settings).choose(
        {
            "language": language,
            "reason": request.reason,
            "intent": heard_intent(connection, conversation_id),
            "priority": priority,
            "tone": tone,
            "channel": conversation.channel if conversation else None,
        }
    )
    connection.execute(
        handoffs.insert().values(
            id=handoff_id,
            conversation_id=conversation_id,
            status="requested",
            reason=request.reason,
            priority=priority,
            language=language,
            requested_at=time.time(),
            desk=desk,
            contact_asked_at=time.time() if request.contact_asked else None,
            wait_told=request.wait,
        )
    )
    context = build_context(
        connection,
        settings,
        handoff_id=handoff_id,
        conversation_id=conversation_id,
        reason=request.reason,
        evidence=request.evidence,
        priority=priority,
        tone=tone,
        facts=facts,
        earlier=[
            h.id for h in lookup.of_conversation(connection, conversation_id) if h.id != handoff_id
        ],
    )
    outbox.enqueue(connection, "handoff.requested", context, destination=desk)
    _changed(connection, handoff_id, "requested", desk)
    return lookup.get(connection, handoff_id)


def priority_of(reason: str, tone: str) -> str:
    """How soon somebody should come: `urgent`, `high` or `normal`."""
    return _PRIORITY.get(reason) or _PRIORITY_OF_TONE.get(tone, "normal")


def mark_delivered(connection: Connection, handoff_id: str) -> None:
    """The helpdesk has it; a person may have taken it, or it may have ended, before we know."""
    at = handoffs.update().where(handoffs.c.id == handoff_id)
    connection.execute(at.values(delivered_at=time.time()))
    waited = connection.execute(
        at.where(handoffs.c.status == "requested").values(status="delivered")
    )
    if waited.rowcount:
        _changed(connection, handoff_id, "delivered", lookup.get(connection, handoff_id).desk)


def mark_accepted(connection: Connection, handoff_id: str, agent: Mapping[str, Any]) -> None:
    """A person has taken it; nothing happens when it has ended."""
    taken = connection.execute(
        handoffs.update()
        .where(handoffs.c.id == handoff_id, handoffs.c.status.in_(OPEN_STATUSES))
        .values(
            agent=dict(agent),
            status="accepted",
            accepted_at=sa.func.coalesce(handoffs.c.accepted_at, time.time()),
        )
    )
    if taken.rowcount:
        _changed(connection, handoff_id, "accepted", str(agent.get("name") or "") or None)


def move(connection: Connection, handoff_id: str, desk: str) -> None:
    """Gives a handoff that its desk has not taken to another one."""
    outbox.redirect(connection, handoff_id, desk)
    connection.execute(handoffs.update().where(handoffs.c.id == handoff_id).values(desk=desk))
    _changed(connection, handoff_id, "requested", desk)


def mark_typing(connection: Connection, handoff_id: str, seconds: float) -> None:
    """The person is writing."""
    connection.execute(
        handoffs.update()
        .where(handoffs.c.id == handoff_id)
        .values(typing_until=time.time() + seconds)
    )


def reopen(connection: Connection, handoff: Handoff, agent: Mapping[str, Any]) -> bool:
    """Takes up a handoff that had ended, as its agent has more to say: the bot steps back again.

    A word that comes within a minute belongs to the end; many products tell of both at once. What
    the customer has cancelled stays so, and another handoff of theirs goes on.

    Returns:
        Whether a person has the conversation by it.
    """
    ended = handoff.status in ("resolved", "expired") and handoff.ended_at is not None
    if not ended or time.time() - (handoff.ended_at or 0) < _CLOSING_WORDS_SECONDS:
        return False
    if lookup.current(connection, handoff.conversation_id) is not None:
        return False
    _changed(connection, handoff.id, "accepted", str(agent.get("name") or "") or None)
    connection.execute(
        handoffs.update()
        .where(handoffs.c.id == handoff.id)
        .values(status="accepted", agent=dict(agent), ended_at=None)
    )
    return True


def close(connection: Connection, handoff_id: str, status: str) -> bool:
    """Ends a handoff as `resolved`, `cancelled`, `expired` or `failed`; False if it had ended."""
    result = connection.execute(
        handoffs.update()
        .where(handoffs.c.id == handoff_id, handoffs.c.status.in_(OPEN_STATUSES))
        .values(status=status, ended_at=time.time(), typing_until=None)
    )
    if result.rowcount:
        _changed(connection, handoff_id, status)
    return bool(result.rowcount)


def cancel(connection: Connection, handoff: Handoff, *, expired: bool = False) -> bool:
    """The customer no longer wants a person, or has waited in vain; the helpdesk is told.

    Returns:
        False when it had ended.
    """
    status = "expired" if expired else "cancelled"
    ended = close(connection, handoff.id, status)
    if ended:
        data = {
            "handoff_id": handoff.id,
            "conversation_id": handoff.conversation_id,
            "reason": status,
        }
        outbox.enqueue(connection, "handoff.cancelled", data, destination=handoff.desk)
    return ended


def rate(connection: Connection, conversation_id: str, rating: int) -> Handoff | None:
    """Stores the customer's rating (1-5) of the last handoff and tells the helpdesk, once.

    Returns:
        The handoff, or None when there is none that ended and is not rated yet.
    """
    rated = lookup.unrated(connection, conversation_id)
    if rated is not None:
        _rated(connection, rated, {"score": rating, "out_of": 5}, rating=rating)
    return rated


def say_why(connection: Connection, conversation_id: str, word: str) -> Handoff | None:
    """Stores in a word why the customer rated so, and tells the helpdesk, once.

    Args:
        word: one of `RATING_WORDS`.

    Returns:
        The handoff, or None when there is none that was rated without a word.
    """
    rated = lookup.without_word(connection, conversation_id)
    if rated is not None:
        whole = {"score": rated.rating, "out_of": 5, "word": word}
        _rated(connection, rated, whole, rating_word=word)
    return rated


def _rated(
    connection: Connection, handoff: Handoff, told: Mapping[str, Any], **values: Any
) -> None:
    connection.execute(handoffs.update().where(handoffs.c.id == handoff.id).values(**values))
    outbox.enqueue(
        connection,
        "conversation.rated",
        {
            "handoff_id": handoff.id,
            "conversation_id": handoff.conversation_id,
            "rating": dict(told),
        },
        destination=handoff.desk,
    )


def told_wait(connection: Connection, handoff_id: str, seconds: float) -> None:
    """Notes what the customer now knows of the wait, from their request on."""
    connection.execute(
        handoffs.update().where(handoffs.c.id == handoff_id).values(wait_told=seconds)
    )


def told_to_wait(connection: Connection, handoff_id: str) -> None:
    """Notes that the customer knows that nobody has come, and was asked where else to answer."""
    now = time.time()
    connection.execute(
        handoffs.update()
        .where(handoffs.c.id == handoff_id)
        .values(patience_told_at=now, contact_asked_at=now)
    )


def _changed(connection: Connection, handoff_id: str, status: str, who: str | None = None) -> None:
    connection.execute(
        handoff_changes.insert().values(
            handoff_id=handoff_id, status=status, who=who, time=time.time()
        )
    )
