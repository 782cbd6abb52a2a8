"""What may be done to an order, in which state; each function is one change in a transaction."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from typing import Any, Final

import sqlalchemy as sa

from demo_shop import database as db
from demo_shop.bodies import NewAddress, ReturnRequest
from demo_shop.catalogue import BY_NAME
from demo_shop.errors import ChangeRefused, RequestRefused
from demo_shop.markets import MARKETS
from demo_shop.proof import country_prefix, normalise_postcode
from demo_shop.reading import (
    delivered_on,
    read_label,
    read_order,
    return_until,
    rows_of,
)
from demo_shop.refunding import after_cancelling

_TOO_LATE: Final = {
    "packed": ("already_packed", "The order is packed and can no longer be stopped."),
    "shipped": ("already_shipped", "The order has left the warehouse."),
    "delivered": ("already_delivered", "The order has been delivered."),
    "cancelled": ("already_cancelled", "The order is already cancelled."),
    "returned": ("already_returned", "The order has come back to us."),
    "refunded": ("already_returned", "The order has come back to us and is refunded."),
}
_TRANSPORT_DAMAGE_DAYS: Final = 7
_OUR_FAULT: Final = ("faulty", "damaged_in_transport", "wrong_item")


def cancel(connection: Any, row: Any, now: datetime) -> dict[str, Any]:
    """Cancel the order in `row`; gives the order. Raises ChangeRefused once it is packed."""
    if row.state != "received":
        raise ChangeRefused(*_TOO_LATE[row.state])
    order = read_order(connection, row)
    total = int(order["total"].replace(".", ""))
    refund = after_cancelling(total, row.payment, now.date())
    connection.execute(
        sa.update(db.orders).where(db.orders.c.number == row.number).values(state="cancelled")
    )
    connection.execute(
        db.timeline.insert().values(
            order_number=row.number, state="cancelled", at=now.isoformat(timespec="seconds")
        )
    )
    connection.execute(db.refunds.insert().values(order_number=row.number, **refund))
    return _again(connection, row.number)


def change_address(connection: Any, row: Any, address: NewAddress) -> dict[str, Any]:
    """Send the order in `row` elsewhere in its country; gives the order.

    Raises:
        ChangeRefused: it is shipped, or the postcode is not one of its country.
    """
    if row.state not in ("received", "packed"):
        raise ChangeRefused(*_TOO_LATE[row.state])
    if not _is_in_country(address.postcode, row.country):
        raise ChangeRefused(
            "postcode_not_in_country",
            f"This is no postcode of {row.country}; an order stays within its country.",
        )
    connection.execute(
        sa.update(db.orders)
        .where(db.orders.c.number == row.number)
        .values(street=address.street, postcode=address.postcode, city=address.city)
    )
    return _again(connection, row.number)


def create_return(
    connection: Any, row: Any, wanted: ReturnRequest, now: datetime
) -> dict[str, Any]:
    """Make a return label for lines of the order in `row`; gives the label.

    Raises:
        ChangeRefused: not delivered, too late, not returnable, or on its way back already.
        RequestRefused: a line that the order does not have.
    """
    _check_time(connection, row, wanted, now)
    lines = {
        line.line: line
        for line in rows_of(connection, db.order_lines, row.number, db.order_lines.c.line)
    }
    registered = _registered(connection, row.number)
    for place, quantity in wanted.lines.items():
        line = lines.get(place)
        if line is None or quantity > line.quantity:
            raise RequestRefused(f"Order {row.number} has no line {place} with {quantity} items.")
        if registered.get(place, 0) + quantity > line.quantity:
            raise ChangeRefused(
                "return_already_registered", f"Line {place} has a return label already."
            )
        if wanted.reason not in _OUR_FAULT and not BY_NAME[line.product].returnable:
            raise ChangeRefused("not_returnable", f"{line.product} cannot be sent back.")
    free = wanted.exchange is not None or wanted.reason in _OUR_FAULT
    market = MARKETS[row.country]
    exchange = wanted.exchange
    made = connection.execute(
        db.returns.insert().values(
            order_number=row.number,
            label_secret=secrets.token_hex(16),
            reason=wanted.reason,
            exchange={"size": exchange.size, "colour": exchange.colour} if exchange else None,
            price=0 if free else int(market.label * 100),
            at=now.isoformat(timespec="seconds"),
        )
    ).inserted_primary_key[0]
    connection.execute(
        db.return_lines.insert(),
        [
            {"return_id": made, "line": place, "quantity": quantity}
            for place, quantity in wanted.lines.items()
        ],
    )
    label = connection.execute(sa.select(db.returns).where(db.returns.c.id == made)).one()
    return read_label(connection, label, market.currency)


def _check_time(connection: Any, row: Any, wanted: ReturnRequest, now: datetime) -> None:
    if row.state in ("cancelled", "returned", "refunded"):
        raise ChangeRefused(*_TOO_LATE[row.state])
    delivered = delivered_on(connection, row.number)
    until = return_until(connection, row)
    if delivered is None or until is None:
        raise ChangeRefused("not_delivered", "The order has not been delivered yet.")
    if wanted.reason == "faulty":
        until = delivered + timedelta(days=366 * MARKETS[row.country].fault_years)
    elif wanted.reason == "damaged_in_transport":
        until = delivered + timedelta(days=_TRANSPORT_DAMAGE_DAYS)
    if now.date() > until:
        raise ChangeRefused("return_window_over", f"It could be sent back until {until}.")


def _registered(connection: Any, number: str) -> dict[int, int]:
    """How many of each line of the order `number` have a return label."""
    rows = connection.execute(
        sa.select(db.return_lines.c.line, sa.func.sum(db.return_lines.c.quantity))
        .join(db.returns, db.returns.c.id == db.return_lines.c.return_id)
        .where(db.returns.c.order_number == number)
        .group_by(db.return_lines.c.line)
    )
    return dict(tuple(row) for row in rows)


def _is_in_country(postcode: str, country: str) -> bool:
    fits = MARKETS[country].postcode.fullmatch(normalise_postcode(postcode))
    return bool(fits) and country.startswith(country_prefix(postcode))


def _again(connection: Any, number: str) -> dict[str, Any]:
    changed = connection.execute(sa.select(db.orders).where(db.orders.c.number == number)).one()
    return read_order(connection, changed)
