"""Which messages are for the inbox, and what they say there: redacted, and by their words' key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.settings import LANGUAGES
from bot.storage.conversations import Message
from bot.storage.tables import conversations as conversation_table
from bot.storage.trainer_tables import review_sources
from bot.trainer.inbox.signals import heard, is_form_answer, real_ranking
from bot.trainer.inbox.wording import key, masked, says_something
from bot.trainer.nlu_files.marks import one_line
from bot.trainer.redaction import redact


@dataclass(frozen=True)
class Said:
    """A message, made ready outside of a transaction."""

    message: Message
    channel: str
    text: str
    language: str
    key: str
    masked: str

    @property
    def predicted(self) -> str | None:
        ranking = real_ranking(self.message.nlu)
        return ranking[0][0] if ranking else None


def ready_for_inbox(connection: Connection, batch: Sequence[Message]) -> tuple[list[Said], int]:
    """The messages that are for the inbox, and how many are not."""
    there = already_there(connection, [message.id for message in batch])
    fresh = [message for message in batch if message.id not in there]
    known = {
        row.id: row
        for row in connection.execute(
            sa.select(conversation_table).where(
                conversation_table.c.id.in_({message.conversation_id for message in fresh})
            )
        )
    }
    found = []
    for message in fresh:
        said = _said(message, known.get(message.conversation_id))
        if said is not None:
            found.append(said)
    return found, len(fresh) - len(found)


def _said(message: Message, conversation: Any) -> Said | None:
    # A button's payload is the bot's own word; what a person was told, the bot need not know.
    if message.data.get("payload") or message.data.get("handoff") or not message.text.strip():
        return None
    if is_form_answer(message):
        return None
    spoken = (message.nlu or {}).get("language")
    known = conversation.language if conversation is not None else None
    language = next((each for each in (spoken, known) if each in LANGUAGES), LANGUAGES[0])
    customer = dict(conversation.customer or {}) if conversation is not None else {}
    names = [str(customer["name"])] if customer.get("name") else []
    text = one_line(redact(message.text, language, names).text)
    if not says_something(text):
        return None
    channel = conversation.channel if conversation is not None else "unknown"
    return Said(message, channel, text, language, key(text, language), masked(text))


def already_there(connection: Connection, message_ids: Sequence[int]) -> set[int]:
    """Which of the messages are in the inbox already."""
    c = review_sources.c
    query = sa.select(c.message_id).where(c.message_id.in_(message_ids))
    return set(connection.execute(query).scalars())


def prediction(said: Said) -> dict[str, Any]:
    nlu = said.message.nlu or {}
    lowered = said.text.casefold()
    return {
        **heard(nlu),
        # A value that is not in the redacted words may be what was redacted.
        "entities": [
            [str(each["entity"]), value if value.casefold() in lowered else ""]
            for each in nlu.get("entities") or []
            for value in [str(each.get("value"))]
        ],
    }
