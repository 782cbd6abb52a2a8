"""What agents do, as it reaches the tables and the outbox."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest
import requests
import sqlalchemy as sa

from bot.console.desk import queue
from bot.handoff import dispatcher, outbox, signing
from bot.storage.database import reading, transaction
from bot.storage.tables import deliveries, desk_tickets

MESSAGE = "0123456789abcdef"


def write(agent, ticket, text, client_id=MESSAGE):
    return agent.post(f"/desk/{ticket}/messages", text=text, client_id=client_id)


@pytest.fixture
def ticket(console, handoff):
    return console.ticket_id(handoff)


@pytest.fixture
def mine(agent, ticket):
    assert agent.post(f"/desk/{ticket}/accept").status_code == 303
    return ticket


def test_accept_write_resolve_reach_the_customers_side_in_order(console, handoff, agent, ticket):
    assert agent.post(f"/desk/{ticket}/accept").status_code == 303
    assert write(agent, ticket, "Hej Astrid!\r\nJag tittar på det nu.").status_code == 303
    assert agent.post(f"/desk/{ticket}/resolve").status_code == 303
    told = console.outgoing()
    common = {
        "handoff_id": handoff.id,
        "conversation_id": handoff.conversation_id,
        "agent": {"id": "1", "name": "Kim"},
    }
    assert [(event["type"], event["data"]) for event in told] == [
        ("agent.joined", common),
        ("message.created", common | {"text": "Hej Astrid!\nJag tittar på det nu."}),
        ("handoff.resolved", common),
    ]
    page = agent.get(f"/desk/{ticket}").text
    assert "Kim resolved the conversation." in page
    assert 'data-testid="composer"' not in page


def test_a_message_sent_again_with_its_id_is_written_once(console, agent, mine):
    write(agent, mine, "Hej!")
    write(agent, mine, "Hej!")
    write(agent, mine, "Hej!", "another-id-of-it")
    assert [e["type"] for e in console.outgoing()].count("message.created") == 2


def test_accepting_twice_joins_once(console, agent, mine):
    assert agent.post(f"/desk/{mine}/accept").status_code == 303
    assert [e["type"] for e in console.outgoing()] == ["agent.joined"]


def test_a_colleagues_conversation_can_only_be_taken_over_on_purpose(
    console, agent, colleague, mine
):
    assert colleague.post(f"/desk/{mine}/accept").status_code == 409
    assert write(colleague, mine, "Hej!").status_code == 409
    assert colleague.post(f"/desk/{mine}/resolve").status_code == 409
    assert colleague.post(f"/desk/{mine}/accept", take_over="1").status_code == 303
    assert write(colleague, mine, "Hej, Robin här!").status_code == 303
    assert write(agent, mine, "Jag också!", "fedcba9876543210").status_code == 409
    told = [(e["type"], e["data"]["agent"]["name"]) for e in console.outgoing()]
    assert told == [
        ("agent.joined", "Kim"),
        ("agent.joined", "Robin"),
        ("message.created", "Robin"),
    ]


@pytest.mark.parametrize("text", ["", "  \n ", "x" * 8001])
def test_a_text_that_cannot_be_sent_is_refused(console, agent, mine, text):
    assert write(agent, mine, text).status_code == 409
    assert [e["type"] for e in console.outgoing()] == ["agent.joined"]


def test_nobody_writes_before_accepting_or_after_the_end(console, agent, ticket):
    assert write(agent, ticket, "Hej!").status_code == 409
    agent.post(f"/desk/{ticket}/accept")
    agent.post(f"/desk/{ticket}/resolve")
    assert write(agent, ticket, "Hej!").status_code == 409
    assert agent.post(f"/desk/{ticket}/accept").status_code == 409
    assert [e["type"] for e in console.outgoing()] == ["agent.joined", "handoff.resolved"]


def test_an_unknown_ticket_is_not_found(agent):
    assert agent.get("/desk/4711").status_code == 404
    assert agent.post("/desk/4711/accept").status_code == 404


def test_each_of_the_agents_messages_shows_whether_it_arrived(console, agent, mine):
    write(agent, mine, "Hej!")
    assert "Sending…" in agent.get(f"/desk/{mine}").text

    def settle(**values):
        mine_alone = deliveries.c.type == "message.created"
        with transaction(console.engine) as connection:
            connection.execute(deliveries.update().where(mine_alone).values(**values))
        return agent.get(f"/desk/{mine}").text

    assert "Waiting, will be tried again" in settle(attempts=1, last_error="connection refused")
    assert "Not delivered." in settle(state="dead")
    delivered = settle(state="delivered", last_error=None)
    assert "✓ Sent" in delivered and "Not delivered." not in delivered


def test_a_dead_delivery_is_listed_and_replayed(console, agent, mine):
    with transaction(console.engine) as connection:
        connection.execute(
            deliveries.update()
            .where(deliveries.c.type == "agent.joined")
            .values(state="dead", last_error="the receiver answered 500: <b>oops</b>", attempts=10)
        )
        number = connection.execute(
            sa.select(deliveries.c.id).where(deliveries.c.state == "dead")
        ).scalar_one()
    page = agent.get("/deliveries").text
    assert "Given up" in page and "the receiver answered 500: &lt;b&gt;oops&lt;/b&gt;" in page
    assert agent.post(f"/deliveries/{number}/replay").status_code == 303
    with reading(console.engine) as connection:
        assert outbox.depth(connection)["dead"] == 0
    assert agent.post(f"/deliveries/{number}/replay").status_code == 404


def test_typing_is_told_at_once_at_most_every_three_seconds_and_never_queued(
    console, handoff, agent, mine
):
    assert agent.post(f"/desk/{mine}/typing").status_code == 202
    assert agent.post(f"/desk/{mine}/typing").status_code == 204
    # The page is answered first, the customer's side told a moment later.
    found, give_up = None, time.monotonic() + 10
    while found is None and time.monotonic() < give_up:
        with reading(console.engine) as connection:
            found = connection.execute(
                sa.text("SELECT typing_until FROM svara_handoffs WHERE id = :id"),
                {"id": handoff.id},
            ).scalar()
    assert found is not None
    assert "agent.typing" not in [e["type"] for e in console.outgoing()]


def test_typing_tells_nothing_of_a_conversation_that_is_not_mine(colleague, mine):
    assert colleague.post(f"/desk/{mine}/typing").status_code == 204


def test_the_queue_puts_the_most_pressing_first_and_counts_what_is_unread(
    console, agent, arrive, handoff, mine
):
    urgent = console.ticket_id(arrive())
    normal = console.ticket_id(arrive())
    with transaction(console.engine) as connection:
        connection.execute(
            desk_tickets.update().where(desk_tickets.c.id == urgent).values(priority="urgent")
        )
    console.customer_says(handoff, "Tack!")
    console.customer_says(handoff, "Jag väntar.")
    with reading(console.engine) as connection:
        waiting = queue.rows(connection, "waiting", 1)
        (own,) = queue.rows(connection, "mine", 1)
        counts = queue.counts(connection, 1)
        of_others = queue.counts(connection, 2)
    assert [row.id for row in waiting] == [urgent, normal]
    assert (own.id, own.unread, own.preview) == (mine, 2, "Jag väntar.")
    assert own.waiting_since is not None
    assert counts == queue.Counts(waiting=2, mine=1, open=3, unread=2)
    assert (of_others.mine, of_others.unread) == (0, 0)
    agent.get(f"/desk/{mine}")
    write(agent, mine, "Nu har jag svaret.")
    with reading(console.engine) as connection:
        (own,) = queue.rows(connection, "mine", 1)
    assert (own.unread, own.waiting_since) == (0, None)


def test_events_on_the_staff_port_are_checked_like_on_the_public_one(console, handoff):
    url = f"{console.url}/handoff/v1/events"

    def post(data, **headers):
        body = json.dumps({"type": "agent.typing", "timestamp": "", "data": data})
        signed = signing.sign(console.settings.handoff_secrets, "msg_t1", body)
        return requests.post(url, data=body, headers=signed | headers, timeout=10)

    ids = {"handoff_id": handoff.id, "conversation_id": handoff.conversation_id}
    assert post(ids, **{"webhook-signature": "v1,bm8="}).status_code == 401
    assert post(ids | {"handoff_id": "ho_none"}).status_code == 404
    assert post({"handoff_id": handoff.id}).status_code == 422
    assert post(ids).json() == {"ok": True, "duplicate": False}
    assert post(ids).json() == {"ok": True, "duplicate": True}
    assert requests.post(url, data="x" * 300_000, timeout=10).status_code == 413


def test_a_message_that_was_not_taken_waits_for_the_next_attempt(console, agent, mine):
    # Nothing listens on the public port of these settings.
    away = replace(console.settings, port=9)
    with reading(console.engine) as connection:
        heads = [d for d in outbox.due(connection) if d.destination == outbox.SVARA]
    assert [head.type for head in heads] == ["agent.joined"]
    assert not dispatcher.deliver(console.engine, away, heads[0])
    assert "Waiting, will be tried again" in agent.get(f"/desk/{mine}").text
