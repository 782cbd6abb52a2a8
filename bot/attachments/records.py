"""What is known of the files that were taken in: the table `svara_attachments`."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot import texts
from bot.errors import AttachmentUnknown, TooManyAttachments
from bot.settings import Settings
from bot.storage.tables import attachments


@dataclass(frozen=True)
class Attachment:
    """One file. Times are seconds since the epoch.

    Attributes:
        id: random; also its name in the folder.
        message_id: of the message that it came with; None before that is written.
        size: bytes.
        sha256: of its content, in hexadecimal.
        sent_at: when it was sent; None: somebody has chosen it and may still send it.
    """

    id: str
    conversation_id: str
    message_id: int | None
    name: str
    type: str
    size: int
    sha256: str
    created_at: float
    sent_at: float | None

    @property
    def stored(self) -> dict[str, Any]:
        """What the data of its message says of it."""
        return {"id": self.id, "name": self.name, "type": self.type, "size": self.size}


def add(connection: Connection, attachment: Attachment) -> None:
    """Writes down a file that was taken in."""
    connection.execute(attachments.insert().values(**asdict(attachment)))


def find(connection: Connection, attachment_id: str) -> Attachment | None:
    """A file by its id, or None."""
    row = connection.execute(
        sa.select(attachments).where(attachments.c.id == attachment_id)
    ).first()
    return None if row is None else Attachment(**row._mapping)


def unsent(connection: Connection, conversation_id: str) -> int:
    """How many files of a conversation wait to be sent."""
    query = sa.select(sa.func.count()).where(
        attachments.c.conversation_id == conversation_id, attachments.c.sent_at.is_(None)
    )
    return int(connection.execute(query).scalar() or 0)


def send(
    connection: Connection,
    settings: Settings,
    conversation_id: str,
    ids: Sequence[str],
    *,
    message_id: int | None,
    language: str | None,
) -> list[Attachment]:
    """Notes that files go with a message, in the caller's transaction.

    Args:
        message_id: of the message, where it has one already.
        language: of whoever is told when they cannot.

    Raises:
        TooManyAttachments: more than the setting `attachments_per_message`.
        AttachmentUnknown: one is not of this conversation, was sent already, or is gone.
    """
    wanted = list(dict.fromkeys(ids))
    most = settings.attachments_per_message
    if len(wanted) > most:
        raise TooManyAttachments(texts.say("utter_refused_too_many_files", language, limit=most))
    sent = []
    for attachment_id in wanted:
        changed = connection.execute(
            attachments.update()
            .where(
                attachments.c.id == attachment_id,
                attachments.c.conversation_id == conversation_id,
                attachments.c.sent_at.is_(None),
            )
            .values(sent_at=time.time(), message_id=message_id)
        )
        found = find(connection, attachment_id) if changed.rowcount else None
        if found is None:
            raise AttachmentUnknown(texts.say("utter_refused_file_gone", language))
        sent.append(found)
    return sent


def belongs_to(connection: Connection, attachment_id: str, message_id: int) -> None:
    """Notes the message that a sent file came with."""
    connection.execute(
        attachments.update()
        .where(attachments.c.id == attachment_id, attachments.c.message_id.is_(None))
        .values(message_id=message_id)
    )


def forget_unsent(connection: Connection, conversation_id: str, ids: Sequence[str]) -> list[str]:
    """Forgets those of a conversation's files that were not sent; their ids."""
    return _forget(
        connection, attachments.c.id.in_(ids), attachments.c.conversation_id == conversation_id
    )


def forget_orphans(connection: Connection, before: float) -> list[str]:
    """Forgets the files that were taken in before a time and never sent; their ids."""
    return _forget(connection, attachments.c.created_at < before)


def _forget(connection: Connection, *conditions: Any) -> list[str]:
    query = sa.select(attachments.c.id).where(attachments.c.sent_at.is_(None), *conditions)
    ids = [str(row.id) for row in connection.execute(query)]
    # Once more `sent_at`: one may have been sent just now.
    return [
        each
        for each in ids
        if connection.execute(
            attachments.delete().where(attachments.c.id == each, attachments.c.sent_at.is_(None))
        ).rowcount
    ]
