"""What agents say often: kept once in each language, with fields that a conversation fills."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.console.desk.tickets import Ticket
from bot.console.errors import ActionRefused, NotFound
from bot.console.staff import Staff
from bot.handoff import words
from bot.settings import LANGUAGES
from bot.storage.desk_tables import desk_replies

MAX_TEXT_CHARS = 4000
NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}")
_FIELD = re.compile(r"\{([a-z][a-z0-9_]*)\}")
_ELSE = "en"


@dataclass(frozen=True)
class Reply:
    """A reply with its text in each language that has one."""

    name: str
    texts: Mapping[str, str]


@dataclass(frozen=True)
class Filled:
    """A reply for one conversation.

    Attributes:
        language: of the text: the customer's, else English, else another.
        missing: fields that the conversation has no value for; they stand in the text as written.
    """

    name: str
    language: str
    text: str
    missing: tuple[str, ...]


def every(connection: Connection) -> list[Reply]:
    """All replies by name."""
    texts: dict[str, dict[str, str]] = {}
    for row in connection.execute(sa.select(desk_replies).order_by(desk_replies.c.name)):
        texts.setdefault(row.name, {})[row.language] = row.text
    return [Reply(name, in_languages) for name, in_languages in texts.items()]


def get(connection: Connection, name: str) -> Reply:
    """A reply by name.

    Raises:
        NotFound: there is none.
    """
    found = next((reply for reply in every(connection) if reply.name == name), None)
    if found is None:
        raise NotFound(f"There is no reply '{name}'. Go back to the replies and choose another.")
    return found


def save(
    connection: Connection,
    staff: Staff,
    name: str,
    texts: Mapping[str, str],
    *,
    before: str | None = None,
) -> Reply:
    """Keeps a reply.

    Args:
        staff: who wrote it.
        name: what agents type after `/`: 1 to 40 small letters, digits and hyphens.
        texts: by language; empty ones are left out.
        before: the name that it had; None for a new one.

    Raises:
        ActionRefused: the name cannot be used or is taken, or there is no text or too much.
    """
    name = name.strip().lstrip("/").lower()
    kept = {
        language: text.replace("\r\n", "\n").strip()
        for language, text in texts.items()
        if language in LANGUAGES and text.strip()
    }
    if not NAME.fullmatch(name):
        raise ActionRefused(
            "The name must be 1 to 40 small letters a to z, digits and hyphens, as in "
            "'parcel-late'. Choose another."
        )
    if not kept:
        raise ActionRefused("The reply has no text. Write it in one language at least.")
    for language, text in kept.items():
        if len(text) > MAX_TEXT_CHARS:
            raise ActionRefused(
                f"The text in {words.language(language)} has {len(text)} characters; "
                f"{MAX_TEXT_CHARS} are the most. Shorten it."
            )
    if name != before and any(reply.name == name for reply in every(connection)):
        raise ActionRefused(f"There is a reply '{name}' already. Choose another name.")
    if before is not None:
        remove(connection, before)
    now = time.time()
    connection.execute(
        desk_replies.insert(),
        [
            {
                "name": name,
                "language": language,
                "text": text,
                "updated_at": now,
                "updated_by": staff.name,
            }
            for language, text in kept.items()
        ],
    )
    return Reply(name, kept)


def remove(connection: Connection, name: str) -> None:
    """Forgets a reply; one that is gone already stays gone."""
    connection.execute(desk_replies.delete().where(desk_replies.c.name == name))


def for_ticket(connection: Connection, ticket: Ticket, staff: Staff) -> list[Filled]:
    """Every reply as the agent would send it to this customer."""
    values = fields(ticket, staff)
    return [_fill(reply, ticket.language, values) for reply in every(connection)]


def fields(ticket: Ticket, staff: Staff) -> dict[str, str]:
    """What a conversation fills fields with, by the field's name."""
    customer = ticket.context.get("customer")
    customer = customer if isinstance(customer, Mapping) else {}
    values: dict[str, str] = {}
    for known in (customer.get("facts"), ticket.context.get("slots")):
        if isinstance(known, Mapping):
            values |= {
                str(name): words.plain(value, str(name))
                for name, value in known.items()
                if value not in (None, "", [], {})
            }
    name = str(customer.get("name") or "").strip()
    return values | ({"customer": name} if name else {}) | {"agent": staff.name}


def _fill(reply: Reply, language: str | None, values: Mapping[str, str]) -> Filled:
    wanted = (language or "", _ELSE, *sorted(reply.texts))
    chosen = next(code for code in wanted if code in reply.texts)
    text = reply.texts[chosen]
    missing = dict.fromkeys(name for name in _FIELD.findall(text) if name not in values)
    filled = _FIELD.sub(lambda field: values.get(field[1], field[0]), text)
    return Filled(reply.name, chosen, filled, tuple(missing))
