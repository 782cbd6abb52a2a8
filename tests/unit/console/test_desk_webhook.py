"""The desk as a receiver of Svara's webhooks."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import replace

import pytest
import requests
import sqlalchemy as sa

from bot.console.desk import inbox
from bot.console.server import make_server
from bot.handoff import dispatcher, outbox
from bot.storage.database import reading
from bot.storage.tables import desk_messages, desk_tickets


def tickets(console):
    with reading(console.engine) as connection:
        return connection.execute(sa.select(desk_tickets)).all()


def said(console):
    with reading(console.engine) as connection:
        return connection.execute(sa.select(desk_messages)).all()


def ids(handoff):
    return {"handoff_id": handoff.id, "conversation_id": handoff.conversation_id}


def test_a_handoff_becomes_a_ticket_with_its_whole_context(console, handoff):
    (ticket,) = tickets(console)
    assert (ticket.status, ticket.customer, ticket.language) == ("new", "Astrid Lund", "sv")
    assert (ticket.reason, ticket.channel) == ("answer_rejected", "webchat")
    assert ticket.subject.startswith("Hej! Paketet har inte kommit")
    assert len(ticket.context["transcript"]["messages"]) == 6
    assert ticket.context["slots"]["order_number"] == "NL-104823"


def test_an_unsigned_webhook_is_refused(console):
    answer = requests.post(
        f"{console.url}/desk/v1/webhook", data=b'{"type": "handoff.requested"}', timeout=10
    )
    assert answer.status_code == 401
    assert answer.json()["error"] == "signature_refused"
    assert tickets(console) == []


def test_a_changed_body_is_refused(console, handoff):
    forged = {"webhook-signature": "v1,AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="}
    answer = console.event("handoff.cancelled", ids(handoff), **forged)
    assert answer.status_code == 401
    assert tickets(console)[0].status == "new"


def test_a_webhook_sent_twice_is_taken_once(console, handoff):
    message = ids(handoff) | {"message": {"text": "Är det någon där?"}}
    first = console.event("message.created", message, webhook_id="msg_one")
    again = console.event("message.created", message, webhook_id="msg_one")
    assert first.json() == {"ok": True, "duplicate": False}
    assert (again.status_code, again.json()) == (200, {"ok": True, "duplicate": True})
    assert [row.text for row in said(console)] == ["Är det någon där?"]


def test_a_handoff_announced_under_another_id_makes_no_second_ticket(console, handoff):
    context = tickets(console)[0].context
    assert console.event("handoff.requested", context).status_code == 200
    assert len(tickets(console)) == 1


def test_a_cancelled_handoff_closes_its_ticket(console, handoff):
    assert console.event("handoff.cancelled", ids(handoff)).status_code == 200
    assert tickets(console)[0].status == "cancelled"
    assert tickets(console)[0].closed_at is not None


def test_a_rating_is_kept(console, handoff):
    rating = {"rating": {"score": 4, "out_of": 5}}
    assert console.event("conversation.rated", ids(handoff) | rating).status_code == 200
    assert tickets(console)[0].rating == {"score": 4, "out_of": 5}


def test_a_message_to_an_unknown_handoff_is_not_found(console):
    data = {"handoff_id": "ho_x", "conversation_id": "c", "message": {"text": "Hi"}}
    answer = console.event("message.created", data)
    assert answer.status_code == 404
    assert "ho_x" in answer.json()["message"]


def test_bodies_that_cannot_be_used_are_refused_with_the_reason(console, handoff):
    whole = tickets(console)[0].context
    bad = {
        "not JSON": "{",
        "not an object": "[]",
        "unknown type": json.dumps({"type": "agent.joined", "data": ids(handoff)}),
        "no data": json.dumps({"type": "message.created"}),
        "no ids": json.dumps({"type": "message.created", "data": {}}),
        "no message": json.dumps({"type": "message.created", "data": ids(handoff)}),
        "no text": json.dumps(
            {"type": "message.created", "data": ids(handoff) | {"message": {"text": 7}}}
        ),
        "transcript of numbers": json.dumps(
            {
                "type": "handoff.requested",
                "data": whole | {"handoff_id": "ho_2", "transcript": {"messages": [1]}},
            }
        ),
        "rating of text": json.dumps(
            {"type": "conversation.rated", "data": ids(handoff) | {"rating": {"score": "five"}}}
        ),
    }
    for what, body in bad.items():
        answer = console.hook(body)
        assert (answer.status_code, what) == (422, what)
        assert answer.json()["error"] == "event_refused"
        assert len(answer.json()["message"]) > 20
    assert len(tickets(console)) == 1
    assert said(console) == []


def test_a_refused_webhook_may_be_sent_again_corrected(console, handoff):
    bad = console.event("message.created", ids(handoff), webhook_id="msg_same")
    good = ids(handoff) | {"message": {"text": "Hej"}}
    again = console.event("message.created", good, webhook_id="msg_same")
    assert (bad.status_code, again.json()) == (422, {"ok": True, "duplicate": False})


def test_a_body_over_the_limit_is_refused(console):
    answer = console.hook("x" * (inbox.MAX_BODY_BYTES + 1))
    assert answer.status_code == 413
    assert str(inbox.MAX_BODY_BYTES) in answer.json()["message"]


def test_the_dispatcher_delivers_to_the_desk(console, arrive):
    # `arrive` left the delivery pending; the dispatcher's own attempt is a duplicate, and fine.
    handoff = arrive()
    with reading(console.engine) as connection:
        (due,) = outbox.due(connection)
    assert dispatcher.deliver(console.engine, console.settings, due)
    assert [ticket.handoff_id for ticket in tickets(console)] == [handoff.id]


@pytest.mark.parametrize(("ports", "status"), [("both", 401), ("staff", 401), ("public", 404)])
def test_a_setting_closes_the_staff_port_to_inbound_events(settings, ports, status):
    server = make_server(replace(settings, handoff_events_on=ports))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        time.sleep(0.01)
    answer = requests.post(f"{settings.staff_url}/handoff/v1/events", data=b"{}", timeout=10)
    server.stop()
    thread.join(10)
    assert answer.status_code == status
