"""A small shop's training files, a database, and customers who say things."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.engine import Engine

from bot.storage import conversations
from bot.storage.database import open_database, reading, transaction
from bot.storage.tables import handoffs
from bot.trainer import inbox
from bot.trainer.inbox import STATES, Filter, Inbox, Review, Seen

FILES = {
    "en/order_status.yml": ("order_status", "where is my parcel", "has my order been sent?"),
    "en/return_item.yml": ("return_item", "i want to send it back", "how do i return a jacket"),
    "en/refund_status.yml": ("refund_status", "when do i get my money"),
    "sv/order_status.yml": ("order_status", "var är mitt paket", "har ni skickat min order"),
    "sv/return_item.yml": ("return_item", "jag vill returnera en jacka"),
}
DOMAIN = """\
version: "3.1"

intents:
- order_status
- return_item   # by mail or in the shop
- refund_status
- nlu_fallback

entities:
- order_number
- product
- tone: {influence_conversation: false}
"""
ANNA, BO = "anna", "bo"
EVERY = Filter(states=STATES)
_numbers = itertools.count()


def write_files(folder: Path) -> None:
    """The training files and the domain, in `folder`."""
    for name, (intent, *examples) in FILES.items():
        path = folder / "nlu" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = "".join(f"    - {each}\n" for each in examples)
        head = f'version: "3.1"\nnlu:\n# Kept by hand.\n- intent: {intent}\n  examples: |\n'
        path.write_text(head + lines, encoding="utf-8")
    (folder / "domain.yml").write_text(DOMAIN, encoding="utf-8")


def letters(texts: Sequence[str]) -> NDArray[Any]:
    """Unit vectors by letters: enough to tell sentences apart, and at once."""
    found = np.array(
        [[text.count(letter) for letter in "abcdefghijklmnoprstuvyåä"] for text in texts]
    )
    scaled: NDArray[Any] = (found + 0.01) / np.linalg.norm(found + 0.01, axis=1, keepdims=True)
    return scaled


def nlu(
    intent: str = "order_status",
    confidence: float = 0.6,
    *,
    fell_back: bool = True,
    language: str = "en",
    tone: str = "neutral",
    second: str = "return_item",
    entities: Sequence[Mapping[str, str]] = (),
) -> dict[str, Any]:
    """What is kept of Rasa's parse, as `bot.channels.turn.understood` makes it."""
    ranking = [(intent, confidence), (second, round((1 - confidence) / 2, 4))]
    if fell_back:
        ranking = [("nlu_fallback", 0.75), *ranking]
    as_dicts = [{"name": name, "confidence": share} for name, share in ranking]
    return {
        "intent": as_dicts[0],
        "ranking": as_dicts,
        "entities": [dict(each) for each in entities],
        "language": language,
        "tone": tone,
    }


@dataclass
class World:
    """Everything that the inbox works on."""

    engine: Engine
    folder: Path
    now: float = field(default_factory=lambda: time.time() - 10_000)

    @property
    def inbox(self) -> Inbox:
        return Inbox(self.engine, self.folder / "nlu", self.folder / "domain.yml")

    def say(
        self,
        text: str,
        understood: Mapping[str, Any] | None = None,
        *,
        conversation: str | None = None,
        channel: str = "webchat",
        data: Mapping[str, Any] | None = None,
        answer: str | None = "Aha.",
        buttons: Sequence[str] = (),
        customer: Mapping[str, Any] | None = None,
        handled: bool = True,
    ) -> str:
        """A customer's message with the bot's answer; gives the conversation's id."""
        conversation = conversation or f"c{next(_numbers)}"
        with transaction(self.engine) as connection:
            conversations.start(connection, conversation, channel, customer=customer)
            said = conversations.append(connection, conversation, "customer", text, data=data)
            if handled:
                conversations.mark_handled(
                    connection, said.id, nlu=nlu() if understood is None else understood
                )
            if answer:
                offered = {"buttons": [{"title": each, "payload": each} for each in buttons]}
                conversations.append(
                    connection, conversation, "bot", answer, data=offered if buttons else None
                )
        return conversation

    def hand_off(self, conversation: str) -> None:
        """A person is asked for now."""
        with transaction(self.engine) as connection:
            connection.execute(
                handoffs.insert().values(
                    id=f"h{next(_numbers)}",
                    conversation_id=conversation,
                    status="resolved",
                    reason="customer_asked",
                    priority="normal",
                    requested_at=time.time(),
                    desk="console",
                )
            )

    def collect(self) -> inbox.Collected:
        return inbox.collect(self.engine, self.folder / "nlu", encode=letters)

    def reviews(self, which: Filter = EVERY) -> list[Review]:
        with reading(self.engine) as connection:
            return list(inbox.open_reviews(connection, which, limit=200).reviews)

    def review(self, text: str) -> Review:
        """The review with this text."""
        (found,) = [each for each in self.reviews() if each.text == text]
        return found

    def seen(self, text: str) -> Seen:
        found = self.review(text)
        return Seen(found.id, found.version)

    def file(self, name: str) -> str:
        return (self.folder / "nlu" / name).read_text(encoding="utf-8")


def a_world(folder: Path, url: str | None = None) -> World:
    """An empty database beside a small shop's files."""
    write_files(folder)
    return World(open_database(url or f"sqlite:///{folder / 'svara.db'}"), folder)
