"""What of an order can still be sent back, for how long, and what its label costs."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Final

from bot import texts
from bot.orders import wording
from bot.orders.model import Order, OrderLine, ReturnLine, ReturnReason
from bot.orders.replies import match_lines

CHOICE_INTENT: Final = "order_choice"
"""Intent of the form's own buttons; its entity `choice` is `help`, `items:...` or `reason:...`."""

OUR_FAULT: Final = (
    ReturnReason.FAULTY,
    ReturnReason.DAMAGED_IN_TRANSPORT,
    ReturnReason.WRONG_ITEM,
)
_LABEL: Final = {"SEK": 39, "DKK": 29, "NOK": 49, "EUR": 5}
_MAX_BUTTONS: Final = 9
_MAX_COUNTED: Final = 3
_PART: Final = re.compile(r"(\d{1,3})x(\d{1,4})", re.ASCII)


def left(order: Order) -> list[OrderLine]:
    """The lines with what of them has no return label yet."""
    sent: dict[int, int] = {}
    for label in order.returns:
        for part in label.lines:
            sent[part.line] = sent.get(part.line, 0) + part.quantity
    return [
        replace(line, quantity=line.quantity - sent.get(line.line, 0))
        for line in order.lines
        if line.quantity > sent.get(line.line, 0)
    ]


def window_over(order: Order, today: date) -> bool:
    """True when only a fault is a reason to send something back."""
    return order.return_until is not None and today > order.return_until


def label_price(order: Order, reason: ReturnReason) -> Decimal:
    """What a label costs by the shop's terms; known before it is made, so that we can say so."""
    return Decimal(0 if reason in OUR_FAULT else _LABEL.get(order.currency, 0))


def buttons(order: Order, language: str) -> tuple[dict[str, str], ...]:
    """One for each thing that can be sent back, and one for everything."""
    lines = left(order)
    each = [
        (wording.item(line, count), f"{line.line}x{count}")
        for line in lines
        for count in _counts(line.quantity)
    ][: _MAX_BUTTONS - 1]
    found = [_button(title, f"items:{value}") for title, value in each]
    if len(lines) > 1:
        found.append(_button(texts.say("utter_order_everything", language), "items:all"))
    return tuple(found)


def chosen(value: str, order: Order) -> tuple[ReturnLine, ...]:
    """The lines that a button stands for; none when the order does not have them (any more)."""
    lines = {line.line: line.quantity for line in left(order)}
    if value == "all":
        return tuple(ReturnLine(number, quantity) for number, quantity in lines.items())
    found = _PART.fullmatch(value)
    if not found:
        return ()
    number, quantity = int(found[1]), int(found[2])
    return (ReturnLine(number, quantity),) if 0 < quantity <= lines.get(number, 0) else ()


def named(product: object, order: Order) -> tuple[ReturnLine, ...]:
    """What goes back without asking: the only thing there is, or the product named before."""
    lines = left(order)
    if len(lines) == 1 and lines[0].quantity == 1:
        return (ReturnLine(lines[0].line, 1),)
    found = match_lines(str(product), lines) if product else ()
    counts = {line.line: line.quantity for line in lines}
    return found if all(counts[item.line] == 1 for item in found) else ()


def can_go_back(items: Sequence[ReturnLine], order: Order) -> bool:
    """True when the order still has all of `items`."""
    lines = {line.line: line.quantity for line in left(order)}
    return all(0 < item.quantity <= lines.get(item.line, 0) for item in items)


def _counts(quantity: int) -> list[int]:
    if quantity <= _MAX_COUNTED:
        return list(range(1, quantity + 1))
    return [1, quantity]


def _button(title: str, choice: str) -> dict[str, str]:
    return {"title": title, "payload": f'/{CHOICE_INTENT}{{"choice": "{choice}"}}'}
