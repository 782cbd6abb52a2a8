"""The life of a handoff."""

from __future__ import annotations

import json
import time

import pytest
import sqlalchemy as sa
from handoff_world import CONVERSATION, open_one, say
from sqlalchemy.engine import Engine

from bot.handoff import forwarding, lifecycle, lookup
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage.database import reading, transaction
from bot.storage.tables import deliveries, handoffs

ASTRID = {"id": "7", "name": "Astrid"}


def events(engine: Engine) -> list[str]:
    """Types of the events in the outbox, in order."""
    with reading(engine) as connection:
        query = sa.select(deliveries.c.type).order_by(deliveries.c.id)
        return list(connection.execute(query).scalars())


def now(engine: Engine, handoff: Handoff) -> Handoff:
    """The handoff as it stands."""
    with reading(engine) as connection:
        return lookup.get(connection, handoff.id)


def test_a_conversation_has_one_open_handoff(engine: Engine, settings: Settings) -> None:
    first = open_one(engine, settings)
    assert open_one(engine, settings, "upset") == first
    assert events(engine) == ["handoff.requested"]
    with transaction(engine) as connection:
        lifecycle.close(connection, first.id, "resolved")
    assert open_one(engine, settings).id != first.id


def test_what_is_known_late_is_no_step_back(engine: Engine, settings: Settings) -> None:
    first = open_one(engine, settings)
    with transaction(engine) as connection:
        lifecycle.cancel(connection, first)
        lifecycle.mark_delivered(connection, first.id)
        lifecycle.mark_accepted(connection, first.id, ASTRID)
    second = open_one(engine, settings)
    with transaction(engine) as connection:
        lifecycle.mark_accepted(connection, second.id, ASTRID)
        lifecycle.mark_delivered(connection, second.id)
        told = [
            [change.status for change in lookup.changes(connection, each.id)]
            for each in (first, second)
        ]
    assert told == [["requested", "cancelled"], ["requested", "accepted"]]
    assert (now(engine, first).status, now(engine, second).status) == ("cancelled", "accepted")
    assert now(engine, first).delivered_at is not None


def test_two_open_handoffs_are_impossible_in_the_database(engine: Engine, handoff: Handoff) -> None:
    with (
        pytest.raises(sa.exc.IntegrityError),
        transaction(engine) as connection,
    ):
        connection.execute(
            handoffs.insert().values(
                id="ho_2",
                conversation_id=CONVERSATION,
                status="accepted",
                reason="rule",
                priority="normal",
                desk="helpdesk",
                requested_at=time.time(),
            )
        )


def test_from_the_request_to_the_end(engine: Engine, handoff: Handoff) -> None:
    assert (handoff.status, handoff.open, handoff.priority) == ("requested", True, "normal")
    with transaction(engine) as connection:
        lifecycle.mark_delivered(connection, handoff.id)
    assert now(engine, handoff).status == "delivered"
    with transaction(engine) as connection:
        lifecycle.mark_accepted(connection, handoff.id, ASTRID)
        # A delivery noted late does not take it back.
        lifecycle.mark_delivered(connection, handoff.id)
        state = lookup.public_state(lookup.current(connection, CONVERSATION))
    assert state == {"status": "accepted", "agent": {"name": "Astrid"}}
    accepted_at = now(engine, handoff).accepted_at
    with transaction(engine) as connection:
        lifecycle.mark_accepted(connection, handoff.id, {"id": "8", "name": "Bo"})
        assert lifecycle.close(connection, handoff.id, "resolved")
        assert not lifecycle.close(connection, handoff.id, "cancelled")
        assert lookup.current(connection, CONVERSATION) is None
    ended = now(engine, handoff)
    assert (ended.status, ended.open, ended.accepted_at) == ("resolved", False, accepted_at)
    assert ended.agent == {"id": "8", "name": "Bo"}
    assert lookup.public_state(ended) is None


@pytest.mark.parametrize(
    ("reason", "priority"),
    [
        ("customer_asked", "normal"),
        ("upset", "high"),
        ("technical_error", "high"),
        ("sensitive_topic", "urgent"),
    ],
)
def test_priority_follows_the_reason(
    engine: Engine, settings: Settings, reason: str, priority: str
) -> None:
    assert open_one(engine, settings, reason).priority == priority


