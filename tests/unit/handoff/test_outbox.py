"""The outbox: order, attempts, and the end of patience."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from bot.handoff import outbox
from bot.handoff.outbox import JITTER, SCHEDULE, Delivery
from bot.settings import Settings
from bot.storage.database import open_database, reading, transaction
from bot.storage.tables import deliveries
from tests.databases import own_database


@pytest.fixture
def empty(settings: Settings) -> Engine:
    """A database with an empty outbox."""
    return open_database(settings.database)


def put(engine: Engine, conversation: str, kind: str = "message.created", **how: str) -> str:
    """Puts an event in the outbox; the webhook's id."""
    data = {"conversation_id": conversation, "handoff_id": "ho_1"}
    with transaction(engine) as connection:
        return outbox.enqueue(connection, kind, data, **{"destination": "helpdesk", **how})


def due(engine: Engine) -> list[Delivery]:
    """What can be delivered now."""
    with reading(engine) as connection:
        return outbox.due(connection)


def row(engine: Engine, webhook_id: str) -> sa.engine.Row:
    """A delivery's row."""
    with reading(engine) as connection:
        query = sa.select(deliveries).where(deliveries.c.webhook_id == webhook_id)
        return connection.execute(query).one()


def fail(engine: Engine, delivery: Delivery, **how: object) -> bool:
    """Notes a failed attempt."""
    with transaction(engine) as connection:
        return outbox.failed(connection, delivery, status=500, error="no", **how)  # type: ignore[arg-type]


def test_an_event_that_is_rolled_back_is_not_sent(empty: Engine) -> None:
    data = {"conversation_id": "a", "handoff_id": "ho_1"}
    with pytest.raises(RuntimeError), transaction(empty) as connection:
        outbox.enqueue(connection, "message.created", data, destination="helpdesk")
        raise RuntimeError("the handoff's own transaction failed")
    assert due(empty) == []


def test_only_the_head_of_each_conversation_is_due(empty: Engine) -> None:
    first, second = put(empty, "a"), put(empty, "a")
    other = put(empty, "b")
    back = put(empty, "a", destination=outbox.SVARA)
    assert {d.webhook_id for d in due(empty)} == {first, other, back}
    head = next(d for d in due(empty) if d.webhook_id == first)
    fail(empty, head)
    assert {d.webhook_id for d in due(empty)} == {other, back}
    with transaction(empty) as connection:
        outbox.succeeded(connection, head, 200)
    assert second in {d.webhook_id for d in due(empty)}


def test_after_a_dead_event_the_next_ones_go_on(empty: Engine) -> None:
    put(empty, "a")
    second = put(empty, "a")
    assert fail(empty, due(empty)[0], final=True)
    assert [d.webhook_id for d in due(empty)] == [second]


def test_an_attempt_is_made_by_one_dispatcher(empty: Engine) -> None:
    put(empty, "a")
    (head,) = due(empty)
    with transaction(empty) as connection:
        assert outbox.claim(connection, head, 30)
        assert not outbox.claim(connection, head, 30)
    assert due(empty) == []


def test_a_claim_lapses_when_its_dispatcher_died(empty: Engine) -> None:
    put(empty, "a")
    (head,) = due(empty)
    with transaction(empty) as connection:
        assert outbox.claim(connection, head, -1)
    assert due(empty) == [replace(head, begun=1)]  # it may have arrived


def test_the_waits_between_attempts_follow_the_schedule(empty: Engine) -> None:
    name = put(empty, "a")
    for attempt, wait in enumerate(SCHEDULE[1:], start=1):
        with reading(empty) as connection:
            query = sa.select(*(deliveries.c[n] for n in Delivery.__dataclass_fields__))
            delivery = Delivery(**connection.execute(query).one()._mapping)
        assert not fail(empty, delivery)
        found = row(empty, name)
        assert (found.attempts, found.state) == (attempt, "pending")
        assert wait * (1 - JITTER) - 1 <= found.next_at - time.time() <= wait * (1 + JITTER)
    with reading(empty) as connection:
        delivery = Delivery(**connection.execute(query).one()._mapping)
    assert fail(empty, delivery)
    assert row(empty, name).state == "dead"
    with reading(empty) as connection:
        assert outbox.depth(connection) == {"pending": 0, "dead": 1}


def test_retry_after_is_a_least_wait(empty: Engine) -> None:
    name = put(empty, "a")
    (head,) = due(empty)
    fail(empty, head, retry_after=1000.0)
    assert row(empty, name).next_at - time.time() == pytest.approx(1000, abs=5)
    fail(empty, head, retry_after=0.0)
    assert row(empty, name).next_at - time.time() == pytest.approx(SCHEDULE[1], abs=1)


def test_a_dead_delivery_is_replayed_by_hand(empty: Engine) -> None:
    name = put(empty, "a")
    (head,) = due(empty)
    with transaction(empty) as connection:
        assert not outbox.replay(connection, head.id)
    fail(empty, head, final=True)
    with transaction(empty) as connection:
        assert outbox.replay(connection, head.id)
    assert [(d.webhook_id, d.attempts) for d in due(empty)] == [(name, 0)]


