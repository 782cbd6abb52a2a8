"""Orders of the company's customers: what Svara may know and do, and the client that asks for it.

`OrderSystem` is all that the rest of Svara sees; `HttpOrderSystem` speaks to one over HTTP.
"""

from bot.orders.errors import (
    OrderSystemAnswerInvalid,
    OrderSystemBusy,
    OrderSystemKeyRefused,
    OrderSystemRequestRefused,
    OrderSystemUnreachable,
)
from bot.orders.http import HttpOrderSystem
from bot.orders.model import (
    Address,
    Exchange,
    Order,
    OrderLine,
    OrderState,
    OrderSystem,
    Refund,
    RefundStatus,
    Refusal,
    RefusalReason,
    ReturnLabel,
    ReturnLine,
    ReturnReason,
    TimelineEntry,
)
from bot.orders.recognise import is_proof, normalise_order_number

__all__ = [
    "Address",
    "Exchange",
    "HttpOrderSystem",
    "Order",
    "OrderLine",
    "OrderState",
    "OrderSystem",
    "OrderSystemAnswerInvalid",
    "OrderSystemBusy",
    "OrderSystemKeyRefused",
    "OrderSystemRequestRefused",
    "OrderSystemUnreachable",
    "Refund",
    "RefundStatus",
    "Refusal",
    "RefusalReason",
    "ReturnLabel",
    "ReturnLine",
    "ReturnReason",
    "TimelineEntry",
    "is_proof",
    "normalise_order_number",
]
