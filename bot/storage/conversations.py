"""Conversations and what was said in them.

Every word of every side goes through `append`; the row's `id` orders the conversation and is the
cursor by which channels fetch what is new.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import datetime, timezone
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from bot.storage.tables import conversations, messages

PULLED_CHANNELS = ("webchat", "rest", "cmdline")
"""Channels whose customers fetch what is new by its id; the others are pushed to."""

_INSERTS = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


@dataclass(frozen=True)
class Conversation:
    """One customer on one channel.

    Attributes:
        customer: what is known of the customer: `name`, `email`, ...
        language: last language detected, or None before the first word.
    """

    id: str
    channel: str
    language: str | None
    customer: Mapping[str, Any]
    created_at: float


@dataclass(frozen=True)
class Message:
    """One thing said.

    Attributes:
        speaker: `customer`, `bot`, `agent` or `system`.
        data: what came with the text: `buttons`, `article`, `agent`, `payload`, `event`,
            `attachments` (`id`, `name`, `type` and `size` each).
        nlu: what was understood of a customer's message: `intent`, `ranking`, `entities`, `tone`.
        created_at: seconds since the epoch.
    """

    id: int
    conversation_id: str
    speaker: str
    text: str
    data: Mapping[str, Any] = dataclass_field(default_factory=dict)
    nlu: Mapping[str, Any] | None = None
    client_id: str | None = None
    created_at: float = 0.0
    handled_at: float | None = None

    @property
    def wordless(self) -> bool:
        """True when it is files and nothing else."""
        return not self.text and bool(self.data.get("attachments"))

    @property
    def time(self) -> str:
        """When it was said, ISO 8601 in UTC."""
        return iso(self.created_at)


def iso(seconds: float) -> str:
    """Seconds since the epoch as ISO 8601 in UTC."""
    return datetime.fromtimestamp(seconds, tz=timezone.utc).isoformat(timespec="milliseconds")


def start(
    connection: Connection,
    conversation_id: str,
    channel: str,
    *,
    language: str | None = None,
    customer: Mapping[str, Any] | None = None,
) -> Conversation:
    """Returns the conversation, created if this is the first we hear of it, and holds it."""
    found = hold(connection, conversation_id)
    if found is None:
        # In one statement: two first messages may come at the same moment.
        connection.execute(
            _INSERTS[connection.dialect.name](conversations)
            .values(
                id=conversation_id,
                channel=channel,
                language=language,
                customer=dict(customer or {}),
                created_at=time.time(),
            )
            .on_conflict_do_nothing()
        )
        found = hold(connection, conversation_id)
        if found is None:
            raise RuntimeError("a row just written must be there")
    elif customer and dict(found.customer) | dict(customer) != dict(found.customer):
        update(connection, conversation_id, customer=dict(found.customer) | dict(customer))
    return found


def find(connection: Connection, conversation_id: str) -> Conversation | None:
    """The conversation, or None."""
    row = connection.execute(_of(conversation_id)).first()
    return None if row is None else Conversation(**row._mapping)


def hold(connection: Connection, conversation_id: str) -> Conversation | None:
    """As `find`; until the transaction ends, nobody else holds or deletes it.

    Whoever writes a message or takes a turn holds the conversation first, before its deliveries
    and its handoffs: so messages have their ids in the order in which they are seen, whoever asks
    for what came after one misses nothing, and there is one turn at a time.
    """
    # A foreign key only needs the row's key, and does not wait for this.
    row = connection.execute(_of(conversation_id).with_for_update(key_share=True)).first()
    return None if row is None else Conversation(**row._mapping)


def update(connection: Connection, conversation_id: str, **values: Any) -> None:
    """Changes columns of a conversation."""
    connection.execute(
        conversations.update().where(conversations.c.id == conversation_id).values(**values)
    )


def append(
    connection: Connection,
    conversation_id: str,
    speaker: str,
    text: str,
    *,
    data: Mapping[str, Any] | None = None,
    client_id: str | None = None,
    push: str | None = None,
) -> Message:
    """Writes one message; the conversation is to be held.

    A `client_id` already written returns the earlier message.
    """
    if client_id is not None:
        earlier = by_client_id(connection, conversation_id, client_id)
        if earlier is not None:
            return earlier
    result = connection.execute(
        messages.insert().values(
            conversation_id=conversation_id,
            speaker=speaker,
            text=storable(text),
            data=dict(data or {}),
            client_id=client_id,
            created_at=time.time(),
            push=push,
        )
    )
    return get(connection, result.inserted_primary_key[0])


def get(connection: Connection, message_id: int) -> Message:
    """One message by id."""
    row = connection.execute(_selection().where(messages.c.id == message_id)).one()
    return Message(**row._mapping)


def several(connection: Connection, message_ids: Sequence[int]) -> list[Message]:
    """Messages by their ids, in this order; those that are not there are left out."""
    rows = connection.execute(_selection().where(messages.c.id.in_(list(message_ids))))
    found = {row.id: Message(**row._mapping) for row in rows}
    return [found[each] for each in message_ids if each in found]


def history(
    connection: Connection,
    conversation_id: str,
    *,
    after: int = 0,
    speakers: Sequence[str] | None = None,
    limit: int | None = None,
    first: int | None = None,
) -> list[Message]:
    """Messages of a conversation in order.

    Args:
        after: only those with a greater id.
        speakers: only those of these speakers.
        limit: only the newest so many.
        first: only the oldest so many.
    """
    query = _selection().where(messages.c.conversation_id == conversation_id, messages.c.id > after)
    if speakers is not None:
        query = query.where(messages.c.speaker.in_(list(speakers)))
    if first is not None:
        oldest = connection.execute(query.order_by(messages.c.id).limit(first))
        return [Message(**row._mapping) for row in oldest]
    query = query.order_by(messages.c.id.desc())
    if limit is not None:
        query = query.limit(limit)
    return [Message(**row._mapping) for row in connection.execute(query)][::-1]


def around(
    connection: Connection, conversation_id: str, message_id: int, *, before: int, after: int
) -> list[Message]:
    """A message with so many of those before and after it, in order."""
    mine = _selection().where(messages.c.conversation_id == conversation_id)
    earlier = mine.where(messages.c.id <= message_id).order_by(messages.c.id.desc())
    later = mine.where(messages.c.id > message_id).order_by(messages.c.id)
    first = connection.execute(earlier.limit(before + 1)).fetchall()[::-1]
    rows = [*first, *connection.execute(later.limit(after)).fetchall()]
    return [Message(**row._mapping) for row in rows]


def last_id(connection: Connection) -> int:
    """Id of the newest message of all, 0 when there is none."""
    return int(connection.execute(sa.select(sa.func.max(messages.c.id))).scalar() or 0)


def next_turn(connection: Connection, conversation_id: str) -> Message | None:
    """The oldest message of a customer whose turn is to be run now.

    None when there is none, or when a worker is at a turn of the conversation: the others wait.
    """
    unanswered = waiting(connection, conversation_id)
    held = sa.select(messages.c.id).where(
        messages.c.id.in_([message.id for message in unanswered]),
        messages.c.lease_until > time.time(),
    )
    if not unanswered or connection.execute(held.limit(1)).first() is not None:
        return None
    return unanswered[0]


def waiting(connection: Connection, conversation_id: str) -> list[Message]:
    """A customer's messages whose turn is not done, oldest first."""
    rows = connection.execute(
        _selection()
        .where(
            messages.c.conversation_id == conversation_id,
            messages.c.speaker == "customer",
            messages.c.handled_at.is_(None),
        )
        .order_by(messages.c.id)
    )
    return [Message(**row._mapping) for row in rows]


