"""Which webhooks were taken in already: what makes a receiver idempotent."""

from __future__ import annotations

import time

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection

from bot.storage.tables import received

_INSERTS = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def first_time(connection: Connection, webhook_id: str, receiver: str) -> bool:
    """Notes a webhook; False when this receiver had taken it before.

    Runs in the caller's transaction, so that the note and the webhook's effect stand or fall
    together.

    Args:
        webhook_id: the `webhook-id` header.
        receiver: who takes it in, `svara` or `desk`.
    """
    values = {"webhook_id": webhook_id, "receiver": receiver, "received_at": time.time()}
    insert = _INSERTS[connection.dialect.name]
    # In one statement: the same webhook may come twice at the same moment. The second one then
    # waits to see what becomes of the first.
    result = connection.execute(insert(received).values(values).on_conflict_do_nothing())
    return bool(result.rowcount)