def test_an_event_is_the_same_text_at_every_attempt(empty: Engine) -> None:
    put(empty, "a")
    assert due(empty)[0].body == due(empty)[0].body
    assert '"type":"message.created"' in due(empty)[0].body


def take(engine: Engine, delivery: Delivery, seconds: float = 30.0) -> bool:
    """Begins an attempt."""
    with transaction(engine) as connection:
        return outbox.claim(connection, delivery, seconds)


def succeed(engine: Engine, delivery: Delivery) -> bool:
    """Notes a good attempt."""
    with transaction(engine) as connection:
        return outbox.succeeded(connection, delivery, 200)


def test_an_attempt_that_took_too_long_changes_nothing_when_it_fails(empty: Engine) -> None:
    # Its claim lapsed, another dispatcher made the next attempt, and that one arrived.
    name = put(empty, "a")
    (first,) = due(empty)
    assert take(empty, first, seconds=-1)
    (second,) = due(empty)
    assert take(empty, second)
    assert not fail(empty, first, final=True)
    assert row(empty, name).state == "pending"
    assert succeed(empty, second)
    assert not fail(empty, first, final=True)
    assert row(empty, name).state == "delivered"


def test_what_has_arrived_is_noted_once(empty: Engine) -> None:
    put(empty, "a")
    (first,) = due(empty)
    assert take(empty, first, seconds=-1)
    (second,) = due(empty)
    assert take(empty, second)
    assert succeed(empty, first)  # whichever attempt it was, the receiver has it
    assert not succeed(empty, second)


def test_an_attempt_of_an_earlier_look_is_not_made_any_more(empty: Engine) -> None:
    put(empty, "a")
    (seen,) = due(empty)
    assert take(empty, seen, seconds=-1)
    assert not take(empty, seen)  # somebody has begun it since


def test_what_was_given_to_another_desk_is_not_done_by_the_first_one(empty: Engine) -> None:
    name = put(empty, "a")
    (seen,) = due(empty)
    assert take(empty, seen)
    with transaction(empty) as connection:
        outbox.redirect(connection, "ho_1", "other")
    assert not succeed(empty, seen)
    assert not fail(empty, seen, final=True)
    found = row(empty, name)
    assert (found.destination, found.state, found.attempts) == ("other", "pending", 0)
    assert not take(empty, replace(seen, begun=0))


def test_what_waits_behind_a_failure_is_not_looked_at_before_its_time(empty: Engine) -> None:
    put(empty, "a")
    second = put(empty, "a")
    (head,) = due(empty)
    fail(empty, head, retry_after=1000.0)
    third = put(empty, "a")
    for name in (second, third):
        assert row(empty, name).next_at - time.time() == pytest.approx(1000, abs=5)
    assert succeed(empty, head)
    assert [d.webhook_id for d in due(empty)] == [second]


def test_after_a_dead_event_what_waited_for_it_goes_on_at_once(empty: Engine) -> None:
    put(empty, "a")
    second = put(empty, "a")
    (head,) = due(empty)
    fail(empty, head, retry_after=1000.0)
    assert due(empty) == []
    assert fail(empty, head, final=True)
    assert [d.webhook_id for d in due(empty)] == [second]


def test_each_destination_is_asked_for_by_itself(empty: Engine) -> None:
    put(empty, "a", destination="slow")
    other = put(empty, "b", destination="other")
    with reading(empty) as connection:
        assert outbox.destinations(connection) == ["other", "slow"]
        found = outbox.due(connection, destination="other")
    assert [d.webhook_id for d in found] == [other]
    assert succeed(empty, found[0])
    with reading(empty) as connection:
        assert outbox.destinations(connection) == ["slow"]


def test_a_look_at_a_long_outbox_reads_only_its_beginning(empty: Engine) -> None:
    for number in range(300):
        put(empty, f"a-{number % 100}")
    with reading(empty) as connection:
        steps = 0

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        raw = connection.connection.driver_connection
        raw.set_progress_handler(step, 100)
        assert len(outbox.due(connection, destination="helpdesk", limit=10)) == 10
        assert outbox.destinations(connection) == ["helpdesk"]
        raw.set_progress_handler(None, 100)
    assert steps < 30  # hundreds of instructions; reading all would be tens of thousands


@pytest.mark.postgres
def test_postgresql_reads_only_the_beginning_without_statistics_too(postgres_url: str) -> None:
    with own_database(postgres_url) as url:
        engine = open_database(url)
        with transaction(engine) as connection:
            for number in range(3000):
                data = {"conversation_id": f"a-{number % 1000}", "handoff_id": "ho_1"}
                outbox.enqueue(connection, "message.created", data, destination="helpdesk")
        asked: list[tuple[str, object]] = []
        sa.event.listen(
            engine, "before_cursor_execute", lambda *a: asked.append((a[2], a[3])), named=False
        )
        with reading(engine) as connection:
            assert len(outbox.due(connection, destination="helpdesk", limit=10)) == 10
            statement, values = asked[-1]
            plan = connection.exec_driver_sql(f"EXPLAIN ANALYZE {statement}", values).scalars()
            lines = "\n".join(plan)
    assert "Rows Removed" not in lines
    assert lines.count("Index") >= 2
    assert "Seq Scan" not in lines
