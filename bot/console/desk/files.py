"""Files in tickets: what Svara's webhooks bring as links, and what agents send."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.tables import desk_attachments

_NAME_CHARS, _TYPE_CHARS, _URL_CHARS = 255, 128, 4000
_MOST = 20


@dataclass(frozen=True)
class DeskFile:
    """A file that came with a message. `size` is in bytes, 0 when nobody said it."""

    name: str
    url: str
    type: str = ""
    size: int = 0


def read(given: object) -> list[DeskFile]:
    """The files of a message, as `attachments` has them; what cannot be followed is left out."""
    items = given if isinstance(given, list) else []
    found = []
    for item in items[:_MOST]:
        if not isinstance(item, Mapping):
            continue
        url, size = str(item.get("url") or "").strip(), item.get("size")
        try:
            parts = urlsplit(url)
        except ValueError:
            continue
        if parts.scheme in ("http", "https") and parts.netloc and len(url) <= _URL_CHARS:
            found.append(
                DeskFile(
                    name=str(item.get("name") or "Attachment")[:_NAME_CHARS],
                    url=url,
                    type=str(item.get("type") or "")[:_TYPE_CHARS],
                    size=size if isinstance(size, int) and 0 < size < 2**31 else 0,
                )
            )
    return found


def attach(connection: Connection, message_id: int, files: Sequence[DeskFile]) -> None:
    """Writes down the files of a message that was just written."""
    for position, file in enumerate(files):
        connection.execute(
            desk_attachments.insert().values(
                message_id=message_id, position=position, **asdict(file)
            )
        )


def of_messages(connection: Connection, ids: Sequence[int]) -> dict[int, list[DeskFile]]:
    """The files of messages, by the message's id."""
    columns = desk_attachments.c
    query = (
        sa.select(columns.message_id, columns.name, columns.url, columns.type, columns.size)
        .where(columns.message_id.in_(list(ids)))
        .order_by(columns.message_id, columns.position)
    )
    found: defaultdict[int, list[DeskFile]] = defaultdict(list)
    for message_id, *file in connection.execute(query):
        found[message_id].append(DeskFile(*file))
    return found


def as_links(files: Sequence[DeskFile]) -> list[dict[str, Any]]:
    """The files as `attachments` of an event."""
    return [{"name": file.name, "url": file.url} for file in files]
