"""Agents working together: notes, giving, leaving, who else is here, searching, other tickets."""

from __future__ import annotations

import time
import uuid

import pytest
import sqlalchemy as sa

from bot.console.desk import presence, queue, related, tickets
from bot.handoff import lifecycle
from bot.storage.database import reading, transaction
from bot.storage.desk_tables import desk_presence
from bot.storage.tables import deliveries, messages

ROBIN = "2"


@pytest.fixture
def ticket(console, handoff):
    return console.ticket_id(handoff)


@pytest.fixture
def mine(agent, ticket):
    assert agent.post(f"/desk/{ticket}/accept").status_code == 303
    return ticket


def annotate(agent, ticket, text, client_id="0123456789"):
    return agent.post(f"/desk/{ticket}/notes", text=text, client_id=client_id)


def told(console):
    return [(e["type"], e["data"]["agent"]["name"]) for e in console.outgoing()]


def row(console, view, staff_id=1):
    with reading(console.engine) as connection:
        (found,) = queue.rows(connection, view, staff_id)
    return found


def test_a_note_is_for_colleagues_alone(console, handoff, agent, colleague, mine):
    secret = "He is angry, be kind <b>"
    assert annotate(colleague, mine, secret).status_code == 303
    assert annotate(colleague, mine, secret).status_code == 303  # sent again
    page = agent.get(f"/desk/{mine}").text
    assert page.count('data-speaker="note"') == 1
    assert "He is angry, be kind &lt;b&gt;" in page
    with reading(console.engine) as connection:
        bodies = connection.execute(sa.select(deliveries.c.body)).scalars().all()
        said = connection.execute(sa.select(messages.c.text)).scalars().all()
    assert not any("angry" in text for text in [*bodies, *said])
    assert secret not in agent.get(f"/conversations/{handoff.conversation_id}").text


def test_a_note_is_unread_for_who_has_the_ticket_and_not_for_who_wrote_it(
    console, agent, colleague, mine
):
    annotate(agent, mine, "Called them")
    assert row(console, "mine").unread == 0
    annotate(colleague, mine, "And I wrote to them", "another-id-1")
    assert row(console, "mine").unread == 1
    agent.get(f"/desk/{mine}")
    assert row(console, "mine").unread == 0


def test_a_note_can_be_written_before_and_after_but_not_an_empty_one(console, agent, ticket):
    assert annotate(agent, ticket, "Before").status_code == 303
    agent.post(f"/desk/{ticket}/accept")
    agent.post(f"/desk/{ticket}/resolve")
    assert annotate(agent, ticket, "After", "another-id-1").status_code == 303
    assert annotate(agent, ticket, "  ", "another-id-2").status_code == 409
    assert told(console) == [("agent.joined", "Kim"), ("handoff.resolved", "Kim")]


def test_a_given_conversation_is_the_colleagues_and_the_customer_hears_of_it_with_their_word(
    console, agent, colleague, mine
):
    assert agent.post(f"/desk/{mine}/give", to=ROBIN, note="Speaks Danish").status_code == 303
    assert row(console, "mine", 2).unread == 2  # that it was given, and the note
    assert told(console) == [("agent.joined", "Kim")]
    assert agent.post(f"/desk/{mine}/messages", text="Hej", client_id="0123456789").status_code == (
        409
    )
    page = colleague.get(f"/desk/{mine}").text
    assert "Kim gave this to Robin." in page and "Speaks Danish" in page
    colleague.post(f"/desk/{mine}/messages", text="Hej!", client_id="0123456789")
    colleague.post(f"/desk/{mine}/messages", text="Hm.", client_id="another-id-1")
    assert told(console) == [
        ("agent.joined", "Kim"),
        ("agent.joined", "Robin"),
        ("message.created", "Robin"),
        ("message.created", "Robin"),
    ]


def test_a_new_conversation_given_to_a_colleague_waits_for_them(console, agent, colleague, ticket):
    agent.post(f"/desk/{ticket}/give", to=ROBIN)
    waiting = row(console, "mine", 2)
    assert (waiting.status, waiting.agent, waiting.waiting_since is None) == ("new", "Robin", False)
    with reading(console.engine) as connection:
        assert queue.counts(connection, 1) == queue.Counts(waiting=0, mine=0, open=1, unread=0)
    assert told(console) == []
    assert "This waits for Robin" in agent.get(f"/desk/{ticket}").text
    colleague.post(f"/desk/{ticket}/accept")
    assert told(console) == [("agent.joined", "Robin")]
    assert "Robin joined." in colleague.get(f"/desk/{ticket}").text


def test_a_conversation_that_is_left_waits_for_anyone_again(console, agent, colleague, mine):
    assert colleague.post(f"/desk/{mine}/give", to="anyone").status_code == 409
    assert agent.post(f"/desk/{mine}/give", to="anyone").status_code == 303
    left = row(console, "waiting")
    assert (left.status, left.agent) == ("new", None)
    assert left.waiting_since is not None and left.waiting_since > left.created_at
    assert agent.post(f"/desk/{mine}/messages", text="Hej", client_id="0123456789").status_code == (
        409
    )
    colleague.post(f"/desk/{mine}/accept")
    assert told(console) == [("agent.joined", "Kim"), ("agent.joined", "Robin")]


