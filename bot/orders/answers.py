"""What to say about an order: where it and its money are, what cannot be done, what was done."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from bot import texts
from bot.orders import returning, wording
from bot.orders.model import (
    Order,
    OrderState,
    Refund,
    RefundStatus,
    RefusalReason,
    ReturnLabel,
    ReturnReason,
)
from bot.orders.replies import NewAddress
from bot.orders.task import Say, Task

_PAYMENTS: Final = {
    "klarna": "Klarna",
    "paypal": "PayPal",
    "swish": "Swish",
    "mobilepay": "MobilePay",
    "vipps": "Vipps",
}
_ON_ITS_WAY: Final = (OrderState.PACKED, OrderState.SHIPPED)
_BACK: Final = (OrderState.RETURNED, OrderState.REFUNDED)
_POSTCODE_DIGITS: Final = {"SE": 5, "FI": 5, "DE": 5, "DK": 4, "NO": 4}


def status(order: Order, language: str, today: date) -> list[Say]:
    """Where the order is, and when it comes."""
    state = order.state
    facts = _facts(order, language, today)
    late = state in (OrderState.RECEIVED, *_ON_ITS_WAY) and today > order.promised_on
    promise = "utter_order_overdue" if late else "utter_order_promised"
    facts["promise"] = texts.say(promise, language, promised=facts["promised"])
    person = {
        "title": texts.say("utter_title_talk_to_human", language),
        "payload": "/talk_to_human",
    }
    says = [Say(f"utter_order_state_{state.value}", facts, (person,) if late else ())]
    if state is OrderState.SHIPPED and order.tracking_url:
        says.append(Say("utter_order_tracking", {"url": order.tracking_url}))
    if state is OrderState.CANCELLED or state in _BACK:
        says += _money(order, language, today)
    return says


def has_come(order: Order) -> bool:
    """Whether the customer has, or has had, the goods."""
    return order.state is OrderState.DELIVERED or order.state in _BACK


def refund(order: Order, language: str, today: date) -> list[Say]:
    """Where the money is."""
    if order.refund is not None:
        return _money(order, language, today)
    facts = _facts(order, language, today)
    if order.state is OrderState.DELIVERED and order.returns:
        return [Say("utter_order_refund_waiting", facts)]
    if order.state is OrderState.DELIVERED:
        return [Say("utter_order_refund_no_return", facts)]
    return [Say("utter_order_refund_none", facts), *status(order, language, today)]


def refused(task: Task, order: Order, language: str, today: date) -> list[Say]:
    """Why a task cannot be done with the order as it is, and what to do instead; else nothing."""
    state = order.state
    if task in (Task.STATUS, Task.REFUND):
        return []
    facts = _facts(order, language, today)
    if state is OrderState.CANCELLED:
        return [Say("utter_order_already_cancelled", facts), *_money(order, language, today)]
    if state in _BACK:
        return [Say("utter_order_already_returned", facts), *_money(order, language, today)]
    if task is Task.CANCEL and state is not OrderState.RECEIVED:
        return [Say(f"utter_order_cannot_cancel_{state.value}", facts)]
    if task is Task.READDRESS and state is OrderState.SHIPPED:
        says = [Say("utter_order_cannot_readdress_shipped", facts)]
        if order.tracking_url:
            says.append(Say("utter_order_tracking", {"url": order.tracking_url}))
        return says
    if task is Task.READDRESS and state is OrderState.DELIVERED:
        return [Say("utter_order_cannot_readdress_delivered", facts)]
    if task is Task.RETURN:
        return _cannot_return(order, facts)
    return []


def too_late(order: Order, reason: ReturnReason | None, language: str, today: date) -> Say | None:
    """After the return window: whether something is faulty, or that it is too late."""
    if not returning.window_over(order, today) or reason is ReturnReason.FAULTY:
        return None
    name = "utter_order_window_over" if reason is None else "utter_order_window_closed"
    return Say(name, _facts(order, language, today))


def refused_by_shop(reason: RefusalReason, order: Order, language: str, today: date) -> Say:
    """Why the order system said no to something that looked possible."""
    facts = _facts(order, language, today)
    if reason is RefusalReason.RETURN_WINDOW_OVER and returning.window_over(order, today):
        return Say("utter_order_window_closed", facts)
    if reason is RefusalReason.NOT_RETURNABLE:
        return Say("utter_order_not_returnable", facts)
    if reason is RefusalReason.POSTCODE_NOT_IN_COUNTRY:
        return Say("utter_order_address_abroad", facts)
    return Say("utter_order_refused", facts)


def is_abroad(address: NewAddress, order: Order) -> bool:
    """True when the postcode has not the form of those of the order's country."""
    digits = _POSTCODE_DIGITS.get(order.address.country)
    code = address.postcode.replace(" ", "")
    return digits is not None and not (code.isdigit() and len(code) == digits)


