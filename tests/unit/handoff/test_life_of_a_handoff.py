"""The life of a handoff, in any order that anybody could think of.

A machine writes as a customer, acts as an agent, has the helpdesk take events, lose answers and say
no, and two of these at once; after each step the rules of a handoff must hold. Only Rasa is played:
everything that stores, forwards, delivers and takes in is the real thing, and so is the database.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import sqlalchemy as sa
from handoff_world import OLD_SECRET, SECRET
from hypothesis import HealthCheck
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)
from interface_servers import new_database
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.engine import Engine
from standardwebhooks.webhooks import Webhook

from bot.channels.intake import Incoming, Intake
from bot.handoff import dispatcher, lookup, outbox, signing
from bot.handoff.http import take_event
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.conversations import Message
from bot.storage.database import open_database, reading, transaction
from bot.storage.tables import OPEN_STATUSES, deliveries
from bot.storage.tracker_store import on_save

RANK = {"requested": 0, "delivered": 1, "accepted": 2}
ENDED = 3
CANCEL, RATE = "/cancel_handoff", '/rate_conversation{"rating": "%d"}'
PERSON, HELLO = "En människa, tack!", "Hallå där, hör du mig?"
AGENTS = [{"id": "7", "name": "Astrid"}, {"id": "8", "name": "Bo"}]
KINDS = ("agent.joined", "message.created", "agent.typing", "handoff.resolved")
AT_ONCE = ("joins", "ends", "ends again", "writes", "asks", "cancels", "delivers")
# Which of what there is by then. How much that is depends on what came first of two things at
# once, and nothing that is drawn may.
PICK = st.integers(0, 99)
OUTCOMES = ("taken", "taken", "taken", "lost", "busy", "broken", "gone")


@dataclass
class Helpdesk:
    """Takes webhooks, each once, as docs/handoff.md asks of it.

    Attributes:
        outcome: of the next attempt.
        taken: bodies by webhook id, in the order of their first arrival.
    """

    url: str = ""
    outcome: str = "taken"
    taken: dict[str, dict[str, Any]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def take(self, headers: dict[str, str], body: bytes) -> int | None:
        """The status of the answer; None when it is lost."""
        if self.outcome in ("busy", "broken", "gone"):
            return {"busy": 503, "broken": 500, "gone": 410}[self.outcome]
        event = Webhook(SECRET).verify(body, headers)
        name = {key.lower(): value for key, value in headers.items()}["webhook-id"]
        if self.taken.setdefault(name, event) != event:
            self.problems.append(f"{name} came with another body than before")
        return None if self.outcome == "lost" else 204


@contextlib.contextmanager
def helpdesk() -> Iterator[Helpdesk]:
    """One that is up."""
    made = Helpdesk()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            status = made.take(dict(self.headers), body)
            if status is None:
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    made.url = f"http://127.0.0.1:{server.server_port}/"
    try:
        yield made
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class PlayedRasa:
    """Says what the assistant would: it hands over when asked, and takes ratings."""

    model_name = "played"

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def is_ready(self) -> bool:
        return True

    async def handle_message(self, message: UserMessage) -> None:
        """One turn, stored as the tracker store does it."""
        if not message.metadata["handoff"]:
            for response in self._responses(message.text):
                await message.output_channel.send_response(message.sender_id, response)
        uttered = UserUttered(
            message.text,
            {"name": "hello", "confidence": 0.9},
            parse_data={"intent": {"name": "hello", "confidence": 0.9}, "entities": []},
            message_id=message.message_id,
        )
        tracker = DialogueStateTracker.from_events(message.sender_id, [uttered])
        save = on_save.get()
        assert save is not None
        with transaction(self._engine) as connection:
            save(connection, tracker)

    def _responses(self, text: str) -> list[dict[str, Any]]:
        if text == PERSON:
            asked = {"handoff": {"reason": "customer_asked", "evidence": {"text": text}}}
            buttons = [{"title": "Det behövs inte", "payload": CANCEL}]
            return [{"text": "Jag hämtar en människa.", "buttons": buttons, "custom": asked}]
        if text.startswith("/rate"):
            rating = int(json.loads(text.partition("{")[1] + text.partition("{")[2])["rating"])
            return [{"text": "Tack!", "custom": {"rating": rating}}]
        return [{"text": "Hej!"}]


@dataclass(frozen=True)
class World:
    """What all examples share: one database and one helpdesk."""

    settings: Settings
    engine: Engine
    helpdesk: Helpdesk


class Life(RuleBasedStateMachine):
    """Two conversations, and everything that may happen to them."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.engine, self.settings, self.helpdesk = world.engine, world.settings, world.helpdesk
        self.helpdesk.taken.clear()
        self.conversations = [f"web-{uuid.uuid4().hex}" for _ in range(2)]
        self.reached: dict[str, int] = {}
        self.client_ids: dict[str, list[str]] = {name: [] for name in self.conversations}
        self.events: list[tuple[str, bytes]] = []
        self.agents_words: dict[str, list[str]] = {name: [] for name in self.conversations}
        self.numbers = itertools.count(1)

    # --- what may happen ---------------------------------------------------------------------

    @initialize()
    def a_customer_asks_for_a_person(self) -> None:
        self._says(self.conversations[0], PERSON)

    @rule(which=st.integers(0, 1), wants_person=st.booleans())
    def the_customer_writes(self, which: int, wants_person: bool) -> None:
        name = self.conversations[which]
        with self._quiet_while_open(name):
            self._says(name, PERSON if wants_person else f"{HELLO} {next(self.numbers)}")

    @rule(which=st.integers(0, 1), pick=PICK)
    def the_customers_message_comes_again(self, which: int, pick: int) -> None:
        name = self.conversations[which]
        if not self.client_ids[name]:
            return
        client_id = self.client_ids[name][pick % len(self.client_ids[name])]
        before = self._messages(name)
        self._says(name, "Något helt annat", client_id=client_id)
        assert self._messages(name) == before

    @rule(which=st.integers(0, 1))
    def the_customer_cancels(self, which: int) -> None:
        self._says(self.conversations[which], "Det behövs inte", payload=CANCEL)

    @rule(which=st.integers(0, 1), rating=st.integers(1, 5))
    def the_customer_rates(self, which: int, rating: int) -> None:
        with self._quiet_while_open(self.conversations[which]):
            self._says(self.conversations[which], str(rating), payload=RATE % rating)

    @rule(pick=PICK, kind=st.sampled_from(KINDS), agent=st.sampled_from(AGENTS))
    def the_agent_does_something(self, pick: int, kind: str, agent: dict[str, str]) -> None:
        handoffs = self._handoffs()
        handoff = handoffs[pick % len(handoffs)]
        status, answer = self._event(*self._made(handoff, kind, agent))
        assert (status, answer["duplicate"]) == (200, False)

    @rule(pick=PICK)
    def an_agents_event_comes_again(self, pick: int) -> None:
        if not self.events:
            return
        before = [self._messages(name) for name in self.conversations], self._handoffs()
        status, answer = self._event(*self.events[pick % len(self.events)])
        assert (status, answer["duplicate"]) == (200, True)
        assert ([self._messages(name) for name in self.conversations], self._handoffs()) == before

    @rule(outcome=st.sampled_from(OUTCOMES))
    def events_are_delivered(self, outcome: str) -> None:
        self.helpdesk.outcome = outcome
        self._deliver()

    @rule(
        pick=PICK,
        agent=st.sampled_from(AGENTS),
        chosen=st.lists(st.sampled_from(AT_ONCE), min_size=2, max_size=2),
    )
    def two_things_happen_at_once(
        self, pick: int, agent: dict[str, str], chosen: list[str]
    ) -> None:
        handoffs = self._handoffs()
        handoff = handoffs[pick % len(handoffs)]
        name = handoff.conversation_id
        self.helpdesk.outcome = "taken"
        joined = self._made(handoff, "agent.joined", agent)
        ended = self._made(handoff, "handoff.resolved", agent)
        things: dict[str, Callable[[], Any]] = {
            "joins": lambda: self._event(*joined),
            "ends": lambda: self._event(*ended),
            "ends again": lambda: self._event(*ended),
            "writes": lambda: self._says(name, f"{HELLO} {next(self.numbers)}"),
            "asks": lambda: self._says(name, PERSON),
            "cancels": lambda: self._says(name, "Det behövs inte", payload=CANCEL),
            "delivers": self._deliver,
        }
        assert set(things) == set(AT_ONCE)
        barrier = threading.Barrier(2)

        def do(thing: str) -> None:
            barrier.wait(10)
            things[thing]()

        with ThreadPoolExecutor(2) as pool:
            for done in [pool.submit(do, thing) for thing in chosen]:
                done.result()

    # --- what must hold ----------------------------------------------------------------------

    @invariant()
    def one_handoff_is_open_at_most(self) -> None:
        opened = [h.conversation_id for h in self._handoffs() if h.open]
        assert len(opened) == len(set(opened))

    @invariant()
    def statuses_only_move_forward(self) -> None:
        for handoff in self._handoffs():
            rank = RANK.get(handoff.status, ENDED)
            assert rank >= self.reached.get(handoff.id, 0), handoff
            self.reached[handoff.id] = rank

    @invariant()
    def the_changes_tell_the_same_story(self) -> None:
        for handoff in self._handoffs():
            with reading(self.engine) as connection:
                told = [change.status for change in lookup.changes(connection, handoff.id)]
            assert told[0] == "requested"
            assert told[-1] == handoff.status, told
            ranks = [RANK.get(status, ENDED) for status in told]
            assert ranks == sorted(ranks), told
            assert ranks.count(ENDED) == (not handoff.open), told
            assert (handoff.accepted_at is not None) == ("accepted" in told)
            assert (handoff.ended_at is not None) == (not handoff.open)

    @invariant()
    def agents_words_are_shown_once_and_in_order(self) -> None:
        for name in self.conversations:
            shown = [m.text for m in self._messages(name) if m.speaker == "agent"]
            assert shown == self.agents_words[name]

    @invariant()
    def nothing_waits_for_a_turn(self) -> None:
        for name in self.conversations:
            written = [m for m in self._messages(name) if m.speaker == "customer"]
            assert all(m.handled_at is not None for m in written)

    @invariant()
    def what_the_helpdesk_took_is_in_order(self) -> None:
        assert self.helpdesk.problems == []
        for name in self.conversations:
            sent = [row.webhook_id for row in self._deliveries(name)]
            taken = self._taken(name)
            places = [sent.index(each) for each in taken]
            assert places == sorted(places)

    def teardown(self) -> None:
        """The helpdesk is well again: everything gets there, once, and nobody's words are lost."""
        self.helpdesk.outcome = "taken"
        self._deliver()
        for name in self.conversations:
            rows = self._deliveries(name)
            assert {row.state for row in rows} <= {"delivered", "dead"}
            delivered = [row.webhook_id for row in rows if row.state == "delivered"]
            # What is dead may have come too, its answer lost before.
            assert [key for key in self._taken(name) if key in set(delivered)] == delivered
            self._check_words(name, rows)
            self._check_ends(name, rows)
        self.one_handoff_is_open_at_most()
        self.statuses_only_move_forward()
        self.the_changes_tell_the_same_story()

    def _check_words(self, name: str, rows: list[Any]) -> None:
        """What was written to a person is on its way to them, once each and in order."""
        to_a_person = [
            m.text
            for m in self._messages(name)
            if m.speaker == "customer" and m.data.get("handoff")
        ]
        events = [json.loads(row.body) for row in rows]
        forwarded = [e["data"]["message"]["text"] for e in events if e["type"] == "message.created"]
        assert forwarded == to_a_person

    def _check_ends(self, name: str, rows: list[Any]) -> None:
        """The helpdesk is told of each end that is not its own, and of each rating."""
        for handoff in self._handoffs(name):
            kinds = [row.type for row in rows if row.handoff_id == handoff.id]
            assert kinds.count("handoff.requested") == 1
            assert kinds[0] == "handoff.requested"
            assert kinds.count("handoff.cancelled") == (handoff.status == "cancelled")
            assert kinds.count("conversation.rated") == (handoff.rating is not None)

    # --- how it is done ----------------------------------------------------------------------

    def _says(
        self, name: str, text: str, *, payload: str | None = None, client_id: str | None = None
    ) -> None:
        given = client_id or uuid.uuid4().hex
        # One of several workers: they share nothing but the database.
        rasa: Any = PlayedRasa(self.engine)
        intake = Intake(self.engine, self.settings, lambda: rasa, lambda _: None)
        intake.receive(Incoming(name, "webchat", text, payload, given, "sv"))
        if given not in self.client_ids[name]:
            self.client_ids[name].append(given)
        asyncio.run(self._answered(intake, name))

    async def _answered(self, intake: Intake, name: str) -> None:
        until = time.monotonic() + 10
        while True:
            await intake.answer(name)
            with reading(self.engine) as connection:
                left = conversations.broken_off(connection, older_than=0.0)
                waits = conversations.history(connection, name, speakers=["customer"])
            if all(m.handled_at is not None for m in waits):
                return
            assert time.monotonic() < until, left
            await asyncio.sleep(0.01)

    def _made(self, handoff: Handoff, kind: str, agent: dict[str, str]) -> tuple[str, bytes]:
        data: dict[str, Any] = {
            "handoff_id": handoff.id,
            "conversation_id": handoff.conversation_id,
        }
        if kind in ("agent.joined", "message.created"):
            data["agent"] = agent
        if kind == "message.created":
            data["text"] = f"Hej {next(self.numbers)}!"
            self.agents_words[handoff.conversation_id].append(data["text"])
        return f"evt_{uuid.uuid4().hex}", json.dumps({"type": kind, "data": data}).encode()

    def _event(self, webhook_id: str, body: bytes) -> tuple[int, dict[str, Any]]:
        headers = signing.sign([SECRET], webhook_id, body.decode())
        answer = take_event(self.engine, self.settings, headers, body)
        if (webhook_id, body) not in self.events:
            self.events.append((webhook_id, body))
        return answer

    def _deliver(self) -> None:
        """Attempts at all whose turn it is, until nothing is left or something fails."""
        while True:
            with transaction(self.engine) as connection:
                connection.execute(
                    deliveries.update().values(next_at=0).where(deliveries.c.state == "pending")
                )
                heads = outbox.due(connection)
            results = [dispatcher.deliver(self.engine, self.settings, head) for head in heads]
            if not any(results):
                return

    @contextlib.contextmanager
    def _quiet_while_open(self, name: str) -> Iterator[None]:
        """While a person has it, only the customer is heard."""
        with reading(self.engine) as connection:
            before = lookup.current(connection, name)
        words = self._messages(name)
        yield
        if before is not None:
            new = self._messages(name)[len(words) :]
            assert {message.speaker for message in new} == {"customer"}

    def _messages(self, name: str) -> list[Message]:
        with reading(self.engine) as connection:
            return conversations.history(connection, name)

    def _handoffs(self, name: str | None = None) -> list[Handoff]:
        with reading(self.engine) as connection:
            return [
                handoff
                for each in ([name] if name else self.conversations)
                for handoff in lookup.of_conversation(connection, each)
            ]

    def _taken(self, name: str) -> list[str]:
        """Ids of what the helpdesk has taken of a conversation, in order."""
        taken = self.helpdesk.taken.items()
        return [key for key, event in taken if event["data"]["conversation_id"] == name]

    def _deliveries(self, name: str) -> list[Any]:
        query = sa.select(deliveries).where(deliveries.c.conversation_id == name)
        with reading(self.engine) as connection:
            return list(connection.execute(query.order_by(deliveries.c.id)))


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("kind", "examples"),
    [
        pytest.param("sqlite", 25, id="sqlite"),
        pytest.param("postgresql", 10, id="postgresql", marks=pytest.mark.postgres),
    ],
)
def test_the_rules_hold_whatever_happens(
    request: pytest.FixtureRequest, tmp_path: Path, kind: str, examples: int
) -> None:
    with new_database(kind, request) as url, helpdesk() as there:
        settings = Settings(
            var=tmp_path,
            session_secret="a key for tests",
            handoff_secret=f"{SECRET},{OLD_SECRET}",
            handoff_url=there.url,
            desks_file=tmp_path / "desks.yml",
            database_url=url,
            messages_per_minute=10_000,
        )
        world = World(settings, open_database(settings.database), there)
        run_state_machine_as_test(
            lambda: Life(world),
            settings=hypothesis.settings(
                max_examples=examples,
                stateful_step_count=25,
                deadline=None,
                database=None,
                print_blob=True,
                # To make a failure smaller takes minutes; its steps are told anyway.
                phases=[hypothesis.Phase.generate],
                suppress_health_check=list(HealthCheck),
            ),
        )


def test_every_status_has_its_place() -> None:
    assert set(RANK) == set(OPEN_STATUSES)
