"""What a test story says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Said:
    """The customer says something.

    Attributes:
        text: in their words, or what a button sends ("/order_status").
        intent: what it must be understood as; None when that is left open.
        line: in the file, from 1; 0 for a story that is not in one.
    """

    text: str
    intent: str | None
    line: int = 0


@dataclass(frozen=True)
class Part:
    """A part of what the customer said, put to the rules by an action.

    In the file it is a step with an intent and no words.
    """

    intent: str
    line: int = 0


@dataclass(frozen=True)
class Done:
    """The bot does something: an action, a response or a form, by its name in the domain."""

    action: str
    line: int = 0


@dataclass(frozen=True)
class Loop:
    """A form begins, or None: it ends. Not checked: it is what the action before has done."""

    form: str | None
    line: int = 0


@dataclass(frozen=True)
class SlotsSet:
    """Slots that the action before has set. Not checked."""

    values: Mapping[str, Any]
    line: int = 0


Step = Said | Part | Done | Loop | SlotsSet


@dataclass(frozen=True)
class Story:
    """A conversation and what the bot must do in it.

    Attributes:
        path: its file, None for one that is not in a file yet.
        line: of its name.
        about: its `metadata`.
        before: of one just made of a conversation: what the customer says next, shortened, and
            the bot did not understand, so that the story ends before it.
    """

    name: str
    steps: tuple[Step, ...]
    path: Path | None = None
    line: int = 0
    about: Mapping[str, Any] | None = None
    before: str | None = None
