"""The desk `zendesk_messaging` against a server that keeps the Sunshine Conversations contract."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from at_a_desk import MESSAGE_DATA, event, made
from handoff_world import CONVERSATION, open_one
from servers.desk_product import Answer, running
from servers.sunshine import (
    ANSWER_BOT,
    APP,
    KEY,
    KEY_ID,
    SECRET,
    SVARA_BOT,
    WORKSPACE,
    SunshineServer,
)
from sqlalchemy.engine import Engine

from bot.errors import DeskRefused, DeskUnavailable, EventRefused, SignatureRefused
from bot.handoff import dispatcher, http, outbox, polling
from bot.handoff.desks.contract import (
    CANCELLED,
    MESSAGE,
    RATED,
    REQUESTED,
    RESOLVED,
    TYPING,
    FromAgent,
    Ticket,
)
from bot.handoff.desks.opened import open_desk
from bot.handoff.desks.opening import DeskEntry, Opening
from bot.handoff.desks.zendesk_messaging import KIND, ZendeskMessagingDesk
from bot.handoff.sample import sample_context
from bot.settings import Settings, keep_desk_secret
from bot.storage import conversations
from bot.storage.database import reading


@pytest.fixture
def server() -> Iterator[SunshineServer]:
    product = SunshineServer()
    with running(product):
        yield product


def opened(
    server: SunshineServer,
    settings: Settings,
    *,
    secret: str = KEY,
    hook: str = SECRET,
    **options: Any,
) -> ZendeskMessagingDesk:
    entry = DeskEntry(
        "support",
        "zendesk_messaging",
        {"url": server.url, "app": APP, "key_id": KEY_ID, **options},
        ZoneInfo("Europe/Stockholm"),
        allow_private=True,
    )
    desk = KIND.open(Opening(entry, settings, key=secret, hook_key=hook))
    assert isinstance(desk, ZendeskMessagingDesk)
    return desk


@pytest.fixture
def desk(server: SunshineServer, settings: Settings) -> ZendeskMessagingDesk:
    return opened(server, settings)


@pytest.fixture
def context(settings: Settings) -> dict[str, Any]:
    made = sample_context(settings)
    made["conversation_id"] = CONVERSATION
    made["customer"]["facts"] = {"email": "asa@example.se"}
    said = [("customer", "Hej!"), ("bot", "Hej! Vad gäller det?"), ("customer", "Hej!")]
    messages = [
        {"id": number, "time": "2026-11-22T07:34:33.554+00:00", "speaker": speaker, "text": text}
        for number, (speaker, text) in enumerate(said, 1)
    ]
    made["transcript"] |= {"total": 3, "inline": 3, "messages": messages}
    return made


def told(events: Any) -> list[tuple[str, str]]:
    return [(each.type, each.text) for each in events]


def texts(server: SunshineServer, ticket: Ticket) -> list[str]:
    return [each["content"]["text"] for each in server.messages[ticket.id]]


# --- towards Zendesk -----------------------------------------------------------------------------


def test_the_whole_conversation_is_there_before_agents_get_it(
    server: SunshineServer, settings: Settings, context: dict[str, Any]
) -> None:
    context["priority"] = "urgent"
    ticket = made(opened(server, settings, field=360), context)
    first, *lines = server.messages[ticket.id]
    said = context["transcript"]["messages"]
    assert "times in Europe/Stockholm" in first["content"]["text"]
    assert [each["author"]["type"] for each in lines] == [
        "user" if each["speaker"] == "customer" else "business" for each in said
    ]
    for line, each in zip(lines, said, strict=True):
        assert each["text"].splitlines()[0] in line["content"]["text"]
    assert server.holder(ticket.id) == WORKSPACE
    (passed,) = server.passed
    assert passed == {
        "switchboardIntegration": "next",
        "metadata": {
            "first_message_id": first["id"],
            "dataCapture.systemField.tags": "svara",
            "dataCapture.systemField.priority": "urgent",
            "dataCapture.ticketField.360": CONVERSATION,
        },
    }


def test_zendesk_gets_no_address_that_it_would_write_to(
    server: SunshineServer, desk: ZendeskMessagingDesk, context: dict[str, Any]
) -> None:
    context["customer"]["name"] = "Åsa " * 50
    made(desk, context)
    profile = server.users[CONVERSATION]["profile"]
    assert set(profile) == {"locale", "givenName"}


@pytest.mark.parametrize(
    ("call", "nth"),
    [("/users$", 1), ("POST .*/conversations$", 1), ("messages$", 3), ("passControl$", 1)],
)
def test_a_create_that_broke_off_anywhere_is_gone_on_with(
    server: SunshineServer,
    desk: ZendeskMessagingDesk,
    context: dict[str, Any],
    call: str,
    nth: int,
) -> None:
    server.lose = [f"POST .*{call}" if not call.startswith("POST") else call] * nth
    for _ in range(nth):
        with pytest.raises(DeskUnavailable):
            made(desk, context)
    ticket = made(desk, context)
    assert list(server.conversations) == [ticket.id]
    found = texts(server, ticket)
    assert len(found) == len(context["transcript"]["messages"]) + 1
    assert len(server.passed) == 1


def test_a_second_handoff_of_a_conversation_is_a_conversation_of_its_own(
    server: SunshineServer, desk: ZendeskMessagingDesk, context: dict[str, Any]
) -> None:
    first = made(desk, context)
    context["handoff_id"] = "ho_2"
    second = desk.deliver(event(REQUESTED, context), None, [first.id])
    assert second is not None
    assert desk.find(CONVERSATION) == [second, first]
    assert desk.find("web-2") == []
    assert len(server.users) == 1


def test_a_conversation_is_found_among_hundreds(
    server: SunshineServer, desk: ZendeskMessagingDesk, context: dict[str, Any]
) -> None:
    made(desk, context)
    old = next(iter(server.conversations.values()))
    for number in range(120):
        name = f"old-{number}"
        server.conversations[name] = {**old, "id": name, "metadata": {}}
        server.owners[name] = CONVERSATION
    ours = desk.find(CONVERSATION)
    assert len(ours) == 121


def test_a_switchboard_that_leads_to_no_agents_is_told(
    server: SunshineServer, settings: Settings, context: dict[str, Any]
) -> None:
    with pytest.raises(DeskRefused, match="zd-agentWorkspace") as caught:
        made(opened(server, settings, switchboard=ANSWER_BOT), context)
    assert not caught.value.final
    ticket = made(opened(server, settings, switchboard=WORKSPACE), context)
    assert list(server.conversations) == [ticket.id]


def test_zendesks_bot_does_not_answer_what_svaras_own_integration_has(
    server: SunshineServer, settings: Settings, context: dict[str, Any]
) -> None:
    server.default = ANSWER_BOT
    ticket = made(opened(server, settings, bot=SVARA_BOT), context)
    assert "Hello!" not in texts(server, ticket)
    assert server.holder(ticket.id) == WORKSPACE


def test_what_the_customer_writes_is_theirs_and_is_not_added_twice(
    server: SunshineServer, desk: ZendeskMessagingDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    before = len(server.messages[ticket.id])
    server.lose = ["POST .*messages"]
    with pytest.raises(DeskUnavailable):
        desk.deliver(event(MESSAGE, {"message": MESSAGE_DATA}), ticket)
    desk.deliver(event(MESSAGE, {"message": MESSAGE_DATA}, again=True), ticket)
    (message,) = server.messages[ticket.id][before:]
    assert message["content"]["text"] == "[2026-11-22 08:36:02] Är det någon där?"
    assert message["author"] == {"type": "user", "userExternalId": CONVERSATION}


def test_a_long_text_is_several_messages_each_of_them_once(
    server: SunshineServer, desk: ZendeskMessagingDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    before = len(server.messages[ticket.id])
    message = {**MESSAGE_DATA, "text": "🙂" * 4000}
    server.lose = ["POST .*messages"]
    with pytest.raises(DeskUnavailable):
        desk.deliver(event(MESSAGE, {"message": message}), ticket)
    desk.deliver(event(MESSAGE, {"message": message}, again=True), ticket)
    parts = texts(server, ticket)[before:]
    assert len(parts) == 2
    assert "".join(parts) == "[2026-11-22 08:36:02] " + "🙂" * 4000


@pytest.mark.parametrize(("options", "holder"), [({}, ""), ({"bot": SVARA_BOT}, SVARA_BOT)])
def test_the_end_is_told_and_takes_the_conversation_back_from_the_agents(
    server: SunshineServer,
    settings: Settings,
    context: dict[str, Any],
    options: dict[str, str],
    holder: str,
) -> None:
    desk = opened(server, settings, **options)
    ticket = made(desk, context)
    desk.deliver(event(CANCELLED, {}), ticket)
    desk.deliver(event(CANCELLED, {}, again=True), ticket)
    desk.deliver(event(RATED, {"rating": {"score": 4, "out_of": 5}}), ticket)
    assert server.holder(ticket.id) == holder
    assert texts(server, ticket)[-2:] == [
        "The customer no longer needs a person; the bot answers again.",
        "The customer rated the help 4 of 5.",
    ]
    assert told(desk.news(None, [ticket]).events) == [(RESOLVED, "")]


def test_a_busy_zendesk_says_when_to_come_again_and_a_wrong_key_is_told(
    server: SunshineServer, settings: Settings, context: dict[str, Any]
) -> None:
    server.busy = [Answer({}, 429, {"retry-after": "7"})]
    with pytest.raises(DeskUnavailable) as later:
        made(opened(server, settings), context)
    assert later.value.retry_after == 7.0
    with pytest.raises(DeskRefused) as caught:
        made(opened(server, settings, secret="wrong"), context)
    assert caught.value.status == 401


# --- from Zendesk --------------------------------------------------------------------------------


def test_an_agents_words_arrive_by_webhook_and_by_asking_as_the_same_event(
    server: SunshineServer, desk: ZendeskMessagingDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    message = server.writes(ticket.id, "Hej Åsa!", htmlText="<p>Hej <b>Åsa</b>!</p>")
    astrid = {"id": "Astrid Lund", "name": "Astrid Lund"}
    expected = [
        FromAgent(f"zendesk-{message['id']}", ticket.id, MESSAGE, astrid, "Hej **Åsa**!", [])
    ]
    hook = server.hook("conversation:message", ticket.id, message=message)
    assert list(desk.receive(*hook)) == expected
    assert list(desk.news(None, [ticket]).events) == expected


def test_nothing_of_our_own_of_bots_or_of_the_system_ever_comes_back(
    server: SunshineServer, desk: ZendeskMessagingDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    desk.deliver(event(MESSAGE, {"message": MESSAGE_DATA}), ticket)
    server.writes(ticket.id, "Jag är en bot", source="zd:answerBot")
    server.writes(ticket.id, "Från ett annat program", source="api")
    server.writes(ticket.id, "Astrid har anslutit", author={"subtypes": ["activity"]})
    server.writes(ticket.id, "Kunden", author={"type": "user"}, source="web")
    server.writes(ticket.id, "%((switchboard:passControl:svara-bot))%")
    server.messages[ticket.id].append({**server.writes(ticket.id, "Borta"), "deleted": True})
    del server.messages[ticket.id][-2]
    for message in server.messages[ticket.id]:
        hook = server.hook("conversation:message", ticket.id, message=message)
        assert list(desk.receive(*hook)) == []
    assert list(desk.news(None, [ticket]).events) == []


@pytest.mark.parametrize(
    ("content", "text", "links"),
    [
        (
            {"type": "image", "mediaUrl": "https://x.example/a/k.png", "altText": "karta.png"},
            "Se",
            [{"name": "karta.png", "url": "https://x.example/a/k.png"}],
        ),
        (
            {"type": "file", "mediaUrl": "https://x.example/a/kvitto%201.pdf"},
            "Se",
            [{"name": "kvitto 1.pdf", "url": "https://x.example/a/kvitto%201.pdf"}],
        ),
        ({"type": "file", "mediaUrl": "sunco:1", "altText": "k.pdf"}, "Se\n📎 k.pdf", []),
        ({"actions": [{"text": "Villkor", "uri": "https://x.example"}]}, None, []),
        ({"type": "location", "coordinates": {"lat": 59.3, "long": 18.1}}, "Se\n59.3, 18.1", []),
        ({"type": "list", "items": [{"title": "Röd", "description": "199 kr"}]}, None, []),
        ({"type": "form", "fields": [{"label": "E-post?"}]}, "Se\nE-post?", []),
    ],
)
def test_whatever_an_agent_sends_the_customer_reads(
    server: SunshineServer,
    desk: ZendeskMessagingDesk,
    context: dict[str, Any],
    content: dict[str, Any],
    text: str | None,
    links: list[dict[str, str]],
) -> None:
    ticket = made(desk, context)
    server.writes(ticket.id, "Se", **content)
    (found,) = desk.news(None, [ticket]).events
    whole = {"actions": "Se\nVillkor https://x.example", "items": "Se\nRöd\n199 kr"}
    assert found.text == (text or next(whole[name] for name in whole if name in content))
    assert list(found.attachments) == links


def test_a_session_that_an_agent_ends_ends_the_handoff_after_the_words(
    server: SunshineServer, desk: ZendeskMessagingDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    server.writes(ticket.id, "Klart!")
    server.ends(ticket.id)
    events = list(desk.news(None, [ticket]).events)
    assert told(events) == [(MESSAGE, "Klart!"), (RESOLVED, "")]
    hook = server.hook("switchboard:releaseControl", ticket.id, reason="ticketClosed")
    assert list(desk.receive(*hook)) == events


def test_control_that_goes_to_a_bot_again_ends_the_handoff(
    server: SunshineServer, desk: ZendeskMessagingDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    cursor = desk.news(None, [ticket]).cursor
    server._gives(ticket.id, SVARA_BOT)
    assert list(desk.receive(*server.hook("switchboard:passControl", ticket.id))) == []
    assert told(desk.news(cursor, [ticket]).events) == [(RESOLVED, "")]


def test_that_an_agent_types_is_told(
    server: SunshineServer, desk: ZendeskMessagingDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    activity = {
        "type": "typing:start",
        "author": {"type": "business", "displayName": "Astrid Lund"},
        "source": {"type": "zd:agentWorkspace"},
    }
    (found,) = desk.receive(*server.hook("conversation:typing", ticket.id, activity=activity))
    assert (found.type, found.agent["name"]) == (TYPING, "Astrid Lund")
    for other in ({"type": "typing:stop"}, {"source": {"type": "api"}}):
        hook = server.hook("conversation:typing", ticket.id, activity={**activity, **other})
        assert list(desk.receive(*hook)) == []


def test_each_of_many_conversations_has_its_turn_and_one_that_is_gone_stops_none(
    server: SunshineServer, desk: ZendeskMessagingDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    old = "2020-01-01T00:00:00.000Z"
    others = [Ticket(f"{number:024x}") for number in range(900, 950)]
    for other in others[1:]:
        server.conversations[other.id] = {
            **server.conversations[ticket.id],
            "id": other.id,
            "lastUpdatedAt": old,
        }
        server.messages[other.id] = []
    server.writes(ticket.id, "Hej!")
    cursor, seen = None, []
    for _ in range(6):
        news = desk.news(cursor, [*others, ticket])
        cursor, seen = news.cursor, seen + told(news.events)
    assert (MESSAGE, "Hej!") in seen


def test_a_conversation_without_new_words_is_not_read_again(
    server: SunshineServer, desk: ZendeskMessagingDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    server.conversations[ticket.id]["lastUpdatedAt"] = "2020-01-01T00:00:00.000Z"
    cursor = desk.news(None, [ticket]).cursor
    server.calls.clear()
    assert desk.news(cursor, [ticket]).cursor == cursor
    assert len(server.calls) == 1
    server.writes(ticket.id, "Hej!")
    assert told(desk.news(cursor, [ticket]).events) == [(MESSAGE, "Hej!")]


def test_a_webhook_needs_the_shared_secret(
    server: SunshineServer, desk: ZendeskMessagingDesk, settings: Settings, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    headers, body = server.hook("switchboard:releaseControl", ticket.id)
    for wrong in ({}, {"x-api-key": ""}, {"x-api-key": "another"}, {"x-api-key": "hemlåst"}):
        with pytest.raises(SignatureRefused):
            desk.receive(wrong, body)
    with pytest.raises(SignatureRefused, match="svara handoff secret support --hook"):
        opened(server, settings, hook="").receive(headers | {"x-api-key": ""}, body)


@pytest.mark.parametrize("content", [[], {}, {"events": [{}]}, {"events": 5}, "5"])
def test_a_webhook_of_another_form_is_refused(desk: ZendeskMessagingDesk, content: Any) -> None:
    with pytest.raises(EventRefused, match="v2"):
        desk.receive({"x-api-key": SECRET}, json.dumps(content).encode())


# --- all the way ---------------------------------------------------------------------------------


@pytest.fixture
def with_desk(settings: Settings, server: SunshineServer) -> Settings:
    """Settings whose handoffs go to Zendesk messaging."""
    file = settings.var / "desks.yml"
    file.write_text(
        f"desks: {{support: {{kind: zendesk_messaging, url: '{server.url}', app: {APP}, "
        f"key_id: {KEY_ID}, allow_private: true}}}}",
        "utf-8",
    )
    settings = replace(settings, desks_file=file)
    keep_desk_secret(settings, "support", KEY)
    keep_desk_secret(settings, "support", SECRET, hook=True)
    return settings


def deliver_all(engine: Engine, settings: Settings) -> None:
    for _ in range(9):
        with reading(engine) as connection:
            due = outbox.due(connection, limit=9)
        if not due:
            return
        assert all(dispatcher.deliver(engine, settings, each) for each in due)


def test_an_agents_words_reach_the_customer_once_by_whichever_way_they_come_first(
    engine: Engine, with_desk: Settings, server: SunshineServer
) -> None:
    open_one(engine, with_desk)
    deliver_all(engine, with_desk)
    (number,) = server.conversations
    desk = open_desk(with_desk, "support")
    hook = server.hook("conversation:message", number, message=server.writes(number, "Hej!"))
    assert http.take_hook(engine, with_desk, "support", *hook)[0] == 200
    assert polling.ask(engine, with_desk, desk) == 0
    server.writes(number, "Och det här kom utan webhook.")
    assert polling.ask(engine, with_desk, desk) == 1
    assert http.take_hook(engine, with_desk, "support", *hook)[1]["duplicate"] is True
    with reading(engine) as connection:
        history = conversations.history(connection, CONVERSATION)
    said = [each.text for each in history if each.speaker == "agent"]
    assert said == ["Hej!", "Och det här kom utan webhook."]
    server.ends(number)
    released = server.hook("switchboard:releaseControl", number)
    assert http.take_hook(engine, with_desk, "support", *released)[0] == 200
    assert polling.ask(engine, with_desk, desk) == 0
