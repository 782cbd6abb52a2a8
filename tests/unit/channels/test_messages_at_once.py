"""Several processes and one customer: messages keep their order, who reads on misses none of them,
and there is one turn at a time.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from a_conversation import SENDER, Rasa, Talk, hands_over, run, says
from rasa.core.channels.channel import UserMessage

from bot.channels.intake import Incoming
from bot.handoff import dispatcher, inbound, patience, tickets
from bot.handoff.desks.contract import MESSAGE, FromAgent, Ticket
from bot.storage import conversations
from bot.storage.database import reading, transaction
from tests.databases import own_database

AT_ONCE = 8


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def talk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Talk]:
    with ExitStack() as stack:
        url = ""
        if request.param == "postgresql":
            url = stack.enter_context(own_database(request.getfixturevalue("postgres_url")))
        made = Talk(tmp_path, database_url=url)
        yield made
        made.engine.dispose()


class Interrupted:
    """Another worker that stops in the middle of taking a message in, until it may go on."""

    def __init__(self, talk: Talk, text: str) -> None:
        self._talk, self._text = talk, text
        self._inside, self._goes_on = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._write)

    def __enter__(self) -> Interrupted:
        self._thread.start()
        assert self._inside.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._goes_on.set()
        self._thread.join(10)

    def _write(self) -> None:
        with transaction(self._talk.engine) as connection:
            conversations.start(connection, SENDER, "rest")
            conversations.append(connection, SENDER, "customer", self._text)
            self._inside.set()
            assert self._goes_on.wait(10)


class Reader:
    """A customer's side that asks for what came after what it has seen, as the widget does."""

    def __init__(self, talk: Talk) -> None:
        self._talk, self._last = talk, 0
        self.seen: list[str] = []

    def look(self) -> None:
        with reading(self._talk.engine) as connection:
            new = conversations.history(connection, SENDER, after=self._last)
        self.seen += [message.text for message in new]
        self._last = max([self._last, *(message.id for message in new)])


def an_agent_writes(talk: Talk) -> None:
    assert talk.handoff is not None
    with transaction(talk.engine) as connection:
        tickets.keep(connection, talk.handoff.id, "console", Ticket("7"))
    word = FromAgent("m1", "7", MESSAGE, {"id": "1", "name": "Maria"}, "Hej!")
    assert inbound.take(talk.engine, talk.settings, "console", word)


def no_helpdesk_takes_it(talk: Talk) -> None:
    assert talk.handoff is not None
    with transaction(talk.engine) as connection:
        dispatcher.give_up(connection, talk.handoff.id)


def nobody_comes(talk: Talk) -> None:
    assert talk.handoff is not None
    talk.sql("UPDATE svara_handoffs SET requested_at = 1")
    patience.look(talk.engine, talk.settings)


def begin(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.3)
    return thread


@pytest.mark.parametrize("words_before", [(), ("hi",)], ids=["the first words", "later words"])
def test_a_message_waits_for_the_one_that_is_being_taken_in(
    talk: Talk, words_before: tuple[str, ...]
) -> None:
    for text in words_before:
        talk.say(text)
    with Interrupted(talk, "one"):
        second = begin(lambda: talk.write("two"))
        assert second.is_alive()
    second.join(10)
    said = [message.text for message in talk.messages if message.speaker == "customer"]
    assert said == [*words_before, "one", "two"]


@pytest.mark.parametrize("writes", [an_agent_writes, no_helpdesk_takes_it, nobody_comes])
def test_who_reads_on_misses_nothing_that_was_written_at_once(
    talk: Talk, writes: Callable[[Talk], None]
) -> None:
    talk.open_handoff()
    reader = Reader(talk)
    with Interrupted(talk, "one"):
        other = begin(lambda: writes(talk))
        reader.look()
    other.join(10)
    reader.look()
    assert reader.seen == [message.text for message in talk.messages]
    assert reader.seen[0] == "one"
    assert len(reader.seen) > 1


def test_a_turn_begins_after_what_is_being_taken_in(talk: Talk) -> None:
    talk.say("hi")
    with Interrupted(talk, "one"):
        turns = begin(talk.answer)
        assert turns.is_alive()
    turns.join(10)
    assert talk.heard == ["hi", "one"]


def test_many_messages_at_once_to_many_workers_are_answered_one_at_a_time(talk: Talk) -> None:
    inside: list[str] = []
    overlaps: list[list[str]] = []

    async def hands_over_alone(rasa: Rasa, message: UserMessage) -> dict[str, Any] | None:
        inside.append(message.text or "")
        if len(inside) > 1:
            overlaps.append(list(inside))
        await asyncio.sleep(0.01)
        inside.remove(message.text or "")
        if (message.metadata or {})["handoff"]:
            return None
        return await hands_over()(rasa, message)

    talk.rasa.reaction = hands_over_alone
    barrier = threading.Barrier(AT_ONCE)

    def write(number: int) -> None:
        worker = talk.another_intake()
        barrier.wait(10)
        worker.receive(Incoming(SENDER, "rest", f"a person please {number}"))
        run(worker.answer(SENDER))

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(write, range(AT_ONCE)))
    talk.answer()
    assert overlaps == []
    written = [message for message in talk.messages if message.speaker == "customer"]
    assert talk.heard == [message.text for message in written]
    assert talk.said == ["A colleague takes over."]
    assert talk.handoff is not None
    assert [kind for kind, _ in talk.outbox] == [
        "handoff.requested",
        *["message.created"] * (AT_ONCE - 1),
    ]
    assert [data["message"]["text"] for _, data in talk.outbox[1:]] == [
        message.text for message in written if message.data.get("handoff") == talk.handoff.id
    ]


# A file has one writer at a time.
@pytest.mark.parametrize(
    "talk", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
def test_customers_do_not_wait_for_each_other(talk: Talk) -> None:
    talk.rasa.reaction = says("hello")
    with Interrupted(talk, "one"):
        talk.say("hi", sender="bo")
    assert talk.heard == ["hi"]
