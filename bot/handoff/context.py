"""The context: everything a person needs to go on where the bot stopped.

Its form is published as `schema/handoff-1.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection

from bot.attachments.links import attached
from bot.handoff.links import transcript_url
from bot.handoff.summary import summarise
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.conversations import Message

SCHEMA_NAME = "handoff-1"
SCHEMA_FILE = Path(__file__).parent / "schema" / f"{SCHEMA_NAME}.json"
_ENVELOPE_RESERVE_BYTES = 2048
_RECENT_MESSAGES, _RECENT_SECONDS = 10, 3600.0
RANKED = 5
"""Intents that a helpdesk is told of for each message; the trainer's inbox keeps more."""
_NO_WISH = frozenset({"nlu_fallback", "talk_to_human", "affirm", "deny", "greet", "thank"})
"""Intents that say nothing of what a conversation is about."""


@dataclass(frozen=True)
class Facts:
    """What the turn knows beyond the stored messages.

    Attributes:
        slots: the facts collected, without what is internal.
        suggested_articles: `{"title", "url", "audience"}` for the agent.
        model: name of the Rasa model.
        language: language of the customer's last message.
    """

    slots: Mapping[str, Any] = field(default_factory=dict)
    suggested_articles: Sequence[Mapping[str, Any]] = ()
    model: str = ""
    language: str | None = None


def build_context(
    connection: Connection,
    settings: Settings,
    *,
    handoff_id: str,
    conversation_id: str,
    reason: str,
    evidence: Mapping[str, Any],
    priority: str,
    tone: str,
    facts: Facts,
    earlier: Sequence[str] = (),
) -> dict[str, Any]:
    """Builds `data` of `handoff.requested`.

    The transcript starts with the customer's first word. It is inline as far as
    `settings.handoff_context_limit` (bytes) allows, newest messages first to stay; the rest is one
    signed link away, and `transcript.total` and `transcript.inline` say what is where.

    Args:
        tone: as of `heard_tone`.
        earlier: ids of the conversation's earlier handoffs, oldest first.
    """
    conversation = conversations.find(connection, conversation_id)
    if conversation is None:
        raise ValueError(f"no conversation '{conversation_id}' to hand over")
    # A customer's message whose turn is yet to come follows as `message.created`.
    spoken = [
        message
        for message in conversations.history(connection, conversation_id)
        if message.speaker != "customer" or message.handled_at is not None
    ]
    lines = [transcript_line(message, settings) for message in spoken]
    link = transcript_url(settings, handoff_id)
    known = dict(conversation.customer)
    context: dict[str, Any] = {
        "schema": SCHEMA_NAME,
        "handoff_id": handoff_id,
        "conversation_id": conversation_id,
        "channel": conversation.channel,
        "customer": {
            "name": known.pop("name", None),
            "language": facts.language or conversation.language,
            "identities": [{"channel": conversation.channel, "id": conversation_id}],
            "facts": known,
        },
        "reason": {"code": reason, "evidence": dict(evidence)},
        "priority": priority,
        "tone": tone,
        "summary": summarise(spoken, facts.slots),
        "slots": dict(facts.slots),
        "suggested_articles": [dict(article) for article in facts.suggested_articles],
        "earlier_handoffs": list(earlier),
        "links": {
            "console": f"{settings.staff_url}/conversations/{conversation_id}",
            "transcript": link,
        },
        "versions": {"svara": version("svara"), "model": facts.model},
        "transcript": {"total": len(lines), "inline": 0, "more": None, "messages": []},
    }
    room = settings.handoff_context_limit - _ENVELOPE_RESERVE_BYTES - _size(context)
    inline: list[dict[str, Any]] = []
    for line in reversed(lines):
        room -= _size(line) + 1
        if room < 0:
            break
        inline.insert(0, line)
    context["transcript"] = {
        "total": len(lines),
        "inline": len(inline),
        "more": link if len(inline) < len(lines) else None,
        "messages": inline,
    }
    return context


def heard_tone(connection: Connection, conversation_id: str) -> str:
    """How the customer has sounded of late.

    Returns:
        `upset` or `urgent` if one of their last messages was, else the tone of the last one: who
        has a flight to catch says so once, and then gives the order number.
    """
    last = conversations.history(
        connection, conversation_id, speakers=["customer"], limit=_RECENT_MESSAGES
    )
    tones = [
        str((message.nlu or {}).get("tone") or "neutral")
        for message in last
        if message.created_at > last[-1].created_at - _RECENT_SECONDS
    ]
    heard = [tone for tone in ("upset", "urgent") if tone in tones]
    return [*heard, *reversed(tones), "neutral"][0]


def heard_intent(connection: Connection, conversation_id: str) -> str | None:
    """What the customer wanted last, as far as it was understood."""
    last = conversations.history(
        connection, conversation_id, speakers=["customer"], limit=_RECENT_MESSAGES
    )
    intents = [((message.nlu or {}).get("intent") or {}).get("name") for message in last]
    named = [str(name) for name in intents if name and name not in _NO_WISH]
    return named[-1] if named else None


def transcript_line(message: Message, settings: Settings) -> dict[str, Any]:
    """One message as the transcript shows it, with fresh links to its files."""
    line: dict[str, Any] = {
        "id": message.id,
        "time": message.time,
        "speaker": message.speaker,
        "text": message.text,
    }
    for key in ("buttons", "chosen", "article", "agent"):
        if message.data.get(key):
            line[key] = message.data[key]
    files = attached(settings, message)
    if files:
        line["attachments"] = files
    if message.nlu:
        line.update({key: value for key, value in message.nlu.items() if value})
    if "ranking" in line:
        line["ranking"] = line["ranking"][:RANKED]
    return line


@lru_cache(maxsize=1)
def schema() -> dict[str, Any]:
    """The published JSON Schema of `handoff.requested`."""
    content: dict[str, Any] = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return content


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
