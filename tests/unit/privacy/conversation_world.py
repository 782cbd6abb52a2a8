"""A conversation that has left something in every place where one can."""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Connection, Engine

from bot.attachments import files, records
from bot.attachments.records import Attachment
from bot.console import staff
from bot.console.desk import actions, presence
from bot.console.desk import inbox as desk_inbox
from bot.console.desk import tickets as desk
from bot.console.staff import Staff
from bot.handoff import forwarding, lifecycle, outbox, tickets
from bot.handoff.context import Facts
from bot.handoff.desks.contract import Ticket
from bot.handoff.lifecycle import HandoffRequest
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.database import reading, transaction
from bot.storage.tables import events, handoffs, messages, metadata, snapshots
from bot.trainer import inbox
from kb_connector import feedback
from kb_connector.feedback import Feedback

ANNA = "anna.berg@exempel.se"
PHONE = "070-174 06 05"
SAID = f"hej, mitt paket är borta, skriv till {ANNA} eller ring {PHONE}"
SECRETS = (ANNA, "174 06 05", "701740605", "kalaspuffar", "kvitto-anna.txt", "snabeldrake")
"""Nothing of it may be left anywhere."""


@dataclass
class World:
    """A database with conversations in it."""

    engine: Engine
    settings: Settings
    kim: Staff = field(init=False)

    def __post_init__(self) -> None:
        with transaction(self.engine) as connection:
            self.kim = staff.add(connection, "kim", "Kim", "a-long-password", "admin")

    def talk(
        self,
        conversation_id: str,
        *,
        said: str = SAID,
        customer: dict[str, Any] | None = None,
        channel: str = "webchat",
    ) -> None:
        """The customer says something, the bot answers."""
        with transaction(self.engine) as connection:
            known = {"name": "Anna Berg", "email": ANNA} if customer is None else customer
            conversations.start(connection, conversation_id, channel, language="sv", customer=known)
            first = conversations.append(connection, conversation_id, "customer", said)
            conversations.mark_handled(
                connection, first.id, nlu={"intent": {"name": "order_status", "confidence": 0.4}}
            )
            conversations.append(connection, conversation_id, "bot", "Vad är ordernumret?")
            row = {"sender_id": conversation_id, "type_name": "user", "timestamp": time.time()}
            event = connection.execute(events.insert().values(**row, data=json.dumps(said)))
            connection.execute(
                snapshots.insert().values(
                    conversation_id=conversation_id,
                    event_id=event.inserted_primary_key[0],
                    state={"slots": {"email": ANNA}, "loop": None},
                )
            )
            feedback.write(
                connection,
                Feedback(
                    f"paketet är borta {ANNA}",
                    "track-order",
                    "sv",
                    "not_helped",
                    conversation_id,
                    dt.datetime.now(dt.timezone.utc),
                ),
            )

    def send_file(self, conversation_id: str) -> Attachment:
        """The customer sends a file."""
        name = "kvitto-anna.txt"
        kept = files.take(
            self.engine, self.settings, conversation_id, name, b"kalaspuffar", language="sv"
        )
        with transaction(self.engine) as connection:
            said = conversations.append(
                connection, conversation_id, "customer", "", data={"attachments": [kept.stored]}
            )
            conversations.mark_handled(connection, said.id, nlu=None)
            records.send(
                connection,
                self.settings,
                conversation_id,
                [kept.id],
                message_id=said.id,
                language="sv",
            )
        return kept

    def hand_over(self, conversation_id: str) -> Handoff:
        """The bot asks for a person; the desk has taken the webhook."""
        with transaction(self.engine) as connection:
            handoff = lifecycle.open_handoff(
                connection,
                self.settings,
                conversation_id,
                HandoffRequest("customer_asked"),
                Facts(slots={"email": ANNA, "phone_number": PHONE}, language="sv"),
            )
        self.deliver()
        return handoff

    def deliver(self) -> None:
        """The dispatcher brings the desk what waits for it."""
        with transaction(self.engine) as connection:
            while due := outbox.due(connection):
                for each in due:
                    outbox.claim(connection, each, 30)
                    if each.destination != outbox.SVARA:
                        data = json.loads(each.body)["data"]
                        event = desk_inbox.Event(each.webhook_id, each.type, data)
                        desk_inbox.take(connection, event)
                    outbox.succeeded(connection, each, 200)

    def help(self, handoff: Handoff) -> None:
        """An agent takes it at the desk, writes, notes and ends it; the customer rates it."""
        with transaction(self.engine) as connection:
            ticket = desk.of_handoff(connection, handoff.id)
            assert ticket is not None
            actions.accept(connection, ticket.id, self.kim)
            actions.write(
                connection, ticket.id, self.kim, "en snabeldrake tog det", client_id="12345678"
            )
            actions.annotate(
                connection, ticket.id, self.kim, "kalaspuffar till " + ANNA, client_id="22345678"
            )
            presence.look(connection, ticket.id, self.kim.id)
            said = conversations.append(
                connection, handoff.conversation_id, "customer", f"tack, {ANNA}"
            )
            conversations.mark_handled(connection, said.id, nlu=None)
            link = {"name": "kvitto-anna.txt", "url": "https://x.example/a", "type": "text/plain"}
            forwarding.forward(connection, handoff, said, attachments=[{**link, "size": 3}])
            lifecycle.mark_accepted(connection, handoff.id, {"id": "1", "name": "Kim"})
            lifecycle.close(connection, handoff.id, "resolved")
            lifecycle.rate(connection, handoff.conversation_id, 4)
            tickets.keep(
                connection, handoff.id, handoff.desk, Ticket(handoff.id[-6:], "https://rt.example")
            )
        self.deliver()

    def everything(self, conversation_id: str) -> Attachment:
        """All of it, and what the trainer's inbox makes of it."""
        self.talk(conversation_id)
        kept = self.send_file(conversation_id)
        self.help(self.hand_over(conversation_id))
        return kept

    def collect(self, folder: Path) -> inbox.Collected:
        """The trainer's inbox takes in what customers have said."""
        return inbox.collect(self.engine, folder, encode=_letters)

    def age(self, conversation_id: str, days: float) -> None:
        """Moves a conversation into the past."""
        by = days * 86400
        with transaction(self.engine) as connection:
            for table, which, when in (
                (conversations.conversations, "id", "created_at"),
                (messages, "conversation_id", "created_at"),
                (handoffs, "conversation_id", "requested_at"),
                (events, "sender_id", "timestamp"),
            ):
                connection.execute(
                    table.update()
                    .where(table.c[which] == conversation_id)
                    .values({when: table.c[when] - by})
                )

    def tables_with(self, words: tuple[str, ...]) -> set[str]:
        """Names of the tables in which any of the words stands."""
        found = set()
        with reading(self.engine) as connection:
            for name, row in _everything(connection):
                # As JSON keeps it, too: letters that are not ASCII are escaped there.
                text = json.dumps([str(value) for value in row], ensure_ascii=False)
                if any(word in text for word in words):
                    found.add(name)
        return found

    def rows(self) -> dict[str, int]:
        """How many rows each table has."""
        counts: dict[str, int] = {}
        with reading(self.engine) as connection:
            for name, _ in _everything(connection):
                counts[name] = counts.get(name, 0) + 1
        return counts


def _everything(connection: Connection) -> Iterator[tuple[str, Any]]:
    whole = sa.MetaData()
    whole.reflect(connection)
    assert set(metadata.tables) <= set(whole.tables)
    for table in whole.sorted_tables:
        for row in connection.execute(sa.select(table)):
            yield table.name, row


def _letters(texts: Sequence[str]) -> NDArray[Any]:
    rows = np.array([[text.count(letter) + 0.1 for letter in "abcdefghij"] for text in texts])
    scaled: NDArray[Any] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return scaled
