"""A conversation for tests: the real intake, hub, tables and tracker store, and a Rasa that does
what a test says.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet, UserUttered
from sqlalchemy.engine import Engine

from bot.channels.intake import Incoming, Intake
from bot.handoff import lifecycle, lookup
from bot.handoff.context import Facts
from bot.handoff.lifecycle import HandoffRequest
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.conversations import Message
from bot.storage.database import open_database, reading, transaction
from bot.storage.tables import deliveries, events
from bot.storage.tracker_store import BoundedTrackerStore

SENDER = "anna"
DOMAIN = Domain.from_yaml(
    """
    version: "3.1"
    intents: [greet]
    slots:
      language: {type: text, mappings: [{type: custom}]}
      product: {type: text, mappings: [{type: custom}]}
    """
)

Reaction = Callable[["Rasa", UserMessage], Awaitable[dict[str, Any] | None]]
Result = TypeVar("Result")


class Rasa:
    """Stands where Rasa's agent stands: hears a message, answers, and saves a tracker.

    Attributes:
        reaction: answers through `message.output_channel`; may return slots to set.
        heard: the messages, as Rasa would get them.
    """

    model_name = "model-1"

    def __init__(self, url: str) -> None:
        self.store = BoundedTrackerStore(domain=DOMAIN, database_url=url)
        self.reaction: Reaction = says("hello")
        self.heard: list[UserMessage] = []
        self.ready = True

    def is_ready(self) -> bool:
        return self.ready

    async def handle_message(self, message: UserMessage) -> None:
        self.heard.append(message)
        tracker = await self.store.get_or_create_tracker(
            message.sender_id, append_action_listen=False
        )
        if not tracker.events:
            tracker.update(SessionStarted())
        parsed = {
            "intent": {"name": "greet", "confidence": 0.98765},
            "intent_ranking": [{"name": "greet", "confidence": 0.98765}],
            "entities": [
                {"entity": "language", "value": "sv"},
                {"entity": "product", "value": "Sarek", "start": 0, "end": 5},
            ],
        }
        tracker.update(
            UserUttered(
                message.text,
                parsed["intent"],
                parsed["entities"],
                parse_data=parsed,
                message_id=message.message_id,
                metadata=message.metadata,
            )
        )
        for name, value in (await self.reaction(self, message) or {}).items():
            tracker.update(SlotSet(name, value))
        tracker.update(ActionExecuted("action_listen"))
        await self.store.save(tracker)


def says(*texts: str, slots: dict[str, Any] | None = None, **more: Any) -> Reaction:
    """A Rasa that says some texts; `more` goes with the last one."""

    async def react(_: Rasa, message: UserMessage) -> dict[str, Any] | None:
        for number, text in enumerate(texts, start=1):
            extra = more if number == len(texts) else {}
            await message.output_channel.send_response(message.sender_id, {"text": text, **extra})
        return slots

    return react


def hands_over(reason: str = "customer_asked") -> Reaction:
    """A Rasa whose action asks for a person."""
    return says("A colleague takes over.", custom={"handoff": {"reason": reason, "evidence": {}}})


async def nothing(_rasa: Rasa, _message: UserMessage) -> dict[str, Any] | None:
    """A Rasa whose action server is down: it stays silent, and is content."""
    return None


async def breaks(_rasa: Rasa, _message: UserMessage) -> dict[str, Any] | None:
    """A Rasa with an error in it."""
    raise RuntimeError("something in Rasa broke")


class Talk:
    """One customer's side of the conversation, and a look into the database.

    Args:
        database_url: default an SQLite file in the folder.
    """

    def __init__(self, folder: Path, *, database_url: str = "", **settings: Any) -> None:
        url = database_url or f"sqlite:///{folder / 'svara.db'}"
        self.settings = Settings(
            var=folder,
            database_url=url,
            session_secret="secret",
            handoff_secret="whsec_c2VjcmV0",
            **settings,
        )
        self.engine: Engine = open_database(url)
        self.rasa = Rasa(url)
        self.announced: list[str] = []
        self.intake = self.another_intake()

    def another_intake(self) -> Intake:
        """An intake as another process, or this one after a restart, would make it."""
        rasa: Any = self.rasa
        return Intake(self.engine, self.settings, lambda: rasa, self.announced.append)

    def write(self, text: str, sender: str = SENDER, **more: Any) -> Message:
        """A message comes in; nothing answers yet."""
        return self.intake.receive(Incoming(sender, "rest", text, **more))

    def answer(self, sender: str = SENDER) -> None:
        """The turns that wait are run."""
        run(self.intake.answer(sender))

    def say(self, text: str, sender: str = SENDER, **more: Any) -> Message:
        """A message comes in and is answered."""
        message = self.write(text, sender, **more)
        self.answer(sender)
        return message

    def bot_says(self, text: str, **data: Any) -> Message:
        """Something that the bot has said before."""
        with transaction(self.engine) as connection:
            conversations.start(connection, SENDER, "rest")
            return conversations.append(connection, SENDER, "bot", text, data=data)

    def open_handoff(self) -> Handoff:
        """A person has the conversation."""
        with transaction(self.engine) as connection:
            conversations.start(connection, SENDER, "rest")
            request = HandoffRequest("customer_asked")
            return lifecycle.open_handoff(connection, self.settings, SENDER, request, Facts())

    def accept(self, handoff: Handoff) -> None:
        """The person is there."""
        with transaction(self.engine) as connection:
            lifecycle.mark_accepted(connection, handoff.id, {"name": "Maria"})

    def close_handoff(self, handoff: Handoff) -> None:
        """They are done with it."""
        with transaction(self.engine) as connection:
            lifecycle.close(connection, handoff.id, "resolved")

    @property
    def messages(self) -> list[Message]:
        """All that was said, in order."""
        with reading(self.engine) as connection:
            return conversations.history(connection, SENDER)

    @property
    def said(self) -> list[str]:
        """The bot's words."""
        return [message.text for message in self.messages if message.speaker == "bot"]

    @property
    def handoff(self) -> Handoff | None:
        """The open handoff."""
        with reading(self.engine) as connection:
            return lookup.current(connection, SENDER)

    @property
    def outbox(self) -> list[tuple[str, dict[str, Any]]]:
        """Type and data of each webhook, in order."""
        query = sa.select(deliveries.c.type, deliveries.c.body).order_by(deliveries.c.id)
        with reading(self.engine) as connection:
            return [(kind, json.loads(body)["data"]) for kind, body in connection.execute(query)]

    @property
    def heard(self) -> list[str]:
        """What reached Rasa."""
        return [message.text for message in self.rasa.heard]

    @property
    def event_count(self) -> int:
        """Rows of the tracker."""
        with reading(self.engine) as connection:
            query = sa.select(sa.func.count()).select_from(events)
            return int(connection.execute(query).scalar() or 0)

    def sql(self, statement: str) -> None:
        """Changes the database behind everybody's back."""
        with transaction(self.engine) as connection:
            connection.execute(sa.text(statement))


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Runs a coroutine to its end, in ten seconds at most."""
    return asyncio.run(asyncio.wait_for(work, 10))