@pytest.mark.parametrize(("to", "status"), [("", 409), ("x", 409), ("77", 404)])
def test_nobody_in_particular_is_given_nothing(agent, mine, to, status):
    assert agent.post(f"/desk/{mine}/give", to=to).status_code == status


def test_a_closed_conversation_is_given_to_nobody(agent, colleague, mine):
    agent.post(f"/desk/{mine}/resolve")
    assert agent.post(f"/desk/{mine}/give", to=ROBIN).status_code == 409


def test_colleagues_see_who_looks_and_who_writes(console, agent, colleague, mine):
    def here():
        with reading(console.engine) as connection:
            return presence.others(connection, mine, 1)

    colleague.post(f"/desk/{mine}/here")
    agent.post(f"/desk/{mine}/here")
    assert here() == [presence.Other("Robin", writing=False)]
    assert "Robin is here, too" in agent.get(f"/desk/{mine}").text
    colleague.post(f"/desk/{mine}/typing", **{"for": "note"})
    assert here() == [presence.Other("Robin", writing=True)]
    annotate(colleague, mine, "Done")
    assert here() == [presence.Other("Robin", writing=False)]
    colleague.post(f"/desk/{mine}/gone")
    assert here() == []
    colleague.post(f"/desk/{mine}/here")
    with transaction(console.engine) as connection:
        long_ago = time.time() - presence.LOOKING_SECONDS
        connection.execute(desk_presence.update().values(looked_at=long_ago))
    assert here() == []


def test_writing_a_note_does_not_show_the_customer_the_dots(console, handoff, agent, mine):
    assert agent.post(f"/desk/{mine}/typing", **{"for": "note"}).status_code == 204


@pytest.mark.parametrize(
    "asked",
    ["ÖSTERLUND", "nl-104823", "104823", "paketet tisdags", "kundens eko", "åke@example", "ring"],
)
def test_a_conversation_is_found_by_whatever_is_in_it(console, agent, arrive, asked):
    handoff = arrive(name="Åke Österlund")
    other = arrive(name="Bo B", said="Var köper jag skidor?")
    ticket = console.ticket_id(handoff)
    console.customer_says(handoff, "Kundens EKO: åke@example.com")
    annotate(agent, ticket, "Ring honom")
    page = agent.get("/desk", params={"q": asked}).text
    shown = [console.ticket_id(each) for each in (handoff, other)]
    links = [f'href="/desk/{number}"' in page for number in shown]
    assert links[0]
    assert links[1] == (asked in ("nl-104823", "104823"))  # both have told that number


def test_what_no_conversation_has_is_not_found_and_wildcards_are_letters(agent, handoff):
    for asked in ("skidor", "paketet skidor", "%", "_", '<script>alert("x")</script>'):
        page = agent.get("/desk", params={"q": asked}).text
        assert "Nothing was found" in page and "queue-row" not in page
        assert "<script>alert" not in page


def test_other_tickets_of_the_customer_are_known_by_conversation_and_address(console, arrive):
    def come(conversation, **facts):
        name = f"ho_{uuid.uuid4().hex}"
        context = {
            "handoff_id": name,
            "conversation_id": conversation,
            "channel": "rest",
            "customer": {"facts": facts},
            "reason": {"code": "rule"},
            "transcript": {"messages": []},
        }
        assert console.event("handoff.requested", context).status_code == 200
        with reading(console.engine) as connection:
            return tickets.of_handoff(connection, name)

    first = come("c1", email="Ada@Example.com", phone_number="+46 70 123 45 67")
    second = come("c1")
    third = come("c2", email="ada@example.com")
    fourth = come("c3", phone_number="46701234567")
    come("c4", email="bo@example.com", phone_number="12")
    with reading(console.engine) as connection:
        found = related.of_customer(connection, first)
    assert [(each.id, each.same) for each in found] == [
        (fourth.id, "telephone"),
        (third.id, "e-mail"),
        (second.id, "conversation"),
    ]


def test_the_panel_tells_what_was_tried_and_what_became_of_it(console, agent, arrive):
    before = arrive(conversation_id="web-astrid")
    agent.post(f"/desk/{console.ticket_id(before)}/accept")
    agent.post(f"/desk/{console.ticket_id(before)}/resolve")
    with transaction(console.engine) as connection:
        lifecycle.close(connection, before.id, "resolved")
    now = arrive(conversation_id="web-astrid")
    with transaction(console.engine) as connection:
        lifecycle.mark_accepted(connection, now.id, {"id": "1", "name": "Kim"})
        connection.execute(
            deliveries.update()
            .where(deliveries.c.handoff_id == now.id)
            .values(state="dead", attempts=10, last_error="the receiver answered 500: <b>")
        )
    page = agent.get(f"/desk/{console.ticket_id(now)}").text
    panel = page.split('data-testid="context"', 1)[1]
    assert "Did not help" in panel
    assert f'href="/desk/{console.ticket_id(before)}"' in panel
    assert "Accepted by Kim" in panel
    assert "was given up after 10 attempts: the receiver answered 500: &lt;b&gt;." in panel
