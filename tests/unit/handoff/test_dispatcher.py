"""The dispatcher against a real receiver."""

from __future__ import annotations

import json
import socket
import statistics
import threading
import time
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
import sqlalchemy as sa
from handoff_world import CONVERSATION, OLD_SECRET, SECRET, Receiver, say
from sqlalchemy.engine import Engine
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from bot.handoff import dispatcher, forwarding, lookup, outbox
from bot.handoff.desks.http import MAX_RETRY_AFTER, parse_retry_after
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.database import reading, transaction
from bot.storage.tables import deliveries


@pytest.fixture
def reachable(settings: Settings, receiver: Receiver) -> Settings:
    """Settings with a helpdesk that is there."""
    return replace(settings, handoff_url=receiver.url)


def attempt(engine: Engine, settings: Settings) -> bool:
    """One attempt at the head of the queue, whose time has come."""
    with transaction(engine) as connection:
        connection.execute(deliveries.update().values(next_at=0))
        (head,) = outbox.due(connection)
    return dispatcher.deliver(engine, settings, head)


def states(engine: Engine) -> list[tuple[str, int, int | None]]:
    """State, attempts and last status of every delivery, in order."""
    with reading(engine) as connection:
        query = sa.select(
            deliveries.c.state, deliveries.c.attempts, deliveries.c.last_status
        ).order_by(deliveries.c.id)
        return [tuple(row) for row in connection.execute(query)]


def status(engine: Engine, handoff: Handoff) -> str:
    """The handoff's status."""
    with reading(engine) as connection:
        return lookup.get(connection, handoff.id).status


def test_a_handoff_arrives_signed(
    engine: Engine, reachable: Settings, receiver: Receiver, handoff: Handoff
) -> None:
    assert attempt(engine, reachable)
    ((headers, body),) = receiver.requests
    Webhook(SECRET).verify(body, headers)
    with pytest.raises(WebhookVerificationError):  # the first secret signs
        Webhook(OLD_SECRET).verify(body, headers)
    assert headers["content-type"] == "application/json"
    assert json.loads(body)["data"]["handoff_id"] == handoff.id
    assert states(engine) == [("delivered", 1, 200)]
    assert status(engine, handoff) == "delivered"


def test_an_attempt_that_failed_is_made_again_under_the_same_id(
    engine: Engine, reachable: Settings, receiver: Receiver, handoff: Handoff
) -> None:
    receiver.answers = [(500, {}), (404, {}), (204, {})]
    assert [attempt(engine, reachable) for _ in range(3)] == [False, False, True]
    assert len(set(receiver.ids)) == 1
    assert len({body for _, body in receiver.requests}) == 1
    for headers, body in receiver.requests:
        Webhook(SECRET).verify(body, headers)
    assert states(engine) == [("delivered", 3, 200)]


def test_a_receiver_that_is_away_is_tried_again(
    engine: Engine, settings: Settings, handoff: Handoff
) -> None:
    assert not attempt(engine, settings)
    assert states(engine) == [("pending", 1, None)]
    assert status(engine, handoff) == "requested"
    with reading(engine) as connection:
        error = connection.execute(sa.select(deliveries.c.last_error)).scalar_one()
    assert "Connection" in error


@pytest.mark.parametrize("asked", ["120", "in two minutes, by date"])
@pytest.mark.parametrize("code", [429, 503])
def test_a_receiver_that_asks_to_wait_is_left_alone(
    engine: Engine,
    reachable: Settings,
    receiver: Receiver,
    handoff: Handoff,
    code: int,
    asked: str,
) -> None:
    date = format_datetime(datetime.now(tz=timezone.utc) + timedelta(seconds=120), usegmt=True)
    receiver.answers = [(code, {"Retry-After": asked if asked.isdigit() else date})]
    assert not attempt(engine, reachable)
    with reading(engine) as connection:
        next_at = connection.execute(sa.select(deliveries.c.next_at)).scalar_one()
    assert next_at - time.time() == pytest.approx(120, abs=3)


def test_a_receiver_that_is_gone_is_not_tried_again(
    engine: Engine, reachable: Settings, receiver: Receiver, handoff: Handoff
) -> None:
    receiver.answers = [(410, {})]
    assert not attempt(engine, reachable)
    assert states(engine) == [("dead", 1, 410)]


def test_a_customer_is_told_when_no_helpdesk_took_the_handoff(
    engine: Engine, reachable: Settings, receiver: Receiver, handoff: Handoff
) -> None:
    receiver.answers = [(410, {})]
    attempt(engine, reachable)
    assert status(engine, handoff) == "failed"
    with reading(engine) as connection:
        last = conversations.history(connection, CONVERSATION)[-1]
    assert last.speaker == "bot"


def test_a_redirect_is_not_followed(
    engine: Engine, reachable: Settings, receiver: Receiver, handoff: Handoff
) -> None:
    receiver.answers = [(302, {"Location": receiver.url + "/elsewhere"})]
    assert not attempt(engine, reachable)
    assert len(receiver.requests) == 1
    assert states(engine) == [("pending", 1, 302)]


