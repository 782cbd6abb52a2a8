"""Webhooks of products: what may go wrong in reading a body that is none of theirs."""

from __future__ import annotations

UNREADABLE = (
    ValueError,
    KeyError,
    TypeError,
    AttributeError,
    OverflowError,  # a number without end, where an id should be
    RecursionError,
)
