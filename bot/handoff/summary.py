"""A short summary made of the conversation's own sentences: nothing is invented."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from bot.calling_off import calls_off
from bot.storage.conversations import Message

_MIN_WORDS = 3
_MAX_CHARS = 240
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
    written = [m for m in spoken if m.speaker == "customer" and m.text.strip()]
    called_off = [place for place, m in enumerate(written, 1) if calls_off(m.text)]
    if called_off and called_off[-1] < len(written):
        written = written[called_off[-1] :]
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


def _shorten(text: str) -> str:
    if len(text) <= _MAX_CHARS:
        return text
    kept = ""
    for sentence in _SENTENCE_END.split(text):
        if kept and len(kept) + len(sentence) + 1 > _MAX_CHARS:
            break
        kept = f"{kept} {sentence}".strip()
    return kept if len(kept) <= _MAX_CHARS else kept[: _MAX_CHARS - 1].rsplit(" ", 1)[0] + "…"
