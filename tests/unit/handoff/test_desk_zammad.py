"""The desk `zammad` against a server that keeps Zammad's contract, as zammad_py judges."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from at_a_desk import MESSAGE_DATA, event, made
from handoff_world import CONVERSATION, open_one
from requests.exceptions import HTTPError
from servers.desk_product import Answer, running
from servers.zammad_tickets import (
    ASTRID,
    BERTIL,
    SIGNATURE_TOKEN,
    SVARA,
    TOKEN,
    ZammadServer,
)
from sqlalchemy.engine import Engine
from zammad_py import ZammadAPI

from bot.errors import DeskRefused, DeskUnavailable, EventRefused, SignatureRefused
from bot.handoff import dispatcher, http, outbox, polling
from bot.handoff.desks.contract import (
    CANCELLED,
    MESSAGE,
    RATED,
    REQUESTED,
    RESOLVED,
    FromAgent,
)
from bot.handoff.desks.opened import open_desk
from bot.handoff.desks.opening import DeskEntry, Opening
from bot.handoff.desks.watch import AT_ONCE
from bot.handoff.desks.zammad import KIND, ZammadDesk
from bot.handoff.sample import sample_context
from bot.settings import Settings, keep_desk_secret
from bot.storage import conversations
from bot.storage.database import reading


@pytest.fixture
def server() -> Iterator[ZammadServer]:
    product = ZammadServer()
    with running(product):
        yield product


def opened(server: ZammadServer, settings: Settings, **options: str) -> ZammadDesk:
    entry = DeskEntry(
        "support",
        "zammad",
        {"url": server.url, "group": "Users", **options},
        ZoneInfo("Europe/Stockholm"),
        allow_private=True,
    )
    desk = KIND.open(Opening(entry, settings, key=TOKEN, hook_key=SIGNATURE_TOKEN))
    assert isinstance(desk, ZammadDesk)
    return desk


@pytest.fixture
def desk(server: ZammadServer, settings: Settings) -> ZammadDesk:
    return opened(server, settings)


@pytest.fixture
def context(settings: Settings) -> dict[str, Any]:
    made = sample_context(settings)
    made["conversation_id"] = CONVERSATION
    made["slots"] = {"email": "asa@example.se"}
    return made


def words(events: Any) -> list[str]:
    return [each.text for each in events if each.type == MESSAGE]


# --- towards Zammad ------------------------------------------------------------------------------


def test_a_handoff_is_one_internal_article_with_the_context_as_a_file(
    server: ZammadServer, desk: ZammadDesk, context: dict[str, Any]
) -> None:
    context["priority"] = "urgent"
    ticket = made(desk, context)
    assert ticket.url == f"{server.url}/#ticket/zoom/{ticket.id}"
    record = server.tickets[int(ticket.id)]
    assert record["note"] == CONVERSATION
    assert record["title"] == context["summary"]
    assert record["priority_id"] == 3
    assert server.users[record["customer_id"]]["email"] == "asa@example.se"
    (article,) = server.of_ticket(int(ticket.id))
    assert article["internal"] is True
    assert "times in Europe/Stockholm" in article["body"]
    (file,) = article["attachments"]
    assert json.loads(base64.b64decode(file["store"])) == context


def test_a_create_whose_answer_was_lost_makes_no_second_ticket(
    server: ZammadServer, desk: ZammadDesk, context: dict[str, Any]
) -> None:
    server.lose = ["POST /api/v1/tickets$"]
    with pytest.raises(DeskUnavailable):
        made(desk, context)
    assert made(desk, context).id == "1"
    assert len(server.tickets) == 1
    assert len(server.of_ticket(1)) == 1


def test_the_search_index_is_not_asked_as_it_lags(
    server: ZammadServer, desk: ZammadDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    api = ZammadAPI(f"{server.url}/api/v1/", http_token=TOKEN)
    assert list(api.ticket.search(CONVERSATION)) == []
    assert desk.find(CONVERSATION) == [ticket]
    assert desk.find("web-2") == []


def test_a_second_handoff_of_a_conversation_is_a_ticket_of_its_own(
    server: ZammadServer, desk: ZammadDesk, context: dict[str, Any]
) -> None:
    first = made(desk, context)
    second = desk.deliver(event(REQUESTED, context), None, [first.id])
    assert second is not None
    assert second.id != first.id
    assert desk.find(CONVERSATION) == [second, first]


def test_the_conversations_id_can_be_in_an_attribute_of_its_own(
    server: ZammadServer, settings: Settings, context: dict[str, Any]
) -> None:
    desk = opened(server, settings, field="svara_conversation")
    ticket = made(desk, context)
    record = server.tickets[int(ticket.id)]
    assert (record["svara_conversation"], record["note"]) == (CONVERSATION, None)
    assert made(desk, context) == ticket


def test_an_attribute_that_zammad_does_not_have_makes_no_tickets_without_it(
    server: ZammadServer, settings: Settings, context: dict[str, Any]
) -> None:
    desk = opened(server, settings, field="not_there")
    with pytest.raises(DeskUnavailable, match="not_there"):
        made(desk, context)
    assert server.tickets == {}


@pytest.mark.parametrize("email", ["", "no address", "åsa@"])
def test_a_customer_without_a_usable_address_is_svaras_own_login_or_the_one_named(
    server: ZammadServer, settings: Settings, context: dict[str, Any], email: str
) -> None:
    context["slots"] = {"email": email}
    ticket = made(opened(server, settings), context)
    assert server.tickets[int(ticket.id)]["customer_id"] == SVARA
    context["conversation_id"] = "web-2"
    ticket = made(opened(server, settings, customer="chat@example.com"), context)
    customer = server.tickets[int(ticket.id)]["customer_id"]
    assert server.users[customer]["email"] == "chat@example.com"


def test_a_priority_that_zammad_has_not_is_left_out(
    server: ZammadServer, settings: Settings, context: dict[str, Any], monkeypatch: Any
) -> None:
    monkeypatch.setattr("servers.zammad_tickets._PRIORITIES", {1: "låg", 2: "2 normal"})
    context["priority"] = "urgent"
    assert made(opened(server, settings), context).id == "1"


def test_what_the_customer_writes_is_a_public_note_of_theirs(
    server: ZammadServer, desk: ZammadDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    desk.deliver(event(MESSAGE, {"message": MESSAGE_DATA}), ticket)
    article = server.of_ticket(1)[-1]
    assert article["body"] == "[2026-11-22 08:36:02] Är det någon där?"
    assert (article["sender"], article["type"]) == ("Customer", "note")
    assert article["internal"] is False
    assert server.tickets[1]["state"] == "new"


def test_words_whose_answer_was_lost_are_not_added_twice(
    server: ZammadServer, desk: ZammadDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    server.lose = ["PUT /api/v1/tickets/1"]
    with pytest.raises(DeskUnavailable):
        desk.deliver(event(MESSAGE, {"message": MESSAGE_DATA}), ticket)
    desk.deliver(event(MESSAGE, {"message": MESSAGE_DATA}, again=True), ticket)
    assert len(server.of_ticket(1)) == 2


@pytest.mark.parametrize("state", ["closed", "pending reminder", "solved by us"])
def test_the_customers_words_open_a_ticket_that_was_put_aside(
    server: ZammadServer, desk: ZammadDesk, context: dict[str, Any], state: str
) -> None:
    ticket = made(desk, context)
    server.sets_state(ticket.id, state)
    desk.deliver(event(MESSAGE, {"message": MESSAGE_DATA}), ticket)
    assert server.tickets[1]["state"] == "open"


def test_the_end_and_the_rating_are_internal_and_the_ticket_is_closed(
    server: ZammadServer, desk: ZammadDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    desk.deliver(event(CANCELLED, {}), ticket)
    desk.deliver(event(RATED, {"rating": {"score": 4, "out_of": 5}}), ticket)
    assert server.tickets[1]["state"] == "closed"
    notes = server.of_ticket(1)[1:]
    assert [each["internal"] for each in notes] == [True, True]
    assert notes[1]["body"] == "The customer rated the help 4 of 5."


def test_a_busy_zammad_says_when_to_come_again(
    server: ZammadServer, desk: ZammadDesk, context: dict[str, Any]
) -> None:
    server.busy = [Answer({}, 429, {"retry-after": "7"})]
    with pytest.raises(DeskUnavailable) as caught:
        made(desk, context)
    assert (caught.value.status, caught.value.retry_after) == (429, 7.0)


def test_a_wrong_group_and_a_wrong_token_are_told(
    server: ZammadServer, settings: Settings, context: dict[str, Any]
) -> None:
    with pytest.raises(DeskRefused, match="No lookup value found for 'group'"):
        made(opened(server, settings, group="Nowhere"), context)
    entry = DeskEntry(
        "support", "zammad", {"url": server.url, "group": "Users"}, allow_private=True
    )
    stranger = KIND.open(Opening(entry, settings, key="wrong"))
    with pytest.raises(DeskRefused) as caught:
        stranger.deliver(event(REQUESTED, context), None)
    assert caught.value.status == 401


# --- from Zammad ---------------------------------------------------------------------------------


def test_an_agents_public_words_arrive_by_webhook_and_by_asking_as_the_same_event(
    server: ZammadServer, desk: ZammadDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    article = server.writes(
        ticket.id, "Hej <b>Åsa</b>!<br><a href='https://x.example/a'>Se här</a>"
    )
    headers, body = server.hook(ticket.id, article)
    expected = [
        FromAgent(
            f"zammad-{article['id']}",
            ticket.id,
            MESSAGE,
            {"id": str(ASTRID), "name": "Astrid Lund"},
            "Hej **Åsa**!\n[Se här](https://x.example/a)",
        )
    ]
    lower = {name.lower(): value for name, value in headers.items()}
    assert list(desk.receive(lower, body)) == expected
    assert list(desk.news(None, [ticket]).events) == expected


def test_nothing_internal_and_nothing_of_our_own_ever_comes_back(
    server: ZammadServer, desk: ZammadDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    desk.deliver(event(MESSAGE, {"message": MESSAGE_DATA}), ticket)
    hidden = server.writes(ticket.id, "Hon är arg.", internal=True)
    server.writes(ticket.id, "Vi har fått ditt ärende.", sender="System")
    server.writes(ticket.id, "Svar per post", sender="Customer", type="email")
    server.writes(ticket.id, "<p> </p>")
    server.writes(ticket.id, "Vår egen röst", agent=SVARA)
    lower = {name.lower(): value for name, value in server.hook(ticket.id, hidden)[0].items()}
    assert list(desk.receive(lower, server.hook(ticket.id, hidden)[1])) == []
    assert list(desk.news(None, [ticket]).events) == []


def test_an_article_that_does_not_say_whether_it_is_internal_is_not_shown(
    server: ZammadServer, desk: ZammadDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    article = server.writes(ticket.id, "Hemligt")
    del article["internal"]
    assert list(desk.news(None, [ticket]).events) == []


@pytest.mark.parametrize("state", ["closed", "merged", "solved by us"])
def test_every_state_of_a_closing_kind_ends_the_handoff_after_the_words(
    server: ZammadServer, desk: ZammadDesk, context: dict[str, Any], state: str
) -> None:
    ticket = made(desk, context)
    server.writes(ticket.id, "Klart!", agent=BERTIL)
    server.sets_state(ticket.id, state)
    events = desk.news(None, [ticket]).events
    assert [(each.type, each.text) for each in events] == [(MESSAGE, "Klart!"), (RESOLVED, "")]
    assert events[0].agent == {"id": str(BERTIL), "name": "Bertil"}
    headers, body = server.hook(ticket.id)
    lower = {name.lower(): value for name, value in headers.items()}
    assert [each.id for each in desk.receive(lower, body)] == [each.id for each in events]


def test_files_of_an_agent_are_named_as_their_links_need_a_login(
    server: ZammadServer, desk: ZammadDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    file = {"filename": "kvitto.pdf", "mime-type": "application/pdf", "data": "JVBERg=="}
    server.writes(ticket.id, "Här är kvittot.", attachments=[file])
    (event_,) = desk.news(None, [ticket]).events
    assert (event_.text, event_.attachments) == ("Här är kvittot.\n📎 kvitto.pdf", ())


def test_a_ticket_without_news_is_not_read_again(
    server: ZammadServer, desk: ZammadDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    server.tickets[1]["updated_at"] = "2020-01-01T00:00:00.000Z"
    news = desk.news(None, [ticket])
    assert desk.news(news.cursor, [ticket]).cursor == news.cursor
    assert server.calls.count("GET /api/v1/ticket_articles/by_ticket/1") == 1
    server.writes(ticket.id, "Hej!")
    assert words(desk.news(news.cursor, [ticket]).events) == ["Hej!"]


def test_words_that_were_read_but_not_taken_in_are_read_again(
    server: ZammadServer, desk: ZammadDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    server.writes(ticket.id, "Hej!")
    server.tickets[1]["updated_at"] = "2020-01-01T00:00:00.000Z"
    assert words(desk.news(None, [ticket]).events) == ["Hej!"]
    # The database was away: the next look comes with the old cursor.
    news = desk.news(None, [ticket])
    assert words(news.events) == ["Hej!"]
    assert words(desk.news(news.cursor, [ticket]).events) == []


def test_many_tickets_are_read_a_few_at_a_time_and_none_is_forgotten(
    server: ZammadServer, desk: ZammadDesk, context: dict[str, Any]
) -> None:
    tickets = []
    for number in range(45):
        context["conversation_id"] = f"web-{number}"
        tickets.append(made(desk, context))
        server.writes(tickets[-1].id, f"Svar {number}")
    said: set[str] = set()
    cursor = None
    for _ in range(3):
        news = desk.news(cursor, tickets)
        cursor = news.cursor
        assert len(news.events) <= AT_ONCE
        said |= set(words(news.events))
    assert said == {f"Svar {number}" for number in range(45)}


def test_a_webhook_needs_the_right_signature(
    server: ZammadServer, desk: ZammadDesk, settings: Settings, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    headers, body = server.hook(ticket.id)
    signature = headers["X-Hub-Signature"]
    for given in ({}, {"x-hub-signature": "sha1=00"}, {"x-hub-signature": signature[5:]}):
        with pytest.raises(SignatureRefused):
            desk.receive(given, body)
    with pytest.raises(SignatureRefused):
        desk.receive({"x-hub-signature": signature}, body + b" ")
    entry = DeskEntry(
        "support", "zammad", {"url": server.url, "group": "Users"}, allow_private=True
    )
    keyless = KIND.open(Opening(entry, settings, key=TOKEN))
    with pytest.raises(SignatureRefused, match="svara handoff secret support --hook"):
        keyless.receive({"x-hub-signature": signature}, body)


def test_webhooks_of_other_tickets_cost_nothing_and_others_are_refused(
    server: ZammadServer, desk: ZammadDesk
) -> None:
    api = ZammadAPI(f"{server.url}/api/v1/", http_token="astrid-token")
    api.ticket.create({"title": "Annat", "group": "Users", "customer_id": BERTIL})
    before = len(server.calls)
    assert list(received(desk, server, "1")) == []
    assert len(server.calls) == before
    server.tickets[1]["id"] = "eins"
    with pytest.raises(EventRefused):
        received(desk, server, "1")


def received(desk: ZammadDesk, server: ZammadServer, ticket: str) -> Any:
    headers, body = server.hook(ticket)
    return desk.receive({name.lower(): value for name, value in headers.items()}, body)


# --- zammad_py judges ----------------------------------------------------------------------------


def test_the_official_client_reads_what_we_made_and_we_read_what_it_made(
    server: ZammadServer, desk: ZammadDesk, context: dict[str, Any]
) -> None:
    api = ZammadAPI(f"{server.url}/api/v1/", http_token="astrid-token")
    assert api.user.me()["firstname"] == "Astrid"
    ours = made(desk, context)
    assert api.ticket.find(int(ours.id))["note"] == CONVERSATION
    (article,) = api.ticket.articles(int(ours.id))
    assert article["attachments"][0]["filename"] == "handoff.json"
    theirs = api.ticket.create(
        {
            "title": "Hjälp",
            "group": "Users",
            "customer_id": "guess:david@example.com",
            "note": "web-9",
            "article": {"subject": "s", "body": "b", "type": "note", "internal": False},
        }
    )
    (found,) = desk.find("web-9")
    assert found.id == str(theirs["id"])
    api.ticket_article.create(
        {"ticket_id": int(ours.id), "body": "Hej!", "type": "note", "internal": False}
    )
    api.ticket_article.create({"ticket_id": int(ours.id), "body": "Psst", "internal": True})
    api.ticket.update(int(ours.id), {"state": "closed"})
    events = desk.news(None, [ours]).events
    assert [(each.type, each.text) for each in events] == [(MESSAGE, "Hej!"), (RESOLVED, "")]


def test_the_server_refuses_the_official_client_what_zammad_refuses(server: ZammadServer) -> None:
    api = ZammadAPI(f"{server.url}/api/v1/", http_token="astrid-token")
    good = {"title": "t", "group": "Users", "customer_id": BERTIL, "article": {"body": "b"}}
    for bad in (
        {"title": ""},
        {"group": "Nowhere"},
        {"customer_id": "guess:nobody"},
        {"article": {"body": ""}},
        {"article": {"body": "b", "type": "telegraph"}},
        {"article": {"body": "b", "attachments": [{"filename": "a"}]}},
    ):
        with pytest.raises(HTTPError):
            api.ticket.create({**good, **bad})
    assert server.tickets == {}
    with pytest.raises(HTTPError):
        ZammadAPI(f"{server.url}/api/v1/", http_token="wrong").user.me()


# --- all the way ---------------------------------------------------------------------------------


@pytest.fixture
def with_desk(settings: Settings, server: ZammadServer) -> Settings:
    """Settings whose handoffs go to the Zammad."""
    file = settings.var / "desks.yml"
    file.write_text(
        f"desks: {{support: {{kind: zammad, url: '{server.url}', group: Users, "
        "allow_private: true}}",
        "utf-8",
    )
    settings = replace(settings, desks_file=file)
    keep_desk_secret(settings, "support", TOKEN)
    keep_desk_secret(settings, "support", SIGNATURE_TOKEN, hook=True)
    return settings


def deliver_all(engine: Engine, settings: Settings) -> None:
    for _ in range(9):
        with reading(engine) as connection:
            due = outbox.due(connection, limit=9)
        if not due:
            return
        assert all(dispatcher.deliver(engine, settings, each) for each in due)


def seen(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as connection:
        history = conversations.history(connection, CONVERSATION)
    return [(each.speaker, each.text) for each in history][4:]


def test_an_agents_words_reach_the_customer_once_by_whichever_way_they_come_first(
    engine: Engine, with_desk: Settings, server: ZammadServer
) -> None:
    open_one(engine, with_desk)
    deliver_all(engine, with_desk)
    (record,) = server.tickets.values()
    assert record["note"] == CONVERSATION
    article = server.writes("1", "Hej!")
    server.writes("1", "Hon är arg.", internal=True)
    desk = open_desk(with_desk, "support")
    headers, body = server.hook("1", article)
    assert http.take_hook(engine, with_desk, "support", headers, body)[0] == 200
    assert http.take_hook(engine, with_desk, "support", headers, body)[1]["duplicate"] is True
    assert polling.ask(engine, with_desk, desk) == 0
    server.writes("1", "Och det här kom utan webhook.")
    assert polling.ask(engine, with_desk, desk) == 1
    said = [text for speaker, text in seen(engine) if speaker == "agent"]
    assert said == ["Hej!", "Och det här kom utan webhook."]
    server.sets_state("1", "closed")
    assert polling.ask(engine, with_desk, desk) == 1
    assert polling.ask(engine, with_desk, desk) == 0


def test_a_zammad_that_is_away_has_the_webhook_come_again(
    engine: Engine, with_desk: Settings, server: ZammadServer
) -> None:
    open_one(engine, with_desk)
    deliver_all(engine, with_desk)
    article = server.writes("1", "Hej!")
    headers, body = server.hook("1", article)
    server.busy = [Answer({}, 502)]
    assert http.take_hook(engine, with_desk, "support", headers, body)[0] == 503
    assert http.take_hook(engine, with_desk, "support", headers, body)[0] == 200
    assert ("agent", "Hej!") in seen(engine)
