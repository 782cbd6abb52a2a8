"""Handoffs in a real Request Tracker: agents answer there, the customer reads it in the chat."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import requests
from request_tracker import RequestTracker, running_request_tracker
from rest_customer import RestCustomer
from running_svara import RunningSvara, until
from words import SWEDISH

from tests.ports import free_ports

pytestmark = pytest.mark.scenario

ASTRID = ("astrid", "astrid-password")
HOOK_KEY = base64.b64encode(b"a key that both of them know").decode()


@pytest.fixture(scope="module")
def ports() -> list[int]:
    """The public port, which Request Tracker has to know before Svara runs."""
    return free_ports(1)


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory, ports: list[int]) -> Iterator[RequestTracker]:
    folder = tmp_path_factory.mktemp("request-tracker-desk")
    told = {
        "SVARA_HOOK_URL": f"http://127.0.0.1:{ports[0]}/handoff/v1/desks/support",
        "SVARA_HOOK_SECRET": HOOK_KEY,
    }
    with running_request_tracker(folder, "desk.pl", **told) as tracker:
        yield tracker


@pytest.fixture(scope="module")
def svara(
    tracker: RequestTracker, tmp_path_factory: pytest.TempPathFactory, ports: list[int]
) -> Iterator[RunningSvara]:
    folder = tmp_path_factory.mktemp("with-request-tracker")
    desks = folder / "desks.yml"
    desks.write_text(
        f"""
desks:
  support:
    kind: request_tracker
    url: {tracker.url}
    allow_private: true
    queue: Chat
    user: svara
    time_zone: Europe/Stockholm
"""
    )
    running = RunningSvara(
        folder,
        desks_file=desks,
        desk_poll_seconds=30,  # so that it is the webhook that brings them
        desk_secret_support="svara-password",
        desk_hook_secret_support=f"whsec_{HOOK_KEY}",
    )
    running.port, running.url = ports[0], f"http://127.0.0.1:{ports[0]}"
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def customer(svara: RunningSvara) -> RestCustomer:
    return RestCustomer(svara, language="sv", customer={"name": "Åsa", "email": "asa@example.se"})


def tickets(tracker: RequestTracker, customer: RestCustomer) -> list[dict[str, Any]]:
    """The customer's tickets, oldest first."""
    query = f"Queue = 'Chat' AND CF.{{Conversation ID}} = '{customer.sender}'"
    found = requests.get(
        f"{tracker.url}/REST/2.0/tickets",
        params={"query": query, "orderby": "id", "fields": "Subject,Status,Priority,Requestor"},
        auth=("root", "password"),
        timeout=30,
    ).json()
    return list(found["items"])


def as_agent(tracker: RequestTracker, ticket: str, what: str, text: str) -> None:
    """What Astrid writes in Request Tracker."""
    answer = requests.post(
        f"{tracker.url}/REST/2.0/ticket/{ticket}/{what}",
        json={"Content": text, "ContentType": "text/plain"},
        auth=ASTRID,
        timeout=30,
    )
    assert answer.status_code == 201, answer.text


def replies_in_the_browser(tracker: RequestTracker, ticket: str, text: str) -> None:
    """Astrid answers on the ticket's own page, as she would: logs in, fills in the form, sends."""
    with requests.Session() as browser:
        login = {"user": ASTRID[0], "pass": ASTRID[1]}
        browser.post(f"{tracker.url}/NoAuth/Login.html", data=login, timeout=30)
        page = browser.get(
            f"{tracker.url}/Ticket/Update.html",
            params={"id": ticket, "Action": "Respond"},
            timeout=30,
        ).text
        fields = dict(re.findall(r'<input type="hidden"[^>]*name="([^"]+)" value="([^"]*)"', page))
        form = {
            **fields,
            "id": ticket,
            "UpdateType": "response",
            "UpdateContent": text,
            "UpdateContentType": "text/plain",
            "SubmitTicket": "1",
        }
        sent = browser.post(
            f"{tracker.url}/Ticket/Update.html",
            data=form,
            headers={"Referer": f"{tracker.url}/Ticket/Update.html"},
            timeout=30,
        )
        assert sent.status_code == 200 and "CSRF" not in sent.text


