"""A desk whose product has tickets: the four events as what can be done to one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from bot.errors import DeskRefused, EventRefused
from bot.handoff.desks.contract import (
    CANCELLED,
    MESSAGE,
    RATED,
    REQUESTED,
    Abilities,
    Event,
    FromAgent,
    News,
    Ticket,
)
from bot.handoff.desks.rendering import Rendering


class TicketDesk(ABC):
    """What the products' adapters have in common.

    A call whose answer is lost may have been done. So a ticket is looked for before it is made,
    and words that may have arrived are looked for among the ticket's before they are added.

    Args:
        name: as in `desks.yml`.
        rendering: how the conversation is written for the agents.
    """

    abilities = Abilities()

    def __init__(self, name: str, rendering: Rendering) -> None:
        self.name = name
        self.rendering = rendering

    def deliver(
        self, event: Event, ticket: Ticket | None, others: Collection[str] = ()
    ) -> Ticket | None:
        """See `bot.handoff.desks.contract.Desk`."""
        if event.type == REQUESTED:
            return self._open(event.data, others)
        if ticket is None:
            raise DeskRefused(
                f"{self.name} has no ticket for the handoff '{event.data['handoff_id']}'. Send its "
                "handoff.requested again first (`svara handoff replay`).",
                final=True,
            )
        if event.type == MESSAGE:
            message = event.data["message"]
            self._add(ticket, self.rendering.message(message), again=event.again)
            if message.get("contact"):
                self.answer_to(ticket, message["contact"])
        elif event.type == CANCELLED:
            self._note(ticket, self.rendering.cancelled(), again=event.again)
            self.close(ticket)
        elif event.type == RATED:
            self._note(ticket, self.rendering.rated(event.data["rating"]), again=event.again)
        return None

    def _open(self, context: Mapping[str, Any], others: Collection[str]) -> Ticket:
        for found in self.find(str(context["conversation_id"])):
            if found.id not in others:
                return found
        return self.create(context)

    def _add(self, ticket: Ticket, text: str, *, again: bool) -> None:
        if not (again and _among(text, self.posts(ticket))):
            self.add(ticket, text)

    def _note(self, ticket: Ticket, text: str, *, again: bool) -> None:
        if not (again and _among(text, self.posts(ticket))):
            self.note(ticket, text)

    @abstractmethod
    def find(self, conversation_id: str) -> Sequence[Ticket]:
        """The conversation's tickets in the product, newest first."""

    @abstractmethod
    def create(self, context: Mapping[str, Any]) -> Ticket:
        """Makes a ticket that has the conversation's id where `find` looks for it.

        Args:
            context: `data` of `handoff.requested`.
        """

    @abstractmethod
    def add(self, ticket: Ticket, text: str) -> None:
        """Adds what the customer wrote, so that the agent is told."""

    @abstractmethod
    def note(self, ticket: Ticket, text: str) -> None:
        """Adds what only agents see, or as near to that as the product has."""

    @abstractmethod
    def posts(self, ticket: Ticket) -> Sequence[str]:
        """Texts of what we have added to a ticket; the newest hundred do."""

    @abstractmethod
    def close(self, ticket: Ticket) -> None:
        """The customer no longer needs anybody."""

    def answer_to(self, ticket: Ticket, contact: Mapping[str, str]) -> None:
        """The customer wants the answer there; for products that write to a ticket's customer.

        Args:
            contact: `email`, `phone_number`, or both. What was added says so already.
        """
        return

    def news(self, cursor: str | None, tickets: Sequence[Ticket]) -> News:
        """See `bot.handoff.desks.contract.Desk`; nothing for products that are not polled."""
        return News((), cursor or "")

    def receive(self, headers: Mapping[str, str], body: bytes) -> Sequence[FromAgent]:
        """See `bot.handoff.desks.contract.Desk`; refused for products that do not push."""
        raise EventRefused(f"{self.name} sends no webhooks: nothing is to come here for it.")


def _among(text: str, posts: Sequence[str]) -> bool:
    """Whether a text is there, however the product has set its white space."""
    wanted = " ".join(text.split())
    return any(" ".join(post.split()) == wanted for post in posts)
