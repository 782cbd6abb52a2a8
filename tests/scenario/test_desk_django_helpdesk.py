"""Handoffs in a real django-helpdesk: agents answer there, the customer reads it in the chat."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import requests
from django_helpdesk import (
    BO,
    CLOSED,
    RESOLVED,
    DjangoHelpdesk,
    running_django_helpdesk,
)
from rest_customer import RestCustomer
from running_svara import RunningSvara, until
from words import SWEDISH

from tests.ports import free_ports

pytestmark = pytest.mark.scenario

HOOK_KEY = "only-the-two-of-us-know"
JOINED = SWEDISH.joined.format(agent="Astrid Lund")


@dataclass
class Way:
    """What lies between the two: passes on what comes, and keeps it, or loses it.

    Attributes:
        port: at which it listens.
        target: port to which it passes on.
        passed: path, body and answer's body of all that went through, in order.
        losing: beginnings of paths the answer of whose next POST is lost, once each.
    """

    target: int
    port: int = 0
    passed: list[tuple[str, bytes, bytes]] = field(default_factory=list)
    losing: list[str] = field(default_factory=list)

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """What was sent to a path."""
        return [json.loads(body) for to, body, _ in self.passed if to == path]


@contextlib.contextmanager
def way(target: int) -> Iterator[Way]:
    """One, for the time of a `with` block."""
    made = Way(target)

    class Handler(BaseHTTPRequestHandler):
        def pass_on(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            connection = HTTPConnection("127.0.0.1", made.target, timeout=30)
            try:
                connection.request(self.command, self.path, body, dict(self.headers))
                answer = connection.getresponse()
                content = answer.read()
            except OSError:
                self.close_connection = True  # as if nobody listened here
                return
            finally:
                connection.close()
            made.passed.append((self.path, body, content))
            if self.command == "POST" and self.path in made.losing:
                made.losing.remove(self.path)
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                if name.lower() not in ("transfer-encoding", "content-length", "connection"):
                    self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def __getattr__(self, name: str) -> Callable[[], None]:
            if name.startswith("do_"):
                return self.pass_on
            raise AttributeError(name)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(scope="module")
def hooks() -> Iterator[Way]:
    """From django-helpdesk to Svara."""
    with way(free_ports(1)[0]) as made:
        yield made


@pytest.fixture(scope="module")
def helpdesk(tmp_path_factory: pytest.TempPathFactory, hooks: Way) -> Iterator[DjangoHelpdesk]:
    folder = tmp_path_factory.mktemp("django-helpdesk")
    url = f"http://svara:{HOOK_KEY}@127.0.0.1:{hooks.port}/handoff/v1/desks/support"
    with running_django_helpdesk(folder, url) as running:
        yield running


@pytest.fixture(scope="module")
def calls(helpdesk: DjangoHelpdesk) -> Iterator[Way]:
    """From Svara to django-helpdesk."""
    with way(int(helpdesk.url.rpartition(":")[2])) as made:
        yield made


@pytest.fixture(scope="module")
def svara(
    calls: Way, hooks: Way, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[RunningSvara]:
    folder = tmp_path_factory.mktemp("with-django-helpdesk")
    desks = folder / "desks.yml"
    desks.write_text(
        f"""
desks:
  support:
    kind: django_helpdesk
    url: http://127.0.0.1:{calls.port}
    allow_private: true
    queue: 1
    user: svara
    agents: {{3: Astrid Lund}}
    time_zone: Europe/Stockholm
