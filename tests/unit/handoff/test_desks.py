"""Tickets at a helpdesk: once each, agents' words once each, and what nobody takes goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml
from handoff_world import CONVERSATION, Receiver, say
from sqlalchemy.engine import Engine

from bot.errors import DeskRefused, DeskUnavailable
from bot.handoff import (
    dispatcher,
    fallback,
    forwarding,
    http,
    inbound,
    lifecycle,
    lookup,
    outbox,
    polling,
    tickets,
)
from bot.handoff.context import Facts
from bot.handoff.desks import opened
from bot.handoff.desks.contract import MESSAGE, RESOLVED, Abilities, FromAgent, News, Ticket
from bot.handoff.desks.rendering import Rendering
from bot.handoff.desks.ticket import TicketDesk
from bot.handoff.lifecycle import HandoffRequest
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.database import reading, transaction
from bot.storage.tables import deliveries
from tests.waiting import until

ASTRID = {"id": "astrid", "name": "Astrid Lund"}


@dataclass
class Product:
    """A helpdesk product in memory, which may lose an answer after the work is done."""

    made: dict[str, list[str]] = field(default_factory=dict)
    of: dict[str, str] = field(default_factory=dict)
    closed: set[str] = field(default_factory=set)
    lost: int = 0

    def call(self) -> None:
        if self.lost:
            self.lost -= 1
            raise DeskUnavailable("the answer was lost")


class ProductDesk(TicketDesk):
    """The adapter of the product in memory."""

    abilities = Abilities(notes=True, polls=True, pushes=True)

    def __init__(self, product: Product) -> None:
        super().__init__("support", Rendering(ZoneInfo("Europe/Stockholm")))
        self.product = product
        self.events: list[FromAgent] = []

    def find(self, conversation_id: str) -> Sequence[Ticket]:
        return [Ticket(n) for n, c in self.product.of.items() if c == conversation_id][::-1]

    def create(self, context: Mapping[str, Any]) -> Ticket:
        number = str(len(self.product.made) + 1)
        self.product.made[number] = [self.rendering.opening(context)]
        self.product.of[number] = context["conversation_id"]
        self.product.call()
        return Ticket(number, f"https://desk.example/{number}")

    def add(self, ticket: Ticket, text: str) -> None:
        self.product.made[ticket.id].append(text)
        self.product.call()

    note = add

    def posts(self, ticket: Ticket) -> Sequence[str]:
        return self.product.made[ticket.id]

    def close(self, ticket: Ticket) -> None:
        self.product.closed.add(ticket.id)

    def news(self, cursor: str | None, tickets: Sequence[Ticket]) -> News:
        known = {ticket.id for ticket in tickets}
        return News([e for e in self.events if e.ticket in known], str(len(self.events)))

    def receive(self, headers: Mapping[str, str], body: bytes) -> Sequence[FromAgent]:
        return ()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> ProductDesk:
    """A desk `support` in front of it; other desks are opened as always."""
    made = ProductDesk(Product())
    usual = opened.open_desk

    def open_desk(settings: Settings, name: str) -> Any:
        return made if name == "support" else usual(settings, name)

    for module in (dispatcher, http):
        monkeypatch.setattr(module, "open_desk", open_desk)
    monkeypatch.setattr(polling, "open_desks", lambda settings: {"support": made})
    return made


@pytest.fixture
def given(settings: Settings, tmp_path: Path, receiver: Receiver) -> Settings:
    """Settings with the desk and one to fall back on."""
    tracker = {"kind": "request_tracker", "url": "http://x", "queue": "q", "user": "u"}
    other = {"kind": "webhook", "url": receiver.url, "allow_private": True}
    desks = {"support": tracker, "other": other}
    path = tmp_path / "desks.yml"
    plan = {"desks": desks, "fallback": {"desk": "other", "minutes": 10}}
    path.write_text(yaml.safe_dump(plan, sort_keys=False))
    return replace(settings, desks_file=path, desk_poll_seconds=0.05)


def hand_over(engine: Engine, settings: Settings) -> Handoff:
    with transaction(engine) as connection:
        return lifecycle.open_handoff(
            connection, settings, CONVERSATION, HandoffRequest("customer_asked"), Facts()
        )


def deliver(engine: Engine, settings: Settings) -> list[bool]:
    """Attempts at all that is due, however long it was to wait, until nothing is left or fails."""
    done: list[bool] = []
    while len(done) < 20:
        with transaction(engine) as connection:
            connection.execute(deliveries.update().values(next_at=0))
            heads = outbox.due(connection)
        if not heads:
            break
        done += [dispatcher.deliver(engine, settings, head) for head in heads]
        if not done[-1]:
            break
    return done


def words(engine: Engine) -> list[tuple[str, str]]:
    with reading(engine) as connection:
        said = conversations.history(connection, CONVERSATION)
    return [(message.speaker, message.text) for message in said][4:]


def status(engine: Engine, handoff: Handoff) -> str:
    with reading(engine) as connection:
        return lookup.get(connection, handoff.id).status


def test_a_create_whose_answer_was_lost_makes_no_second_ticket(
    engine: Engine, given: Settings, desk: ProductDesk
) -> None:
    handoff = hand_over(engine, given)
    desk.product.lost = 1
    assert deliver(engine, given) == [False]
    assert deliver(engine, given) == [True]
    assert list(desk.product.made) == ["1"]
    with reading(engine) as connection:
        assert tickets.of_handoff(connection, handoff.id) == Ticket("1")
    assert status(engine, handoff) == "delivered"


def test_words_whose_answer_was_lost_are_added_once(
    engine: Engine, given: Settings, desk: ProductDesk
) -> None:
    handoff = hand_over(engine, given)
    deliver(engine, given)
    message = say(engine, "customer", "Hallå?")
    with transaction(engine) as connection:
        forwarding.forward(connection, handoff, message)
    desk.product.lost = 1
    assert deliver(engine, given) == [False]
    assert deliver(engine, given) == [True]
    assert [text.endswith("Hallå?") for text in desk.product.made["1"][1:]] == [True]


def test_a_second_handoff_of_the_conversation_is_a_ticket_of_its_own(
    engine: Engine, given: Settings, desk: ProductDesk
) -> None:
    for _ in range(2):
        handoff = hand_over(engine, given)
        deliver(engine, given)
        with transaction(engine) as connection:
            lifecycle.close(connection, handoff.id, "resolved")
    assert list(desk.product.made) == ["1", "2"]


def test_a_cancelled_handoff_closes_its_ticket_and_a_rating_is_noted(
    engine: Engine, given: Settings, desk: ProductDesk
) -> None:
    first = hand_over(engine, given)
    deliver(engine, given)
    with transaction(engine) as connection:
        lifecycle.cancel(connection, first)
    deliver(engine, given)
    assert desk.product.closed == {"1"}
    second = hand_over(engine, given)
    deliver(engine, given)
    with transaction(engine) as connection:
        lifecycle.close(connection, second.id, "resolved")
        lifecycle.rate(connection, CONVERSATION, 4)
    deliver(engine, given)
    assert desk.product.made["2"][-1] == "The customer rated the help 4 of 5."


def test_an_agents_words_are_taken_once_and_those_of_other_tickets_never(
    engine: Engine, given: Settings, desk: ProductDesk
) -> None:
    handoff = hand_over(engine, given)
    deliver(engine, given)
    hello = FromAgent("m1", "1", MESSAGE, ASTRID, " Hej! ")
    assert inbound.take(engine, given, "support", hello)
    assert not inbound.take(engine, given, "support", hello)
    assert not inbound.take(engine, given, "support", replace(hello, id="m2", ticket="99"))
    assert not inbound.take(engine, given, "another", replace(hello, id="m3"))
    assert words(engine)[-1] == ("agent", "Hej!")
    assert [speaker for speaker, _ in words(engine)] == ["system", "agent"]
    assert inbound.take(engine, given, "support", FromAgent("s1", "1", RESOLVED))
    assert status(engine, handoff) == "resolved"
    late = replace(hello, id="m4", text="En sak till.")
    assert inbound.take(engine, given, "support", late)
    assert words(engine)[-1] == ("agent", "En sak till.")


def test_very_long_words_are_shown_whole_and_files_as_links(
    engine: Engine, given: Settings, desk: ProductDesk
) -> None:
    hand_over(engine, given)
    deliver(engine, given)
    text = "ord " * 4000
    files = [{"name": "sedel.pdf", "url": "https://desk.example/f/1"}]
    event = FromAgent("m1", "1", MESSAGE, ASTRID, text, files)
    assert inbound.take(engine, given, "support", event)
    joined, first, second, link = words(engine)
    assert joined[0] == "system"
    assert len(first[1]) + len(second[1]) >= len(text) - 3
    assert link == ("agent", "[sedel.pdf](https://desk.example/f/1)")


def test_a_desk_is_asked_in_the_background_and_at_once_when_it_says_so(
    engine: Engine, given: Settings, desk: ProductDesk
) -> None:
    hand_over(engine, given)
    deliver(engine, given)
    stop = threading.Event()
    slow = replace(given, desk_poll_seconds=60)
    watch = threading.Thread(target=polling.run, args=(slow, stop))
    watch.start()
    try:
        until(lambda: cursor(engine) == "0")
        desk.events.append(FromAgent("m1", "1", MESSAGE, ASTRID, "Hej!"))
        assert http.take_hook(engine, given, "support", {}, b"{}")[0] == 200
        until(lambda: ("agent", "Hej!") in words(engine))
    finally:
        stop.set()
        watch.join(10)
    assert http.take_hook(engine, given, "nobody", {}, b"{}")[0] == 404


def test_a_webhook_for_a_desk_that_sends_none_is_refused(
    engine: Engine, given: Settings, desk: ProductDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ProductDesk, "receive", TicketDesk.receive)
    status, answer = http.take_hook(engine, given, "support", {}, b"{}")
    assert (status, answer["error"]) == (422, "event_refused")
    assert "sends no webhooks" in answer["message"]


def test_a_desk_that_cannot_say_does_not_stop_the_others(
    engine: Engine, given: Settings, desk: ProductDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_over(engine, given)
    deliver(engine, given)

    def broken(*_: Any) -> News:
        raise DeskUnavailable("down")

    monkeypatch.setattr(desk, "news", broken)
    with pytest.raises(DeskUnavailable):
        polling.ask(engine, given, desk)
    assert cursor(engine) is None


def test_what_nobody_takes_goes_to_the_fallback_desk_with_what_followed(
    engine: Engine,
    given: Settings,
    desk: ProductDesk,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handoff = hand_over(engine, given)
    message = say(engine, "customer", "Hallå?")
    with transaction(engine) as connection:
        forwarding.forward(connection, handoff, message)

    def refuses(*_: Any) -> None:
        raise DeskRefused("no", status=403)

    monkeypatch.setattr(desk, "deliver", refuses)
    assert deliver(engine, given) == [False]
    assert fallback.move_on(engine, given) == 0  # it has only just failed
    with transaction(engine) as connection:
        connection.execute(deliveries.update().values(created_at=time.time() - 601))
    assert fallback.move_on(engine, given) == 1
    assert fallback.move_on(engine, given) == 0
    assert deliver(engine, given) == [True, True]
    assert len(receiver.requests) == 2
    with reading(engine) as connection:
        now = lookup.get(connection, handoff.id)
        changes = [(c.status, c.who) for c in lookup.changes(connection, handoff.id)]
    assert (now.desk, now.status) == ("other", "delivered")
    assert changes == [("requested", "support"), ("requested", "other"), ("delivered", "other")]


def test_a_handoff_that_is_dead_goes_to_the_fallback_desk_at_once(
    engine: Engine, given: Settings, desk: ProductDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    handoff = hand_over(engine, given)

    def gone(*_: Any) -> None:
        raise DeskRefused("gone", status=410, final=True)

    monkeypatch.setattr(desk, "deliver", gone)
    deliver(engine, given)
    with reading(engine) as connection:
        assert lookup.get(connection, handoff.id).desk == "other"
    deliver(engine, given)
    assert status(engine, handoff) == "delivered"


def test_an_adapter_that_breaks_is_a_failed_attempt_not_a_lost_delivery(
    engine: Engine, given: Settings, desk: ProductDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    handoff = hand_over(engine, given)
    monkeypatch.setattr(desk, "find", lambda _: {}["surprise"])
    assert deliver(engine, given) == [False]
    with reading(engine) as connection:
        (sent,) = outbox.of_handoff(connection, handoff.id)
    assert (sent.state, sent.attempts) == ("pending", 1)
    assert "surprise" in str(sent.last_error)


def cursor(engine: Engine) -> str | None:
    with reading(engine) as connection:
        return tickets.cursor(connection, "support")
