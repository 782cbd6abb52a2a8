"""Codes as staff read them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

REASONS = {
    "customer_asked": "Asked for a person",
    "call_requested": "Wants to be called",
    "visit_requested": "Wants to come by",
    "not_understood": "The bot did not understand",
    "no_answer": "No article answers it",
    "answer_rejected": "The answer did not help",
    "upset": "The customer is upset",
    "sensitive_topic": "A sensitive matter",
    "technical_error": "Something broke on our side",
    "rule": "Always goes to a person",
}
LANGUAGES = {"en": "English", "sv": "Swedish", "da": "Danish", "nb": "Norwegian"}
CHANNELS = {"webchat": "Web chat", "rest": "API", "email": "E-mail", "cmdline": "Command line"}
PRIORITIES = {"urgent": "Urgent", "high": "High", "normal": "Normal", "low": "Low"}
RATING_WORDS = {
    "quick": "quick",
    "friendly": "friendly",
    "solved": "solved it",
    "slow": "took too long",
    "not_solved": "not solved",
    "unfriendly": "unfriendly",
}
STATUSES = {
    "new": "Waiting",
    "open": "Open",
    "resolved": "Resolved",
    "cancelled": "Cancelled by the customer",
}
LABELS = {
    "text": "They wrote",
    "times": "Attempts",
    "rejected_articles": "Did not help",
    "last_article": "Last article",
    "message_id": "Message",
    "email": "E-mail",
    "phone_number": "Telephone",
    "callback_time": "When, as they said",
    "visit_time": "When, as they were told",
    "time_window": "That is",
    "nlu_fallback": "Not understood",
    "out_of_scope": "None of the bot’s business",
}
_CODES = ("intent", "topic", "tone", "language")
EVENTS = {
    "handoff.requested": "Handoff to the helpdesk",
    "handoff.cancelled": "Handoff cancelled",
    "conversation.rated": "Customer's rating",
    "agent.joined": "Agent joined",
    "handoff.resolved": "Conversation resolved",
    "message.created": "Message",
}


def humanise(code: object) -> str:
    """A code nobody has words for: `delivery_address` becomes `Delivery address`."""
    text = str(code).replace("_", " ").replace(".", " ").strip()
    return text[:1].upper() + text[1:]


def label(name: str) -> str:
    """What a fact or a piece of evidence is called."""
    return LABELS.get(name) or humanise(name)


def reason(code: str) -> str:
    """Why the bot handed over, in words."""
    return REASONS.get(code) or humanise(code)


def language(code: str | None) -> str:
    """A language's English name."""
    return LANGUAGES.get(code, code.upper()) if code else "Unknown"


def channel(code: str) -> str:
    """A channel's name."""
    return CHANNELS.get(code) or humanise(code)


def percent(value: object) -> str:
    """A probability as a whole percentage; empty when it is none."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return ""
    return f"{round(100 * value)} %"


def time_window(value: Mapping[str, Any]) -> str:
    """From when to when, in the zone that it was given in."""
    try:
        start, end = (dt.datetime.fromisoformat(str(value[name])) for name in ("from", "to"))
    except (KeyError, ValueError):
        return ", ".join(f"{humanise(k)}: {v}" for k, v in value.items())
    return f"{start:%Y-%m-%d %H:%M}-{end:%H:%M} (UTC{start:%z})"


def plain(value: Any, name: str = "") -> str:
    """Any JSON value as one line of text.

    Args:
        name: what the value is called; a `confidence` is shown as a percentage, an `intent` in
            words.
    """
    if value is None:
        return "unknown"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name in ("confidence", "probability", "score") and isinstance(value, float):
        return percent(value)
    if name in _CODES and isinstance(value, str):
        return humanise(value)
    if name == "time_window" and isinstance(value, dict):
        return time_window(value)
    if isinstance(value, dict):
        named = value.get("title") or value.get("name") or value.get("text")
        if named:
            return str(named)
        return ", ".join(f"{humanise(k)}: {plain(v, k)}" for k, v in value.items())
    if isinstance(value, (list, tuple)):
        return ", ".join(plain(item) for item in value)
    return str(value)


def initials(name: str) -> str:
    """At most two letters for a name."""
    parts = [part for part in name.split() if not any(c.isdigit() for c in part)]
    return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper() or "?"


def size(count: int) -> str:
    """A file's size as people say it.

    >>> size(12), size(2_400), size(3_460_000)
    ('12 bytes', '2 kB', '3.5 MB')
    """
    if count < 1000:
        return times(count, "byte", "bytes")
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1000:.0f} kB"


def times(count: int, one: str, many: str) -> str:
    """`1 message`, `2 messages`."""
    return f"{count} {one if count == 1 else many}"


def rating(given: Mapping[str, Any]) -> str:
    """A rating as a sentence.

    >>> rating({"score": 2, "out_of": 5, "word": "slow"})
    'The customer rated the help 2 of 5: took too long.'

    Args:
        given: `rating` of `conversation.rated`.
    """
    word = given.get("word")
    why = f": {RATING_WORDS.get(word, humanise(word))}" if word else ""
    return f"The customer rated the help {given['score']} of {given.get('out_of', 5)}{why}."
