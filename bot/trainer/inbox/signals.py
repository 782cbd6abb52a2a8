"""What became of each message of a conversation: the reasons to look at it.

They are read from the whole conversation each time it goes on, as most come after the message:
the customer says that the answer did not help, or a person takes over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.storage.conversations import Message
from bot.trainer.interpreter import FALLBACK

REJECTIONS = frozenset({"article_not_helpful", "rephrase", "deny"})
"""Intents by which a customer says that the last answer was none; "no" only if asked for it."""
_NO_QUESTION = frozenset(
    {
        "affirm",
        "article_choice",
        "article_helpful",
        "article_not_helpful",
        "deny",
        "goodbye",
        "greet",
        "rephrase",
        "request_callback",
        "talk_to_human",
        "thank",
    }
)
"""Intents that a later event is not about: it is about the question before."""
_UPSET = frozenset({"upset"})


@dataclass
class Signals:
    """Of one message.

    Attributes:
        fell_back: the bot did not act on what it understood.
        rejected: the customer said that its answer did not help, or asked for other words.
        handed_off: it was the last question before a person took over.
        upset: it sounds so.
        chosen: the intent that the customer picked when the bot asked "Did you mean".
    """

    fell_back: bool = False
    rejected: bool = False
    handed_off: bool = False
    upset: bool = False
    chosen: str | None = None


def intent_of(message: Message) -> str | None:
    """The intent that the bot acted on: of the button that was pressed, or of the words."""
    payload = str(message.data.get("payload") or "")
    if payload.startswith("/"):
        return payload[1:].split("{", 1)[0].strip() or None
    name = ((message.nlu or {}).get("intent") or {}).get("name")
    return str(name) if name else None


def is_form_answer(message: Message) -> bool:
    """Whether no intent was recognised, but the form that had asked took it for its answer."""
    taken = bool((message.nlu or {}).get("taken_by_form"))
    return taken and intent_of(message) == FALLBACK


def signals(messages: Sequence[Message], handoffs: Sequence[float]) -> dict[int, Signals]:
    """The signals of a conversation's customer's messages, by the messages' ids.

    Args:
        messages: of customer and bot, in order.
        handoffs: when a person was asked for, seconds since the epoch.
    """
    found: dict[int, Signals] = {}
    questions: list[Message] = []
    offered: set[str] = set()
    asked = False
    for message in messages:
        if message.speaker == "bot":
            payloads = [str(b.get("payload") or "") for b in message.data.get("buttons") or ()]
            names = {payload[1:].split("{", 1)[0] for payload in payloads}
            offered |= names
            asked = asked or bool(names & {"article_not_helpful", "rephrase"})
            continue
        intent = intent_of(message)
        pressed = bool(message.data.get("payload"))
        answers_form = is_form_answer(message)
        mine = found[message.id] = Signals(
            fell_back=not pressed and intent == FALLBACK and not answers_form,
            upset=(message.nlu or {}).get("tone") in _UPSET,
        )
        if questions:
            last = found[questions[-1].id]
            if intent in REJECTIONS and (intent != "deny" or asked):
                last.rejected = True
            elif pressed and last.fell_back and intent in offered - _NO_QUESTION:
                last.chosen = intent
        if not pressed and not answers_form and intent and intent not in _NO_QUESTION:
            questions.append(message)
        offered, asked = set(), False
        mine.upset = mine.upset and not pressed
    for about in _asked_before(questions, handoffs):
        found[about.id].handed_off = True
    return found


def _asked_before(questions: Sequence[Message], handoffs: Sequence[float]) -> Iterator[Message]:
    """Of each handoff the last question before it, unless it belongs to the handoff before."""
    since = 0.0
    for time in sorted(handoffs):
        # A handoff is written in the turn of its message, so after it.
        before = [each for each in questions if since < each.created_at <= time]
        if before:
            yield before[-1]
        since = time


def real_ranking(nlu: Mapping[str, Any] | None) -> list[tuple[str, float]]:
    """Intents with their probabilities, likeliest first, without `nlu_fallback`.

    FallbackClassifier puts itself first, with its threshold for a confidence.
    """
    entries = (nlu or {}).get("ranking") or [(nlu or {}).get("intent") or {}]
    return [
        (str(entry["name"]), round(float(entry.get("confidence") or 0.0), 4))
        for entry in entries
        if entry.get("name") and entry["name"] != FALLBACK
    ]


def heard(nlu: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a model made of a message, as the columns of a review."""
    ranking = real_ranking(nlu)
    name = ((nlu or {}).get("intent") or {}).get("name")
    return {
        "predicted": ranking[0][0] if ranking else None,
        "confidence": ranking[0][1] if ranking else None,
        "answered": (name or FALLBACK) != FALLBACK,
        "ranking": [list(pair) for pair in ranking],
    }