def test_a_long_answer_is_not_read_to_its_end(
    engine: Engine, reachable: Settings, receiver: Receiver, handoff: Handoff
) -> None:
    # It promises a gigabyte and sends nothing of it: a success is a success at once.
    receiver.answers = [(200, {"content-length": str(2**30)})]
    began = time.monotonic()
    assert attempt(engine, reachable)
    assert time.monotonic() - began < 5


def test_events_of_one_conversation_arrive_in_order_and_others_do_not_wait(
    engine: Engine, reachable: Settings, receiver: Receiver, handoff: Handoff
) -> None:
    with transaction(engine) as connection:
        conversations.start(connection, "web-2", "webchat")
        other = {"conversation_id": "web-2", "handoff_id": "ho_2"}
        outbox.enqueue(
            connection, "message.created", other, destination="helpdesk", webhook_id="msg_other"
        )
    for number in range(5):
        message = say(engine, "customer", f"{number}")
        with transaction(engine) as connection:
            forwarding.forward(connection, handoff, message)
    # The first one fails: what comes after it in its conversation has to wait.
    with transaction(engine) as connection:
        connection.execute(
            deliveries.update()
            .where(deliveries.c.type == "handoff.requested")
            .values(next_at=time.time() + 0.5)
        )

    stop = threading.Event()
    thread = running(reachable, stop)
    deadline = time.monotonic() + 10
    while len(receiver.requests) < 7 and time.monotonic() < deadline:
        time.sleep(0.01)
    stop.set()
    thread.join()
    kinds = [json.loads(body) for _, body in receiver.requests]
    assert receiver.ids[0] == "msg_other"
    assert [k["type"] for k in kinds[1:]] == ["handoff.requested"] + ["message.created"] * 5
    assert [k["data"]["message"]["text"] for k in kinds[2:]] == list("01234")
    assert {state for state, *_ in states(engine)} == {"delivered"}


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        ("-3", 0.0),
        ("999999999", MAX_RETRY_AFTER),
        ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0),
        ("soon", None),
        ("", None),
        (None, None),
    ],
)
def test_retry_after_in_either_of_its_forms(value: str | None, seconds: float | None) -> None:
    assert parse_retry_after(value) == seconds


@pytest.mark.parametrize("value", ["nan", "inf", "-inf", "1e999"])
def test_retry_after_that_is_no_number_of_seconds(value: str) -> None:
    wait = parse_retry_after(value)
    assert wait is None or 0 <= wait <= MAX_RETRY_AFTER


def running(engine_settings: Settings, stop: threading.Event) -> threading.Thread:
    """A dispatcher that delivers until it is told to stop."""
    thread = threading.Thread(target=dispatcher.run, args=(engine_settings, stop))
    thread.start()
    return thread


def test_a_desk_that_hangs_keeps_no_other_waiting(
    engine: Engine, settings: Settings, receiver: Receiver
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hanging:  # takes connections, never answers
        settings.desks_file.write_text(
            "desks:\n"
            f"  hanging: {{kind: webhook, url: 'http://127.0.0.1:{hanging.getsockname()[1]}/', "
            "allow_private: true}\n"
            f"  quick: {{kind: webhook, url: '{receiver.url}', allow_private: true}}\n"
        )
        with transaction(engine) as connection:
            for number in range(60):
                put = {"conversation_id": f"h-{number}", "handoff_id": f"ho_h{number}"}
                outbox.enqueue(connection, "message.created", put, destination="hanging")
        stop = threading.Event()
        thread = running(settings, stop)
        took = []
        for number in range(20):
            began = time.monotonic()
            with transaction(engine) as connection:
                put = {"conversation_id": "q", "handoff_id": "ho_q"}
                outbox.enqueue(connection, "message.created", put, destination="quick")
            while len(receiver.requests) <= number:
                assert time.monotonic() < began + 10
                time.sleep(0.002)
            took.append(time.monotonic() - began)
        stop.set()
    thread.join()
    assert statistics.median(took) < 0.15


def test_attempts_that_only_wait_for_a_worker_are_not_made_at_the_end(
    engine: Engine, reachable: Settings, receiver: Receiver
) -> None:
    receiver.thinks_seconds = 0.3
    with transaction(engine) as connection:
        for number in range(100):
            put = {"conversation_id": f"c-{number}", "handoff_id": "ho_c"}
            outbox.enqueue(connection, "message.created", put, destination="helpdesk")
    stop = threading.Event()
    thread = running(reachable, stop)
    while not receiver.requests:
        time.sleep(0.002)
    stop.set()
    thread.join()
    assert len(receiver.requests) < 100
    assert [state for state, *_ in states(engine)].count("delivered") == len(receiver.requests)


def test_an_attempt_that_took_too_long_does_not_end_a_handoff_that_has_arrived(
    engine: Engine, reachable: Settings, receiver: Receiver, handoff: Handoff
) -> None:
    receiver.thinks_seconds, receiver.answers = 0.5, [(410, {}), (200, {})]
    with reading(engine) as connection:
        (first,) = outbox.due(connection)
    slow = threading.Thread(target=dispatcher.deliver, args=(engine, reachable, first))
    slow.start()
    while states(engine) and not receiver.requests:
        time.sleep(0.01)
    assert attempt(engine, reachable)  # its claim has lapsed: another dispatcher's turn
    slow.join()
    assert status(engine, handoff) == "delivered"
    assert [state for state, *_ in states(engine)] == ["delivered"]
