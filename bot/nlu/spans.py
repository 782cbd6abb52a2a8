"""A piece of a text that means something, and what to do where two overlap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """An entity in a text.

    Attributes:
        start: first character; `end` is one past the last.
        value: in normal form.
        confidence: 0 to 1.
    """

    entity: str
    start: int
    end: int
    value: str
    confidence: float = 1.0


def without_overlaps(spans: Iterable[Span]) -> list[Span]:
    """The spans in order; of two that overlap, the one that came first in `spans` stays."""
    kept: list[Span] = []
    for span in spans:
        if all(span.end <= other.start or span.start >= other.end for other in kept):
            kept.append(span)
    return sorted(kept, key=lambda span: span.start)


def masked(text: str, spans: Iterable[Span]) -> str:
    """The text with names and numbers blanked out; dates and amounts are words of a language."""
    for span in spans:
        if span.entity not in ("date", "amount"):
            text = text[: span.start] + " " * (span.end - span.start) + text[span.end :]
    return text
