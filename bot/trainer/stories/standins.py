"""Made-up values in the place of personal data, so that a story's messages keep their form.

"[order number]" would be understood as other words; an order number that nobody has is one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bot.trainer.redaction import Kind, made_up, redact


class StandIns:
    """Replaces personal data of one conversation: the same value by the same stand-in.

    Args:
        names: of the customer, as far as known.
    """

    def __init__(self, names: Sequence[str] = ()) -> None:
        self._names = names
        self._given: dict[Kind, dict[str, str]] = defaultdict(dict)

    def replace(self, text: str, language: str | None) -> str:
        """The text with made-up personal data."""
        pieces, position = [], 0
        for found in redact(text, language, self._names).found:
            value = text[found.start : found.end]
            pieces += [text[position : found.start], self._stand_in(found.kind, value, language)]
            position = found.end
        return "".join([*pieces, text[position:]])

    def _stand_in(self, kind: Kind, value: str, language: str | None) -> str:
        known = self._given[kind]
        same = "".join(character for character in value.lower() if character.isalnum())
        if same not in known:
            known[same] = made_up(kind, language, len(known))
        return known[same]
