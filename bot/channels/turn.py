"""One turn: a customer's message, what Rasa made of it, and its outcome in one transaction.

The outcome (the bot's replies, a handoff with its webhook, the message marked as done) is written
in the transaction in which Rasa's tracker is saved. A process killed before that has done nothing
and the turn is run again; killed after it, everything is there.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from rasa.core.channels.channel import OutputChannel
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Connection

from bot import texts
from bot.attachments.links import attached
from bot.channels import forms
from bot.handoff import lifecycle, lookup
from bot.handoff.context import Facts
from bot.handoff.forwarding import forward
from bot.handoff.lifecycle import HandoffRequest
from bot.settings import LANGUAGES, Settings
from bot.storage import conversations
from bot.storage.conversations import Message
from kb_connector import feedback
from kb_connector.feedback import Feedback

logger = logging.getLogger(__name__)

# What no agent needs to see of what the bot remembers.
INTERNAL_SLOTS = frozenset(
    {
        "language",
        "requested_slot",
        "questions_left",
        "session_started_metadata",
        "last_answer",
        "last_question",
        "misunderstood",
        "order_proved",
        "order_attempts",
        "confirmed",
    }
)


class TurnTaken(Exception):
    """Another worker has stored this turn's outcome: ours must leave no trace."""


class HandoffEnded(Exception):
    """The person left while the bot kept silent for them: the turn is to be run again."""


@dataclass(frozen=True)
class Reply:
    """One message of the bot.

    Attributes:
        data: `buttons`, `article`, ... as the channels show them.
    """

    text: str
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Turn:
    """A turn in progress.

    Attributes:
        language: language of the reply; the conversation's until the message is understood.
        verdicts: of the customer on articles: question, article, language, verdict.
        silent: a person has the conversation: the bot says nothing.
        first: it has the customer's first words: `language` is only the page's.
        committed: the outcome is in the database.
    """

    settings: Settings
    message: Message
    channel: str
    language: str | None
    silent: bool
    first: bool = False
    model: str = ""
    replies: list[Reply] = field(default_factory=list)
    handoff: HandoffRequest | None = None
    suggested: list[Mapping[str, Any]] = field(default_factory=list)
    rating: int | None = None
    rating_word: str | None = None
    verdicts: list[Mapping[str, str]] = field(default_factory=list)
    committed: bool = False
    _language_before: str | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._language_before = self.language

    def add(self, response: Mapping[str, Any]) -> None:
        """Takes one response of Rasa: text, buttons, and what an action sent as `custom`."""
        custom = response.get("custom") or {}
        asked = custom.get("handoff")
        if asked:
            self.handoff = HandoffRequest(
                asked["reason"],
                asked.get("evidence") or {},
                contact_asked=bool(asked.get("contact_asked")),
                wait=asked.get("wait"),
            )
            self.suggested = list(asked.get("suggested_articles") or [])
        self.rating = custom.get("rating", self.rating)
        self.rating_word = custom.get("rating_word", self.rating_word)
        if custom.get("verdict"):
            self.verdicts.append(custom["verdict"])
        data = {key: custom[key] for key in ("article",) if custom.get(key)}
        if response.get("buttons"):
            data["buttons"] = [
                {"title": b["title"], "payload": b["payload"]} for b in response["buttons"]
            ]
        text = (response.get("text") or "").strip()
        if text or data:
            self.replies.append(Reply(text, data))

    def save(self, connection: Connection, tracker: DialogueStateTracker) -> None:
        """Writes the outcome beside the tracker; called by the tracker store."""
        latest = tracker.latest_message
        if latest is None or latest.message_id != str(self.message.id):
            return  # Rasa also saves a tracker it has only just made
        # Of a message taken apart into questions, the whole: its parts have the same id.
        parsed = next(
            event.parse_data
            for event in tracker.events
            if isinstance(event, UserUttered) and event.message_id == latest.message_id
        )
        language = tracker.get_slot("language")
        if language in LANGUAGES:
            self.language = language
        slots = {
            name: value
            for name, value in tracker.current_slot_values().items()
            if value not in (None, "", []) and name not in INTERNAL_SLOTS
        }
        nlu = understood(parsed or {})
        if forms.took(tracker.events, latest.message_id):
            nlu["taken_by_form"] = True
        if not self.finish(connection, nlu=nlu, slots=slots):
            raise TurnTaken

    def finish(
        self,
        connection: Connection,
        *,
        nlu: Mapping[str, Any] | None = None,
        slots: Mapping[str, Any] | None = None,
    ) -> bool:
        """Writes the outcome. A turn without a reply has failed: an apology and a person.

        Returns:
            False when another worker had done so already; nothing is written then.

        Raises:
            HandoffEnded: the bot was silent for a person who has left meanwhile.
        """
        conversation_id = self.message.conversation_id
        conversations.hold(connection, conversation_id)
        if not conversations.mark_handled(connection, self.message.id, nlu=nlu):
            self.committed = True
            return False
        if self.language not in (None, self._language_before):
            conversations.update(connection, conversation_id, language=self.language)
        now_open = lookup.current(connection, conversation_id)
        if now_open is not None:
            # Checked again here: a person may have come while the bot was thinking.
            if not self.message.data.get("handoff"):
                files = attached(self.settings, self.message)
                self.message = forward(connection, now_open, self.message, attachments=files)
            if self.replies:
                logger.info("%d replies kept back: a person has it", len(self.replies))
            self.committed = True
            return True
        if self.silent:
            raise HandoffEnded
        if not self.replies:
            self._fail()
        for reply in self.replies:
            self._say(connection, reply)
        for verdict in self.verdicts:
            now = dt.datetime.now(dt.timezone.utc)
            given = Feedback(**verdict, conversation_id=conversation_id, time=now)
            feedback.write(connection, given)
        if self.rating is not None:
            lifecycle.rate(connection, conversation_id, self.rating)
        if self.rating_word is not None:
            lifecycle.say_why(connection, conversation_id, self.rating_word)
        if self.handoff is not None:
            facts = Facts(
                slots=slots or {},
                suggested_articles=self.suggested,
                model=self.model,
                language=self.language,
            )
            lifecycle.open_handoff(connection, self.settings, conversation_id, self.handoff, facts)
        self.committed = True
        return True

    def _fail(self) -> None:
        logger.error(
            "The turn for message %d of %s gave no reply: handing over",
            self.message.id,
            self.message.conversation_id,
        )
        self.replies = [Reply(texts.say("utter_technical_error", self.language))]
        if self.handoff is None:
            self.handoff = HandoffRequest("technical_error", {"message_id": self.message.id})

    def _say(self, connection: Connection, reply: Reply) -> None:
        conversations.append(
            connection,
            self.message.conversation_id,
            "bot",
            reply.text,
            data=reply.data,
            push=None if self.channel in conversations.PULLED_CHANNELS else "waiting",
        )