def broken_off(connection: Connection, *, older_than: float) -> list[Message]:
    """Customers' messages whose turn is not done and that no worker holds, oldest first.

    Args:
        older_than: only those written at least so many seconds ago.
    """
    now = time.time()
    rows = connection.execute(
        _selection()
        .where(
            messages.c.speaker == "customer",
            messages.c.handled_at.is_(None),
            messages.c.created_at <= now - older_than,
            sa.func.coalesce(messages.c.lease_until, 0.0) <= now,
        )
        .order_by(messages.c.id)
    )
    return [Message(**row._mapping) for row in rows]


def drop_leases(connection: Connection) -> None:
    """Ends every lease: the workers that held them are gone."""
    connection.execute(
        messages.update().where(messages.c.handled_at.is_(None)).values(lease_until=None)
    )


def take_lease(connection: Connection, message_id: int, seconds: float) -> bool:
    """Takes a customer's message for some seconds; False when another worker was faster."""
    now = time.time()
    result = connection.execute(
        messages.update()
        .where(
            messages.c.id == message_id,
            messages.c.handled_at.is_(None),
            sa.func.coalesce(messages.c.lease_until, 0.0) <= now,
        )
        .values(lease_until=now + seconds)
    )
    return bool(result.rowcount)


def drop_lease(connection: Connection, message_id: int) -> None:
    """Gives a message back, to be taken again at once."""
    connection.execute(
        messages.update().where(messages.c.id == message_id).values(lease_until=None)
    )


def storable(text: str) -> str:
    """The text without what no database takes: NUL, and halves of surrogate pairs."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def mark_handled(connection: Connection, message_id: int, *, nlu: Mapping[str, Any] | None) -> bool:
    """Marks a customer's message as done. False when another worker already did."""
    result = connection.execute(
        messages.update()
        .where(messages.c.id == message_id, messages.c.handled_at.is_(None))
        .values(handled_at=time.time(), nlu=dict(nlu) if nlu else None)
    )
    return bool(result.rowcount)


def by_client_id(connection: Connection, conversation_id: str, client_id: str) -> Message | None:
    """The message that a sender gave this id, or None."""
    return _one(connection, conversation_id, messages.c.client_id == client_id)


def set_data(connection: Connection, message_id: int, data: Mapping[str, Any]) -> Message:
    """Replaces what came with a message, and returns it as it is now."""
    connection.execute(messages.update().where(messages.c.id == message_id).values(data=dict(data)))
    return get(connection, message_id)


def push_state(connection: Connection, conversation_id: str) -> str | None:
    """`waiting` where replies are pushed through a connector, None where customers fetch them."""
    conversation = find(connection, conversation_id)
    pulled = conversation is None or conversation.channel in PULLED_CHANNELS
    return None if pulled else "waiting"


_COLUMNS = (
    "id",
    "conversation_id",
    "speaker",
    "text",
    "data",
    "nlu",
    "client_id",
    "created_at",
    "handled_at",
)


def _of(conversation_id: str) -> Any:
    return sa.select(conversations).where(conversations.c.id == conversation_id)


def _selection() -> Any:
    return sa.select(*(messages.c[name] for name in _COLUMNS))


def _one(connection: Connection, conversation_id: str, condition: Any) -> Message | None:
    row = connection.execute(
        _selection().where(messages.c.conversation_id == conversation_id, condition)
    ).first()
    return None if row is None else Message(**row._mapping)
