"""Numbers that a request names something by: in its path, its query or its form."""

from __future__ import annotations

from starlette.convertors import Convertor, register_url_convertor

MOST_DIGITS = 15
"""A longer one fits into no database, and is nothing of ours."""


class _Number(Convertor[int]):
    """`{ticket:number}` in a route: what is no number of ours is no such page."""

    regex = f"[0-9]{{1,{MOST_DIGITS}}}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


def register() -> None:
    """Makes `{name:number}` known to routes."""
    register_url_convertor("number", _Number())


def number_in(text: str) -> int | None:
    """The number that a field holds; None where it holds none of ours.

    >>> number_in("17"), number_in(""), number_in("-1"), number_in("9" * 30)
    (17, None, None, None)
    """
    return int(text) if text.isdecimal() and len(text) <= MOST_DIGITS else None
