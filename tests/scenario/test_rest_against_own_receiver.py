"""A handoff from the customer's first word to the rating, over the REST channel and webhooks.

Once with SQLite, and once with PostgreSQL.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from own_helpdesk import AGENT, Helpdesk
from rest_customer import Line, RestCustomer
from running_svara import OLD_SECRET, RunningSvara, running_svara, until
from words import SWEDISH

from tests.databases import own_database

pytestmark = pytest.mark.scenario

JOINED = SWEDISH.joined.format(agent=AGENT["name"])


@pytest.fixture(scope="module")
def postgres_database(postgres_url: str) -> Iterator[str]:
    """A database of our own, gone afterwards."""
    with own_database(postgres_url) as url:
        yield url


@pytest.fixture(
    scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]
)
def system(
    request: pytest.FixtureRequest,
    helpdesk: Helpdesk,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[RunningSvara]:
    """Svara with our helpdesk, on either database."""
    if request.param == "sqlite":
        yield request.getfixturevalue("with_helpdesk")
        return
    url = request.getfixturevalue("postgres_database")
    folder = tmp_path_factory.mktemp("postgres")
    with running_svara(folder, handoff_url=helpdesk.url, database_url=url) as running:
        yield running


@pytest.fixture
def customer(system: RunningSvara) -> RestCustomer:
    """A customer whom nobody has heard of."""
    return RestCustomer(system, language="sv", customer={"name": "Åsa", "email": "asa@example.se"})


def as_said(messages: list[dict[str, Any]]) -> list[Line]:
    """A transcript's messages in the form in which the customer remembers them."""
    return [Line(m["speaker"], m["text"], m.get("buttons", []), m.get("chosen")) for m in messages]


def handed_over(customer: RestCustomer, helpdesk: Helpdesk) -> dict[str, Any]:
    """Asks for a person; `data` of the handoff."""
    earlier = len(helpdesk.taken(customer.sender))
    replies = customer.say(SWEDISH.ask_person)
    assert SWEDISH.handed_over in replies[0]
    until(lambda: len(helpdesk.taken(customer.sender)) > earlier, "the handoff")
    event = helpdesk.taken(customer.sender)[earlier]
    assert event.type == "handoff.requested"
    return event.data


def joined(customer: RestCustomer, helpdesk: Helpdesk, about: dict[str, Any]) -> None:
    """An agent accepts, and the customer is told."""
    answer = helpdesk.send(customer.svara, "agent.joined", about, agent=AGENT)
    assert (answer.status_code, answer.json()) == (200, {"ok": True, "duplicate": False})
    customer.read(JOINED)


def resolved(customer: RestCustomer, helpdesk: Helpdesk, about: dict[str, Any]) -> None:
    """The agent is done, and the customer is asked for a rating."""
    assert helpdesk.send(customer.svara, "handoff.resolved", about).status_code == 200
    notice, question = until(
        lambda: [m for m in [customer.fetch(customer.last_id)] if len(m) == 2], "the bot's return"
    )[0]
    assert SWEDISH.ended in notice["text"]
    customer.read(notice["text"], SWEDISH.rate)
    assert [button["title"][0] for button in question["buttons"]] == list("12345")


def test_a_person_gets_every_word_from_the_first_one_on(
    system: RunningSvara, helpdesk: Helpdesk, customer: RestCustomer
) -> None:
    customer.say("Hej!")
    customer.say(SWEDISH.question)
    customer.press(SWEDISH.no)
    # What would wipe a stock Rasa's memory is a customer's words like any others here.
    customer.say("/restart")
    customer.say("/session_start")
    system.restart()
    customer.say(SWEDISH.question)
    customer.press(SWEDISH.no)
    replies = customer.press(SWEDISH.no)
    assert SWEDISH.handed_over in replies[0]

    (event,) = helpdesk.wait_for(customer.sender, "handoff.requested")
    transcript = event.data["transcript"]
    assert as_said(transcript["messages"]) == customer.lines
    assert transcript["total"] == transcript["inline"] == len(customer.lines)
    assert [m["id"] for m in transcript["messages"]] == sorted(
        m["id"] for m in transcript["messages"]
    )
    times = [m["time"] for m in transcript["messages"]]
    assert times == sorted(times)


