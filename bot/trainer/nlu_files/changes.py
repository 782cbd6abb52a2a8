"""What a trainer may change: one example at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.trainer.slugs import slug

NAME_CHARS = 60
"""Of an intent that is made here."""
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
# What YAML takes for nothing, for true and false, or for a number.
_NO_TEXT = re.compile(r"null|true|false|[\d_.+-]+(e\d+)?|0[xob]\w+|\.?nan|\.?inf", re.I)


@dataclass(frozen=True)
class Add:
    """One more example, written with its entity marks: `where is [NL-1](order_number)`."""

    language: str
    intent: str
    marked: str


@dataclass(frozen=True)
class Remove:
    """An example that goes."""

    language: str
    intent: str
    marked: str


@dataclass(frozen=True)
class Replace:
    """An example that reads otherwise from now on, in the same place."""

    language: str
    intent: str
    old: str
    new: str


@dataclass(frozen=True)
class Move:
    """An example that means another intent."""

    language: str
    intent: str
    to: str
    marked: str


Change = Add | Remove | Replace | Move


def can_name_an_intent(name: str) -> bool:
    """Whether a file and the domain can hold a new intent of this name as it is."""
    return bool(_NAME.fullmatch(name)) and not _NO_TEXT.fullmatch(name)


def intent_name(text: str) -> str:
    """What an intent is called that somebody describes in their own words.

    Returns:
        Small letters, digits and single `_`, `NAME_CHARS` at most; empty where nothing is left
        that can name an intent.

    >>> intent_name("Gåva till någon")
    'gava_till_nagon'
    """
    name = slug(text)
    if len(name) > NAME_CHARS:
        head, _, _ = name[: NAME_CHARS + 1].rpartition("_")  # no word is cut, if it can be
        name = head or name[:NAME_CHARS]
    return name if can_name_an_intent(name) else ""
