"""Looking up an order, and who may."""

from __future__ import annotations

import pytest
import requests
from running_shop import KEY, Shop


def test_an_order_is_shown_whole(shop: Shop) -> None:
    order = shop.order("NL-104823", "anna.lindqvist@mail.example")
    assert order["state"] == "shipped"
    assert order["address"]["postcode"] == "831 30"
    assert [line["product"] for line in order["lines"]] == ["Sarek Shell Jacket", "Mora Wool Hat"]
    assert (order["total"], order["currency"]) == ("3848.00", "SEK")
    assert order["tracking_url"].endswith(order["tracking_number"])
    assert [entry["state"] for entry in order["timeline"]] == ["received", "packed", "shipped"]


@pytest.mark.parametrize(
    ("number", "proof"),
    [
        ("NL-104823", "ANNA.lindqvist@mail.example"),
        ("NL-104823", " anna.lindqvist @mail.example "),
        ("NL-104823", "831 30"),
        ("NL-104823", "83130"),
        ("NL-104823", "SE-831 30"),
        ("nl-104823", "S-83130"),
        ("NL-104831", "8000"),
        ("NL-104831", "DK-8000"),
        ("NL-104831", "dk 8000"),
        ("NL-104811", "1016hd"),
    ],
)
def test_proofs_may_be_written_in_any_way(shop: Shop, number: str, proof: str) -> None:
    assert shop.order(number, proof)["number"] == number.upper()


def test_a_wrong_proof_and_an_unknown_number_get_the_same_answer(shop: Shop) -> None:
    wrong = shop.post("NL-104823/lookup", {"proof": "mette.kjaer@mail.example"})
    unknown = shop.post("NL-999999/lookup", {"proof": "mette.kjaer@mail.example"})
    malformed = shop.post("104823/lookup", {"proof": "mette.kjaer@mail.example"})
    assert wrong.status_code == unknown.status_code == malformed.status_code == 404
    assert wrong.content == unknown.content == malformed.content


@pytest.mark.parametrize("number", ["NL-104823", "NL-999999"])
def test_ten_wrong_proofs_close_a_number_for_an_hour(shop: Shop, number: str) -> None:
    for _ in range(10):
        assert shop.post(f"{number}/lookup", {"proof": "0000"}).status_code == 404
        shop.pass_time(minutes=1)
    closed = shop.post(f"{number}/lookup", {"proof": "831 30"})
    assert closed.status_code == 429
    assert closed.headers["Retry-After"] == str(50 * 60)
    assert shop.order("NL-104831", "8000"), "other orders stay open"
    shop.pass_time(minutes=50, seconds=1)
    assert shop.post(f"{number}/lookup", {"proof": "0000"}).status_code == 404


def test_wrong_proofs_of_changes_count_too(shop: Shop) -> None:
    for _ in range(10):
        assert shop.change("NL-104838/cancel", {"proof": "0000"}).status_code == 404
    assert shop.change("NL-104838/cancel", {"proof": "83130"}).status_code == 429


def test_an_empty_proof_opens_nothing(shop: Shop) -> None:
    assert shop.post("NL-999999/lookup", {"proof": " "}).status_code == 422
    assert shop.post("NL-999999/lookup", {"proof": "-"}).status_code == 404


@pytest.mark.parametrize("header", ["", "Bearer", "Bearer wrong", f"Basic {KEY}", KEY])
@pytest.mark.parametrize("path", ["/v1/orders/NL-104823/lookup", "/healthz"])
def test_every_route_wants_the_key(shop: Shop, path: str, header: str) -> None:
    method = "GET" if path == "/healthz" else "POST"
    headers = {"Authorization": header} if header else {}
    answer = requests.request(
        method, shop.url + path, headers=headers, json={"proof": "83130"}, timeout=5
    )
    assert answer.status_code == 401
    assert answer.json()["error"]["code"] == "unauthorised"


def test_health(shop: Shop) -> None:
    headers = {"Authorization": f"Bearer {KEY}"}
    answer = requests.get(f"{shop.url}/healthz", headers=headers, timeout=5)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"proof": "83130"', "application/json", 400),
        (b"[" * 10_000, "application/json", 400),
        (b"[]", "application/json", 422),
        (b'{"proof": 83130}', "application/json", 422),
        (b'{"proof": "\\u0000"}', "application/json", 422),
        (b'{"proof": "\\ud800"}', "application/json", 422),
        (b"proof=83130", "application/x-www-form-urlencoded", 415),
        (b'{"proof": "' + b"8" * 20_000 + b'"}', "application/json", 413),
    ],
    ids=lambda value: str(value)[:20],
)
def test_unusable_bodies_get_a_clear_error(shop: Shop, body: bytes, kind: str, status: int) -> None:
    headers = {"Authorization": f"Bearer {KEY}", "Content-Type": kind}
    url = f"{shop.url}/v1/orders/NL-104823/lookup"
    answer = requests.post(url, data=body, headers=headers, timeout=5)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_unknown_routes_answer_in_json(shop: Shop) -> None:
    answer = requests.get(f"{shop.url}/v1/orders", timeout=5)
    assert answer.status_code == 404
    assert answer.json()["error"]["code"] == "no_such_route"
