"""What Svara asks of a helpdesk product, and what comes back from it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

REQUESTED, MESSAGE = "handoff.requested", "message.created"
CANCELLED, RATED = "handoff.cancelled", "conversation.rated"
JOINED, TYPING, RESOLVED = "agent.joined", "agent.typing", "handoff.resolved"


@dataclass(frozen=True)
class Abilities:
    """What a product can do with a conversation; the rest is left out, never faked.

    Attributes:
        typing: shows and tells that somebody writes.
        attachments: takes and gives files.
        notes: has internal notes, which no customer may see.
        reopen: a closed ticket opens again when the customer writes.
        pushes: can tell us of an agent's words at once; else it is asked every few seconds.
        polls: can be asked what agents have said since.
    """

    typing: bool = False
    attachments: bool = False
    notes: bool = False
    reopen: bool = False
    pushes: bool = False
    polls: bool = False


@dataclass(frozen=True)
class Ticket:
    """What a handoff is in the product.

    Attributes:
        id: as the product has it.
        url: where an agent opens it; empty when there is no such page.
    """

    id: str
    url: str = ""


@dataclass(frozen=True)
class Event:
    """One event of the outbox for a desk.

    Attributes:
        webhook_id: constant over all attempts.
        type: `handoff.requested`, `message.created`, `handoff.cancelled`, `conversation.rated`.
        data: as docs/handoff.md describes it.
        body: the exact JSON text of the whole envelope.
        again: it may have arrived before: an earlier attempt was begun and its answer not seen.
    """

    webhook_id: str
    type: str
    data: Mapping[str, Any]
    body: str
    again: bool = False


@dataclass(frozen=True)
class FromAgent:
    """Something that happened to a ticket at the helpdesk.

    Attributes:
        id: the same for the same happening, however often it is told of; 200 characters at most.
        ticket: of which.
        type: `agent.joined`, `message.created`, `agent.typing` or `handoff.resolved`.
        agent: `{"id", "name"}`; may be empty for `handoff.resolved`.
        text: of a message.
        attachments: `{"name", "url"}` each.
    """

    id: str
    ticket: str
    type: str
    agent: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    attachments: Sequence[Mapping[str, str]] = ()


@dataclass(frozen=True)
class News:
    """What a product says has happened.

    Attributes:
        events: oldest first.
        cursor: from which to ask on the next time.
    """

    events: Sequence[FromAgent]
    cursor: str


class Desk(Protocol):
    """A helpdesk.

    Raises (from every method):
        DeskRefused: the product said no; `final` when another attempt cannot help.
        DeskUnavailable: it did not answer, or asks to come again later.
    """

    name: str

    @property
    def abilities(self) -> Abilities:
        """What it can do."""

    def deliver(
        self, event: Event, ticket: Ticket | None, others: Collection[str] = ()
    ) -> Ticket | None:
        """Brings one event to the product.

        Args:
            ticket: the handoff's; None before `handoff.requested` was delivered.
            others: ids of the conversation's tickets of other handoffs.

        Returns:
            The handoff's ticket, for `handoff.requested`; None where the product gives none.
        """

    def news(self, cursor: str | None, tickets: Sequence[Ticket]) -> News:
        """What agents have done since; only for a desk that `polls`.

        Args:
            cursor: of the last time; None at first.
            tickets: the open ones, and those closed of late.
        """

    def receive(self, headers: Mapping[str, str], body: bytes) -> Sequence[FromAgent]:
        """What a webhook of the product tells; only for a desk that `pushes`.

        A desk that `polls` as well is asked for news right after, so it may give nothing here and
        take the webhook for a hint.

        Args:
            headers: of the request, names in small letters.

        Raises:
            SignatureRefused: it is not from the product.
            EventRefused: its body cannot be used.
        """
