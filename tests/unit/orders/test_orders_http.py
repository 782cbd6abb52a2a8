"""The order system's client against the real demo shop, and against a bad line."""

from __future__ import annotations

import json
import socket
from datetime import date, timedelta
from decimal import Decimal

import pytest
from line_to_shop import KEY, Line

from bot.errors import OrderSystemError
from bot.orders import (
    Exchange,
    HttpOrderSystem,
    Order,
    OrderState,
    OrderSystem,
    OrderSystemAnswerInvalid,
    OrderSystemBusy,
    OrderSystemKeyRefused,
    OrderSystemRequestRefused,
    OrderSystemUnreachable,
    RefundStatus,
    Refusal,
    RefusalReason,
    ReturnLabel,
    ReturnLine,
    ReturnReason,
)
from tests.waiting import until


def test_an_order_comes_back_typed(orders: OrderSystem) -> None:
    order = orders.lookup("NL-104823", "83130")
    assert isinstance(order, Order)
    assert order.state is OrderState.SHIPPED
    assert (order.total, order.currency) == (Decimal("3848.00"), "SEK")
    assert order.address.country == "SE"
    assert order.lines[0].product == "Sarek Shell Jacket"
    sent = order.reached(OrderState.SHIPPED)
    assert sent is not None and sent.utcoffset() == timedelta(0)
    assert order.reached(OrderState.DELIVERED) is None
    assert order.tracking_url and order.return_until is None and order.refund is None


def test_every_demo_order_can_be_read(orders: OrderSystem) -> None:
    proofs = {"NL-104801": "21212", "NL-104811": "1016HD", "NL-104815": "21212"}
    proofs |= {"NL-104817": "11630", "NL-104808": "41119", "NL-104835": "90326"}
    for number, proof in proofs.items():
        assert isinstance(orders.lookup(number, proof), Order)


def test_a_no_is_a_value(orders: OrderSystem) -> None:
    assert orders.lookup("NL-104823", "0000") == Refusal(RefusalReason.ORDER_NOT_FOUND)
    assert orders.lookup("NL-999999", "0000") == Refusal(RefusalReason.ORDER_NOT_FOUND)
    assert orders.cancel("NL-104823", "83130", idempotency_key="one wish!".replace(" ", "")) == (
        Refusal(RefusalReason.ALREADY_SHIPPED)
    )


def test_a_closed_number_says_for_how_long(orders: OrderSystem) -> None:
    for _ in range(10):
        orders.lookup("NL-104823", "0000")
    closed = orders.lookup("NL-104823", "83130")
    assert isinstance(closed, Refusal)
    assert closed.reason is RefusalReason.TOO_MANY_ATTEMPTS
    assert closed.retry_after is not None and 3500 < closed.retry_after <= 3600


def test_cancel(orders: OrderSystem) -> None:
    order = orders.cancel("NL-104838", "83130", idempotency_key="wish-0001")
    assert isinstance(order, Order) and order.refund
    assert order.state is OrderState.CANCELLED
    assert order.refund.status is RefundStatus.RELEASED
    assert order.refund.expected_by > date.today() - timedelta(days=1)


def test_change_address(orders: OrderSystem) -> None:
    new = {"street": "Storgatan 1", "postcode": "903 25", "city": "Umeå"}
    order = orders.change_address("NL-104838", "83130", **new, idempotency_key="wish-0001")
    assert isinstance(order, Order)
    assert (order.address.street, order.address.city) == ("Storgatan 1", "Umeå")


def test_create_return(orders: OrderSystem) -> None:
    label = orders.create_return(
        "NL-104821",
        "90326",
        lines=[ReturnLine(1)],
        reason=ReturnReason.WRONG_SIZE,
        exchange=Exchange(size="M"),
        idempotency_key="wish-0001",
    )
    assert isinstance(label, ReturnLabel)
    assert (label.price, label.lines) == (Decimal(0), (ReturnLine(1),))
    assert label.exchange == Exchange(size="M")
    order = orders.lookup("NL-104821", "90326")
    assert isinstance(order, Order) and order.returns == (label,)


def test_a_lookup_is_tried_again(orders: OrderSystem, line: Line) -> None:
    line.lost = 1
    line.answers = [(503, {}, b"")]
    assert isinstance(orders.lookup("NL-104823", "83130"), Order)
    assert len(line.seen) == 3


def test_a_lookup_gives_up(orders: OrderSystem, line: Line) -> None:
    line.answers = [(503, {}, b"")] * 9
    with pytest.raises(OrderSystemBusy, match="503"):
        orders.lookup("NL-104823", "83130")
    assert len(line.seen) == 3


def test_a_change_whose_answer_is_lost_is_sent_again_and_made_once(
    orders: OrderSystem, line: Line
) -> None:
    line.lost = 1
    label = orders.create_return(
        "NL-104821",
        "90326",
        lines=[ReturnLine(1)],
        reason=ReturnReason.FAULTY,
        idempotency_key="wish-0001",
    )
    assert isinstance(label, ReturnLabel)
    assert [key for _, key in line.seen] == ["wish-0001", "wish-0001"]
    order = orders.lookup("NL-104821", "90326")
    assert isinstance(order, Order) and order.returns == (label,)


