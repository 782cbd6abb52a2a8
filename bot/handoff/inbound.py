"""The way back: what a helpdesk tells us, signed, once each, as the customer's side sees it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from sqlalchemy.engine import Connection, Engine

from bot import texts
from bot.errors import EventRefused, HandoffNotFound
from bot.handoff import lifecycle, tickets
from bot.handoff.desks.contract import MESSAGE, FromAgent
from bot.handoff.lifecycle import Handoff
from bot.handoff.signing import verify
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.database import transaction
from bot.storage.received import first_time

MAX_BODY_BYTES = 256 * 1024
MAX_TEXT_CHARS = 8000
TYPING_SECONDS = 6.0
MAX_BUTTONS = 10
MAX_ATTACHMENTS = 10
_LINK = re.compile(r"https?://[^\s()<>]+")
_MARKS = re.compile(r"[\[\]()\n]+")
EVENT_TYPES = ("agent.joined", "message.created", "agent.typing", "handoff.resolved")


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
        EventRefused: the body is not an event we know.
        HandoffNotFound: there is no such handoff.
    """
    if len(body) > MAX_BODY_BYTES:
        raise EventRefused(f"The body is larger than {MAX_BODY_BYTES} bytes. Send less.")
    webhook_id = verify(settings.handoff_secrets, headers, body)
    kind, data = _parse(body)
    with transaction(engine) as connection:
        if not first_time(connection, webhook_id, "svara"):
            return Taken(webhook_id, duplicate=True)
        handoff = lifecycle.find(connection, str(data["handoff_id"]))
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
        handoff = lifecycle.get(connection, handoff_id)
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
    text = data.get("text")
    if not isinstance(text, str) or not text.strip() or len(text) > MAX_TEXT_CHARS:
        raise EventRefused(
            f"message.created needs 'text' of 1 to {MAX_TEXT_CHARS} characters in its data."
        )
    agent = _agent(data)
    if handoff.open and handoff.status != "accepted":
        lifecycle.mark_accepted(connection, handoff.id, agent)
        _tell(connection, handoff, "utter_agent_joined", agent=agent)
    said: dict[str, Any] = {"agent": agent}
    buttons = _buttons(data)
    if buttons:
        said["buttons"] = buttons
    _append(connection, handoff, "agent", "\n".join([text.strip(), *_links(data)]), said)


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
) -> None:
    conversations.append(
        connection,
        handoff.conversation_id,
        speaker,
        text,
        data=data,
        push=conversations.push_state(connection, handoff.conversation_id),
    )


def _buttons(data: Mapping[str, Any]) -> list[dict[str, str]]:
    """An agent's buttons: pressed, they send their payload as the customer's words."""
    buttons = data.get("buttons") or []
    if not isinstance(buttons, list) or len(buttons) > MAX_BUTTONS:
        raise EventRefused(f"'buttons' must be a list of at most {MAX_BUTTONS}.")
    parsed = []
    for button in buttons:
        title = button.get("title") if isinstance(button, dict) else None
        payload = button.get("payload", title) if isinstance(button, dict) else None
        if not _is_text(title, 80) or not _is_text(payload, 255) or payload.startswith("/"):
            raise EventRefused(
                'Each button needs a "title" of at most 80 characters and a "payload" of at most '
                "255 that does not start with a slash."
            )
        parsed.append({"title": title, "payload": payload})
    return parsed


def _links(data: Mapping[str, Any]) -> list[str]:
    """An agent's attachments, as links below the text."""
    attachments = data.get("attachments") or []
    if not isinstance(attachments, list) or len(attachments) > MAX_ATTACHMENTS:
        raise EventRefused(f"'attachments' must be a list of at most {MAX_ATTACHMENTS}.")
    lines = []
    for item in attachments:
        name = item.get("name") if isinstance(item, dict) else None
        url = item.get("url") if isinstance(item, dict) else None
        if not _is_text(name, 200) or not _is_text(url, 2000) or not _LINK.fullmatch(url):
            raise EventRefused(
                'Each attachment needs a "name" and a "url" that starts with https://.'
            )
        lines.append(f"[{_MARKS.sub(' ', name)}]({url})")
    return lines


def _is_text(value: object, most: int) -> TypeGuard[str]:
    return isinstance(value, str) and 0 < len(value.strip()) <= most


def _agent(data: Mapping[str, Any]) -> dict[str, str]:
    agent = data.get("agent")
    if not isinstance(agent, dict) or not agent.get("name"):
        raise EventRefused('The event needs data.agent as {"id": ..., "name": ...}.')
    return {"id": str(agent.get("id", "")), "name": str(agent["name"])[:128]}


def _parse(body: bytes) -> tuple[str, dict[str, Any]]:
    try:
        event = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise EventRefused(f"The body is not JSON: {error}") from error
    if not isinstance(event, dict) or event.get("type") not in EVENT_TYPES:
        raise EventRefused(f"The event's 'type' must be one of {', '.join(EVENT_TYPES)}.")
    data = event.get("data")
    if not isinstance(data, dict):
        raise EventRefused("The event needs an object 'data'.")
    for name in ("handoff_id", "conversation_id"):
        if not isinstance(data.get(name), str) or not data[name]:
            raise EventRefused(f"The event's data needs '{name}', a text.")
    return str(event["type"]), data