def is_same(address: NewAddress, order: Order) -> bool:
    """True when the order goes there already."""
    there = order.address
    return _plain(address.street) == _plain(there.street) and _plain(address.postcode) == _plain(
        there.postcode
    )


def confirm_cancelling(order: Order, language: str, today: date) -> Say:
    """Asks whether to cancel the order."""
    return Say("utter_order_confirm_cancel", _facts(order, language, today))


def confirm_address(order: Order, address: NewAddress, language: str, today: date) -> Say:
    """Asks whether to send the order to another address."""
    facts = _facts(order, language, today)
    return Say("utter_order_confirm_address", facts | {"address": _written(address, order)})


def confirm_return(
    order: Order, wanted: Any, reason: ReturnReason, language: str, today: date
) -> Say:
    """Asks whether to make a label, and says what it costs."""
    price = returning.label_price(order, reason)
    facts = _facts(order, language, today) | {
        "items": wording.items(order.lines, language, wanted),
        "price": wording.money(price, order.currency, language),
    }
    return Say("utter_order_confirm_return" if price else "utter_order_confirm_return_free", facts)


def cancelled(order: Order, language: str, today: date) -> list[Say]:
    """It is cancelled, and what becomes of the money."""
    facts = _facts(order, language, today)
    return [Say("utter_order_cancelled", facts), *_money(order, language, today)]


def readdressed(order: Order, language: str, today: date) -> list[Say]:
    """It goes to another address."""
    return [Say("utter_order_readdressed", _facts(order, language, today))]


def label_made(label: ReturnLabel, language: str) -> list[Say]:
    """The label, what it costs, and what to do with it."""
    facts = {
        "label": label.number,
        "url": label.url,
        "price": wording.money(label.price, label.currency, language),
    }
    cost = "utter_order_label_price" if label.price else "utter_order_label_free"
    return [Say("utter_order_label", facts), Say(cost, facts)]


def _cannot_return(order: Order, facts: dict[str, Any]) -> list[Say]:
    if order.state is OrderState.RECEIVED:
        return [Say("utter_order_cannot_return_received", facts)]
    if order.state in _ON_ITS_WAY:
        return [Say("utter_order_cannot_return_on_its_way", facts)]
    if not returning.left(order):
        label = order.returns[-1]
        return [Say("utter_order_already_labelled", facts | {"url": label.url})]
    return []


def _money(order: Order, language: str, today: date) -> list[Say]:
    found = order.refund
    if found is None:
        return []
    facts = _facts(order, language, today) | {
        "amount": wording.money(found.amount, found.currency, language),
        "method": _method(order.payment, language),
        "expected": wording.day(found.expected_by, language, today),
        "paid": wording.day(found.paid_on, language, today) if found.paid_on else "",
    }
    return [Say(_refund_response(order, found, today), facts)]


def _refund_response(order: Order, found: Refund, today: date) -> str:
    if found.status is RefundStatus.PENDING:
        return "utter_order_refund_pending"
    if found.status is RefundStatus.RELEASED:
        kind = "invoice" if order.payment == "klarna" else "reservation"
        return f"utter_order_refund_{kind}"
    waits = found.paid_on is None or found.expected_by > found.paid_on
    return (
        "utter_order_refund_sent"
        if waits and found.expected_by >= today
        else "utter_order_refund_paid"
    )


def _method(payment: str, language: str) -> str:
    name = f"utter_order_method_{payment}"
    return texts.say(name, language) if texts.exists(name) else _PAYMENTS.get(payment, payment)


def _facts(order: Order, language: str, today: date) -> dict[str, Any]:
    """Everything about the order that a response may want."""
    reached = order.reached(order.state)
    return {
        "order": order.number,
        "items": wording.items(order.lines, language),
        "total": wording.money(order.total, order.currency, language),
        "address": wording.address(order.address),
        "carrier": order.carrier or texts.say("utter_order_carrier", language),
        "date": wording.day(reached.date(), language, today) if reached else "",
        "promised": wording.day(order.promised_on, language, today),
        "until": wording.day(order.return_until, language, today) if order.return_until else "",
    }


def _written(address: NewAddress, order: Order) -> str:
    country = order.address.country
    return f"{address.street}, {wording.postcode(address.postcode, country)} {address.city}"


def _plain(text: str) -> str:
    return "".join(character for character in text.lower() if character.isalnum())