def words(tracker: RequestTracker, ticket: str) -> list[tuple[str, str]]:
    """Type and text of what was written into a ticket, in order."""
    kinds = "Type = 'Create' OR Type = 'Correspond' OR Type = 'Comment'"
    params = {
        "query": f"TicketId = {ticket} AND ({kinds})",
        "orderby": "id",
        "fields": "Type",
        "per_page": 100,
    }
    found = tracker_get(tracker, "transactions", params)["items"]
    said = [(each["Type"], text_of(tracker, each["id"])) for each in found]
    return [(kind, text) for kind, text in said if text]


def text_of(tracker: RequestTracker, transaction: str) -> str:
    attachments = tracker_get(tracker, f"transaction/{transaction}/attachments")["items"]
    for each in attachments:
        content = tracker_get(tracker, f"attachment/{each['id']}")
        if content["ContentType"] == "text/plain":
            return base64.b64decode(content["Content"]).decode()
    return ""


def tracker_get(tracker: RequestTracker, path: str, params: Any = None) -> Any:
    answer = requests.get(
        f"{tracker.url}/REST/2.0/{path}", params=params, auth=("root", "password"), timeout=30
    )
    assert answer.ok, answer.text
    return answer.json()


def handed_over(tracker: RequestTracker, customer: RestCustomer) -> str:
    """The customer asks for a person; the ticket's number."""
    before = len(tickets(tracker, customer))
    assert SWEDISH.handed_over in customer.say(SWEDISH.ask_person)[0]
    found = until(
        lambda: [each for each in [tickets(tracker, customer)] if len(each) > before],
        "a ticket",
    )[0]
    return str(found[-1]["id"])


def ended(customer: RestCustomer) -> None:
    """The customer is told that the bot is back, and asked for a rating."""
    notice, question = until(
        lambda: [m for m in [customer.fetch(customer.last_id)] if len(m) == 2], "the bot's return"
    )[0]
    assert SWEDISH.ended in notice["text"]
    customer.read(notice["text"], SWEDISH.rate)
    assert question["buttons"]


def joined() -> str:
    return SWEDISH.joined.format(agent="Astrid Lund")


def test_a_handoff_is_one_ticket_with_everything_in_it(
    tracker: RequestTracker, customer: RestCustomer
) -> None:
    customer.say(SWEDISH.question)
    number = handed_over(tracker, customer)
    (ticket,) = tickets(tracker, customer)
    assert ticket["Subject"] == SWEDISH.question
    assert [each["id"] for each in ticket["Requestor"]] == ["asa@example.se"]
    ((_, opening),) = words(tracker, number)
    for line in customer.lines:
        assert line.text.splitlines()[0] in opening
    assert "Asked for a person" in opening
    assert "times in Europe/Stockholm" in opening
    files = tracker_get(tracker, f"ticket/{number}/attachments", {"fields": "Filename"})["items"]
    (attached,) = [each for each in files if each.get("Filename") == "handoff.json"]
    content = tracker_get(tracker, f"attachment/{attached['id']}")["Content"]
    context = json.loads(base64.b64decode(content))
    assert context["conversation_id"] == customer.sender


def test_words_go_both_ways_in_order_and_nothing_comes_back_twice(
    tracker: RequestTracker, customer: RestCustomer
) -> None:
    number = handed_over(tracker, customer)
    assert customer.say("Hallå?") == []
    until(lambda: len(words(tracker, number)) == 2, "the customer's words in the ticket")
    replies_in_the_browser(tracker, number, "Hej Åsa!\n\nJag tittar på det.")
    customer.read(joined(), "Hej Åsa!\n\nJag tittar på det.")
    as_agent(tracker, number, "comment", "Hon är arg. Säg inget om rabatten.")
    as_agent(tracker, number, "correspond", "Klart nu.")
    customer.read("Klart nu.")
    customer.say("Tack!")
    until(lambda: len(words(tracker, number)) == 6, "the thanks in the ticket")
    said = [text for _, text in words(tracker, number)]
    assert said[1].endswith("Hallå?") and said[5].endswith("Tack!")
    tracker.call("PUT", f"ticket/{number}", {"Status": "resolved"})
    ended(customer)
    assert customer.press(SWEDISH.best) == [SWEDISH.rated]
    until(lambda: len(words(tracker, number)) == 7, "the rating in the ticket")
    assert words(tracker, number)[6] == ("Comment", "The customer rated the help 5 of 5.")
    assert not [m for m in customer.fetch(0) if "rabatten" in m["text"]]


