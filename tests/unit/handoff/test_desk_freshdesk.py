"""Handoffs in Freshdesk: tickets, notes, agents' words by a rule's webhook and by asking."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import at_a_desk
import pytest
from at_a_desk import asked, context_of
from freshdesk.v2.api import API
from handoff_world import open_one, say
from servers.desk_product import Answer, running
from servers.freshdesk_tickets import ASTRID, HOOK_KEY, KEY, SVARA, Freshdesk

from bot.errors import DeskRefused, DeskUnavailable, EventRefused, SignatureRefused
from bot.handoff import dispatcher, forwarding, lookup, outbox, polling
from bot.handoff.desks.contract import (
    CANCELLED,
    MESSAGE,
    RATED,
    RESOLVED,
    Desk,
    Event,
    FromAgent,
    Ticket,
)
from bot.handoff.desks.freshdesk import KIND
from bot.handoff.desks.opened import open_desk
from bot.handoff.desks.opening import DeskEntry, Opening
from bot.handoff.http import take_hook
from bot.handoff.inbound import take
from bot.handoff.lookup import Handoff
from bot.handoff.tickets import keep, of_handoff
from bot.settings import Settings, keep_desk_secret
from bot.storage import conversations
from bot.storage.database import reading, transaction

CONTEXT = context_of(
    "Är 3 < 4 & 5 > 2?",
    priority="urgent",
    said="Är 3 < 4 & 5 > 2?\n<script>alert(1)</script>",
)
request = partial(at_a_desk.request, CONTEXT)
write = partial(at_a_desk.write, CONTEXT)


@pytest.fixture
def freshdesk() -> Iterator[Freshdesk]:
    """An account with nothing in it."""
    product = Freshdesk()
    with running(product):
        yield product


def opened(product: Freshdesk, *, hook: str = HOOK_KEY, key: str = KEY, **options: Any) -> Desk:
    """A desk at it, that looks as often as it is told to."""
    given = {"url": f"{product.url}/", "pause": 0, **options}
    entry = DeskEntry("fresh", "freshdesk", given, allow_private=True)
    return KIND.open(Opening(entry, Settings(var=Path("unused")), key=key, hook_key=hook))


def client(product: Freshdesk) -> API:
    """The client that others use, at our server."""
    api = API("shop.freshdesk.com", KEY)
    api._api_prefix = f"{product.url}/api/v2/"
    return api


def test_a_handoff_is_a_ticket_of_a_contact_with_the_conversations_id(freshdesk: Freshdesk) -> None:
    ticket = request(opened(freshdesk, group=77))
    assert ticket == Ticket("1", f"{freshdesk.url}/a/tickets/1")
    made = freshdesk.tickets[1]
    assert (made["status"], made["priority"], made["group_id"]) == (2, 4, 77)
    assert (made["subject"], made["tags"]) == ("Är 3 < 4 & 5 > 2?", ["svara"])
    assert "Är 3 &lt; 4 &amp; 5 &gt; 2?<br>\n" in made["description"]
    assert "<script>" not in made["description"]
    assert "asa@example.com" in made["description"]
    (contact,) = freshdesk.contacts
    assert (contact["unique_external_id"], contact["name"]) == ("web-1", "Åsa Öberg")
    assert contact["email"] is None


def test_the_client_of_others_reads_what_we_wrote(freshdesk: Freshdesk) -> None:
    desk = opened(freshdesk)
    ticket = request(desk)
    write(desk, ticket, "Är det någon där?")
    desk.deliver(Event("w-4", RATED, CONTEXT | {"rating": {"score": 4}}, "{}"), ticket)
    api = client(freshdesk)
    made = api.tickets.get_ticket(1)
    assert (made.status, made.priority, made.source) == ("open", "urgent", "portal")
    words, note = api.comments.list_comments(1)
    assert (words.incoming, words.private, words.source) == (True, False, "note")
    assert "Är det någon där?" in words.body_text
    assert note.private


def test_what_the_client_of_others_writes_for_an_agent_is_told_of(freshdesk: Freshdesk) -> None:
    desk = opened(freshdesk)
    ticket = request(desk)
    api = client(freshdesk)
    api.comments.create_note(1, "Kunden verkar arg", user_id=ASTRID)
    public = api.comments.create_note(1, "Hej, Åsa!", private=False, user_id=ASTRID)
    api.tickets.update_ticket(1, status=4)
    events, _ = asked(desk, None, ticket)
    assert [(event.id, event.type) for event in events] == [
        (f"freshdesk-{public.id}", MESSAGE),
        ("freshdesk-resolved-1", RESOLVED),
    ]


def test_a_request_whose_answer_was_lost_makes_no_second_ticket(freshdesk: Freshdesk) -> None:
    desk = opened(freshdesk)
    freshdesk.lose.append("POST .*/tickets$")
    with pytest.raises(DeskUnavailable):
        request(desk)
    assert request(desk).id == "1"
    assert (len(freshdesk.tickets), len(freshdesk.contacts)) == (1, 1)


def test_a_second_handoff_is_another_ticket_of_the_same_contact(freshdesk: Freshdesk) -> None:
    desk = opened(freshdesk)
    first = request(desk)
    freshdesk.set_status(1, 5)
    second = request(desk, (first.id,), handoff_id="ho_2")
    assert (first.id, second.id, len(freshdesk.contacts)) == ("1", "2", 1)
    assert request(desk, (first.id,), handoff_id="ho_2") == second


def test_a_ticket_that_an_agent_made_for_the_contact_is_none_of_ours(freshdesk: Freshdesk) -> None:
    desk = opened(freshdesk)
    first = request(desk)
    client(freshdesk).tickets.create_ticket(
        "Ring tillbaka", description="I morgon", unique_external_id="web-1"
    )
    assert request(desk, (first.id,), handoff_id="ho_2").id == "3"


def test_another_refusal_of_the_search_makes_no_ticket(freshdesk: Freshdesk) -> None:
    freshdesk.busy.append(Answer({"description": "Validation failed", "errors": []}, 400))
    with pytest.raises(DeskRefused, match="Validation failed"):
        request(opened(freshdesk))
    assert not freshdesk.tickets


def test_the_customers_words_are_public_notes_from_outside_and_come_once(
    freshdesk: Freshdesk,
) -> None:
    desk = opened(freshdesk)
    ticket = request(desk)
    text = "Rad ett\n  <b>rad</b> & två"
    freshdesk.lose.append("POST .*/notes$")
    with pytest.raises(DeskUnavailable):
        write(desk, ticket, text)
    for number in range(120):
        freshdesk.say(1, f"<div>Svar {number}</div>")
    write(desk, ticket, text, again=True)
    (theirs,) = [item for item in freshdesk.said if item["incoming"]]
    assert (theirs["private"], theirs["user_id"]) == (False, freshdesk.contacts[0]["id"])
    assert theirs["body"] == (
        "<div>[2026-11-22 07:36:02] Rad ett<br>\n&nbsp;&nbsp;&lt;b&gt;rad&lt;/b&gt; &amp; två</div>"
    )
    write(desk, ticket, text)
    assert len([item for item in freshdesk.said if item["incoming"]]) == 2


def test_words_for_a_contact_that_was_merged_go_to_the_new_one(freshdesk: Freshdesk) -> None:
    desk = opened(freshdesk)
    ticket = request(desk)
    write(desk, ticket, "Ett")
    freshdesk.contacts[0]["id"] = freshdesk.tickets[1]["requester_id"] = 999
    with pytest.raises(DeskRefused, match="user_id"):
        write(desk, ticket, "Två")
    write(desk, ticket, "Två", again=True)
    assert [item["user_id"] for item in freshdesk.said] == [101, 999]


def test_a_customer_who_goes_back_leaves_a_note_and_a_resolved_ticket(freshdesk: Freshdesk) -> None:
    desk = opened(freshdesk)
    ticket = request(desk)
    freshdesk.lose.append("PUT ")
    cancelled = CONTEXT | {}
    with pytest.raises(DeskUnavailable):
        desk.deliver(Event("w-3", CANCELLED, cancelled, "{}"), ticket)
    desk.deliver(Event("w-3", CANCELLED, cancelled, "{}", again=True), ticket)
    assert freshdesk.tickets[1]["status"] == 4
    (note,) = freshdesk.said
    assert note["private"]
    assert "no longer needs a person" in note["body"]


def test_only_what_agents_say_to_the_customer_is_told_of(freshdesk: Freshdesk) -> None:
    desk = opened(freshdesk)
    ticket = request(desk)
    write(desk, ticket, "Hallå?")
    contact = freshdesk.contacts[0]["id"]
    freshdesk.say(1, "<div>Kunden verkar arg</div>", private=True, source=2)
    freshdesk.say(1, "<div>Till leverantören</div>", private=True, source=8)
    freshdesk.say(1, "<div>Till leverantören, fel märkt</div>", source=8)
    freshdesk.say(1, "<div>Svar från leverantören</div>", incoming=True, user=contact)
    freshdesk.say(1, "<div>Enkät: nöjd</div>", source=6)
    freshdesk.say(1, "<div>En regel</div>", user=None, source=2)
    freshdesk.say(1, "<div>With our own key</div>", user=SVARA, source=2)
    reply = freshdesk.say(
        1,
        "<div>Hej! Jag <b>ser</b> ditt paket.</div>"
        '<div class="freshdesk_quote"><blockquote>Hallå?</blockquote></div>',
    )
    note = freshdesk.say(1, "<div>Det kommer i morgon.</div>", source=2)
    events, _ = asked(desk, None, ticket)
    astrid = {"id": str(ASTRID), "name": "Astrid Lund"}
    assert events == [
        FromAgent(f"freshdesk-{reply['id']}", "1", MESSAGE, astrid, "Hej! Jag **ser** ditt paket."),
        FromAgent(f"freshdesk-{note['id']}", "1", MESSAGE, astrid, "Det kommer i morgon."),
    ]


def test_an_agent_whose_name_we_may_not_see_is_heard_all_the_same(freshdesk: Freshdesk) -> None:
    freshdesk.names = False
    desk = opened(freshdesk)
    ticket = request(desk)
    freshdesk.say(1, "Hej!")
    ((event,), _) = asked(desk, None, ticket)
    assert (event.text, event.agent) == ("Hej!", {"id": str(ASTRID), "name": ""})


@pytest.mark.parametrize("skew", [-7200.0, 0.0, 7200.0])
def test_asking_goes_on_where_it_was_by_freshdesks_own_clock(
    freshdesk: Freshdesk, skew: float
) -> None:
    freshdesk.skew = skew
    desk = opened(freshdesk)
    ticket = request(desk)
    freshdesk.say(1, "Ett")
    events, cursor = asked(desk, None, ticket)
    assert [event.text for event in events] == ["Ett"]
    freshdesk.say(1, "Två")  # within the same second
    events, cursor = asked(desk, cursor, ticket)
    assert "Två" in [event.text for event in events]
    freshdesk.age(30)
    _, cursor = asked(desk, cursor, ticket)
    calls = len(freshdesk.calls)
    assert asked(desk, cursor, ticket)[0] == []
    assert len(freshdesk.calls) - calls == 1
    freshdesk.age(600)
    freshdesk.say(1, "Tre")
    events, cursor = asked(desk, cursor, ticket)
    assert [event.text for event in events] == ["Tre"]


def test_it_is_not_asked_more_often_than_its_plan_allows(freshdesk: Freshdesk) -> None:
    desk = opened(freshdesk, pause=6)
    ticket = request(desk)
    _, cursor = asked(desk, None, ticket)
    freshdesk.say(1, "Hej")
    calls = len(freshdesk.calls)
    for _ in range(30):
        assert asked(desk, cursor, ticket) == ([], cursor)
    assert len(freshdesk.calls) == calls


def test_after_a_long_time_only_the_watched_tickets_are_read(freshdesk: Freshdesk) -> None:
    desk = opened(freshdesk)
    tickets = [request(desk), request(desk, conversation_id="web-2"), Ticket("4711")]
    _, cursor = asked(desk, None, *tickets[:2])
    api = client(freshdesk)
    for number in range(3, 310):
        freshdesk.tickets[number] = freshdesk.tickets[1] | {"id": number}
    api.tickets.update_ticket(2, priority=1)
    freshdesk.say(2, "Hej")
    freshdesk.calls.clear()
    events, cursor = asked(desk, cursor, *tickets)
    assert [event.text for event in events] == ["Hej"]
    assert freshdesk.calls.count("GET /api/v2/tickets") == 3
    assert len(freshdesk.calls) < 15


@pytest.mark.parametrize(("status", "ended"), [(2, False), (3, False), (4, True), (5, True)])
def test_a_resolved_or_closed_ticket_ends_the_handoff_after_the_last_words(
    freshdesk: Freshdesk, status: int, ended: bool
) -> None:
    desk = opened(freshdesk)
    ticket = request(desk)
    freshdesk.say(1, "Ha det bra!")
    freshdesk.set_status(1, status)
    events, _ = asked(desk, None, ticket)
    assert [event.type for event in events] == ([MESSAGE, RESOLVED] if ended else [MESSAGE])


def test_a_webhook_and_asking_tell_of_the_same_by_the_same_ids(freshdesk: Freshdesk) -> None:
    desk = opened(freshdesk)
    ticket = request(desk)
    freshdesk.say(1, "För länge sedan")
    freshdesk.age(7200)
    freshdesk.say(1, "Hej!")
    freshdesk.say(1, "Kunden verkar arg", private=True)
    freshdesk.set_status(1, 4)
    pushed = list(desk.receive(*freshdesk.hook(1)))
    assert [event.text for event in pushed] == ["Hej!", ""]
    assert asked(desk, None, ticket)[0][1:] == pushed


def test_a_webhook_without_the_secret_is_refused_unread(freshdesk: Freshdesk) -> None:
    desk = opened(freshdesk)
    request(desk)
    calls = len(freshdesk.calls)
    for headers, body in (freshdesk.hook(1, "another"), ({}, freshdesk.hook(1)[1])):
        with pytest.raises(SignatureRefused, match="X-Svara-Secret"):
            desk.receive(headers, body)
    with pytest.raises(SignatureRefused):
        opened(freshdesk, hook="").receive(*freshdesk.hook(1, ""))
    assert len(freshdesk.calls) == calls


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"ticket": "x"}', b'{"ticket": null}'])
def test_what_is_no_webhook_of_a_rule_is_refused(freshdesk: Freshdesk, body: bytes) -> None:
    with pytest.raises(EventRefused, match="its number"):
        opened(freshdesk).receive({"x-svara-secret": HOOK_KEY}, body)


def test_what_an_agent_attaches_is_linked_or_named(freshdesk: Freshdesk) -> None:
    desk = opened(freshdesk)
    ticket = request(desk)
    url = "https://cdn.example/data/helpdesk/attachments/production/1/original/kvitto.pdf?Expires=1"
    files = ({"name": "kvitto.pdf", "attachment_url": url}, {"name": "foto.jpg"})
    freshdesk.say(1, "<div>Se här:</div>", files=files)
    ((event,), _) = asked(desk, None, ticket)
    assert event.attachments == ({"name": "kvitto.pdf", "url": url},)
    assert event.text == "Se här:\n\N{PAPERCLIP} foto.jpg"


def test_a_busy_freshdesk_is_tried_later_and_a_wrong_key_is_told_of(freshdesk: Freshdesk) -> None:
    desk = opened(freshdesk)
    ticket = request(desk)
    for step in (request, lambda desk: write(desk, ticket, "Hej"), lambda desk: asked(desk, None)):
        freshdesk.busy.append(Answer(None, 429, {"Retry-After": "34"}))
        with pytest.raises(DeskUnavailable) as caught:
            step(desk)
        assert caught.value.retry_after == 34
    with pytest.raises(DeskRefused, match="logged in") as refused:
        request(opened(freshdesk, key="wrong"))
    assert "wrong" not in str(refused.value)


def test_an_option_that_is_no_number_is_told_of(freshdesk: Freshdesk) -> None:
    with pytest.raises(DeskRefused, match="as its group"):
        opened(freshdesk, group="Chat")


def test_an_agents_words_reach_the_customer_once(
    freshdesk: Freshdesk, engine: Any, settings: Settings, handoff: Handoff
) -> None:
    desk = opened(freshdesk)
    ticket = request(desk)
    with transaction(engine) as connection:
        keep(connection, handoff.id, "fresh", ticket)
    freshdesk.say(1, "Hej!", files=({"name": "a.pdf", "attachment_url": "https://x.example/a"},))
    freshdesk.say(1, "Internt", private=True)
    pushed = desk.receive(*freshdesk.hook(1))
    polled, cursor = asked(desk, None, ticket)
    again, _ = asked(desk, json.dumps(json.loads(cursor)), ticket)
    taken = [take(engine, settings, "fresh", event) for event in [*pushed, *polled, *again]]
    assert taken == [True, False, False]
    with reading(engine) as connection:
        log = conversations.history(connection, handoff.conversation_id, speakers=["agent"])
    assert [line.text for line in log] == ["Hej!", "[a.pdf](https://x.example/a)"]


def test_a_handoff_goes_there_and_back_through_svara(
    freshdesk: Freshdesk, engine: Any, settings: Settings
) -> None:
    settings.desks_file.write_text(
        f"desks: {{fresh: {{kind: freshdesk, url: '{freshdesk.url}', allow_private: true}}}}",
        encoding="utf-8",
    )
    keep_desk_secret(settings, "fresh", KEY)
    keep_desk_secret(settings, "fresh", HOOK_KEY, hook=True)
    handoff = open_one(engine, settings)

    def deliver() -> None:
        with transaction(engine) as connection:
            heads = outbox.due(connection)
        assert [dispatcher.deliver(engine, settings, head) for head in heads] == [True]

    deliver()
    message = say(engine, "customer", "Är det någon där?")
    with transaction(engine) as connection:
        forwarding.forward(connection, lookup.get(connection, handoff.id), message)
    deliver()
    with reading(engine) as connection:
        ticket = of_handoff(connection, handoff.id)
    assert ticket is not None
    assert "Är det någon där?" in freshdesk.said[-1]["body"]
    freshdesk.say(int(ticket.id), "Hej, Åsa!")
    freshdesk.say(int(ticket.id), "Kunden verkar arg", private=True)
    headers, body = freshdesk.hook(int(ticket.id))
    assert take_hook(engine, settings, "fresh", headers, body) == (
        200,
        {"ok": True, "duplicate": False},
    )
    freshdesk.set_status(int(ticket.id), 5)
    assert polling.ask(engine, settings, open_desk(settings, "fresh")) == 1
    with reading(engine) as connection:
        ended = lookup.get(connection, handoff.id)
        log = conversations.history(connection, handoff.conversation_id, speakers=["agent"])
    assert (ended.status, [line.text for line in log]) == ("resolved", ["Hej, Åsa!"])
    assert ended.agent == {"id": str(ASTRID), "name": "Astrid Lund"}
