"""What a trainer may change: one example at a time."""

from __future__ import annotations

from dataclasses import dataclass


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
