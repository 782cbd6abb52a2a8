"""An order as Svara sees it, and what an order system can do with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Protocol


class OrderState(str, Enum):
    """How far an order has come."""

    RECEIVED = "received"
    PACKED = "packed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"
    REFUNDED = "refunded"


class RefundStatus(str, Enum):
    """How far a refund has come."""

    PENDING = "pending"  # the return is here, the money is not sent yet
    PAID = "paid"  # sent; a bank may take until `Refund.expected_by` to show it
    RELEASED = "released"  # nothing was charged; the reservation disappears by `expected_by`


class ReturnReason(str, Enum):
    """Why something is sent back; the last three are the shop's fault and free of charge."""

    CHANGED_MIND = "changed_mind"
    WRONG_SIZE = "wrong_size"
    NOT_AS_EXPECTED = "not_as_expected"
    FAULTY = "faulty"
    DAMAGED_IN_TRANSPORT = "damaged_in_transport"
    WRONG_ITEM = "wrong_item"


class RefusalReason(str, Enum):
    """Why the order system says no."""

    ORDER_NOT_FOUND = "order_not_found"  # or the proof is not this order's: it does not say which
    TOO_MANY_ATTEMPTS = "too_many_attempts"  # wrong proofs; the number is closed for a while
    ALREADY_PACKED = "already_packed"
    ALREADY_SHIPPED = "already_shipped"
    ALREADY_DELIVERED = "already_delivered"
    ALREADY_CANCELLED = "already_cancelled"
    ALREADY_RETURNED = "already_returned"
    NOT_DELIVERED = "not_delivered"
    NOT_RETURNABLE = "not_returnable"
    RETURN_WINDOW_OVER = "return_window_over"
    RETURN_ALREADY_REGISTERED = "return_already_registered"
    POSTCODE_NOT_IN_COUNTRY = "postcode_not_in_country"
    OTHER = "other"  # a reason that this version does not know


@dataclass(frozen=True)
class Refusal:
    """The order system understood, and says no.

    Attributes:
        reason: why.
        retry_after: seconds until it is worth trying again; only with TOO_MANY_ATTEMPTS.
    """

    reason: RefusalReason
    retry_after: int | None = None


@dataclass(frozen=True)
class Address:
    """Where an order goes. `country` is ISO 3166 alpha-2."""

    street: str
    postcode: str
    city: str
    country: str


@dataclass(frozen=True)
class OrderLine:
    """One line of an order; `price` is of one item, in the order's currency."""

    line: int
    product: str
    size: str | None
    colour: str | None
    quantity: int
    price: Decimal


@dataclass(frozen=True)
class TimelineEntry:
    """When a state was reached."""

    state: OrderState
    at: datetime


@dataclass(frozen=True)
class Refund:
    """Money on its way back.

    Attributes:
        amount: in `currency`.
        expected_by: the day by which the customer sees it.
        paid_on: the day on which it was sent, None while it is not.
    """

    amount: Decimal
    currency: str
    status: RefundStatus
    expected_by: date
    paid_on: date | None


@dataclass(frozen=True)
class ReturnLine:
    """How many items of an order's line go back."""

    line: int
    quantity: int = 1


@dataclass(frozen=True)
class Exchange:
    """What to send instead: another size or colour of the same product."""

    size: str | None = None
    colour: str | None = None


@dataclass(frozen=True)
class ReturnLabel:
    """A return label; `price` is taken from the refund, 0 when free."""

    number: str
    url: str
    price: Decimal
    currency: str
    reason: ReturnReason
    lines: tuple[ReturnLine, ...]
    exchange: Exchange | None
    at: datetime


@dataclass(frozen=True)
class Order:
    """An order, whole.

    Attributes:
        promised_on: the day by which it should arrive, or should have arrived.
        return_until: last day for an ordinary return; None before delivery.
        timeline: oldest first; the last entry is `state`.
    """

    number: str
    state: OrderState
    name: str
    email: str
    address: Address
    currency: str
    lines: tuple[OrderLine, ...]
    delivery_price: Decimal
    total: Decimal
    payment: str
    promised_on: date
    carrier: str | None
    tracking_number: str | None
    tracking_url: str | None
    timeline: tuple[TimelineEntry, ...]
    return_until: date | None
    returns: tuple[ReturnLabel, ...]
    refund: Refund | None

    def reached(self, state: OrderState) -> datetime | None:
        """When the order came into `state`; None when it never did."""
        return next((entry.at for entry in self.timeline if entry.state is state), None)


class OrderSystem(Protocol):
    """What Svara needs of a company's order system.

    `number` is an order number (`normalise_order_number`), `proof` the customer's e-mail address or
    postcode (`is_proof`). A no is a value, `Refusal`; that we could not find out is an exception,
    `OrderSystemError`. `idempotency_key`: 8 to 200 printable characters, the same when the same
    wish is sent again, so that it is carried out once.
    """

    def lookup(self, number: str, proof: str) -> Order | Refusal:
        """The order."""

    def cancel(self, number: str, proof: str, *, idempotency_key: str) -> Order | Refusal:
        """Cancel the order; gives it as it is then."""

    def change_address(
        self,
        number: str,
        proof: str,
        *,
        street: str,
        postcode: str,
        city: str,
        idempotency_key: str,
    ) -> Order | Refusal:
        """Send the order elsewhere within its country; gives it as it is then."""

    def create_return(
        self,
        number: str,
        proof: str,
        *,
        lines: Sequence[ReturnLine],
        reason: ReturnReason,
        exchange: Exchange | None = None,
        idempotency_key: str,
    ) -> ReturnLabel | Refusal:
        """Make a return label for some lines; with `exchange`, for one line only."""