def test_a_cancelled_handoff_is_told_once(engine: Engine, handoff: Handoff) -> None:
    for _ in range(2):
        with transaction(engine) as connection:
            lifecycle.cancel(connection, handoff)
    assert events(engine) == ["handoff.requested", "handoff.cancelled"]
    assert now(engine, handoff).status == "cancelled"


def test_a_rating_is_taken_once_and_only_of_what_was_resolved(
    engine: Engine, settings: Settings, handoff: Handoff
) -> None:
    with transaction(engine) as connection:
        assert lifecycle.rate(connection, CONVERSATION, 5) is None
        lifecycle.close(connection, handoff.id, "cancelled")
        assert lifecycle.rate(connection, CONVERSATION, 5) is None
    second = open_one(engine, settings)
    with transaction(engine) as connection:
        lifecycle.close(connection, second.id, "resolved")
        rated = lifecycle.rate(connection, CONVERSATION, 4)
        assert lifecycle.rate(connection, CONVERSATION, 1) is None
    assert rated is not None
    assert rated.id == second.id
    assert now(engine, second).rating == 4
    with reading(engine) as connection:
        query = sa.select(deliveries.c.body).order_by(deliveries.c.id.desc())
        event = json.loads(connection.execute(query).scalars().first())
    assert event["type"] == "conversation.rated"
    assert event["data"]["rating"] == {"score": 4, "out_of": 5}
    assert events(engine).count("conversation.rated") == 1


def test_a_message_is_forwarded_once(engine: Engine, handoff: Handoff) -> None:
    message = say(engine, "customer", "Hallå?")
    with transaction(engine) as connection:
        forwarding.forward(connection, handoff, message)
    with pytest.raises(sa.exc.IntegrityError), transaction(engine) as connection:
        forwarding.forward(connection, handoff, message)
    assert events(engine) == ["handoff.requested", "message.created"]


def test_a_forwarded_message_has_the_customers_words(engine: Engine, handoff: Handoff) -> None:
    message = say(engine, "customer", "Åh nej 😀")
    with transaction(engine) as connection:
        forwarding.forward(connection, handoff, message)
        body = connection.execute(
            sa.select(deliveries.c.body).where(deliveries.c.type == "message.created")
        ).scalar_one()
    assert json.loads(body)["data"] == {
        "handoff_id": handoff.id,
        "conversation_id": CONVERSATION,
        "message": {
            "id": message.id,
            "time": message.time,
            "speaker": "customer",
            "text": "Åh nej 😀",
        },
    }


def test_typing_is_known_for_a_while(engine: Engine, handoff: Handoff) -> None:
    with transaction(engine) as connection:
        lifecycle.mark_typing(connection, handoff.id, 6)
    until = now(engine, handoff).typing_until
    assert until is not None
    assert 4 < until - time.time() <= 6


def test_the_expected_wait_is_the_median_of_what_was_measured(engine: Engine) -> None:
    def waited(number: int, seconds: float) -> None:
        at = time.time() - 1000
        with transaction(engine) as connection:
            connection.execute(
                handoffs.insert().values(
                    id=f"ho_{number}",
                    conversation_id=f"c{number}",
                    status="resolved",
                    reason="rule",
                    priority="normal",
                    desk="helpdesk",
                    requested_at=at,
                    accepted_at=at + seconds,
                )
            )

    def expected() -> float | None:
        with reading(engine) as connection:
            return lookup.expected_wait(connection)

    waited(1, 60)
    waited(2, 600)
    assert expected() is None
    waited(3, 120)
    assert expected() == pytest.approx(120)


def test_a_rating_and_the_word_why_are_told_once_each(
    engine: Engine, settings: Settings, handoff: Handoff
) -> None:
    with transaction(engine) as connection:
        assert lifecycle.say_why(connection, CONVERSATION, "slow") is None
        lifecycle.close(connection, handoff.id, "resolved")
        assert lifecycle.say_why(connection, CONVERSATION, "slow") is None
        assert lifecycle.rate(connection, CONVERSATION, 2) is not None
        assert lifecycle.rate(connection, CONVERSATION, 5) is None
        assert lifecycle.say_why(connection, CONVERSATION, "slow") is not None
        assert lifecycle.say_why(connection, CONVERSATION, "unfriendly") is None
        rows = connection.execute(sa.select(deliveries.c.body).order_by(deliveries.c.id))
        ratings = [json.loads(row.body)["data"].get("rating") for row in rows]
    assert ratings[1:] == [
        {"score": 2, "out_of": 5},
        {"score": 2, "out_of": 5, "word": "slow"},
    ]
