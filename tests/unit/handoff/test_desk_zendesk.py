"""The desk `zendesk` against a server that keeps the Ticketing API's contract, as zenpy judges."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
import requests
from at_a_desk import MESSAGE_DATA, event, made
from handoff_world import CONVERSATION, open_one
from requests.adapters import HTTPAdapter
from servers.desk_product import Answer, running
from servers.zendesk_tickets import (
    ADMIN,
    API_TOKEN,
    ASTRID,
    CUSTOMER,
    OAUTH_TOKEN,
    SECRET,
    SVARA,
    USER,
    ZendeskServer,
    signed,
)
from sqlalchemy.engine import Engine
from zenpy import Zenpy
from zenpy.lib.api_objects import Comment as ZenpyComment
from zenpy.lib.api_objects import Ticket as ZenpyTicket
from zenpy.lib.api_objects import User as ZenpyUser
from zenpy.lib.exception import APIException

from bot.errors import DeskRefused, DeskUnavailable, EventRefused, SignatureRefused
from bot.handoff import dispatcher, http, outbox, polling
from bot.handoff.desks.contract import (
    CANCELLED,
    MESSAGE,
    RATED,
    REQUESTED,
    RESOLVED,
    FromAgent,
    Ticket,
)
from bot.handoff.desks.opened import open_desk
from bot.handoff.desks.opening import DeskEntry, Opening
from bot.handoff.desks.zendesk import KIND, TOLERANCE, ZendeskDesk
from bot.handoff.sample import sample_context
from bot.settings import Settings, keep_desk_secret
from bot.storage import conversations
from bot.storage.database import reading

OLD = "2020-01-01T00:00:00Z"


@pytest.fixture
def server() -> Iterator[ZendeskServer]:
    product = ZendeskServer()
    with running(product):
        yield product


def opened(
    server: ZendeskServer, settings: Settings, *, secret: str = API_TOKEN, **options: Any
) -> ZendeskDesk:
    entry = DeskEntry(
        "support",
        "zendesk",
        {"url": server.url, "user": USER, **options},
        ZoneInfo("Europe/Stockholm"),
        allow_private=True,
    )
    desk = KIND.open(Opening(entry, settings, key=secret, hook_key=SECRET))
    assert isinstance(desk, ZendeskDesk)
    return desk


@pytest.fixture
def desk(server: ZendeskServer, settings: Settings) -> ZendeskDesk:
    return opened(server, settings)


@pytest.fixture
def context(settings: Settings) -> dict[str, Any]:
    made = sample_context(settings)
    made["conversation_id"] = CONVERSATION
    made["customer"]["facts"] = {"email": "asa@example.se"}
    return made


@pytest.fixture
def zenpy(server: ZendeskServer, monkeypatch: pytest.MonkeyPatch) -> Iterator[Zenpy]:
    """The official client as Astrid; it speaks HTTPS only, so its calls are sent on as HTTP."""

    class OverHttp(HTTPAdapter):
        def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
            request.url = request.url.replace("https://", "http://", 1)
            return super().send(request, *args, **kwargs)

    monkeypatch.setenv("ZENPY_FORCE_NETLOC", urlsplit(server.url).netloc)
    with requests.Session() as session:
        session.mount("https://", OverHttp())
        yield Zenpy(
            subdomain="example",
            email="astrid@example.com",
            token=API_TOKEN,
            session=session,
            disable_cache=True,
        )


def told(events: Any) -> list[tuple[str, str]]:
    return [(each.type, each.text) for each in events]


# --- towards Zendesk -----------------------------------------------------------------------------


def test_a_handoff_is_one_private_comment_with_the_context_as_a_file(
    server: ZendeskServer, settings: Settings, context: dict[str, Any]
) -> None:
    context["priority"] = "urgent"
    ticket = made(opened(server, settings, group_id=17), context)
    assert ticket.url == f"{server.url}/agent/tickets/{ticket.id}"
    record = server.tickets[int(ticket.id)]
    assert (record["external_id"], record["priority"]) == (CONVERSATION, "urgent")
    assert (record["requester_id"], record["group_id"]) == (CUSTOMER, 17)
    assert record["tags"] == ["svara"]
    (comment,) = server.comments[int(ticket.id)]
    assert comment["public"] is False
    assert "times in Europe/Stockholm" in comment["body"]
    (file,) = comment["attachments"]
    assert file["file_name"] == "handoff.json"
    assert file["size"] == len(json.dumps(context))


def test_a_create_whose_answer_was_lost_makes_no_second_ticket(
    server: ZendeskServer, desk: ZendeskDesk, context: dict[str, Any]
) -> None:
    server.lose = ["POST /api/v2/tickets"]
    with pytest.raises(DeskUnavailable):
        made(desk, context)
    assert made(desk, context).id == str(*server.tickets)
    assert len(server.tickets) == 1


def test_the_idempotency_key_holds_where_the_list_does_not_know_the_ticket_yet(
    server: ZendeskServer, desk: ZendeskDesk, context: dict[str, Any]
) -> None:
    server.lose = ["POST /api/v2/tickets"]
    with pytest.raises(DeskUnavailable):
        made(desk, context)
    server.stale = True
    with pytest.raises(DeskRefused, match="IdempotentRequestError") as caught:
        made(desk, context)
    assert not caught.value.final
    server.stale = False
    assert made(desk, context).id == str(*server.tickets)
    assert len(server.tickets) == 1


def test_a_second_handoff_of_a_conversation_is_a_ticket_of_its_own(
    server: ZendeskServer, desk: ZendeskDesk, context: dict[str, Any]
) -> None:
    first = made(desk, context)
    context["handoff_id"] = "ho_2"
    second = desk.deliver(event(REQUESTED, context), None, [first.id])
    assert second is not None
    assert second.id != first.id
    assert desk.find(CONVERSATION) == [second, first]
    assert desk.find("web-2") == []


@pytest.mark.parametrize("email", ["", "no address", "åsa@example.se"])
def test_a_customer_without_a_usable_address_gets_a_ticket_all_the_same(
    server: ZendeskServer, desk: ZendeskDesk, context: dict[str, Any], email: str
) -> None:
    context["customer"]["facts"] = {"email": email}
    ticket = made(desk, context)
    assert server.tickets[int(ticket.id)]["requester_id"] == SVARA
    assert made(desk, context) == ticket


def test_what_the_customer_writes_is_a_private_comment_and_is_not_added_twice(
    server: ZendeskServer, desk: ZendeskDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    server.lose = ["PUT"]
    with pytest.raises(DeskUnavailable):
        desk.deliver(event(MESSAGE, {"message": MESSAGE_DATA}), ticket)
    desk.deliver(event(MESSAGE, {"message": MESSAGE_DATA}, again=True), ticket)
    (_, comment) = server.comments[int(ticket.id)]
    assert comment["body"] == "[2026-11-22 08:36:02] Är det någon där?"
    assert comment["public"] is False
    assert server.tickets[int(ticket.id)]["status"] == "new"


@pytest.mark.parametrize("status", ["pending", "hold", "solved"])
def test_the_customers_words_open_a_ticket_that_was_put_aside(
    server: ZendeskServer, desk: ZendeskDesk, context: dict[str, Any], status: str
) -> None:
    ticket = made(desk, context)
    server.sets_status(ticket.id, status)
    desk.deliver(event(MESSAGE, {"message": MESSAGE_DATA}), ticket)
    assert server.tickets[int(ticket.id)]["status"] == "open"


def test_the_end_and_the_rating_are_private_and_the_ticket_is_solved(
    server: ZendeskServer, desk: ZendeskDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    desk.deliver(event(CANCELLED, {}), ticket)
    desk.deliver(event(CANCELLED, {}, again=True), ticket)
    desk.deliver(event(RATED, {"rating": {"score": 4, "out_of": 5}}), ticket)
    record = server.tickets[int(ticket.id)]
    # Zendesk solves nothing that nobody is assigned to.
    assert (record["status"], record["assignee_id"]) == ("solved", SVARA)
    notes = server.comments[int(ticket.id)][1:]
    assert [each["public"] for each in notes] == [False, False]
    assert notes[1]["body"] == "The customer rated the help 4 of 5."


def test_an_agent_who_is_assigned_stays_so_when_the_customer_ends_it(
    server: ZendeskServer, desk: ZendeskDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    server.tickets[int(ticket.id)]["assignee_id"] = ASTRID
    desk.deliver(event(CANCELLED, {}), ticket)
    assert server.tickets[int(ticket.id)]["assignee_id"] == ASTRID


def test_a_ticket_that_zendesk_has_closed_takes_nothing_more_for_good(
    server: ZendeskServer, desk: ZendeskDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    server.sets_status(ticket.id, "closed")
    with pytest.raises(DeskRefused, match="closed") as caught:
        desk.deliver(event(RATED, {"rating": {"score": 4}}), ticket)
    assert caught.value.final


def test_a_busy_zendesk_says_when_to_come_again(
    server: ZendeskServer, desk: ZendeskDesk, context: dict[str, Any]
) -> None:
    server.busy = [Answer({}, 429, {"retry-after": "93"})]
    with pytest.raises(DeskUnavailable) as caught:
        made(desk, context)
    assert (caught.value.status, caught.value.retry_after) == (429, 93.0)


def test_the_key_may_be_an_oauth_token_and_a_wrong_one_is_told(
    server: ZendeskServer, settings: Settings, context: dict[str, Any]
) -> None:
    ticket = made(opened(server, settings, key="oauth", secret=OAUTH_TOKEN), context)
    assert server.comments[int(ticket.id)][0]["author_id"] == SVARA
    for options in ({"key": "oauth"}, {}):
        with pytest.raises(DeskRefused) as caught:
            made(opened(server, settings, secret="wrong", **options), context)
        assert caught.value.status == 401


# --- from Zendesk --------------------------------------------------------------------------------


def test_an_agents_public_words_arrive_by_webhook_and_by_asking_as_the_same_event(
    server: ZendeskServer, desk: ZendeskDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    token = server.file("kvitto.pdf")
    comment = server.writes(
        ticket.id,
        "<p>Hej <b>Åsa</b>!</p><p><a href='https://x.example'>Här</a></p>",
        uploads=[token],
    )
    expected = [
        FromAgent(
            f"zendesk-{comment['id']}",
            ticket.id,
            MESSAGE,
            {"id": str(ASTRID), "name": "Astrid Lund"},
            "Hej **Åsa**!\n\n[Här](https://x.example)",
            [
                {
                    "name": "kvitto.pdf",
                    "url": "https://example.zendesk.com/attachments/token/x/?name=kvitto.pdf",
                }
            ],
        )
    ]
    assert list(desk.receive(*signed({"ticket": ticket.id}))) == expected
    by_event = {"type": "zen:event-type:ticket.comment_added", "detail": {"id": ticket.id}}
    assert list(desk.receive(*signed(by_event))) == expected
    assert list(desk.news(None, [ticket]).events) == expected


def test_nothing_private_and_nothing_of_our_own_ever_comes_back(
    server: ZendeskServer, desk: ZendeskDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    desk.deliver(event(MESSAGE, {"message": MESSAGE_DATA}), ticket)
    server.writes(ticket.id, "Hon är arg.", public=False)
    server.writes(ticket.id, "Tack, jag mejlar i stället", agent=CUSTOMER)
    server.writes(ticket.id, "Vi har fått ditt ärende.", agent=-1)
    server.writes(ticket.id, "Samtal från 070-1740605", type="VoiceComment")
    server.writes(ticket.id, "Vår egen röst", agent=SVARA)
    server.comments[int(ticket.id)].append({**server.writes(ticket.id, "Vag"), "public": None})
    del server.comments[int(ticket.id)][-2]
    assert list(desk.receive(*signed({"ticket": ticket.id}))) == []
    assert list(desk.news(None, [ticket]).events) == []


def test_an_agent_goes_by_the_alias_that_customers_are_to_see(
    server: ZendeskServer, desk: ZendeskDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    server.writes(ticket.id, "Hej", agent=ADMIN)
    (found,) = desk.news(None, [ticket]).events
    assert found.agent == {"id": str(ADMIN), "name": "Kundtjänst"}


@pytest.mark.parametrize("status", ["solved", "closed"])
def test_a_solved_ticket_ends_the_handoff_after_the_words(
    server: ZendeskServer, desk: ZendeskDesk, context: dict[str, Any], status: str
) -> None:
    ticket = made(desk, context)
    server.writes(ticket.id, "Klart!")
    server.sets_status(ticket.id, status)
    events = list(desk.news(None, [ticket]).events)
    assert told(events) == [(MESSAGE, "Klart!"), (RESOLVED, "")]
    assert list(desk.receive(*signed({"ticket": ticket.id}))) == events


def test_a_file_without_a_link_that_works_is_named(
    server: ZendeskServer, desk: ZendeskDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    token = server.file("lång.pdf", content_url="https://x.example/" + "a" * 2000)
    server.writes(ticket.id, "Se här", uploads=[token])
    (found,) = desk.news(None, [ticket]).events
    assert (found.text, list(found.attachments)) == ("Se här\n📎 lång.pdf", [])


def test_a_ticket_without_news_is_not_read_again(
    server: ZendeskServer, desk: ZendeskDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    server.tickets[int(ticket.id)]["updated_at"] = OLD
    news = desk.news(None, [ticket])
    server.calls.clear()
    assert desk.news(news.cursor, [ticket]).cursor == news.cursor
    assert server.calls == ["GET /api/v2/tickets/show_many.json"]
    server.writes(ticket.id, "Hej!")
    assert told(desk.news(news.cursor, [ticket]).events) == [(MESSAGE, "Hej!")]


def test_more_tickets_than_zendesk_shows_at_once_are_watched(
    server: ZendeskServer, desk: ZendeskDesk, context: dict[str, Any]
) -> None:
    ticket = made(desk, context)
    gone = [Ticket(str(number)) for number in range(1, 150)]
    server.writes(ticket.id, "Hej!")
    assert told(desk.news(None, [*gone, ticket]).events) == [(MESSAGE, "Hej!")]


def test_a_webhook_needs_the_right_signature_and_time(
    server: ZendeskServer, desk: ZendeskDesk, settings: Settings, context: dict[str, Any]
) -> None:
    content = {"ticket": made(desk, context).id}
    headers, body = signed(content)
    with pytest.raises(SignatureRefused):
        desk.receive({}, body)
    with pytest.raises(SignatureRefused):
        desk.receive(headers, body + b" ")
    with pytest.raises(SignatureRefused):
        desk.receive(*signed(content, secret="another"))
    later = {**headers, "x-zendesk-webhook-signature-timestamp": "2026-01-01T00:00:00Z"}
    with pytest.raises(SignatureRefused):
        desk.receive(later, body)
    for seconds in (TOLERANCE + 5, -TOLERANCE - 5):
        at = datetime.now(tz=timezone.utc) - timedelta(seconds=seconds)
        with pytest.raises(SignatureRefused, match="clock"):
            desk.receive(*signed(content, at=at))
    keyless = KIND.open(
        Opening(DeskEntry("support", "zendesk", {"url": server.url, "user": USER}), settings)
    )
    with pytest.raises(SignatureRefused, match="svara handoff secret support --hook"):
        keyless.receive(headers, body)


@pytest.mark.parametrize("content", [[], {}, {"ticket": "x"}, {"detail": None}, "5"])
def test_a_signed_body_of_another_kind_is_refused(desk: ZendeskDesk, content: Any) -> None:
    with pytest.raises(EventRefused, match="ticket"):
        desk.receive(*signed(content))


# --- zenpy judges --------------------------------------------------------------------------------


def test_the_official_client_reads_what_we_made_and_we_read_what_it_made(
    server: ZendeskServer, desk: ZendeskDesk, context: dict[str, Any], zenpy: Zenpy
) -> None:
    assert zenpy.users.me().id == ASTRID
    ours = made(desk, context)
    (found,) = zenpy.tickets(external_id=CONVERSATION)
    assert (str(found.id), found.requester_id) == (ours.id, CUSTOMER)
    (opening,) = zenpy.tickets.comments(found)
    assert opening.public is False
    assert opening.attachments[0].file_name == "handoff.json"
    audit = zenpy.tickets.create(
        ZenpyTicket(subject="Hjälp", description="b", external_id="web-9", comment=comment("b"))
    )
    assert [each.id for each in desk.find("web-9")] == [str(audit.ticket.id)]
    upload = zenpy.attachments.upload(b"%PDF", target_name="kvitto.pdf")
    found.comment = ZenpyComment(body="Hej!", public=True, uploads=[upload.token])
    zenpy.tickets.update(found)
    found.comment = ZenpyComment(body="Psst", public=False)
    found.status, found.assignee_id = "solved", ASTRID
    zenpy.tickets.update(found)
    events = list(desk.news(None, [ours]).events)
    assert told(events) == [(MESSAGE, "Hej!"), (RESOLVED, "")]
    assert events[0].attachments[0]["name"] == "kvitto.pdf"
    assert {str(each.id) for each in zenpy.tickets(ids=[int(ours.id)])} == {ours.id}


def comment(body: str, **more: Any) -> ZenpyComment:
    return ZenpyComment(body=body, **more)


def test_the_server_refuses_the_official_client_what_zendesk_refuses(
    server: ZendeskServer, zenpy: Zenpy
) -> None:
    for bad in (
        ZenpyTicket(subject="t", comment=comment("")),
        ZenpyTicket(subject="t", comment=comment("b"), priority="at once"),
        ZenpyTicket(subject="t", comment=comment("b", uploads=["unknown"])),
        ZenpyTicket(subject="t", comment=comment("b"), requester=ZenpyUser(name="n", email="n")),
    ):
        with pytest.raises(APIException):
            zenpy.tickets.create(bad)
    assert server.tickets == {}
    ticket = zenpy.tickets.create(ZenpyTicket(subject="t", comment=comment("b"))).ticket
    ticket.status = "solved"
    with pytest.raises(APIException, match="Assignee"):
        zenpy.tickets.update(ticket)


# --- all the way ---------------------------------------------------------------------------------


@pytest.fixture
def with_desk(settings: Settings, server: ZendeskServer) -> Settings:
    """Settings whose handoffs go to the Zendesk."""
    file = settings.var / "desks.yml"
    file.write_text(
        f"desks: {{support: {{kind: zendesk, url: '{server.url}', user: {USER}, "
        "allow_private: true}}",
        "utf-8",
    )
    settings = replace(settings, desks_file=file)
    keep_desk_secret(settings, "support", API_TOKEN)
    keep_desk_secret(settings, "support", SECRET, hook=True)
    return settings


def deliver_all(engine: Engine, settings: Settings) -> None:
    for _ in range(9):
        with reading(engine) as connection:
            due = outbox.due(connection, limit=9)
        if not due:
            return
        assert all(dispatcher.deliver(engine, settings, each) for each in due)


def seen(engine: Engine) -> list[str]:
    with reading(engine) as connection:
        history = conversations.history(connection, CONVERSATION)
    return [each.text for each in history if each.speaker == "agent"]


def test_an_agents_words_reach_the_customer_once_by_whichever_way_they_come_first(
    engine: Engine, with_desk: Settings, server: ZendeskServer
) -> None:
    open_one(engine, with_desk)
    deliver_all(engine, with_desk)
    (number,) = server.tickets
    desk = open_desk(with_desk, "support")
    server.writes(str(number), "Hej!")
    server.writes(str(number), "Hon är arg.", public=False)
    headers, body = signed({"ticket": str(number)})
    server.busy = [Answer({}, 502)]
    assert http.take_hook(engine, with_desk, "support", headers, body)[0] == 503
    assert http.take_hook(engine, with_desk, "support", headers, body)[0] == 200
    assert polling.ask(engine, with_desk, desk) == 0
    server.writes(str(number), "Och det här kom utan webhook.")
    assert polling.ask(engine, with_desk, desk) == 1
    assert http.take_hook(engine, with_desk, "support", headers, body)[1]["duplicate"] is True
    assert seen(engine) == ["Hej!", "Och det här kom utan webhook."]
    server.sets_status(str(number), "solved")
    assert polling.ask(engine, with_desk, desk) == 1
    assert polling.ask(engine, with_desk, desk) == 0