def test_a_person_is_told_who_it_is_and_what_it_is_about(
    helpdesk: Helpdesk, customer: RestCustomer
) -> None:
    customer.say(SWEDISH.question)
    customer.press(SWEDISH.no)
    customer.press(SWEDISH.no)
    (event,) = helpdesk.wait_for(customer.sender, "handoff.requested")
    data = event.data
    assert data["customer"] == {
        "name": "Åsa",
        "language": "sv",
        "identities": [{"channel": "rest", "id": customer.sender}],
        "facts": {"email": "asa@example.se"},
    }
    assert data["reason"]["code"] == "answer_rejected"
    assert data["reason"]["evidence"]["question"] == SWEDISH.question
    rejected = [article["title"] for article in data["reason"]["evidence"]["rejected_articles"]]
    assert rejected[0] == SWEDISH.article
    assert len(rejected) == 2
    assert data["summary"] == SWEDISH.question
    suggested = [article["title"] for article in data["suggested_articles"]]
    assert suggested, "there are more that may help"
    assert not set(suggested) & set(rejected)
    asked = data["transcript"]["messages"][0]
    assert asked["intent"]["name"] == "shipping_info"
    assert asked["intent"]["confidence"] == asked["ranking"][0]["confidence"]
    assert (asked["language"], asked["tone"]) == ("sv", "neutral")
    whole = requests.get(data["links"]["transcript"], timeout=10).json()
    assert whole["messages"] == data["transcript"]["messages"]
    forged = data["links"]["transcript"].replace("/transcripts/", "/transcripts/A", 1)
    assert requests.get(forged, timeout=10).status_code == 403


def test_the_bot_is_silent_while_a_person_has_the_conversation(
    helpdesk: Helpdesk, customer: RestCustomer
) -> None:
    about = handed_over(customer, helpdesk)
    said = ["Är det någon där?", SWEDISH.question, "/restart", "hej", "/talk_to_human", "😀 <b>&"]
    assert [customer.say(text) for text in said[:3]] == [[], [], []]
    joined(customer, helpdesk, about)
    assert [customer.say(text) for text in said[3:]] == [[], [], []]
    events = helpdesk.wait_for(customer.sender, "handoff.requested", *["message.created"] * 6)
    assert [event.data["message"]["text"] for event in events[1:]] == said
    assert {event.data["message"]["speaker"] for event in events[1:]} == {"customer"}
    assert {event.data["handoff_id"] for event in events} == {about["handoff_id"]}
    ids = [event.data["message"]["id"] for event in events[1:]]
    assert ids == sorted(set(ids))
    assert ids[0] > about["transcript"]["messages"][-1]["id"]
    assert customer.fetch(customer.last_id) == []


def test_what_was_written_at_once_comes_in_order(
    helpdesk: Helpdesk, customer: RestCustomer
) -> None:
    handed_over(customer, helpdesk)
    texts = [f"Rad {number}" for number in range(10)]
    for text in texts:
        customer.say(text)
    events = helpdesk.wait_for(customer.sender, "handoff.requested", *["message.created"] * 10)
    assert [event.data["message"]["text"] for event in events[1:]] == texts


def test_an_agents_words_reach_the_customer_once(
    system: RunningSvara, helpdesk: Helpdesk, customer: RestCustomer
) -> None:
    about = handed_over(customer, helpdesk)
    joined(customer, helpdesk, about)
    again = helpdesk.send(system, "agent.joined", about, agent=AGENT)
    assert again.status_code == 200
    name = f"evt_{uuid.uuid4().hex}"
    for duplicate in (False, True):
        answer = helpdesk.send(
            system, "message.created", about, webhook_id=name, text="Hej Åsa!", agent=AGENT
        )
        assert (answer.status_code, answer.json()) == (200, {"ok": True, "duplicate": duplicate})
    # At either door, and by the secret from before the rotation.
    helpdesk.send(
        system, "message.created", about, staff_port=True, text="Jag tittar på det.", agent=AGENT
    )
    helpdesk.send(system, "message.created", about, secret=OLD_SECRET, text="Klart!", agent=AGENT)
    said = customer.read("Hej Åsa!", "Jag tittar på det.", "Klart!")
    assert [message["speaker"] for message in said] == ["agent"] * 3
    assert {message["agent"]["name"] for message in said} == {AGENT["name"]}


def test_the_first_word_of_an_agent_accepts(
    system: RunningSvara, helpdesk: Helpdesk, customer: RestCustomer
) -> None:
    about = handed_over(customer, helpdesk)
    helpdesk.send(system, "message.created", about, text="Hej!", agent=AGENT)
    customer.read(JOINED, "Hej!")


def test_what_is_not_signed_or_not_an_event_is_refused(
    system: RunningSvara, helpdesk: Helpdesk, customer: RestCustomer
) -> None:
    about = handed_over(customer, helpdesk)
    stranger = "whsec_c29tZWJvZHkgZWxzZSdzIHNlY3JldCwgbm90IG91cnM="
    event = {"text": "Betala här: http://bad.example", "agent": AGENT}
    for door in (system.url, system.staff_url):
        plain = requests.post(
            f"{door}/handoff/v1/events",
            json={"type": "message.created", "timestamp": "", "data": {**about, **event}},
            timeout=10,
        )
        assert (plain.status_code, plain.json()["error"]) == (401, "signature_refused")
    forged = helpdesk.send(system, "message.created", about, secret=stranger, **event)
    assert forged.status_code == 401
    assert helpdesk.send(system, "conversation.deleted", about).status_code == 422
    assert helpdesk.send(system, "message.created", about, agent=AGENT).status_code == 422
    assert helpdesk.send(system, "message.created", about, text="Hej").status_code == 422
    strange = about | {"handoff_id": "ho_" + "0" * 32}
    assert helpdesk.send(system, "message.created", strange, **event).status_code == 404
    foreign = about | {"conversation_id": "somebody-else"}
    assert helpdesk.send(system, "message.created", foreign, **event).status_code == 404
    assert customer.fetch(customer.last_id) == []


