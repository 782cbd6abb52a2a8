"""Cancelling, another address, returns: what is allowed when, and only once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from running_shop import Shop

ADDRESS = {"street": "Storgatan 1", "postcode": "831 31", "city": "Östersund"}


def reason(answer: Any) -> Any:
    assert answer.status_code == 409, answer.text
    return answer.json()["error"]["reason"]


def test_a_received_order_is_cancelled_and_its_reservation_released(shop: Shop) -> None:
    answer = shop.change("NL-104838/cancel", {"proof": "831 30"})
    assert answer.status_code == 200
    order = shop.order("NL-104838", "83130")
    assert answer.json() == order
    assert order["state"] == order["timeline"][-1]["state"] == "cancelled"
    assert order["refund"] == {
        "amount": order["total"],
        "currency": "SEK",
        "status": "released",
        "expected_by": "2026-03-13",
        "paid_on": None,
    }


@pytest.mark.parametrize(
    ("number", "proof", "expected"),
    [
        ("NL-104831", "8000", "already_packed"),
        ("NL-104823", "83130", "already_shipped"),
        ("NL-104821", "90326", "already_delivered"),
        ("NL-104833", "41119", "already_cancelled"),
        ("NL-104815", "21212", "already_returned"),
        ("NL-104801", "21212", "already_returned"),
    ],
)
def test_cancelling_is_refused_once_packed(
    shop: Shop, number: str, proof: str, expected: str
) -> None:
    before = shop.order(number, proof)
    assert reason(shop.change(f"{number}/cancel", {"proof": proof})) == expected
    assert shop.order(number, proof) == before


@pytest.mark.parametrize("number", ["NL-104838", "NL-104831"])
def test_an_unsent_order_can_go_elsewhere(shop: Shop, number: str) -> None:
    proof = "anna.lindqvist@mail.example" if number == "NL-104838" else "8000"
    new = ADDRESS if number == "NL-104838" else {**ADDRESS, "postcode": "DK-8200"}
    answer = shop.change(f"{number}/address", {"proof": proof, **new})
    assert answer.status_code == 200
    assert answer.json()["address"]["street"] == "Storgatan 1"
    assert shop.order(number, new["postcode"])["address"] == answer.json()["address"]


@pytest.mark.parametrize("postcode", ["8000", "DK-83131", "NO-0552", "831311", "abc"])
def test_an_order_stays_in_its_country(shop: Shop, postcode: str) -> None:
    body = {"proof": "83130", **ADDRESS, "postcode": postcode}
    assert reason(shop.change("NL-104838/address", body)) == "postcode_not_in_country"


def test_a_sent_order_keeps_its_address(shop: Shop) -> None:
    body = {"proof": "83130", **ADDRESS}
    assert reason(shop.change("NL-104823/address", body)) == "already_shipped"


def back(proof: str, *lines: int, why: str = "wrong_size", **more: Any) -> dict[str, Any]:
    return {"proof": proof, "lines": [{"line": n} for n in lines], "reason": why, **more}


def test_a_return_gives_a_label_that_the_order_then_shows(shop: Shop) -> None:
    answer = shop.change("NL-104821/returns", back("90326", 1, 2, why="changed_mind"))
    assert answer.status_code == 200
    label = answer.json()
    assert (label["price"], label["currency"]) == ("39.00", "SEK")
    assert label["url"].startswith("https://")
    assert label["lines"] == [{"line": 1, "quantity": 1}, {"line": 2, "quantity": 1}]
    assert shop.order("NL-104821", "90326")["returns"] == [label]


@pytest.mark.parametrize(
    "more", [{"exchange": {"size": "M"}}, {"why": "faulty"}, {"why": "wrong_item"}]
)
def test_exchanges_and_our_own_faults_cost_nothing(shop: Shop, more: dict[str, Any]) -> None:
    answer = shop.change("NL-104821/returns", back("90326", 1, **more))
    assert answer.json()["price"] == "0.00"


def test_a_line_gets_one_label(shop: Shop) -> None:
    assert shop.change("NL-104821/returns", back("90326", 1)).status_code == 200
    again = shop.change("NL-104821/returns", back("90326", 1))
    assert reason(again) == "return_already_registered"
    assert shop.change("NL-104821/returns", back("90326", 2)).status_code == 200


def test_a_line_may_come_back_in_parts(shop: Shop) -> None:
    one = {"proof": "0552", "lines": [{"line": 2, "quantity": 1}], "reason": "faulty"}
    for _ in range(2):
        assert shop.change("NL-104802/returns", one).status_code == 200
    assert reason(shop.change("NL-104802/returns", one)) == "return_already_registered"


@pytest.mark.parametrize(
    ("number", "proof", "why", "expected"),
    [
        ("NL-104838", "83130", "changed_mind", "not_delivered"),
        ("NL-104823", "83130", "changed_mind", "not_delivered"),
        ("NL-104833", "41119", "changed_mind", "already_cancelled"),
        ("NL-104801", "21212", "changed_mind", "already_returned"),
        ("NL-104803", "11630", "changed_mind", "return_window_over"),
        ("NL-104809", "5015", "damaged_in_transport", "return_window_over"),
        ("NL-104810", "83130", "changed_mind", "not_returnable"),
    ],
)
def test_a_return_is_refused_with_its_reason(
    shop: Shop, number: str, proof: str, why: str, expected: str
) -> None:
    assert reason(shop.change(f"{number}/returns", back(proof, 1, why=why))) == expected


def test_a_club_member_has_sixty_days_and_a_fault_has_years(shop: Shop) -> None:
    assert shop.change("NL-104804/returns", back("90326", 1)).status_code == 200
    shop.pass_time(days=2 * 365)
    assert shop.change("NL-104803/returns", back("11630", 1, why="faulty")).status_code == 200
    shop.pass_time(days=366)
    again = shop.change("NL-104810/returns", back("83130", 1, why="faulty"))
    assert reason(again) == "return_window_over"


@pytest.mark.parametrize(
    "body",
    [
        {"lines": [], "reason": "faulty"},
        {"lines": [{"line": 9}], "reason": "faulty"},
        {"lines": [{"line": 1, "quantity": 2}], "reason": "faulty"},
        {"lines": [{"line": 1, "quantity": 0}], "reason": "faulty"},
        {"lines": [{"line": 1}, {"line": 1}], "reason": "faulty"},
        {"lines": [{"line": True}], "reason": "faulty"},
        {"lines": [1], "reason": "faulty"},
        {"lines": [{"line": 1}], "reason": "bored"},
        {"lines": [{"line": 1}], "reason": "faulty", "exchange": {}},
        {"lines": [{"line": 1}, {"line": 2}], "reason": "faulty", "exchange": {"size": "M"}},
    ],
)
def test_a_return_that_makes_no_sense_is_an_error(shop: Shop, body: dict[str, Any]) -> None:
    answer = shop.change("NL-104821/returns", {"proof": "90326", **body})
    assert answer.status_code == 422
    assert shop.order("NL-104821", "90326")["returns"] == []


def test_the_same_key_gives_the_same_answer_once(shop: Shop) -> None:
    body = back("90326", 1)
    first = shop.change("NL-104821/returns", body, key="same-key")
    again = shop.change("NL-104821/returns", body, key="same-key")
    assert first.json() == again.json()
    assert len(shop.order("NL-104821", "90326")["returns"]) == 1


def test_the_same_key_works_after_the_proof_has_changed(shop: Shop) -> None:
    body = {"proof": "83130", **ADDRESS}
    first = shop.change("NL-104838/address", body, key="same-key")
    again = shop.change("NL-104838/address", body, key="same-key")
    assert (first.status_code, first.json()) == (again.status_code, again.json())


def test_a_refusal_is_the_keys_lasting_answer(shop: Shop) -> None:
    body = back("83130", 1)
    assert reason(shop.change("NL-104823/returns", body, key="same-key")) == "not_delivered"
    assert reason(shop.change("NL-104823/returns", body, key="same-key")) == "not_delivered"


def test_the_same_key_for_another_request_is_an_error(shop: Shop) -> None:
    shop.change("NL-104838/cancel", {"proof": "83130"}, key="same-key")
    others = [
        shop.change("NL-104838/cancel", {"proof": "831 30"}, key="same-key"),
        shop.change("NL-104837/cancel", {"proof": "83130"}, key="same-key"),
    ]
    assert [answer.json()["error"]["code"] for answer in others] == ["idempotency_key_reused"] * 2
    assert {answer.status_code for answer in others} == {409}


def test_a_wrong_proof_does_not_use_up_the_key(shop: Shop) -> None:
    assert shop.change("NL-104838/cancel", {"proof": "0000"}, key="same-key").status_code == 404
    assert shop.change("NL-104838/cancel", {"proof": "83130"}, key="same-key").status_code == 200


@pytest.mark.parametrize("key", ["", "short", "with space", "x" * 201], ids=len)
def test_a_change_wants_a_key(shop: Shop, key: str) -> None:
    answer = shop.post("NL-104838/cancel", {"proof": "83130"}, Idempotency_Key=key)
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "idempotency_key_missing"


def test_the_same_change_at_the_same_time_is_made_once(shop: Shop) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(
            pool.map(
                lambda _: shop.change("NL-104821/returns", back("90326", 1), key="same-key"),
                range(8),
            )
        )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