"""
    )
    running = RunningSvara(
        folder,
        desks_file=desks,
        desk_poll_seconds=2,
        desk_secret_support="svara-password",
        desk_hook_secret_support=HOOK_KEY,
    )
    running.port, running.url = hooks.target, f"http://127.0.0.1:{hooks.target}"
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture
def customer(svara: RunningSvara) -> RestCustomer:
    return RestCustomer(svara, language="sv", customer={"name": "Åsa", "email": "asa@example.se"})


def handed_over(helpdesk: DjangoHelpdesk, customer: RestCustomer) -> int:
    """The customer asks for a person; the ticket's number."""
    before = len(helpdesk.tickets_of(customer.sender))
    assert SWEDISH.handed_over in customer.say(SWEDISH.ask_person)[0]
    found = until(
        lambda: helpdesk.tickets_of(customer.sender)[before:], "a ticket of the conversation"
    )
    number = int(found[-1]["id"])
    until(
        lambda: customer.svara.sql(
            "SELECT 1 FROM svara_tickets WHERE ticket_id = :number", number=str(number)
        ),
        "Svara to know its ticket",
    )
    return number


def ended(customer: RestCustomer) -> None:
    """The customer is told that the bot is back, and asked for a rating."""
    notice, question = until(
        lambda: [m for m in [customer.fetch(customer.last_id)] if len(m) == 2], "the bot's return"
    )[0]
    assert SWEDISH.ended in notice["text"]
    customer.read(notice["text"], SWEDISH.rate)
    assert question["buttons"]


def written(helpdesk: DjangoHelpdesk, ticket: int, count: int) -> list[tuple[bool, str]]:
    """Whether each follow-up after the first is public, and its text, once all are there."""
    found = until(
        lambda: [all_ for all_ in [helpdesk.followups(ticket)] if len(all_) > count],
        f"{count} follow-ups in ticket {ticket}",
    )[0]
    assert len(found) == count + 1, found
    return [(each["public"], each["comment"]) for each in found[1:]]


def test_a_handoff_is_one_ticket_with_everything_in_it_and_mailed_to_nobody(
    helpdesk: DjangoHelpdesk, customer: RestCustomer
) -> None:
    customer.say(SWEDISH.question)
    number = handed_over(helpdesk, customer)
    (ticket,) = helpdesk.tickets_of(customer.sender)
    assert ticket["title"] == SWEDISH.question and ticket["priority"] == 3
    opening = ticket["description"]
    for line in customer.lines:
        assert line.text.splitlines()[0] in opening
    assert "Asked for a person" in opening and "times in Europe/Stockholm" in opening
    assert "asa@example.se" in opening and not ticket["submitter_email"]
    helpdesk.answer(number, "Hej!")
    customer.read(JOINED, "Hej!")
    assert not helpdesk.mail.exists()


def test_words_go_both_ways_in_order_and_nothing_comes_back_twice(
    helpdesk: DjangoHelpdesk, customer: RestCustomer, hooks: Way
) -> None:
    number = handed_over(helpdesk, customer)
    assert customer.say("Hallå?") == []
    ((public, text),) = written(helpdesk, number, 1)
    assert public and text.endswith("] Hallå?")
    assert helpdesk.answer(number, "Hej Åsa!\r\n\r\nJag tittar på det.") == 302
    told = json.loads(hooks.passed[-1][1])["followup_id"]
    assert told == helpdesk.followups(number)[-1]["id"]
    assert json.loads(hooks.passed[-1][2]) == {"ok": True, "duplicate": False}
    customer.read(JOINED, "Hej Åsa!\r\n\r\nJag tittar på det.")
    assert helpdesk.answer(number, "Hon är arg. Säg inget om rabatten.", public=False) == 302
    assert helpdesk.answer(number, "Klart nu.", agent=BO) == 302
    customer.read("Klart nu.")
    customer.say("Tack!")
    assert written(helpdesk, number, 5)[-1][1].endswith("] Tack!")
    helpdesk.call("PATCH", f"tickets/{number}/", {"status": CLOSED})
    ended(customer)
    assert customer.press(SWEDISH.best) == [SWEDISH.rated]
    assert written(helpdesk, number, 6)[-1] == (False, "The customer rated the help 5 of 5.")
    said = [message["text"] for message in customer.fetch(0)]
    assert not [text for text in said if "rabatten" in text or "Hallå?" in text]
    assert said.count("Klart nu.") == 1
    assert len(helpdesk.tickets_of(customer.sender)) == 1


