"""The way back: what a helpdesk tells us, signed, once each, as the customer's side sees it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.engine import Connection, Engine

from bot import texts
from bot.attachments import records
from bot.attachments.links import own_attachment
from bot.attachments.records import Attachment
from bot.errors import EventRefused, EventTooLarge, HandoffNotFound
from bot.handoff import interface, lifecycle, lookup, tickets
from bot.handoff.desks.contract import MESSAGE, FromAgent
from bot.handoff.lookup import Handoff
from bot.handoff.signing import verify
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.conversations import Message, storable
from bot.storage.database import transaction
from bot.storage.received import first_time

MAX_BODY_BYTES = 256 * 1024
MAX_TEXT_CHARS = 8000
TYPING_SECONDS = 6.0
MAX_ID_CHARS = 255
_AGENT_NAME_CHARS = 128
_LINK = re.compile(r"https?://[^\s()<>]+")
_MARKS = re.compile(r"[\[\]()\n]+")
EVENT_TYPES = tuple(interface.TAKEN)


@dataclass(frozen=True)
class Taken:
    """Outcome of an event: `duplicate` when this webhook id had been taken before."""

    webhook_id: str
    duplicate: bool


def receive(engine: Engine, settings: Settings, headers: Mapping[str, str], body: bytes) -> Taken:
    """Takes in one event of a helpdesk.

    Args:
        headers: the request's headers.
        body: the exact bytes of the request.

    Raises:
        SignatureRefused: unsigned, wrongly signed or too old.
        EventTooLarge: the body has more than `MAX_BODY_BYTES` bytes.
        EventRefused: the body is not an event we know.
        HandoffNotFound: there is no such handoff.
    """
    if len(body) > MAX_BODY_BYTES:
        raise EventTooLarge(f"The body is larger than {MAX_BODY_BYTES} bytes. Send less.")
    webhook_id = verify(settings.handoff_secrets, headers, body)
    if len(webhook_id) > MAX_ID_CHARS:
        raise EventRefused(
            f"The header webhook-id has more than {MAX_ID_CHARS} characters.", field="webhook-id"
        )
    kind, data = _parse(body)
    with transaction(engine) as connection:
        if not first_time(connection, webhook_id, "svara"):
            return Taken(webhook_id, duplicate=True)
        # An id with what no database takes is none of ours.
        handoff = lookup.hold(connection, storable(data["handoff_id"]))
        if handoff is None or handoff.conversation_id != data["conversation_id"]:
            raise HandoffNotFound(
                f"There is no handoff '{data['handoff_id']}' in the conversation "
                f"'{data['conversation_id']}'. Send both ids as handoff.requested gave them."
            )
        _HANDLERS[kind](connection, settings, handoff, data)
    return Taken(webhook_id, duplicate=False)


def take(engine: Engine, settings: Settings, desk: str, event: FromAgent) -> bool:
    """Takes in what an agent has done at a helpdesk with tickets of its own, once each.

    Args:
        desk: name of the helpdesk.

    Returns:
        False when there is nothing to do: the ticket is none of ours, or it was taken in before.
    """
    with transaction(engine) as connection:
        handoff_id = tickets.handoff_of(connection, desk, event.ticket)
        if handoff_id is None or not first_time(connection, f"{desk}:{event.id}", "svara"):
            return False
        handoff = lookup.hold(connection, handoff_id)
        if handoff is None:
            return False
        agent = {"id": event.agent.get("id", ""), "name": event.agent.get("name") or desk}
        data: dict[str, Any] = {"agent": agent}
        if event.type != MESSAGE:
            _HANDLERS[event.type](connection, settings, handoff, data)
            return True
        # Whatever an agent has written there, the customer is to see all of it.
        links = "\n".join(_links({"attachments": list(event.attachments)}))
        first, *more = _parts(event.text.strip()) or [links or "…"]
        _message(connection, settings, handoff, {**data, "text": first})
        for text in (*more, *([links] if links and event.text.strip() else ())):
            _append(connection, handoff, "agent", text, {"agent": agent})
    return True


def _parts(text: str) -> list[str]:
    """A text in parts that one message can hold."""
    starts = range(0, len(text), MAX_TEXT_CHARS)
    return [part for start in starts if (part := text[start : start + MAX_TEXT_CHARS].strip())]


def _joined(
    connection: Connection, settings: Settings, handoff: Handoff, data: Mapping[str, Any]
) -> None:
    if not handoff.open:
        return
    agent = _agent(data)
    if handoff.agent and handoff.agent.get("id") == agent["id"]:
        return
    lifecycle.mark_accepted(connection, handoff.id, agent)
    _tell(connection, handoff, "utter_agent_joined", agent=agent)


def _message(
    connection: Connection, settings: Settings, handoff: Handoff, data: Mapping[str, Any]
) -> None:
    agent = _agent(data)
    if handoff.waiting:
        lifecycle.mark_accepted(connection, handoff.id, agent)
        _tell(connection, handoff, "utter_agent_joined", agent=agent)
    elif not handoff.open and lifecycle.reopen(connection, handoff, agent):
        _tell(connection, handoff, "utter_agent_joined", agent=agent)
    said: dict[str, Any] = {"agent": agent}
    buttons = _buttons(data)
    if buttons:
        said["buttons"] = buttons
    own, others = _sorted(connection, settings, handoff, data)
    if own:
        said["attachments"] = [each.stored for each in own]
    lines = [storable(data.get("text") or "").strip(), *_links({"attachments": others})]
    text = "\n".join(line for line in lines if line)
    message = _append(connection, handoff, "agent", text, said)
    for each in own:
        records.belongs_to(connection, each.id, message.id)


def _typing(
    connection: Connection, settings: Settings, handoff: Handoff, data: Mapping[str, Any]
) -> None:
    if handoff.open:
        lifecycle.mark_typing(connection, handoff.id, TYPING_SECONDS)


def _resolved(
    connection: Connection, settings: Settings, handoff: Handoff, data: Mapping[str, Any]
) -> None:
    if not lifecycle.close(connection, handoff.id, "resolved"):
        return
    _tell(connection, handoff, "utter_handoff_ended", agent=handoff.agent or {})
    if handoff.rating is not None:
        return  # it had ended before, and they have said how it was
    _append(
        connection,
        handoff,
        "bot",
        texts.say("utter_ask_rating", handoff.language),
        {"buttons": texts.buttons("utter_ask_rating", handoff.language)},
    )


_HANDLERS = {
    "agent.joined": _joined,
    "message.created": _message,
    "agent.typing": _typing,
    "handoff.resolved": _resolved,
}


def _tell(
    connection: Connection, handoff: Handoff, response: str, *, agent: Mapping[str, Any]
) -> None:
    text = texts.say(response, handoff.language, agent=agent.get("name", ""))
    _append(connection, handoff, "system", text, {"event": response})


def _append(
    connection: Connection, handoff: Handoff, speaker: str, text: str, data: Mapping[str, Any]
) -> Message:
    return conversations.append(
        connection,
        handoff.conversation_id,
        speaker,
        text,
        data=data,
        push=conversations.push_state(connection, handoff.conversation_id),
    )


def _buttons(data: Mapping[str, Any]) -> list[dict[str, str]]:
    """An agent's buttons: pressed, they send their payload as the customer's words."""
    return [
        {
            "title": storable(button["title"]),
            "payload": storable(button.get("payload", button["title"])),
        }
        for button in data.get("buttons") or ()
    ]


def _sorted(
    connection: Connection, settings: Settings, handoff: Handoff, data: Mapping[str, Any]
) -> tuple[list[Attachment], list[Mapping[str, Any]]]:
    """An agent's attachments: files of ours, which are shown as such, and links to others'."""
    own: list[Attachment] = []
    others: list[Mapping[str, Any]] = []
    # To another platform goes a text, and so every file as a link in it.
    shown = conversations.push_state(connection, handoff.conversation_id) is None
    for item in data.get("attachments") or ():
        attachment_id = own_attachment(settings, item["url"]) if shown else None
        found = records.find(connection, attachment_id) if attachment_id else None
        if found is not None and found.conversation_id == handoff.conversation_id:
            own.append(found)
        else:
            others.append(item)
    return own, others


def _links(data: Mapping[str, Any]) -> list[str]:
    """An agent's attachments, as links below the text."""
    lines = []
    for item in data.get("attachments") or ():
        name, url = _MARKS.sub(" ", storable(item["name"])), storable(item["url"])
        lines.append(f"[{name}]({url})" if _LINK.fullmatch(url) else name)
    return lines


def _agent(data: Mapping[str, Any]) -> dict[str, str]:
    agent = data["agent"]
    return {
        "id": storable(str(agent.get("id", ""))),
        "name": storable(agent["name"]).strip()[:_AGENT_NAME_CHARS],
    }


def _parse(body: bytes) -> tuple[str, dict[str, Any]]:
    try:
        event = json.loads(body, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise EventRefused(f"The body is not JSON: {error}") from error
    return interface.check_taken(event)


def _no_number(name: str) -> None:
    raise ValueError(f"{name} is no number")