def test_after_it_the_bot_is_back_asks_for_a_rating_and_can_hand_over_again(
    system: RunningSvara, helpdesk: Helpdesk, customer: RestCustomer
) -> None:
    first = handed_over(customer, helpdesk)
    joined(customer, helpdesk, first)
    customer.say("Var är min jacka?")
    helpdesk.send(system, "message.created", first, text="På väg!", agent=AGENT)
    customer.read("På väg!")
    resolved(customer, helpdesk, first)

    assert customer.press(SWEDISH.best) == [SWEDISH.rated]
    assert customer.press(SWEDISH.best) != [SWEDISH.rated]
    kinds = ("handoff.requested", "message.created", "conversation.rated")
    *_, rated = helpdesk.wait_for(customer.sender, *kinds)
    assert rated.data == {
        "handoff_id": first["handoff_id"],
        "conversation_id": customer.sender,
        "rating": {"score": 5, "out_of": 5},
    }
    assert SWEDISH.helped in customer.say(SWEDISH.another)

    second = handed_over(customer, helpdesk)
    assert second["handoff_id"] != first["handoff_id"]
    assert second["earlier_handoffs"] == [first["handoff_id"]]
    assert as_said(second["transcript"]["messages"]) == customer.lines
    assert {m["agent"]["name"] for m in second["transcript"]["messages"] if "agent" in m} == {
        AGENT["name"]
    }
    joined(customer, helpdesk, second)
    late = helpdesk.send(system, "handoff.resolved", first)
    assert late.status_code == 200  # it had ended: nothing happens
    assert customer.say("Hallå?") == []
    resolved(customer, helpdesk, second)


def test_a_customer_who_needs_no_person_after_all(
    system: RunningSvara, helpdesk: Helpdesk, customer: RestCustomer
) -> None:
    about = handed_over(customer, helpdesk)
    customer.say("Eller vänta")
    (reply,) = customer.press(SWEDISH.cancel)
    assert SWEDISH.cancelled in reply
    *_, cancelled = helpdesk.wait_for(
        customer.sender, "handoff.requested", "message.created", "handoff.cancelled"
    )
    assert cancelled.data == {
        "handoff_id": about["handoff_id"],
        "conversation_id": customer.sender,
        "reason": "cancelled",
    }
    # An agent who was too slow is no longer wanted, and the bot answers again.
    assert helpdesk.send(system, "agent.joined", about, agent=AGENT).status_code == 200
    assert SWEDISH.helped in customer.say(SWEDISH.question)
    assert customer.fetch(customer.last_id) == []
    # There is nothing left to cancel: the button that was offered says so in a sentence.
    assert len(customer.press(SWEDISH.cancel)) == 1


def test_a_person_who_is_waited_for_is_called_off_in_words(
    helpdesk: Helpdesk, customer: RestCustomer
) -> None:
    handed_over(customer, helpdesk)
    (reply,) = customer.say("Glöm det, jag hittade den själv")
    assert SWEDISH.cancelled in reply
    helpdesk.wait_for(customer.sender, "handoff.requested", "handoff.cancelled")
    assert SWEDISH.helped in customer.say(SWEDISH.question)


def test_a_message_sent_again_is_one_message(
    system: RunningSvara, helpdesk: Helpdesk, customer: RestCustomer
) -> None:
    answers = [customer.post(SWEDISH.question, message_id="m-1").json() for _ in range(3)]
    assert answers[0] == answers[1] == answers[2] != []
    handed_over(customer, helpdesk)
    for _ in range(2):
        assert customer.post("Hallå?", message_id="m-2").json() == []
    customer.say("Slut")
    events = helpdesk.wait_for(
        customer.sender, "handoff.requested", "message.created", "message.created"
    )
    assert [event.data["message"]["text"] for event in events[1:]] == ["Hallå?", "Slut"]


def test_nobody_without_the_token_writes_or_reads(system: RunningSvara) -> None:
    for headers in ({}, {"Authorization": "Bearer no"}, {"Authorization": "Basic x"}):
        webhook = f"{system.url}/webhooks/rest/webhook"
        post = requests.post(
            webhook, json={"sender": "a", "message": "b"}, headers=headers, timeout=10
        )
        read = requests.get(f"{system.url}/webhooks/rest/messages/a", headers=headers, timeout=10)
        assert (post.status_code, read.status_code) == (401, 401)