def test_an_answer_that_closes_the_ticket_comes_before_the_end(
    helpdesk: DjangoHelpdesk, customer: RestCustomer
) -> None:
    number = handed_over(helpdesk, customer)
    assert helpdesk.answer(number, "Paketet är framme.", status=RESOLVED) == 302
    notice = until(
        lambda: [m for m in [customer.fetch(customer.last_id)] if len(m) == 4], "the bot's return"
    )[0]
    assert [m["text"] for m in notice][:2] == [JOINED, "Paketet är framme."]
    assert SWEDISH.ended in notice[2]["text"] and notice[3]["text"] == SWEDISH.rate


def test_a_note_that_is_made_public_is_read_then_and_not_before(
    helpdesk: DjangoHelpdesk, customer: RestCustomer
) -> None:
    number = handed_over(helpdesk, customer)
    helpdesk.answer(number, "Första svaret.")
    customer.read(JOINED, "Första svaret.")
    helpdesk.answer(number, "Glömde kryssa i Public.", public=False)
    helpdesk.answer(number, "Andra svaret.")
    customer.read("Andra svaret.")
    note = helpdesk.followups(number)[-2]["id"]
    helpdesk.call("PATCH", f"followups/{note}/", {"public": True})
    customer.read("Glömde kryssa i Public.")


def test_files_of_an_agent_are_links_that_open(
    helpdesk: DjangoHelpdesk, customer: RestCustomer
) -> None:
    number = handed_over(helpdesk, customer)
    files = {"attachment": ("faktura (1).txt", b"Faktura", "text/plain")}
    assert helpdesk.answer(number, "Här är den.", files=files) == 302
    joined, text, link = until(
        lambda: [m for m in [customer.fetch(customer.last_id)] if len(m) == 3], "the file"
    )[0]
    assert (joined["text"], text["text"]) == (JOINED, "Här är den.")
    name, _, url = link["text"].removeprefix("[").removesuffix(")").partition("](")
    assert name.startswith("faktura") and requests.get(url, timeout=10).content == b"Faktura"


def test_what_the_product_would_run_as_a_template_stays_what_the_customer_wrote(
    helpdesk: DjangoHelpdesk, customer: RestCustomer
) -> None:
    number = handed_over(helpdesk, customer)
    words = ["100%} av {{ ticket.secret_key }}", "{% load x %} {{}} {# weg #} {{{"]
    for text in words:
        customer.say(text)
    shown = [text.replace("\N{WORD JOINER}", "") for _, text in written(helpdesk, number, 2)]
    assert [text.partition("] ")[2] for text in shown] == words


def test_a_second_handoff_is_a_ticket_of_its_own_and_late_words_still_arrive(
    helpdesk: DjangoHelpdesk, customer: RestCustomer, hooks: Way
) -> None:
    first = handed_over(helpdesk, customer)
    helpdesk.call("PATCH", f"tickets/{first}/", {"status": RESOLVED})
    ended(customer)
    second = handed_over(helpdesk, customer)
    assert first != second
    assert "Handed over before: 1 time" in helpdesk.followups(second)[0]["comment"]
    helpdesk.answer(first, "En sak till om det förra.")
    customer.read("En sak till om det förra.")
    # And without the webhook as well.
    target, hooks.target = hooks.target, free_ports(1)[0]
    try:
        assert helpdesk.answer(first, "Och en till.") == 500
    finally:
        hooks.target = target
    customer.read("Och en till.")


def test_a_customer_who_goes_back_to_the_bot_closes_the_ticket(
    helpdesk: DjangoHelpdesk, customer: RestCustomer
) -> None:
    number = handed_over(helpdesk, customer)
    customer.press(SWEDISH.cancel)
    until(lambda: helpdesk.tickets_of(customer.sender)[0]["status"] == CLOSED, "the ticket's end")
    ((public, text),) = written(helpdesk, number, 1)
    assert not public and "no longer needs a person" in text
    assert customer.fetch(customer.last_id) == []


