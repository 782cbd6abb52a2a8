"""What the assistant does with an order; each task is called as the intent that asks for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any


class Task(str, Enum):
    """Something done with one order."""

    STATUS = "order_status"
    CANCEL = "cancel_order"
    READDRESS = "change_delivery_address"
    RETURN = "return_item"
    REFUND = "refund_status"


@dataclass(frozen=True)
class Say:
    """Something to say: a response of `domain.yml`, what goes into it, and buttons besides its own.

    Attributes:
        buttons: each with `title` and `payload`.
    """

    response: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    buttons: tuple[Mapping[str, str], ...] = ()
