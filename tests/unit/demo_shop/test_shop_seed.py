"""The demo orders, and the shop as a process."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

from demo_shop import database as db
from demo_shop.database import open_database
from demo_shop.reading import read_order
from demo_shop.seed import PLANS, make_tables


def seeded(path: Path, now: datetime) -> list[dict[str, object]]:
    engine = open_database(path)
    make_tables(engine, now)
    with engine.begin() as connection:
        rows = connection.execute(sa.select(db.orders).order_by(db.orders.c.number)).all()
        orders = [read_order(connection, row) for row in rows]
    engine.dispose()
    return orders


@pytest.mark.parametrize("day", range(8))
def test_on_any_weekday_the_orders_have_a_past_that_makes_sense(tmp_path: Path, day: int) -> None:
    now = datetime(2026, 2, 25, 0, 30, tzinfo=timezone.utc) + timedelta(days=day)
    orders = seeded(tmp_path / "shop.db", now)
    assert len(orders) == len(PLANS) == 40
    states = Counter(str(order["state"]) for order in orders)
    assert len(states) == 7 and min(states.values()) >= 3
    assert len({order["email"] for order in orders}) == 15
    assert {order["currency"] for order in orders} == {"SEK", "DKK", "NOK", "EUR"}
    for order in orders:
        timeline = order["timeline"]
        assert isinstance(timeline, list)
        moments = [datetime.fromisoformat(entry["at"]) for entry in timeline]
        assert moments == sorted(moments), order
        assert moments[-1] < now
        assert timeline[-1]["state"] == order["state"]
        assert timeline[0]["state"] == "received"
        refund_expected = order["state"] in ("cancelled", "returned", "refunded")
        assert bool(order["refund"]) == refund_expected, order
        assert (order["tracking_number"] is not None) == any(
            entry["state"] == "shipped" for entry in timeline
        )


def test_the_same_day_gives_the_same_orders(tmp_path: Path) -> None:
    now = datetime(2026, 3, 11, 9, tzinfo=timezone.utc)
    first = seeded(tmp_path / "a.db", now)
    assert first == seeded(tmp_path / "b.db", now + timedelta(hours=5))


def test_a_second_start_leaves_the_orders_alone(tmp_path: Path) -> None:
    now = datetime(2026, 3, 11, 9, tzinfo=timezone.utc)
    first = seeded(tmp_path / "shop.db", now)
    assert seeded(tmp_path / "shop.db", now + timedelta(days=30)) == first


def run_shop(*options: str, key: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "demo_shop", *options],
        env={**os.environ, "SVARA_ORDER_SYSTEM_KEY": key},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_process_serves_in_silence(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = run_shop(
        "--port", str(port), "--database", str(tmp_path / "new" / "shop.db"), key="k"
    )
    try:
        for _ in range(200):
            try:
                answer = requests.get(
                    f"http://127.0.0.1:{port}/healthz",
                    headers={"Authorization": "Bearer k"},
                    timeout=5,
                )
                break
            except requests.ConnectionError:
                time.sleep(0.05)
        else:
            pytest.fail("the shop did not start within 10 s")
        assert answer.status_code == 200
    finally:
        process.send_signal(signal.SIGTERM)
        output = process.communicate(timeout=10)
    assert output == ("", "")


@pytest.mark.parametrize(
    ("port", "key", "words"), [("8099", "", "SVARA_ORDER_SYSTEM_KEY"), ("99999", "k", "--port")]
)
def test_the_process_says_what_is_missing(tmp_path: Path, port: str, key: str, words: str) -> None:
    process = run_shop("--port", port, "--database", str(tmp_path / "shop.db"), key=key)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert words in errors


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "shop.db").write_text("not a database, " * 100)
    process = run_shop("--port", "8099", "--database", str(tmp_path / "shop.db"), key="k")
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert "Give another file" in errors
