"""Which webhooks were taken in already: what makes a receiver idempotent."""

from __future__ import annotations

import time

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.tables import received


def first_time(connection: Connection, webhook_id: str, receiver: str) -> bool:
    """Notes a webhook; False when this receiver had taken it before.

    Runs in the caller's transaction, so that the note and the webhook's effect stand or fall
    together.

    Args:
        webhook_id: the `webhook-id` header.
        receiver: who takes it in, `svara` or `desk`.
    """
    known = connection.execute(
        sa.select(received.c.webhook_id).where(
            received.c.webhook_id == webhook_id, received.c.receiver == receiver
        )
    ).first()
    if known is not None:
        return False
    connection.execute(
        received.insert().values(webhook_id=webhook_id, receiver=receiver, received_at=time.time())
    )
    return True
