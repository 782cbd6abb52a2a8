"""The stream of events that keeps an open page up to date."""

from __future__ import annotations

import json
import threading
import time

import pytest

from bot.storage.database import transaction
from bot.storage.tables import deliveries

SECONDS = 8


class Stream:
    """Reads events as a browser does."""

    def __init__(self, agent, path, **headers):
        self.answer = agent.get(path, stream=True, headers=headers)
        assert self.answer.headers["content-type"].startswith("text/event-stream")
        self.lines = self.answer.iter_lines(chunk_size=1, decode_unicode=True)

    def next(self, *names):
        """The next event of these names: name, data, id."""
        event = {}
        until = time.monotonic() + SECONDS
        for line in self.lines:
            assert time.monotonic() < until, f"none of {names} came"
            if line:
                field, _, value = line.partition(": ")
                event[field] = value
            elif event.get("event") in names:
                return event["event"], json.loads(event["data"]), event.get("id")
            else:
                event = {}
        raise AssertionError("the stream has ended")


@pytest.fixture
def stream(agent):
    opened = []

    def start(path, **headers):
        opened.append(Stream(agent, path, **headers))
        return opened[-1]

    yield start
    for one in opened:
        one.answer.close()


def test_a_new_ticket_shows_in_the_queue_and_in_the_counts(agent, arrive, stream):
    live = stream("/desk/events?view=waiting")
    assert live.next("counts")[1]["waiting"] == 0
    assert live.next("queue")[1]["html"].strip() == ""
    arrive()
    assert live.next("counts")[1]["waiting"] == 1
    assert "Astrid Lund" in live.next("queue")[1]["html"]


def test_a_customers_message_comes_by_itself_and_escaped(console, handoff, agent, stream):
    live = stream(f"/desk/events?ticket={console.ticket_id(handoff)}&after=0")
    live.next("ticket")
    threading.Timer(0.2, console.customer_says, (handoff, "Hallå <där>!")).start()
    _, data, number = live.next("messages")
    assert "Hallå &lt;där&gt;!" in data["html"]
    assert number == "1"


def test_a_stream_goes_on_after_the_last_message_that_arrived(console, handoff, stream):
    for text in ("Ett", "Två", "Tre"):
        console.customer_says(handoff, text)
    ticket = console.ticket_id(handoff)
    _, data, number = stream(f"/desk/events?ticket={ticket}&after=1").next("messages")
    assert "Ett" not in data["html"] and "Två" in data["html"] and number == "3"
    resumed = stream(f"/desk/events?ticket={ticket}&after=1", **{"Last-Event-ID": "2"})
    _, data, _ = resumed.next("messages")
    assert "Två" not in data["html"] and "Tre" in data["html"]


def test_acceptance_and_delivery_show_without_a_reload(console, handoff, agent, stream):
    ticket = console.ticket_id(handoff)
    live = stream(f"/desk/events?ticket={ticket}&after=0")
    assert 'data-testid="accept"' in live.next("ticket")[1]["composer"]
    agent.post(f"/desk/{ticket}/accept")
    agent.post(f"/desk/{ticket}/messages", text="Hej!", client_id="0123456789")
    assert 'data-testid="composer"' in live.next("ticket")[1]["composer"]
    with transaction(console.engine) as connection:
        connection.execute(deliveries.update().values(state="delivered"))
    states = {}
    while "m2" not in states or "Sent" not in states["m2"]:
        states = live.next("states")[1]
    assert "✓ Sent" in states["m2"]


def test_a_stream_ends_with_the_session(agent, stream):
    live = stream("/desk/events?view=waiting")
    live.next("queue")
    agent.post("/logout")
    assert live.next("ended")


@pytest.mark.parametrize("query", ["view=all", "ticket=x", "ticket=77", "ticket=1&after=x"])
def test_a_stream_of_nothing_is_refused(agent, query):
    answer = agent.get(f"/desk/events?{query}")
    assert (answer.status_code, answer.json()["ok"]) == (404, False)


def test_a_stream_needs_a_session(visitor):
    assert visitor.get("/desk/events?view=waiting").status_code == 401


def test_a_page_of_a_deleted_conversation_is_told_that_it_has_ended(
    console, handoff, agent, stream
):
    live = stream(f"/desk/events?ticket={console.ticket_id(handoff)}&after=0")
    live.next("ticket")
    agent.post(f"/conversations/{handoff.conversation_id}/forget", even_busy="1")
    assert live.next("ended")[0] == "ended"
    assert list(live.lines) == []


def test_who_has_no_desk_any_more_sees_no_more_of_it(colleague, agent, arrive):
    live = Stream(colleague, "/desk/events?view=waiting")
    live.next("queue")
    agent.post("/staff/robin/role", role="trainer")
    assert live.next("ended")[0] == "ended"
    live.answer.close()
