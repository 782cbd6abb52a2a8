"""What agents do. Each writes the desk's own tables and the event for Svara in one transaction.

Notes, giving and leaving are the desk's own affair: Svara is told nothing of them.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy.engine import Connection

from bot.attachments import records
from bot.attachments.links import attachment_url
from bot.console.desk import files, tickets
from bot.console.desk.files import DeskFile
from bot.console.desk.tickets import DeskMessage, Ticket
from bot.console.errors import ActionRefused
from bot.console.staff import Staff
from bot.errors import AttachmentRefused
from bot.handoff import outbox
from bot.handoff.inbound import MAX_TEXT_CHARS
from bot.settings import Settings

_CLIENT_ID = re.compile(r"[A-Za-z0-9-]{8,36}")


def accept(
    connection: Connection, ticket_id: int, staff: Staff, *, take_over: bool = False
) -> None:
    """Takes a conversation; accepting one's own again does nothing.

    Args:
        take_over: also when a colleague has it.

    Raises:
        NotFound: there is no such ticket.
        ActionRefused: it is closed, or a colleague has it.
    """
    ticket = _unclosed(connection, ticket_id)
    if ticket.staff_id == staff.id and ticket.status == "open":
        return
    if ticket.staff_id == staff.id:
        ticket = replace(ticket, agent=None)  # given to them, so taken over from nobody
    elif ticket.staff_id is not None and not take_over:
        raise ActionRefused(f"{ticket.agent} has this conversation. You can take it over.")
    tickets.change(
        connection,
        ticket.id,
        status="open",
        staff_id=staff.id,
        accepted_at=ticket.accepted_at or time.time(),
        seen_id=tickets.last_message_id(connection, ticket.id),
    )
    webhook_id = _tell(connection, ticket, staff, "agent.joined")
    before = f" from {ticket.agent}" if ticket.agent else ""
    text = f"{staff.name} took over{before}." if before else f"{staff.name} joined."
    tickets.append(connection, ticket.id, "system", text, name=staff.name, webhook_id=webhook_id)


def give(
    connection: Connection, ticket_id: int, staff: Staff, to: Staff, *, note: str = ""
) -> None:
    """Gives a conversation to a colleague, whoever had it; giving it again does nothing.

    The customer is told of the colleague only when they accept or write.

    Args:
        note: for the colleague, may be empty.

    Raises:
        NotFound: there is no such ticket.
        ActionRefused: it is closed, or the note is too long.
    """
    ticket = _unclosed(connection, ticket_id)
    if to.id == staff.id:
        accept(connection, ticket_id, staff, take_over=True)
        return
    if ticket.staff_id == to.id:
        return
    note = _checked(note) if note.strip() else ""
    seen = tickets.last_message_id(connection, ticket.id)
    tickets.change(connection, ticket.id, staff_id=to.id, seen_id=seen)
    tickets.append(connection, ticket.id, "given", f"{staff.name} gave this to {to.name}.")
    if note:
        tickets.append(connection, ticket.id, "note", note, name=staff.name)


def leave(connection: Connection, ticket_id: int, staff: Staff) -> None:
    """Puts one's conversation back for anyone; leaving it again does nothing.

    Raises:
        NotFound: there is no such ticket.
        ActionRefused: it is closed, or a colleague has it.
    """
    ticket = _unclosed(connection, ticket_id)
    if ticket.staff_id is None:
        return
    if ticket.staff_id != staff.id:
        raise ActionRefused(f"{ticket.agent} has this conversation. Take it over first.")
    tickets.change(connection, ticket.id, status="new", staff_id=None)
    tickets.append(connection, ticket.id, "system", f"{staff.name} left it for anyone to accept.")


def annotate(
    connection: Connection, ticket_id: int, staff: Staff, text: str, *, client_id: str
) -> DeskMessage:
    """Writes a note that agents alone read, once for each `client_id`, whoever has the ticket.

    Args:
        text: as of `write`.
        client_id: as of `write`.

    Raises:
        NotFound: there is no such ticket.
        ActionRefused: the text is empty or too long.
    """
    text = _checked(text, client_id)
    ticket = tickets.get(connection, ticket_id, lock=True)
    note_id = f"note_desk_{ticket.id}_{client_id}"
    earlier = tickets.messages(connection, ticket.id, webhook_id=note_id)
    if earlier:
        return earlier[0]
    number = tickets.append(
        connection, ticket.id, "note", text, name=staff.name, webhook_id=note_id
    )
    if ticket.staff_id == staff.id:
        tickets.change(connection, ticket.id, seen_id=number)
    return tickets.messages(connection, ticket.id, after=number - 1)[0]


def write(
    connection: Connection,
    ticket_id: int,
    staff: Staff,
    text: str,
    *,
    client_id: str,
    settings: Settings | None = None,
    attachments: Sequence[str] = (),
) -> DeskMessage:
    """Writes to the customer, once for each `client_id`.

    Args:
        text: 1 to `MAX_TEXT_CHARS` characters, or none where there are files; space around it is
            dropped.
        client_id: 8 to 36 letters, digits and hyphens that the page made up for this message.
        settings: to make the files' links with.
        attachments: ids of the files that go with it.

    Raises:
        NotFound: there is no such ticket.
        ActionRefused: the text is empty or too long, a file is gone, or the conversation is not
            this agent's.
    """
    text = _checked(text, client_id, wordless=bool(attachments))
    ticket = tickets.get(connection, ticket_id, lock=True)
    webhook_id = f"msg_desk_{ticket.id}_{client_id}"
    earlier = tickets.messages(connection, ticket.id, webhook_id=webhook_id)
    if earlier:
        return earlier[0]
    _own(ticket, staff)
    if tickets.known_agent(connection, ticket.id) not in (None, staff.name):
        joined = _tell(connection, ticket, staff, "agent.joined")
        tickets.append(
            connection,
            ticket.id,
            "system",
            f"{staff.name} joined.",
            name=staff.name,
            webhook_id=joined,
        )
    sent = _sent(connection, settings, ticket, attachments)
    said = {"text": text} if text else {}
    links = {"attachments": files.as_links(sent)} if sent else {}
    _tell(connection, ticket, staff, "message.created", webhook_id=webhook_id, **said, **links)
    number = tickets.append(
        connection, ticket.id, "agent", text, name=staff.name, webhook_id=webhook_id
    )
    files.attach(connection, number, sent)
    tickets.change(connection, ticket.id, seen_id=number)
    return tickets.messages(connection, ticket.id, after=number - 1)[0]


def resolve(connection: Connection, ticket_id: int, staff: Staff) -> None:
    """Gives the conversation back to the bot; resolving it again does nothing.

    Raises:
        NotFound: there is no such ticket.
        ActionRefused: the conversation is not this agent's.
    """
    ticket = tickets.get(connection, ticket_id, lock=True)
    if ticket.closed:
        return
    _own(ticket, staff)
    tickets.change(connection, ticket.id, status="resolved", closed_at=time.time())
    webhook_id = _tell(connection, ticket, staff, "handoff.resolved")
    text = f"{staff.name} resolved the conversation."
    tickets.append(connection, ticket.id, "system", text, webhook_id=webhook_id)


def see(connection: Connection, ticket_id: int, staff: Staff) -> None:
    """Notes that the agent who has the ticket has read all of it; does nothing for others."""
    ticket = tickets.get(connection, ticket_id, lock=True)
    newest = tickets.last_message_id(connection, ticket.id)
    if ticket.staff_id == staff.id and newest > ticket.seen_id:
        tickets.change(connection, ticket.id, seen_id=newest)


def event_data(ticket: Ticket, staff: Staff, **more: Any) -> dict[str, Any]:
    """`data` of an event about a ticket, from an agent."""
    return {
        "handoff_id": ticket.handoff_id,
        "conversation_id": ticket.conversation_id,
        "agent": staff.as_agent,
        **more,
    }


def own_ticket(connection: Connection, ticket_id: int, staff: Staff) -> Ticket:
    """A ticket that the agent has.

    Raises:
        NotFound: there is no such ticket.
        ActionRefused: the conversation is not this agent's.
    """
    ticket = tickets.get(connection, ticket_id)
    _own(ticket, staff)
    return ticket


def _sent(
    connection: Connection, settings: Settings | None, ticket: Ticket, ids: Sequence[str]
) -> list[DeskFile]:
    """The files that go with a message, with links for the customer."""
    if settings is None or not ids:
        return []
    try:
        kept = records.send(
            connection, settings, ticket.conversation_id, ids, message_id=None, language=None
        )
    except AttachmentRefused as refused:
        raise ActionRefused(str(refused)) from refused
    return [
        DeskFile(each.name, attachment_url(settings, each.id), each.type, each.size)
        for each in kept
    ]


def _checked(text: str, client_id: str | None = None, *, wordless: bool = False) -> str:
    text = text.replace("\r\n", "\n").strip()
    if not text and not wordless:
        raise ActionRefused("There is no text to send. Write something first.")
    if len(text) > MAX_TEXT_CHARS:
        raise ActionRefused(
            f"The message has {len(text)} characters; {MAX_TEXT_CHARS} are the most. Shorten it."
        )
    if client_id is not None and not _CLIENT_ID.fullmatch(client_id):
        raise ActionRefused("The message has no usable id. Reload the page and send it again.")
    return text


def _unclosed(connection: Connection, ticket_id: int) -> Ticket:
    ticket = tickets.get(connection, ticket_id, lock=True)
    if ticket.closed:
        raise ActionRefused("This conversation is closed. The bot has it again.")
    return ticket


def _own(ticket: Ticket, staff: Staff) -> None:
    if ticket.closed:
        raise ActionRefused("This conversation is closed. The bot has it again.")
    if ticket.status == "new":
        raise ActionRefused("Nobody has this conversation yet. Accept it first.")
    if ticket.staff_id != staff.id:
        raise ActionRefused(f"{ticket.agent} has this conversation. Take it over first.")


def _tell(
    connection: Connection,
    ticket: Ticket,
    staff: Staff,
    kind: str,
    *,
    webhook_id: str | None = None,
    **more: Any,
) -> str:
    return outbox.enqueue(
        connection,
        kind,
        event_data(ticket, staff, **more),
        destination=outbox.SVARA,
        webhook_id=webhook_id,
    )