class TurnOutput(OutputChannel):
    """Collects Rasa's responses into a turn instead of sending them at once."""

    def __init__(self, turn: Turn) -> None:
        self.turn = turn

    def name(self) -> str:
        """The channel's name, so that responses written for one channel are found."""
        return self.turn.channel

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Takes one response."""
        self.turn.add(message)


_OF_THE_WHOLE = ("language", "other_language", "tone", "sensitive_topic")
"""Entities that say something of the message, not of a word in it."""


def understood(parsed: Mapping[str, Any]) -> dict[str, Any]:
    """What of Rasa's parse is kept with the message: intent, ranking, entities, tone."""
    entities = parsed.get("entities") or []
    by_name = {e.get("entity"): e.get("value") for e in entities}
    shown = [e for e in entities if e.get("entity") not in _OF_THE_WHOLE]
    intent = parsed.get("intent") or {}
    ranking = [
        {"name": r.get("name"), "confidence": _rounded(r.get("confidence"))}
        for r in parsed.get("intent_ranking") or []
    ]
    return {
        "intent": {"name": intent.get("name"), "confidence": _rounded(intent.get("confidence"))},
        "ranking": [each for each in ranking if each["confidence"]],
        "entities": [{"entity": e["entity"], "value": e["value"]} for e in shown],
        "language": by_name.get("language"),
        "tone": by_name.get("tone", "neutral"),
    }


def _rounded(confidence: Any) -> float:
    return round(float(confidence or 0.0), 4)