def test_a_second_handoff_is_a_ticket_of_its_own_and_late_words_still_arrive(
    tracker: RequestTracker, customer: RestCustomer
) -> None:
    first = handed_over(tracker, customer)
    tracker.call("PUT", f"ticket/{first}", {"Status": "resolved"})
    ended(customer)
    second = handed_over(tracker, customer)
    assert first != second
    opening = words(tracker, second)[0][1]
    assert "Handed over before: 1 time" in opening
    as_agent(tracker, first, "correspond", "En sak till om det förra.")
    customer.read("En sak till om det förra.")


def test_a_customer_who_goes_back_to_the_bot_closes_the_ticket(
    tracker: RequestTracker, customer: RestCustomer
) -> None:
    number = handed_over(tracker, customer)
    customer.press(SWEDISH.cancel)
    until(lambda: tickets(tracker, customer)[0]["Status"] == "resolved", "the ticket to be closed")
    assert words(tracker, number)[-1][0] == "Comment"
    assert [m["text"] for m in customer.fetch(customer.last_id)] == []


def test_what_an_agent_writes_while_svara_is_down_arrives_afterwards_once(
    svara: RunningSvara, tracker: RequestTracker, customer: RestCustomer
) -> None:
    number = handed_over(tracker, customer)
    assert svara.stop() == 0
    as_agent(tracker, number, "correspond", "Hej, medan ni sov.")
    svara.start()
    customer.read(joined(), "Hej, medan ni sov.")
    as_agent(tracker, number, "correspond", "Och nu vakna.")
    customer.read("Och nu vakna.")


def test_a_tracker_that_was_away_gets_the_ticket_when_it_is_back(
    svara: RunningSvara, tracker: RequestTracker, customer: RestCustomer
) -> None:
    tracker.stop()
    customer.say(SWEDISH.ask_person)
    customer.say("Är ni där?")
    until(lambda: svara.sql("SELECT 1 FROM svara_deliveries WHERE attempts > 0"), "an attempt")
    tracker.start()
    until(lambda: svara.make_deliveries_due() or tickets(tracker, customer), "the ticket", 60)
    number = tickets(tracker, customer)[0]["id"]
    until(lambda: len(words(tracker, number)) == 2, "the customer's words")
    assert len(tickets(tracker, customer)) == 1


def test_a_create_whose_answer_was_lost_makes_no_second_ticket(
    svara: RunningSvara, tracker: RequestTracker, customer: RestCustomer
) -> None:
    number = handed_over(tracker, customer)
    customer.say("Hallå?")
    until(lambda: len(words(tracker, number)) == 2, "the customer's words")
    # As it looks to a dispatcher whose predecessor was killed between the answer and its note.
    svara.sql(
        "UPDATE svara_deliveries SET state = 'pending', next_at = 0 WHERE conversation_id = :id",
        id=customer.sender,
    )
    svara.sql(
        "DELETE FROM svara_tickets WHERE handoff_id IN "
        "(SELECT id FROM svara_handoffs WHERE conversation_id = :id)",
        id=customer.sender,
    )
    done = "SELECT 1 FROM svara_deliveries WHERE conversation_id = :id AND state = 'pending'"
    until(lambda: not svara.sql(done, id=customer.sender), "both to be delivered again")
    assert [each["id"] for each in tickets(tracker, customer)] == [number]
    assert len(words(tracker, number)) == 2
    as_agent(tracker, number, "correspond", "Jag är här.")
    customer.read(joined(), "Jag är här.")
