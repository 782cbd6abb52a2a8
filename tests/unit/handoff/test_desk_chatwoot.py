"""Handoffs in Chatwoot: conversations, private notes, agents' words by webhook and by asking."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import at_a_desk
import pytest
from at_a_desk import asked, context_of
from handoff_world import open_one, say
from servers.chatwoot import (
    ACCOUNT,
    ASTRID,
    BOT,
    INBOX,
    OTHER_INBOX,
    SECRET,
    SVARA,
    TOKEN,
    Chatwoot,
)
from servers.desk_product import Answer, running

from bot.errors import DeskRefused, DeskUnavailable, EventRefused, SignatureRefused
from bot.handoff import dispatcher, forwarding, lookup, outbox, polling
from bot.handoff.desks.chatwoot import KIND
from bot.handoff.desks.contract import (
    CANCELLED,
    MESSAGE,
    RATED,
    RESOLVED,
    TYPING,
    Desk,
    Event,
    FromAgent,
    Ticket,
)
from bot.handoff.desks.opened import open_desk
from bot.handoff.desks.opening import DeskEntry, Opening
from bot.handoff.http import take_hook
from bot.handoff.inbound import take
from bot.handoff.lookup import Handoff
from bot.handoff.tickets import keep, of_handoff
from bot.settings import Settings, keep_desk_secret
from bot.storage import conversations
from bot.storage.database import reading, transaction

CONTEXT = context_of("Var är min jacka?", priority="high")
request = partial(at_a_desk.request, CONTEXT)
write = partial(at_a_desk.write, CONTEXT)


@pytest.fixture
def chatwoot() -> Iterator[Chatwoot]:
    """An account with nothing in it."""
    product = Chatwoot()
    with running(product):
        yield product


def opened(product: Chatwoot, *, hook: str = SECRET, key: str = TOKEN, **options: Any) -> Desk:
    """A desk at it."""
    given = {"url": f"{product.url}/", "account": ACCOUNT, "inbox": INBOX, **options}
    entry = DeskEntry("chat", "chatwoot", given, allow_private=True)
    return KIND.open(Opening(entry, Settings(var=Path("unused")), key=key, hook_key=hook))


def test_a_handoff_is_an_open_conversation_with_all_of_it_in_a_private_note(
    chatwoot: Chatwoot,
) -> None:
    ticket = request(opened(chatwoot))
    assert ticket == Ticket("1", f"{chatwoot.url}/app/accounts/{ACCOUNT}/conversations/1")
    conversation = chatwoot.conversations[1]
    assert (conversation["status"], conversation["priority"]) == ("open", "high")
    assert conversation["custom_attributes"]["svara_conversation"] == "web-1"
    (contact,) = chatwoot.contacts
    assert (contact["identifier"], contact["name"]) == ("web-1", "Åsa Öberg")
    assert contact["email"] == "asa@example.com"
    (note,) = chatwoot.messages
    assert note["private"]
    assert "Var är min jacka?" in note["content"]


@pytest.mark.parametrize(
    "lost",
    ["POST .*/contacts$", "POST .*/conversations$", "POST .*/messages$", "POST .*/toggle_priority"],
)
def test_a_request_whose_answer_was_lost_makes_no_second_conversation(
    chatwoot: Chatwoot, lost: str
) -> None:
    desk = opened(chatwoot)
    chatwoot.lose.append(lost)
    with pytest.raises(DeskUnavailable):
        request(desk)
    assert request(desk).id == "1"
    assert (len(chatwoot.contacts), len(chatwoot.conversations)) == (1, 1)
    assert len(chatwoot.messages) == 1
    assert chatwoot.conversations[1]["priority"] == "high"


def test_the_contact_is_found_among_many_that_resemble_it(chatwoot: Chatwoot) -> None:
    desk = opened(chatwoot)
    for number in range(20):
        request(desk, conversation_id=f"web-1{number}", handoff_id=f"ho_1{number}")
    made = request(desk)
    assert request(desk) == made
    assert len(chatwoot.conversations) == 21


def test_a_second_handoff_is_another_conversation_of_the_same_contact(chatwoot: Chatwoot) -> None:
    desk = opened(chatwoot)
    first = request(desk)
    chatwoot.resolve(1)
    second = request(desk, (first.id,), handoff_id="ho_2")
    assert (first.id, second.id, len(chatwoot.contacts)) == ("1", "2", 1)
    assert request(desk, (first.id,), handoff_id="ho_2") == second


def test_an_email_of_another_contact_stays_that_ones(chatwoot: Chatwoot) -> None:
    desk = opened(chatwoot)
    request(desk)
    request(desk, conversation_id="web-2", handoff_id="ho_2")
    assert [contact["email"] for contact in chatwoot.contacts] == ["asa@example.com", None]
    assert "asa@example.com" in chatwoot.messages[-1]["content"]


def test_a_contact_that_came_another_way_is_tied_to_the_inbox(chatwoot: Chatwoot) -> None:
    chatwoot.contacts.append(
        {"id": 9, "name": "Åsa", "identifier": "web-1", "email": None, "contact_inboxes": []}
    )
    request(opened(chatwoot))
    assert chatwoot.conversations[1]["contact_id"] == 9


def test_a_conversation_that_waits_for_an_agent_bot_is_opened_for_people() -> None:
    product = Chatwoot(bot=True)
    with running(product):
        request(opened(product))
        assert product.conversations[1]["status"] == "open"


def test_an_inbox_that_keeps_to_one_conversation_is_told_of() -> None:
    product = Chatwoot(single=True)
    with running(product):
        desk = opened(product)
        first = request(desk)
        with pytest.raises(DeskRefused, match="Conversation Routing"):
            request(desk, (first.id,), handoff_id="ho_2")


def test_the_customers_words_are_messages_of_the_contact_and_come_once(chatwoot: Chatwoot) -> None:
    desk = opened(chatwoot)
    ticket = request(desk)
    chatwoot.lose.append("POST .*/messages$")
    with pytest.raises(DeskUnavailable):
        write(desk, ticket, "Är det någon där?")
    for number in range(30):
        chatwoot.say(1, f"Svar {number}")
    write(desk, ticket, "Är det någon där?", again=True)
    theirs = [item for item in chatwoot.messages if item["message_type"] == 0]
    assert [item["content"] for item in theirs] == ["[2026-11-22 07:36:02] Är det någon där?"]
    write(desk, ticket, "Är det någon där?")
    assert len([item for item in chatwoot.messages if item["message_type"] == 0]) == 2


def test_words_of_an_agent_that_are_the_same_hide_none_of_the_customers(chatwoot: Chatwoot) -> None:
    desk = opened(chatwoot)
    ticket = request(desk)
    chatwoot.say(1, "[2026-11-22 07:36:02] Hej", private=True)
    write(desk, ticket, "Hej", again=True)
    assert [item["message_type"] for item in chatwoot.messages] == [1, 1, 0]


def test_a_customer_who_goes_back_leaves_a_note_and_a_resolved_conversation(
    chatwoot: Chatwoot,
) -> None:
    desk = opened(chatwoot)
    ticket = request(desk)
    desk.deliver(Event("w-3", CANCELLED, CONTEXT, "{}"), ticket)
    assert chatwoot.conversations[1]["status"] == "resolved"
    desk.deliver(Event("w-4", RATED, CONTEXT | {"rating": {"score": 5}}, "{}"), ticket)
    assert chatwoot.messages[-1]["private"]
    assert "5 of 5" in chatwoot.messages[-1]["content"]
    assert chatwoot.conversations[1]["status"] == "resolved"


def test_only_what_agents_write_to_the_customer_is_told_of(chatwoot: Chatwoot) -> None:
    desk = opened(chatwoot)
    ticket = request(desk)
    _, cursor = asked(desk, None)
    write(desk, ticket, "Hallå?")
    chatwoot.say(1, "Kunden verkar arg", private=True)
    chatwoot.say(1, "Hej, jag är en bot", sender=("agent_bot", BOT))
    chatwoot.say(1, "Sent by a rule", sender=None)
    chatwoot.say(1, "Betygsätt oss", kind="template", sender=None)
    chatwoot.say(1, "With our own token", sender=("user", SVARA))
    chatwoot.say(1, "This message was deleted", content_attributes={"deleted": True})
    said = chatwoot.say(1, "Hej! Jag **ser** ditt paket.")
    events, _ = asked(desk, cursor, ticket)
    assert events == [
        FromAgent(
            f"chatwoot-{said['id']}",
            "1",
            MESSAGE,
            {"id": "5", "name": "Astrid"},
            "Hej! Jag **ser** ditt paket.",
        )
    ]


def test_asking_goes_on_where_it_was_and_leaves_nothing_out(chatwoot: Chatwoot) -> None:
    desk = opened(chatwoot)
    ticket = request(desk)
    _, cursor = asked(desk, None, ticket)
    texts = [f"Svar {number}" for number in range(250)]
    for text in texts:
        chatwoot.say(1, text)
    events, cursor = asked(desk, cursor, ticket)
    assert [event.text for event in events] == texts
    chatwoot.age(600)
    _, cursor = asked(desk, cursor, ticket)
    chatwoot.say(1, "Ännu ett")
    calls = len(chatwoot.calls)
    events, cursor = asked(desk, cursor, ticket)
    assert [event.text for event in events] == ["Ännu ett"]
    assert len(chatwoot.calls) - calls == 3  # two pages of conversations, one of messages


def test_words_that_are_committed_late_are_not_missed(chatwoot: Chatwoot) -> None:
    desk = opened(chatwoot)
    ticket = request(desk)
    late = chatwoot.say(1, "Earlier number, later seen")
    chatwoot.say(1, "Seen at once")
    chatwoot.messages.remove(late)
    events, cursor = asked(desk, None, ticket)
    assert [event.text for event in events] == ["Seen at once"]
    chatwoot.messages.insert(-1, late)
    events, _ = asked(desk, cursor, ticket)
    assert late["content"] in [event.text for event in events]


def test_every_conversation_with_news_is_found_over_many_pages(chatwoot: Chatwoot) -> None:
    chatwoot.per_page = 3
    desk = opened(chatwoot)
    tickets = [
        request(desk, conversation_id=f"sms-{number}", handoff_id=f"ho_{number}")
        for number in range(10)
    ]
    _, cursor = asked(desk, None, *tickets)
    for ticket in tickets:
        chatwoot.say(int(ticket.id), f"Till {ticket.id}")
    events, _ = asked(desk, cursor, *tickets)
    assert {event.ticket for event in events} == {ticket.id for ticket in tickets}


def test_a_resolved_conversation_ends_the_handoff_after_the_last_words(chatwoot: Chatwoot) -> None:
    desk = opened(chatwoot)
    ticket = request(desk)
    chatwoot.say(1, "Ha det bra!")
    chatwoot.conversations[1]["meta"]["assignee"] = {"id": 5, "available_name": "Astrid"}
    chatwoot.resolve(1)
    events, _ = asked(desk, None, ticket)
    assert [event.type for event in events] == [MESSAGE, RESOLVED]
    assert events[1] == FromAgent(
        "chatwoot-resolved-1", "1", RESOLVED, {"id": "5", "name": "Astrid"}
    )


@pytest.mark.parametrize("signed", [True, False])
def test_a_webhook_and_asking_tell_of_the_same_by_the_same_ids(
    chatwoot: Chatwoot, signed: bool
) -> None:
    desk = opened(chatwoot, hook=SECRET if signed else "")
    ticket = request(desk)
    said = chatwoot.say(1, "Hej!")
    secret = SECRET if signed else ""
    pushed = list(desk.receive(*chatwoot.hook("message_created", said, secret=secret)))
    chatwoot.resolve(1)
    about = chatwoot.conversations[1]
    for name in ("conversation_status_changed", "conversation_resolved"):
        (ended,) = desk.receive(*chatwoot.hook(name, about, secret=secret))
    assert [*pushed, ended] == asked(desk, None, ticket)[0]


def test_a_webhook_cannot_put_words_in_an_agents_mouth(chatwoot: Chatwoot) -> None:
    desk = opened(chatwoot, hook="")
    request(desk)
    note = chatwoot.say(1, "Kunden verkar arg", private=True)
    for forged in (
        note | {"private": False},
        note | {"private": False, "content": "Pay here: http://evil.example"},
        note | {"private": False, "id": 4711},
    ):
        assert desk.receive(*chatwoot.hook("message_created", forged, secret="")) == ()
    ended = chatwoot.conversations[1] | {"status": "resolved"}
    assert desk.receive(*chatwoot.hook("conversation_resolved", ended, secret="")) == ()
    typing = chatwoot.typing(1)
    assert desk.receive(*chatwoot.hook("conversation_typing_on", typing, secret="")) == ()


@pytest.mark.parametrize(
    ("secret", "at", "why"),
    [("", None, "not signed"), ("another", None, "not signed"), (SECRET, 1e9, "five minutes")],
)
def test_a_webhook_that_is_not_signed_well_is_refused(
    chatwoot: Chatwoot, secret: str, at: float | None, why: str
) -> None:
    desk = opened(chatwoot)
    request(desk)
    headers, body = chatwoot.hook("message_created", chatwoot.say(1, "Hej"), secret=secret, at=at)
    with pytest.raises(SignatureRefused, match=why):
        desk.receive(headers, body)
    with pytest.raises(SignatureRefused):
        headers, body = chatwoot.hook("message_created", chatwoot.messages[0])
        desk.receive(headers, body + b" ")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'"text"', b'{"event": "conversation_resolved"}', b"[" * 100_000]
)
def test_what_is_no_webhook_of_chatwoot_is_refused(chatwoot: Chatwoot, body: bytes) -> None:
    with pytest.raises(EventRefused):
        opened(chatwoot, hook="").receive({}, body)


def test_webhooks_about_anything_else_change_nothing(chatwoot: Chatwoot) -> None:
    desk = opened(chatwoot)
    ticket = request(desk)
    write(desk, ticket, "Hallå?")
    calls = len(chatwoot.calls)
    theirs, note = chatwoot.messages[-1], chatwoot.messages[0]
    for event, about in (
        ("message_created", theirs),
        ("message_created", note),
        ("message_updated", chatwoot.say(1, "Hej")),
        ("contact_created", chatwoot.contacts[0]),
        ("conversation_created", chatwoot.conversations[1]),
    ):
        assert desk.receive(*chatwoot.hook(event, about)) == ()
    chatwoot.conversations[1]["inbox_id"] = OTHER_INBOX
    assert desk.receive(*chatwoot.hook("message_created", chatwoot.say(1, "Hej"))) == ()
    assert len(chatwoot.calls) == calls


def test_that_an_agent_writes_is_told_of_but_not_that_a_note_is_written(chatwoot: Chatwoot) -> None:
    desk = opened(chatwoot)
    request(desk)
    (event,) = desk.receive(*chatwoot.hook("conversation_typing_on", chatwoot.typing(1)))
    (later,) = desk.receive(*chatwoot.hook("conversation_typing_on", chatwoot.typing(1)))
    assert (event.type, event.ticket, event.agent["name"]) == (TYPING, "1", "Astrid Lund")
    assert event.id != later.id
    for about in (chatwoot.typing(1, private=True), chatwoot.typing(1, user=SVARA)):
        assert desk.receive(*chatwoot.hook("conversation_typing_on", about)) == ()


def test_what_an_agent_attaches_is_linked_or_named(chatwoot: Chatwoot) -> None:
    desk = opened(chatwoot)
    ticket = request(desk)
    link = "https://chat.example/rails/active_storage/blobs/redirect/x/Kvitto (1).pdf"
    files = [{"file_type": "file", "data_url": link}] * 11
    place = {"file_type": "location", "data_url": None, "fallback_title": "Lagret"}
    chatwoot.say(1, None, files=(*files, place))
    ((event,), _) = asked(desk, None, ticket)
    safe = link.replace(" ", "%20").replace("(", "%28").replace(")", "%29")
    assert event.attachments == tuple([{"name": "Kvitto (1).pdf", "url": safe}] * 10)
    assert event.text == f"\N{PAPERCLIP} Kvitto (1).pdf: {safe}\n\N{PAPERCLIP} Lagret"


def test_a_busy_chatwoot_is_tried_later_and_a_wrong_token_is_told_of(chatwoot: Chatwoot) -> None:
    desk = opened(chatwoot)
    chatwoot.busy.append(Answer({"error": "Throttled"}, 429, {"Retry-After": "34"}))
    with pytest.raises(DeskUnavailable) as caught:
        request(desk)
    assert caught.value.retry_after == 34
    with pytest.raises(DeskRefused, match="Invalid Access Token") as refused:
        request(opened(chatwoot, key="wrong"))
    assert "wrong" not in str(refused.value)


def test_an_option_that_is_no_number_is_told_of(chatwoot: Chatwoot) -> None:
    with pytest.raises(DeskRefused, match="number of its inbox"):
        opened(chatwoot, inbox="Svara")


def test_an_agents_words_reach_the_customer_once(
    chatwoot: Chatwoot, engine: Any, settings: Settings, handoff: Handoff
) -> None:
    desk = opened(chatwoot)
    ticket = request(desk, handoff_id=handoff.id)
    with transaction(engine) as connection:
        keep(connection, handoff.id, "chat", ticket)
    said = chatwoot.say(1, "Hej!", files=({"data_url": "https://chat.example/a/kvitto.pdf"},))
    chatwoot.resolve(1)
    pushed = desk.receive(*chatwoot.hook("message_created", said))
    polled, _ = asked(desk, None, ticket)
    assert [take(engine, settings, "chat", event) for event in [*pushed, *polled, *polled]] == [
        *[True],
        *[False, True],
        *[False, False],
    ]
    with reading(engine) as connection:
        log = conversations.history(connection, handoff.conversation_id)
    words = [line.text for line in log if line.speaker == "agent"]
    assert words == ["Hej!", "[kvitto.pdf](https://chat.example/a/kvitto.pdf)"]


def test_the_cursor_keeps_only_what_is_still_watched(chatwoot: Chatwoot) -> None:
    desk = opened(chatwoot)
    ticket = request(desk)
    chatwoot.say(1, "Hej")
    chatwoot.age(600)
    _, cursor = asked(desk, None, ticket)
    assert json.loads(cursor)["read"] == {"1": chatwoot.messages[-1]["id"]}
    _, cursor = asked(desk, cursor)
    assert json.loads(cursor)["read"] == {}


def test_a_handoff_goes_there_and_back_through_svara(
    chatwoot: Chatwoot, engine: Any, settings: Settings
) -> None:
    options = {
        "kind": "chatwoot",
        "allow_private": True,
        "url": chatwoot.url,
        "account": ACCOUNT,
        "inbox": INBOX,
    }
    settings.desks_file.write_text(json.dumps({"desks": {"chat": options}}), encoding="utf-8")
    keep_desk_secret(settings, "chat", TOKEN)
    keep_desk_secret(settings, "chat", SECRET, hook=True)
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
    assert chatwoot.messages[-1]["content"].endswith("Är det någon där?")
    said = chatwoot.say(int(ticket.id), "Hej, Åsa!")
    chatwoot.say(int(ticket.id), "Kunden verkar arg", private=True)
    headers, body = chatwoot.hook("message_created", said)
    assert take_hook(engine, settings, "chat", headers, body) == (
        200,
        {"ok": True, "duplicate": False},
    )
    chatwoot.resolve(int(ticket.id))
    assert polling.ask(engine, settings, open_desk(settings, "chat")) == 1
    with reading(engine) as connection:
        ended = lookup.get(connection, handoff.id)
        log = conversations.history(connection, handoff.conversation_id, speakers=["agent"])
    assert (ended.status, [line.text for line in log]) == ("resolved", ["Hej, Åsa!"])
    assert ended.agent == {"id": str(ASTRID), "name": "Astrid"}
