"""Events that come at the same moment: nothing twice, nothing lost, nobody announced twice."""

from __future__ import annotations

import json
import threading
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from handoff_world import CONVERSATION, NLU, SECRET, say
from interface_servers import new_database
from sqlalchemy.engine import Engine

from bot.handoff import fallback, lifecycle, lookup, outbox, patience, signing
from bot.handoff.context import Facts
from bot.handoff.http import take_event
from bot.handoff.lifecycle import HandoffRequest
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.database import open_database, reading, transaction
from bot.storage.tables import deliveries, handoffs

AT_ONCE = 8
ASTRID = {"id": "7", "name": "Astrid"}


@dataclass(frozen=True)
class World:
    """A handoff that events come for."""

    settings: Settings
    engine: Engine
    handoff: Handoff

    def at_once(self, *events: tuple[str, str, dict[str, Any]]) -> list[tuple[int, dict[str, Any]]]:
        """Sends events (webhook id, type, data) at the same moment; the answers."""
        barrier = threading.Barrier(len(events))

        def send(event: tuple[str, str, dict[str, Any]]) -> tuple[int, dict[str, Any]]:
            webhook_id, kind, data = event
            ids = {"handoff_id": self.handoff.id, "conversation_id": CONVERSATION}
            body = json.dumps({"type": kind, "data": ids | data})
            headers = signing.sign([SECRET], webhook_id, body)
            barrier.wait(10)
            return take_event(self.engine, self.settings, headers, body.encode())

        with ThreadPoolExecutor(len(events)) as pool:
            return list(pool.map(send, events))

    def said(self) -> list[tuple[str, str]]:
        """Speaker and text since the handoff."""
        with reading(self.engine) as connection:
            lines = conversations.history(connection, CONVERSATION)
        return [(line.speaker, line.text) for line in lines][1:]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    with new_database(request.param, request) as url:
        settings = Settings(
            var=tmp_path,
            session_secret="a key for tests",
            handoff_secret=SECRET,
            desks_file=tmp_path / "desks.yml",
            database_url=url,
        )
        engine = open_database(settings.database)
        with transaction(engine) as connection:
            conversations.start(connection, CONVERSATION, "webchat", language="sv")
        say(engine, "customer", "Hej!", nlu=NLU)
        with transaction(engine) as connection:
            handoff = lifecycle.open_handoff(
                connection, settings, CONVERSATION, HandoffRequest("customer_asked"), Facts()
            )
        yield World(settings, engine, handoff)


def test_the_same_event_many_times_at_once_is_done_once(world: World) -> None:
    for number in range(5):
        event = (f"evt_{number}", "message.created", {"agent": ASTRID, "text": f"Hej {number}!"})
        answers = world.at_once(*[event] * AT_ONCE)
        assert [status for status, _ in answers] == [200] * AT_ONCE
        assert [said["duplicate"] for _, said in answers].count(False) == 1
        assert world.said().count(("agent", f"Hej {number}!")) == 1


def test_many_events_at_once_announce_the_agent_once(world: World) -> None:
    events = [
        (f"evt_{uuid.uuid4().hex}", "message.created", {"agent": ASTRID, "text": str(number)})
        for number in range(AT_ONCE - 1)
    ]
    joined = (f"evt_{uuid.uuid4().hex}", "agent.joined", {"agent": ASTRID})
    answers = world.at_once(joined, *events)
    assert [said for _, said in answers] == [{"ok": True, "duplicate": False}] * AT_ONCE
    said = world.said()
    assert [speaker for speaker, _ in said].count("system") == 1
    assert said[0][0] == "system"
    assert sorted(text for speaker, text in said if speaker == "agent") == list("0123456")
    with reading(world.engine) as connection:
        changes = [change.status for change in lookup.changes(connection, world.handoff.id)]
    assert changes == ["requested", "accepted"]


def test_an_end_that_comes_twice_at_once_asks_for_one_rating(world: World) -> None:
    events = [(f"evt_{uuid.uuid4().hex}", "handoff.resolved", {}) for _ in range(AT_ONCE)]
    answers = world.at_once(*events)
    assert {status for status, _ in answers} == {200}
    assert [speaker for speaker, _ in world.said()] == ["system", "bot"]


def test_what_its_desk_takes_at_that_very_moment_is_not_given_to_another(world: World) -> None:
    world.settings.desks_file.write_text(
        "desks: {day: {kind: webhook}, night: {kind: webhook}}\n"
        "fallback: {desk: night, minutes: 1}\n"
    )
    with transaction(world.engine) as connection:
        connection.execute(deliveries.update().values(attempts=1, next_at=0, created_at=1))
        (due,) = outbox.due(connection)
    with ThreadPoolExecutor(1) as pool:
        with transaction(world.engine) as connection:
            assert outbox.succeeded(connection, due, 200)
            moving = pool.submit(fallback.move_on, world.engine, world.settings)
            time.sleep(0.3)
        assert moving.result(10) == 0
    with reading(world.engine) as connection:
        assert lookup.get(connection, world.handoff.id).desk == world.handoff.desk


def test_whom_a_person_comes_to_at_that_very_moment_is_not_let_go(world: World) -> None:
    with transaction(world.engine) as connection:
        connection.execute(handoffs.update().values(requested_at=1))
    with ThreadPoolExecutor(1) as pool:
        with transaction(world.engine) as connection:
            assert lookup.hold(connection, world.handoff.id)
            lifecycle.mark_accepted(connection, world.handoff.id, ASTRID)
            looking = pool.submit(patience.look, world.engine, world.settings)
            time.sleep(0.3)
        looking.result(10)
    assert world.said() == []
    with reading(world.engine) as connection:
        assert lookup.get(connection, world.handoff.id).status == "accepted"
