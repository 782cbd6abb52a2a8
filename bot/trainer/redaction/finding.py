"""What a finder of personal data gives."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "name", "email", "phone", "card", "account", "personal number", "address", "order number"
]
KINDS: tuple[Kind, ...] = (
    "email",
    "personal number",
    "card",
    "account",
    "phone",
    "order number",
    "address",
    "name",
)
"""The surest first: who comes first wins where two overlap."""
PLACEHOLDER = re.compile(rf"\[({'|'.join(KINDS)})\]")
"""What stands in a redacted text in the place of each."""


@dataclass(frozen=True)
class Found:
    """Personal data in a text.

    Attributes:
        start: first character of it in the original text; `end` is one past the last.
    """

    kind: Kind
    start: int
    end: int


def words_in(text: str) -> frozenset[str]:
    """The words of a text that lists some."""
    return frozenset(text.split())
