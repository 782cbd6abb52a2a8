"""The one way out: whoever is connected is told what is new, whoever wrote it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from a_conversation import SENDER, Talk, run

from bot.channels import hub as hub_module
from bot.channels.hub import Hub
from bot.handoff import lifecycle
from bot.storage import conversations
from bot.storage.conversations import Message
from bot.storage.database import transaction
from bot.storage.tables import messages


class Listening:
    """A hub that runs, and what it has told."""

    def __init__(self, talk: Talk) -> None:
        self.talk = talk
        self.hub = Hub(talk.engine)
        self.shown: list[tuple[str, str]] = []
        self.states: list[tuple[str, str | None, bool]] = []
        self.hub.on_messages(self._messages)
        self.hub.on_state(self._state)

    async def _messages(self, conversation_id: str, said: list[Message]) -> None:
        self.shown += [(conversation_id, message.text) for message in said]

    async def _state(self, who: str, handoff: dict[str, Any] | None, typing: bool) -> None:
        self.states.append((who, handoff and handoff["status"], typing))

    def during(self, work: Callable[[], Awaitable[None]]) -> None:
        """Runs the hub while something happens."""

        async def both() -> None:
            task = asyncio.create_task(self.hub.run())
            await asyncio.sleep(0.05)
            try:
                await work()
            finally:
                task.cancel()

        run(both())

    async def until(self, condition: Callable[[], bool]) -> None:
        """Waits for it."""
        while not condition():
            await asyncio.sleep(0.01)


@pytest.fixture
def listening(tmp_path: Path) -> Listening:
    return Listening(Talk(tmp_path))


def say(talk: Talk, text: str, sender: str = SENDER) -> None:
    with transaction(talk.engine) as connection:
        conversations.start(connection, sender, "webchat")
        conversations.append(connection, sender, "bot", text)


def say_as(talk: Talk, text: str, message_id: int) -> None:
    with transaction(talk.engine) as connection:
        made = conversations.append(connection, SENDER, "bot", text)
        change = sa.update(messages).where(messages.c.id == made.id)
        connection.execute(change.values(id=message_id))


def test_what_is_written_reaches_whoever_is_connected_once_and_in_order(
    listening: Listening,
) -> None:
    async def work() -> None:
        listening.hub.watch(SENDER)
        for number in range(3):
            say(listening.talk, str(number))
            listening.hub.announce(SENDER)
        await listening.until(lambda: len(listening.shown) >= 3)
        await asyncio.sleep(0.3)

    listening.during(work)
    assert listening.shown == [(SENDER, "0"), (SENDER, "1"), (SENDER, "2")]


def test_what_was_said_before_the_server_started_is_not_said_again(listening: Listening) -> None:
    say(listening.talk, "yesterday")

    async def work() -> None:
        listening.hub.watch(SENDER)
        say(listening.talk, "today")
        listening.hub.announce(SENDER)
        await listening.until(lambda: bool(listening.shown))

    listening.during(work)
    assert listening.shown == [(SENDER, "today")]


def test_what_another_process_writes_is_found_without_being_announced(
    listening: Listening,
) -> None:
    async def work() -> None:
        listening.hub.watch(SENDER)
        say(listening.talk, "from elsewhere")
        await listening.until(lambda: bool(listening.shown))

    listening.during(work)
    assert listening.shown == [(SENDER, "from elsewhere")]


def test_nobody_is_told_of_another_customers_conversation(listening: Listening) -> None:
    async def work() -> None:
        listening.hub.watch(SENDER)
        say(listening.talk, "for bo", "bo")
        say(listening.talk, "for anna")
        listening.hub.announce("")
        await listening.until(lambda: bool(listening.shown))

    listening.during(work)
    assert listening.shown == [(SENDER, "for anna")]


def test_after_the_last_one_has_gone_nothing_is_told(listening: Listening) -> None:
    async def work() -> None:
        listening.hub.watch(SENDER)
        listening.hub.watch(SENDER)
        listening.hub.unwatch(SENDER)
        say(listening.talk, "to the second tab")
        listening.hub.announce(SENDER)
        await listening.until(lambda: bool(listening.shown))
        listening.hub.unwatch(SENDER)
        say(listening.talk, "to nobody")
        listening.hub.announce("")
        await asyncio.sleep(0.1)

    listening.during(work)
    assert listening.shown == [(SENDER, "to the second tab")]


def test_rows_that_commit_late_are_found_though_newer_ones_were_told(
    listening: Listening,
) -> None:
    """Ids are given out before the commit: a lower one may appear after a higher one."""

    async def work() -> None:
        listening.hub.watch(SENDER)
        say(listening.talk, "first")
        listening.hub.announce(SENDER)
        await listening.until(lambda: len(listening.shown) == 1)
        say_as(listening.talk, "newer", 100)
        listening.hub.announce(SENDER)
        await listening.until(lambda: len(listening.shown) == 2)
        say_as(listening.talk, "late", 90)
        listening.hub.announce(SENDER)
        await listening.until(lambda: len(listening.shown) == 3)

    listening.during(work)
    assert [text for _, text in listening.shown] == ["first", "newer", "late"]


def test_the_state_of_a_handoff_is_told_when_it_changes(listening: Listening) -> None:
    talk = listening.talk

    async def work() -> None:
        listening.hub.watch(SENDER)
        handoff = talk.open_handoff()
        listening.hub.announce(SENDER)
        await listening.until(lambda: len(listening.states) == 1)
        with transaction(talk.engine) as connection:
            lifecycle.mark_accepted(connection, handoff.id, {"id": "7", "name": "Kim"})
            lifecycle.mark_typing(connection, handoff.id, 0.2)
        listening.hub.announce("")
        await listening.until(lambda: len(listening.states) == 2)
        await listening.until(lambda: len(listening.states) == 3)  # the agent stops writing
        talk.close_handoff(handoff)
        listening.hub.announce("")
        await listening.until(lambda: len(listening.states) == 4)

    listening.during(work)
    assert listening.states == [
        (SENDER, "requested", False),
        (SENDER, "accepted", True),
        (SENDER, "accepted", False),
        (SENDER, None, False),
    ]


def test_a_database_that_is_away_for_a_while_stops_nothing_for_good(
    listening: Listening, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(hub_module.asyncio, "sleep", quick(asyncio.sleep))

    async def work() -> None:
        listening.hub.watch(SENDER)
        listening.talk.sql("ALTER TABLE svara_messages RENAME TO away")
        listening.hub.announce("")
        while not caplog.records:
            await asyncio.sleep(0.01)
        listening.talk.sql("ALTER TABLE away RENAME TO svara_messages")
        say(listening.talk, "back again")
        listening.hub.announce("")
        await listening.until(lambda: bool(listening.shown))

    listening.during(work)
    assert listening.shown == [(SENDER, "back again")]


def quick(sleep: Callable[[float], Awaitable[None]]) -> Callable[[float], Awaitable[None]]:
    """A sleep of a twentieth of a second at most."""

    async def short(seconds: float) -> None:
        await sleep(min(seconds, 0.05))

    return short
