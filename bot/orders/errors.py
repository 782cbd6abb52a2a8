"""Errors of the order system's client.

OrderSystemError (bot.errors)
├── OrderSystemUnreachable       no connection, or no answer in time
├── OrderSystemBusy              it answered that it cannot answer now (5xx)
├── OrderSystemKeyRefused        it does not accept our key
├── OrderSystemRequestRefused    it says that our request is wrong: a fault of ours
└── OrderSystemAnswerInvalid     an answer too large, or not of the shape that we know
"""

from __future__ import annotations

from bot.errors import OrderSystemError


class OrderSystemUnreachable(OrderSystemError):
    """No connection, or no answer in time."""


class OrderSystemBusy(OrderSystemError):
    """It answered that it cannot answer now."""


class OrderSystemKeyRefused(OrderSystemError):
    """It does not accept our key."""


class OrderSystemRequestRefused(OrderSystemError):
    """It says that our request is wrong: a fault of ours."""


class OrderSystemAnswerInvalid(OrderSystemError):
    """An answer too large, or not of the shape that we know."""