def test_what_an_agent_writes_while_svara_is_down_arrives_afterwards_once(
    svara: RunningSvara, helpdesk: DjangoHelpdesk, customer: RestCustomer
) -> None:
    number = handed_over(helpdesk, customer)
    assert svara.stop() == 0
    assert helpdesk.answer(number, "Hej, medan ni sov.") == 500
    assert helpdesk.answer(number, "Inte för kunden.", public=False) == 500
    svara.start()
    customer.read(JOINED, "Hej, medan ni sov.")
    assert helpdesk.answer(number, "Och nu vakna.") == 302
    customer.read("Och nu vakna.")


def test_what_was_done_though_its_answer_was_lost_is_not_done_twice(
    svara: RunningSvara, helpdesk: DjangoHelpdesk, customer: RestCustomer, calls: Way
) -> None:
    calls.losing += ["/api/tickets/", "/api/followups/"]
    customer.say(SWEDISH.ask_person)
    customer.say("Hallå?")
    until(lambda: "/api/tickets/" not in calls.losing, "the lost answer")
    (ticket,) = helpdesk.tickets_of(customer.sender)
    # Which empties the field with the conversation's id, as that form does not have it.
    helpdesk.assign(ticket["id"], 3)
    assert helpdesk.tickets_of(customer.sender) == []

    def delivered() -> bool:
        svara.make_deliveries_due()
        waiting = "SELECT 1 FROM svara_deliveries WHERE conversation_id = :id AND state = 'pending'"
        return not svara.sql(waiting, id=customer.sender)

    until(delivered, "both to be delivered", 60)
    assert calls.losing == []
    newest = helpdesk.call("GET", "tickets/?page=last&page_size=1")["results"][0]
    assert newest["id"] == ticket["id"]
    written(helpdesk, ticket["id"], 1)
    helpdesk.answer(ticket["id"], "Jag är här.")
    customer.read(JOINED, "Jag är här.")


def test_a_ticket_closed_before_its_create_is_tried_again_is_not_made_anew(
    svara: RunningSvara, helpdesk: DjangoHelpdesk, customer: RestCustomer, calls: Way
) -> None:
    calls.losing.append("/api/tickets/")
    customer.say(SWEDISH.ask_person)
    (ticket,) = until(lambda: helpdesk.tickets_of(customer.sender), "the ticket")
    helpdesk.answer(ticket["id"], "Skräp, jag stänger.", status=CLOSED)
    until(
        lambda: (
            svara.make_deliveries_due()
            or [m for m in [customer.fetch(customer.last_id)] if len(m) >= 4]
        ),
        "the words and the end",
        60,
    )
    assert [m["text"] for m in customer.fetch(customer.last_id)][1] == "Skräp, jag stänger."
    assert len(helpdesk.tickets_of(customer.sender)) == 1


def test_a_webhook_without_the_secret_is_refused_and_a_false_one_tells_nothing(
    svara: RunningSvara, helpdesk: DjangoHelpdesk, customer: RestCustomer
) -> None:
    number = handed_over(helpdesk, customer)
    helpdesk.answer(number, "Hej!")
    customer.read(JOINED, "Hej!")
    helpdesk.answer(number, "Internt.", public=False)
    note = helpdesk.followups(number)[-1]["id"]
    url = f"{svara.url}/handoff/v1/desks/support"
    false = {"id": note, "ticket": number, "user": 3, "comment": "Betala!", "public": True}
    body = {"ticket": {"id": number, "status": 4, "followup_set": [false]}, "followup_id": note}
    for auth in (None, ("svara", "wrong"), ("svara", "")):
        refused = requests.post(url, json=body, auth=auth, timeout=10)
        assert (refused.status_code, refused.json()["error"]) == (401, "signature_refused")
    taken = requests.post(url, json=body, auth=("svara", HOOK_KEY), timeout=10)
    assert (taken.status_code, taken.json()) == (200, {"ok": True, "duplicate": False})
    helpdesk.answer(number, "Det var allt.")
    customer.read("Det var allt.")
