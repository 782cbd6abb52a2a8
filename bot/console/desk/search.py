"""Finding tickets by what was said in them, who said it, and their facts."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.storage.desk_tables import desk_words
from bot.storage.tables import desk_tickets

MAX_ASKED_CHARS = 200
_MAX_WORDS = 8


def remember(connection: Connection, ticket_id: int, text: str) -> None:
    """Makes a ticket found by the words of a text, from now on."""
    if text.strip():
        connection.execute(desk_words.insert().values(ticket_id=ticket_id, text=_folded(text)))


def of_context(context: Mapping[str, Any]) -> str:
    """What a handoff's context may be found by: the customer, the facts, all that was said."""
    transcript = context.get("transcript")
    spoken = transcript.get("messages") if isinstance(transcript, Mapping) else None
    said = [line.get("text") for line in spoken or [] if isinstance(line, Mapping)]
    known = [context.get(name) for name in ("customer", "slots", "summary", "conversation_id")]
    return "\n".join(_texts([known, said]))


def matches(asked: str) -> Any:
    """The condition that a ticket has every word of a query, each anywhere in its texts.

    Args:
        asked: what the agent typed; the first `MAX_ASKED_CHARS` characters and eight words count.
    """
    words = _folded(asked[:MAX_ASKED_CHARS]).split()[:_MAX_WORDS]
    return sa.and_(
        sa.true(),
        *(
            sa.exists().where(
                desk_words.c.ticket_id == desk_tickets.c.id,
                desk_words.c.text.contains(word, autoescape=True),
            )
            for word in words
        ),
    )


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold()


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _texts(item)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
