"""One order as the API shows it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa

from demo_shop import database as db
from demo_shop.markets import MARKETS

RETURN_DAYS: Final = 30
CLUB_RETURN_DAYS: Final = 60
TRACKING_URL: Final = "https://tracking.nordlys.example"
LABEL_URL: Final = "https://returns.nordlys.example/labels"


def read_order(connection: Any, row: Any) -> dict[str, Any]:
    """JSON of the order in `row` (of the orders table), with all that belongs to it."""
    currency = MARKETS[row.country].currency
    lines = rows_of(connection, db.order_lines, row.number, db.order_lines.c.line)
    goods = sum(line.price * line.quantity for line in lines)
    moments = rows_of(connection, db.timeline, row.number, db.timeline.c.at)
    until = return_until(connection, row)
    return {
        "number": row.number,
        "state": row.state,
        "name": row.name,
        "email": row.email,
        "address": {
            "street": row.street,
            "postcode": row.postcode,
            "city": row.city,
            "country": row.country,
        },
        "currency": currency,
        "lines": [_line(line) for line in lines],
        "delivery_price": amount(row.delivery_price),
        "total": amount(goods + row.delivery_price),
        "payment": row.payment,
        "promised_on": row.promised_on,
        "carrier": row.carrier,
        "tracking_number": row.tracking_number,
        "tracking_url": f"{TRACKING_URL}/{row.tracking_number}" if row.tracking_number else None,
        "timeline": [{"state": entry.state, "at": entry.at} for entry in moments],
        "return_until": until.isoformat() if until else None,
        "returns": [
            read_label(connection, made, currency)
            for made in rows_of(connection, db.returns, row.number, db.returns.c.id)
        ],
        "refund": _refund(connection, row.number, currency),
    }


def read_label(connection: Any, made: Any, currency: str) -> dict[str, Any]:
    """JSON of the return label in `made` (a row of the returns table)."""
    lines = connection.execute(
        sa.select(db.return_lines)
        .where(db.return_lines.c.return_id == made.id)
        .order_by(db.return_lines.c.line)
    ).all()
    return {
        "number": f"RL-{300000 + made.id}",
        "url": f"{LABEL_URL}/{made.label_secret}.pdf",
        "price": amount(made.price),
        "currency": currency,
        "reason": made.reason,
        "lines": [{"line": line.line, "quantity": line.quantity} for line in lines],
        "exchange": made.exchange,
        "at": made.at,
    }


def rows_of(connection: Any, table: Any, number: str, order_by: Any) -> Any:
    """The rows of `table` that belong to the order `number`."""
    return connection.execute(
        sa.select(table).where(table.c.order_number == number).order_by(order_by)
    ).all()


def return_until(connection: Any, row: Any) -> date | None:
    """Last day on which the order may be sent back unused; None before it is delivered."""
    delivered = delivered_on(connection, row.number)
    if delivered is None:
        return None
    return delivered + timedelta(days=CLUB_RETURN_DAYS if row.club_member else RETURN_DAYS)


def delivered_on(connection: Any, number: str) -> date | None:
    """The day on which the order `number` was delivered, or None."""
    at = connection.execute(
        sa.select(db.timeline.c.at)
        .where(db.timeline.c.order_number == number)
        .where(db.timeline.c.state == "delivered")
    ).scalar()
    return datetime.fromisoformat(at).date() if at else None


def amount(hundredths: int) -> str:
    """Money as the API writes it: '1299.00'."""
    return str(Decimal(hundredths).scaleb(-2))


def _line(line: Any) -> dict[str, Any]:
    return {
        "line": line.line,
        "product": line.product,
        "size": line.size,
        "colour": line.colour,
        "quantity": line.quantity,
        "price": amount(line.price),
    }


def _refund(connection: Any, number: str, currency: str) -> dict[str, Any] | None:
    row = connection.execute(
        sa.select(db.refunds).where(db.refunds.c.order_number == number)
    ).first()
    if row is None:
        return None
    return {
        "amount": amount(row.amount),
        "currency": currency,
        "status": row.status,
        "expected_by": row.expected_by,
        "paid_on": row.paid_on,
    }
