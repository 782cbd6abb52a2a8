"""What a customer writes to a person, on its way to the helpdesk: each message once, in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection

from bot.attachments.links import attached
from bot.handoff import outbox
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.conversations import Message


def forward(
    connection: Connection,
    handoff: Handoff,
    message: Message,
    *,
    contact: Mapping[str, str] | None = None,
    attachments: Sequence[Mapping[str, Any]] = (),
) -> Message:
    """Puts a customer's message to a person in the outbox.

    Args:
        contact: `email` or `phone_number` in it, where the customer wants the answer.
        attachments: its files, as `bot.attachments.links.attached` has them.

    Returns:
        The message, which has the handoff's id with it now.
    """
    outbox.enqueue(
        connection,
        "message.created",
        {
            "handoff_id": handoff.id,
            "conversation_id": handoff.conversation_id,
            "message": {
                "id": message.id,
                "time": message.time,
                "speaker": "customer",
                "text": message.text,
                **({"contact": dict(contact)} if contact else {}),
                **({"attachments": [dict(each) for each in attachments]} if attachments else {}),
            },
        },
        destination=handoff.desk,
        webhook_id=f"msg_{handoff.id}_{message.id}",
    )
    return conversations.set_data(connection, message.id, {**message.data, "handoff": handoff.id})


def forward_waiting(connection: Connection, settings: Settings, handoff: Handoff) -> None:
    """Forwards what was written before the person had it and no turn has been run for.

    So it comes before what is written next. The conversation is to be held.
    """
    for message in conversations.waiting(connection, handoff.conversation_id):
        if not message.data.get("handoff"):
            forward(connection, handoff, message, attachments=attached(settings, message))
