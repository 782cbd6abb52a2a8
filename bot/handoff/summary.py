"""A short summary made of the conversation's own sentences: nothing is invented."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.calling_off import calls_off
from bot.orders.replies import parse_reason
from bot.storage.conversations import Message

_MIN_WORDS = 3
_MAX_CHARS = 240
_OF_A_RETURN = re.compile(r'"choice": ?"(?:items|reason):')
"""In the payload of a button by which the order form asks what goes back, or why."""
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


def summarise(spoken: Sequence[Message], slots: Mapping[str, Any]) -> str:
    """What the customer wanted first and last, and the facts that identify the case.

    What came before they called it off is not wanted any more.

    Args:
        spoken: the conversation, oldest first.
        slots: the facts collected.

    Returns:
        At most three lines, in the customer's own words.
    """
    written = _of_customer(_since_called_off(spoken)) or _of_customer(spoken)
    said = [
        message.text.strip()
        for message in written
        if not message.data.get("payload") and len(message.text.split()) >= _MIN_WORDS
    ]
    if not said:
        said = [message.text.strip() for message in written[-1:]]
    lines = [_shorten(said[0])] if said else []
    if len(said) > 1:
        lines.append(_shorten(said[-1]))
    facts = [str(slots[name]) for name in ("order_number", "product", "email") if slots.get(name)]
    if facts:
        lines.append(" · ".join(facts))
    return "\n".join(lines)


def _of_customer(spoken: Sequence[Message]) -> list[Message]:
    return [m for m in spoken if m.speaker == "customer" and m.text.strip()]


def _since_called_off(spoken: Sequence[Message]) -> Sequence[Message]:
    """What came after the customer called something off; all, if they never did."""
    start, question = 0, None
    for place, message in enumerate(spoken, 1):
        if message.speaker == "bot":
            question = message
        elif message.speaker == "customer" and _calls_off(message, question):
            start = place
    return spoken[start:]


def _calls_off(message: Message, question: Message | None) -> bool:
    """Whether it does: "I changed my mind" may be why goods go back, pressed or typed."""
    if message.data.get("payload") or not calls_off(message.text):
        return False
    if parse_reason(message.text) is None:
        return True
    buttons = question.data.get("buttons") or () if question else ()
    return not any(_OF_A_RETURN.search(str(button.get("payload"))) for button in buttons)


def _shorten(text: str) -> str:
    if len(text) <= _MAX_CHARS:
        return text
    kept = ""
    for sentence in _SENTENCE_END.split(text):
        if kept and len(kept) + len(sentence) + 1 > _MAX_CHARS:
            break
        kept = f"{kept} {sentence}".strip()
    return kept if len(kept) <= _MAX_CHARS else kept[: _MAX_CHARS - 1].rsplit(" ", 1)[0] + "…"