def test_a_change_is_sent_twice_at_most(orders: OrderSystem, line: Line) -> None:
    line.lost = 9
    with pytest.raises(OrderSystemUnreachable, match="SVARA_ORDER_SYSTEM_URL"):
        orders.cancel("NL-104838", "83130", idempotency_key="wish-0001")
    assert len(line.seen) == 2


def test_a_change_whose_answer_is_late_is_not_sent_again(line: Line) -> None:
    line.delay = 1.0
    impatient = HttpOrderSystem(line.url, KEY, timeout=(2.0, 0.1))
    with pytest.raises(OrderSystemUnreachable, match="did not answer"):
        impatient.cancel("NL-104838", "83130", idempotency_key="wish-0001")
    until(lambda: line.seen)
    assert len(line.seen) == 1


def test_a_change_that_was_refused_is_not_sent_again(orders: OrderSystem, line: Line) -> None:
    line.answers = [(503, {}, b"")]
    with pytest.raises(OrderSystemBusy):
        orders.cancel("NL-104838", "83130", idempotency_key="wish-0001")
    assert len(line.seen) == 1


def test_nobody_there() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    orders = HttpOrderSystem(f"http://127.0.0.1:{port}", KEY)
    with pytest.raises(OrderSystemUnreachable):
        orders.lookup("NL-104823", "83130")


def test_a_wrong_key_says_what_to_set(line: Line) -> None:
    with pytest.raises(OrderSystemKeyRefused, match="SVARA_ORDER_SYSTEM_KEY"):
        HttpOrderSystem(line.url, "wrong").lookup("NL-104823", "83130")


def test_a_fault_of_ours_is_an_error(orders: OrderSystem) -> None:
    with pytest.raises(OrderSystemRequestRefused, match="422"):
        orders.create_return(
            "NL-104821",
            "90326",
            lines=[],
            reason=ReturnReason.FAULTY,
            idempotency_key="wish-0001",
        )


def order_json(**changed: object) -> bytes:
    body = {
        "number": "NL-1",
        "state": "shipped",
        "name": "Anna",
        "email": "secret@mail.example",
        "address": {"street": "a", "postcode": "b", "city": "c", "country": "SE"},
        "currency": "SEK",
        "lines": [],
        "delivery_price": "0.00",
        "total": "0.00",
        "payment": "card",
        "promised_on": "2026-03-11",
        "carrier": None,
        "tracking_number": None,
        "tracking_url": None,
        "timeline": [],
        "return_until": None,
        "returns": [],
        "refund": None,
    }
    return json.dumps(body | changed).encode()


@pytest.mark.parametrize(
    "answer",
    [
        (200, {}, b""),
        (200, {}, b"<html>"),
        (200, {}, b"[]"),
        (200, {}, b"null"),
        (200, {}, b"[" * 10_000),
        (200, {}, b"{" + b" " * 300_000 + b"}"),
        (200, {}, order_json(state="lost")),
        (200, {}, order_json(total=1.5)),
        (200, {}, order_json(total="NaN")),
        (200, {}, order_json(lines=[{"line": 1}])),
        (200, {}, order_json(promised_on=None)),
        (200, {}, order_json(tracking_url="javascript:alert(1)")),
        (200, {}, order_json(name=None)),
        (200, {}, order_json(timeline=[{"state": "shipped", "at": 5}])),
        (302, {"Location": "http://127.0.0.1:1/"}, b""),
        (404, {}, b"not found"),
        (404, {}, b"{}"),
        (404, {}, b'{"error": "x"}'),
    ],
    ids=lambda answer: f"{answer[0]}-{answer[2][:12]!r}",
)
def test_any_other_answer_is_an_error_without_a_customers_data(
    orders: OrderSystem, line: Line, answer: tuple[int, dict[str, str], bytes]
) -> None:
    line.answers = [answer]
    with pytest.raises(OrderSystemAnswerInvalid, match="SVARA_ORDER_SYSTEM_URL") as raised:
        orders.lookup("NL-104823", "83130")
    assert isinstance(raised.value, OrderSystemError)
    assert "secret" not in str(raised.value)
    assert len(line.seen) == 1


def test_the_shape_used_above_is_a_good_one(orders: OrderSystem, line: Line) -> None:
    line.answers = [(200, {}, order_json())]
    assert isinstance(orders.lookup("NL-104823", "83130"), Order)


def test_a_reason_that_we_do_not_know_is_still_a_no(orders: OrderSystem, line: Line) -> None:
    body = {"error": {"code": "refused", "reason": "full_moon", "message": ""}}
    line.answers = [(409, {}, json.dumps(body).encode())]
    answer = orders.cancel("NL-104838", "83130", idempotency_key="wish-0001")
    assert answer == Refusal(RefusalReason.OTHER)
