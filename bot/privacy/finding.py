"""Which conversations are meant: those of a customer's address, or those that are old."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.errors import AddressUnusable
from bot.nlu.entities.patterns import find_phones
from bot.settings import LANGUAGES
from bot.storage.desk_tables import desk_identities
from bot.storage.tables import (
    attachments,
    conversations,
    desk_tickets,
    events,
    handoffs,
    messages,
)
from bot.storage.trainer_tables import review_sources
from bot.trainer.inbox.around import GONE
from kb_connector.tables import kb_feedback

NOTED, SAID = "noted", "said"
_EMAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+")
_TAIL_DIGITS = 6
"""Last digits of a telephone number that are looked for before it is read as one."""
_DIGITS = re.compile(r"\D+")


@dataclass(frozen=True)
class Match:
    """A conversation in which an address was found.

    Attributes:
        how: `noted` where it is noted as the customer's own, `said` where it is only in their
            words, and may be somebody else's.
    """

    conversation_id: str
    how: str


def by_address(connection: Connection, address: str) -> list[Match]:
    """The conversations of a customer's address, by id; what is noted as theirs comes first.

    Looked for in what is known of customers, in the desk's tickets, and in all that customers
    wrote: every message of a customer is read.

    Args:
        address: an e-mail address, or a telephone number as one writes it.

    Raises:
        AddressUnusable: it is neither.
    """
    has = _finder(address)
    known = sa.select(conversations.c.id, conversations.c.customer)
    noted = {
        row.id for row in connection.execute(known) if any(map(has, _values(row.customer or {})))
    }
    identities = (
        sa.select(desk_tickets.c.conversation_id, desk_identities.c.kind, desk_identities.c.value)
        .join(desk_identities, desk_identities.c.ticket_id == desk_tickets.c.id)
        .where(desk_identities.c.kind.in_(("email", "phone")))
    )
    for row in connection.execute(identities):
        # The desk keeps a number's digits alone, those of the country without its plus.
        alternatives = (f"+{row.value}", row.value) if row.kind == "phone" else (row.value,)
        if any(map(has, alternatives)):
            noted.add(row.conversation_id)
    words = sa.select(messages.c.conversation_id, messages.c.text).where(
        messages.c.speaker == "customer"
    )
    said = {
        row.conversation_id
        for row in connection.execute(words.execution_options(yield_per=1000))
        if row.conversation_id not in noted and has(row.text)
    }
    return [
        *(Match(each, NOTED) for each in sorted(noted)),
        *(Match(each, SAID) for each in sorted(said)),
    ]


def idle_since(connection: Connection, before: float) -> list[str]:
    """Ids of the conversations in which nothing was said since a time, oldest first.

    Also what is left of conversations without a row of their own, as of one that was deleted while
    a webhook about it was on its way.

    Args:
        before: seconds since the epoch.
    """
    newest = (
        sa.select(messages.c.created_at)
        .where(messages.c.conversation_id == conversations.c.id)
        .order_by(messages.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    query = (
        sa.select(conversations.c.id)
        .where(
            conversations.c.created_at < before,
            sa.func.coalesce(newest, conversations.c.created_at) < before,
        )
        .order_by(conversations.c.created_at, conversations.c.id)
    )
    found = dict.fromkeys(connection.execute(query).scalars())
    return [*found, *(each for each in sorted(_remains(connection, before)) if each not in found)]


def _remains(connection: Connection, before: float) -> set[str]:
    """Ids of conversations that only other tables know, and whose newest row there is old."""
    day = dt.datetime.fromtimestamp(before, dt.timezone.utc)
    places = (
        (messages.c.conversation_id, messages.c.created_at, before),
        (events.c.sender_id, events.c.timestamp, before),
        (handoffs.c.conversation_id, handoffs.c.requested_at, before),
        (desk_tickets.c.conversation_id, desk_tickets.c.created_at, before),
        (attachments.c.conversation_id, attachments.c.created_at, before),
        (review_sources.c.conversation_id, review_sources.c.time, before),
        (kb_feedback.c.conversation_id, kb_feedback.c.time, day),
    )
    old: set[str] = set()
    young: set[str] = set()
    for which, when, limit in places:
        known = sa.exists().where(conversations.c.id == which)
        query = sa.select(which, (sa.func.max(when) < limit).label("old")).where(
            which.is_not(None), which != GONE, ~known
        )
        for conversation_id, is_old in connection.execute(query.group_by(which)):
            (old if is_old else young).add(conversation_id)
    return old - young


def _values(customer: Mapping[str, Any]) -> Iterator[str]:
    return (value for value in customer.values() if isinstance(value, str))


def _finder(address: str) -> Callable[[str], bool]:
    """Says whether a text has the address in it."""
    wanted = address.strip()
    if _EMAIL.fullmatch(wanted):
        whole = re.compile(rf"(?<![\w.+-]){re.escape(wanted)}(?![\w-]|\.\w)", re.IGNORECASE)
        return lambda text: whole.search(text) is not None
    numbers = _numbers(wanted)
    if not numbers:
        raise AddressUnusable(
            f"'{wanted}' is neither an e-mail address nor a telephone number. Give one of them, or "
            "the id of a conversation."
        )
    tails = {number[-_TAIL_DIGITS:] for number in numbers}

    def has(text: str) -> bool:
        digits = _DIGITS.sub("", text)
        return any(tail in digits for tail in tails) and not numbers.isdisjoint(_numbers(text))

    return has


def _numbers(text: str) -> set[str]:
    """The telephone numbers in a text, as E.164, in whichever of our countries they are ones."""
    return {str(span.value) for language in LANGUAGES for span in find_phones(text, language)}
