"""The conversation around a message, without personal data."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage import conversations
from bot.storage.conversations import Message
from bot.storage.trainer_tables import collection, review_sources
from bot.trainer.inbox.records import get_review
from bot.trainer.inbox.signals import intent_of
from bot.trainer.redaction import redact

_MOST = 30
GONE = ""
"""Instead of the id of a conversation that has been deleted."""


@dataclass(frozen=True)
class Spoken:
    """One thing said.

    Attributes:
        speaker: `customer`, `bot`, `agent` or `system`.
        text: redacted.
        time: seconds since the epoch.
        this: it is the message that the review is about.
        intent: that the bot acted on, of a customer's message.
    """

    id: int
    speaker: str
    text: str
    time: float
    this: bool
    intent: str | None


@dataclass(frozen=True)
class Around:
    """One of the times that a message came.

    Attributes:
        messages: in order; empty when the conversation has been deleted.
        which: 0 for the newest time, 1 for the one before.
        of: how many times there are.
    """

    messages: tuple[Spoken, ...]
    which: int
    of: int


def around(
    connection: Connection, review_id: int, *, before: int = 6, after: int = 6, which: int = 0
) -> Around:
    """What was said before and after a message.

    Args:
        before, after: most messages of each, up to 30.
        which: which time that it came, the newest first.

    Raises:
        ReviewUnknown: there is no such review.
    """
    review = get_review(connection, review_id)
    c = review_sources.c
    mine = sa.and_(c.review_id == (review.parent or review.id), c.conversation_id != GONE)
    total = int(
        connection.execute(
            sa.select(sa.func.count()).select_from(review_sources).where(mine)
        ).scalar()
        or 0
    )
    which = max(0, min(which, total - 1))
    source = connection.execute(
        sa.select(c.message_id, c.conversation_id)
        .where(mine)
        .order_by(c.time.desc(), c.message_id.desc())
        .offset(which)
        .limit(1)
    ).first()
    if source is None:
        return Around((), 0, 0)
    spoken = conversations.around(
        connection,
        source.conversation_id,
        source.message_id,
        before=max(0, min(before, _MOST)),
        after=max(0, min(after, _MOST)),
    )
    if not any(message.id == source.message_id for message in spoken):
        return Around((), which, total)
    conversation = conversations.find(connection, source.conversation_id)
    name = (conversation.customer or {}).get("name") if conversation else None
    names = [str(name)] if name else []
    return Around(
        tuple(_spoken(message, source.message_id, review.language, names) for message in spoken),
        which,
        total,
    )


def forget(connection: Connection, conversation_id: str) -> int:
    """Takes out what leads from the inbox to a conversation; to be called when that is deleted.

    What is left is redacted texts, and that they came so often.

    Returns:
        How many messages it was.
    """
    # The lock of the collecting: it has written what it read of the conversation, or finds it gone.
    connection.execute(collection.update().values(id=1))
    mine = review_sources.c.conversation_id == conversation_id
    result = connection.execute(review_sources.update().where(mine).values(conversation_id=GONE))
    return int(result.rowcount)


def _spoken(message: Message, this: int, language: str, names: list[str]) -> Spoken:
    text = redact(message.text, language, names).text
    intent = intent_of(message) if message.speaker == "customer" else None
    return Spoken(message.id, message.speaker, text, message.created_at, message.id == this, intent)
