"""What was written for a connector's customer reaches the platform: in order, once, for sure."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import platforms
import pytest
import sqlalchemy as sa
from aiogram.bot.api import TelegramAPIServer
from platforms import CHAT, TELEGRAM_TOKEN, Platform
from rasa.core.channels.channel import OutputChannel, UserMessage
from rasa.core.channels.telegram import TelegramInput
from sqlalchemy.engine import Engine

from bot.channels import connectors, outputs, pushing
from bot.channels.hub import Hub
from bot.channels.intake import Intake
from bot.channels.pushing import Pusher
from bot.settings import Settings
from bot.storage import conversations, pushes
from bot.storage.database import open_database, reading, transaction
from bot.storage.tables import messages

PIGEON = "pigeon"
ANNA, BO = "other-pigeon-anna", "other-pigeon-bo"
AT_ONCE = (0.0, 0.0, 0.0)


@dataclass
class Carrier(OutputChannel):  # type: ignore[misc]
    """A connector's output of the tests.

    Attributes:
        failing: recipients to whom nothing can be brought, with the attempts that fail yet.
        hanging: recipients to whom an attempt never ends.
    """

    sent: list[tuple[str, str]] = field(default_factory=list)
    tried: list[tuple[str, str]] = field(default_factory=list)
    failing: dict[str, int] = field(default_factory=dict)
    hanging: set[str] = field(default_factory=set)

    async def send_text_message(self, recipient_id: str, text: str, **_: Any) -> None:
        self.tried.append((recipient_id, text))
        await asyncio.sleep(0)
        if recipient_id in self.hanging:
            await asyncio.Event().wait()
        if self.failing.get(recipient_id, 0) > 0:
            self.failing[recipient_id] -= 1
            raise ConnectionError(f"could not bring {text!r}")
        self.sent.append((recipient_id, text))


@pytest.fixture
def engine(tmp_path: Path) -> Engine:
    """An empty database."""
    return open_database(Settings(var=tmp_path).database)


def say(engine: Engine, conversation_id: str, text: str, channel: str = PIGEON) -> int:
    """The bot says something that has to be pushed."""
    with transaction(engine) as connection:
        conversations.start(connection, conversation_id, channel)
        state = conversations.push_state(connection, conversation_id)
        return conversations.append(connection, conversation_id, "bot", text, push=state).id


def state(engine: Engine, message_id: int) -> tuple[str, int]:
    """A message's state, and how often it was tried."""
    query = sa.select(messages.c.push, messages.c.push_attempts)
    with reading(engine) as connection:
        row = connection.execute(query.where(messages.c.id == message_id)).one()
    return row.push, row.push_attempts


def waiting(engine: Engine) -> int:
    """How many messages wait."""
    query = sa.select(sa.func.count()).where(messages.c.push == "waiting")
    with reading(engine) as connection:
        return int(connection.execute(query).scalar())


async def until(condition: Callable[[], bool], seconds: float = 3.0) -> None:
    """Waits for a condition."""
    give_up = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < give_up, "it did not come true"
        await asyncio.sleep(0.005)


@asynccontextmanager
async def running(*pushers: Pusher) -> Any:
    """Pushers that run."""
    tasks = [asyncio.create_task(pusher.run()) for pusher in pushers]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)


def push_all(engine: Engine, carrier: Carrier, *, pushers: int = 1, **options: Any) -> None:
    """Pushes until nothing waits."""

    async def work() -> None:
        made = [Pusher(engine, {PIGEON: carrier}, **options) for _ in range(pushers)]
        async with running(*made):
            await until(lambda: not waiting(engine))

    asyncio.run(work())


def test_a_message_is_brought_to_its_recipient_once(engine: Engine) -> None:
    carrier = Carrier()
    said = say(engine, ANNA, "Hej!")
    push_all(engine, carrier)
    assert carrier.sent == [("anna", "Hej!")]
    assert state(engine, said) == ("done", 1)


def test_several_workers_bring_each_message_once_and_in_order(engine: Engine) -> None:
    carrier = Carrier()
    for number in range(12):
        say(engine, ANNA, f"a{number}")
        say(engine, BO, f"b{number}")
    push_all(engine, carrier, pushers=3)
    for name in ("anna", "bo"):
        assert [text for who, text in carrier.sent if who == name] == [
            f"{name[0]}{number}" for number in range(12)
        ]


def test_later_messages_wait_for_one_that_fails_and_other_conversations_do_not(
    engine: Engine,
) -> None:
    carrier = Carrier(failing={"anna": 2})
    for who in (ANNA, BO):
        say(engine, who, "first")
        say(engine, who, "second")
    push_all(engine, carrier, schedule=AT_ONCE)
    assert [text for who, text in carrier.tried if who == "anna"] == [*["first"] * 3, "second"]
    assert [text for who, text in carrier.sent if who == "bo"] == ["first", "second"]
    assert len(carrier.sent) == 4


def test_after_the_last_attempt_a_message_is_dead_and_the_next_one_has_its_turn(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    carrier = Carrier(failing={"anna": 3})
    lost, kept = say(engine, ANNA, "secret words"), say(engine, ANNA, "second")
    push_all(engine, carrier, schedule=AT_ONCE)
    assert state(engine, lost) == ("dead", 3)
    assert state(engine, kept) == ("done", 1)
    [error] = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert f"Message {lost} did not reach its customer through pigeon" in error.getMessage()
    assert "secret words" not in caplog.text
    assert "anna" not in caplog.text


def test_an_attempt_that_fails_is_put_off_after_the_schedule(engine: Engine) -> None:
    carrier = Carrier(failing={"anna": 99})
    said = say(engine, ANNA, "Hej!")

    async def work() -> None:
        async with running(Pusher(engine, {PIGEON: carrier})):
            await until(lambda: bool(carrier.tried))
            await asyncio.sleep(pushing.POLL_SECONDS + 0.2)

    asyncio.run(work())
    assert carrier.tried == [("anna", "Hej!")]
    with reading(engine) as connection:
        next_at = connection.execute(sa.select(messages.c.push_next_at)).scalar()
    assert 0.5 < next_at - time.time() < pushing.SCHEDULE[1]
    assert state(engine, said) == ("waiting", 1)


def test_an_attempt_that_never_ends_is_given_up_and_holds_nobody_else_up(engine: Engine) -> None:
    carrier = Carrier(hanging={"anna"})
    lost = say(engine, ANNA, "Hej!")
    say(engine, BO, "Hej!")
    push_all(engine, carrier, schedule=(0.0, 0.0), timeout=0.05)
    assert state(engine, lost) == ("dead", 2)
    assert carrier.sent == [("bo", "Hej!")]


def test_a_connector_full_of_attempts_that_hang_leaves_the_others_their_turn(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "_MOST_A_POLL", 20)
    slow, quick = Carrier(hanging={f"c{n}" for n in range(40)}), Carrier()
    for number in range(40):
        say(engine, f"other-pigeon-c{number}", "Hej!")
    say(engine, "other-dove-1", "Hej!", channel="dove")

    async def work() -> None:
        async with running(Pusher(engine, {PIGEON: slow, "dove": quick})):
            await until(lambda: bool(quick.sent))

    asyncio.run(work())
    assert len(slow.tried) == pushing.AT_ONCE


def test_a_message_of_a_connector_that_is_gone_is_dead(
    engine: Engine, caplog: pytest.LogCaptureFixture
) -> None:
    left = say(engine, "other-dove-1", "secret words", channel="dove")
    said = say(engine, ANNA, "Hej!")
    push_all(engine, Carrier())
    assert state(engine, left) == ("dead", 0)
    assert state(engine, said) == ("done", 1)
    assert "names no such connector" in caplog.text
    assert "secret words" not in caplog.text


def test_a_claim_keeps_others_away_until_it_lapses(engine: Engine) -> None:
    say(engine, ANNA, "Hej!")
    with transaction(engine) as connection:
        [push] = pushes.due(connection, limit=5)
        assert pushes.claim(connection, push, 60)
        assert not pushes.claim(connection, push, 60)
        assert pushes.due(connection, limit=5) == []
        pushes.put_off(connection, push, -1)  # the worker that had it is dead for a minute
        [again] = pushes.due(connection, limit=5)
        assert again.attempts == 1
        assert pushes.claim(connection, again, 60)


def test_what_is_announced_is_pushed_before_the_next_poll(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushing, "POLL_SECONDS", 60.0)
    carrier = Carrier()

    async def work() -> None:
        hub, pusher = Hub(engine), Pusher(engine, {PIGEON: carrier})
        hub.on_announce(pusher.wake)
        async with running(pusher):
            await asyncio.sleep(0.05)
            say(engine, ANNA, "first")
            hub.announce("web-1")  # not a connector's
            await asyncio.sleep(0.1)
            assert carrier.sent == []
            hub.announce(ANNA)
            await until(lambda: len(carrier.sent) == 1)
            say(engine, BO, "second")
            hub.announce("")
            await until(lambda: len(carrier.sent) == 2)

    asyncio.run(work())


def test_words_that_another_process_wrote_are_seen_by_polling(engine: Engine) -> None:
    carrier = Carrier()

    async def work() -> None:
        async with running(Pusher(engine, {PIGEON: carrier})):
            await asyncio.sleep(0.05)
            say(engine, ANNA, "Hej!")
            await until(lambda: bool(carrier.sent), pushing.POLL_SECONDS + 1)

    asyncio.run(work())


def test_an_idle_poll_is_one_query_on_the_index_of_what_waits(engine: Engine) -> None:
    statements: list[str] = []

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("SELECT"):
            statements.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)

    async def work() -> None:
        async with running(Pusher(engine, {PIGEON: Carrier()})):
            await asyncio.sleep(0.1)

    asyncio.run(work())
    sa.event.remove(engine, "before_cursor_execute", note)
    assert len(statements) == 1
    with reading(engine) as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statements[0]}", (0.0, 0.0, 9, 0))
        steps = [row.detail for row in plan]
    scans = [step for step in steps if step.startswith("SCAN")]
    assert len(scans) == 1
    assert "INDEX ix_svara_messages_push" in scans[0]


# From a platform's request to the platform: Telegram.


@dataclass
class Bench:
    """A server's parts on a Telegram of the tests."""

    platform: Platform
    output: Any
    intake: Intake
    pusher: Pusher
    engine: Engine

    async def update(self, number: int, text: str) -> None:
        """Telegram brings a customer's message."""
        metadata = {connectors.MESSAGE_ID: number}
        await self.intake.on_new_message(
            UserMessage(text, self.output, CHAT, input_channel="telegram", metadata=metadata)
        )

    @property
    def texts(self) -> list[tuple[str, str]]:
        """What the customer was sent."""
        return [(call.fields["chat_id"], call.fields["text"]) for call in self.platform.sent]


@contextmanager
def telegram(engine: Engine, tmp_path: Path, agent: Any = None) -> Iterator[Bench]:
    """Telegram, with all that stands between it and Rasa."""
    settings = Settings(var=tmp_path, message_max_chars=100, session_secret="a key for tests")
    output: Any = outputs.telegram(TelegramInput(TELEGRAM_TOKEN, "nordlys_bot", None))
    with platforms.running(platforms.telegram()) as platform:
        output.server = TelegramAPIServer.from_base(platform.url)
        hub = Hub(engine)
        pusher = Pusher(engine, {"telegram": output})
        hub.on_announce(pusher.wake)
        intake = Intake(engine, settings, lambda: agent, hub.announce)
        yield Bench(platform, output, intake, pusher, engine)


def on(bench: Bench, work: Callable[[], Any]) -> None:
    """Runs something while the pusher runs."""

    async def whole() -> None:
        try:
            async with running(bench.pusher):
                await work()
        finally:
            await bench.output.session.close()

    asyncio.run(whole())


def test_a_message_from_telegram_is_answered_there(engine: Engine, tmp_path: Path) -> None:
    with telegram(engine, tmp_path) as bench:

        async def work() -> None:
            await bench.update(1, "Hej")
            await until(lambda: bool(bench.texts) and not waiting(engine))

        on(bench, work)
    # No model is loaded: the apology of a turn that failed, and the word of a person coming.
    assert {chat for chat, _ in bench.texts} == {str(CHAT)}
    with reading(engine) as connection:
        said = conversations.history(connection, f"telegram-{CHAT}")
    assert [m.text for m in said if m.speaker == "customer"] == ["Hej"]
    sent = "\n\n".join(text for _, text in bench.texts)
    assert sent == "\n\n".join(m.text for m in said if m.speaker != "customer")


def test_a_message_that_the_platform_brings_again_is_taken_once(
    engine: Engine, tmp_path: Path
) -> None:
    with telegram(engine, tmp_path) as bench:

        async def work() -> None:
            for number in (1, 1, 2, 1):
                await bench.update(number, "Hej")
            await until(lambda: bool(bench.texts) and not waiting(engine))

        on(bench, work)
    with reading(engine) as connection:
        said = conversations.history(connection, f"telegram-{CHAT}", speakers=["customer"])
    assert [m.client_id for m in said] == ["1", "2"]


def test_the_platform_is_answered_before_the_turn_is_over(engine: Engine, tmp_path: Path) -> None:
    ended = asyncio.Event()

    async def think(_message: UserMessage) -> None:
        await ended.wait()

    agent = SimpleNamespace(model_name="m", is_ready=lambda: True, handle_message=think)
    with telegram(engine, tmp_path, agent) as bench:

        async def work() -> None:
            await asyncio.wait_for(bench.update(1, "Hej"), 1)
            with reading(engine) as connection:
                [said] = conversations.history(connection, f"telegram-{CHAT}")
            assert said.handled_at is None
            ended.set()
            await until(lambda: bool(bench.texts))

        on(bench, work)


@pytest.mark.parametrize(("text", "said"), [("x" * 101, "100"), ("", "")])
def test_a_refusal_is_told_on_the_platform_and_not_raised(
    text: str, said: str, engine: Engine, tmp_path: Path
) -> None:
    with telegram(engine, tmp_path) as bench:

        async def work() -> None:
            await bench.update(1, text)
            await until(lambda: bool(bench.texts))

        on(bench, work)
    [(chat, told)] = bench.texts
    assert chat == str(CHAT)
    assert said in told
    with reading(engine) as connection:
        assert conversations.history(connection, f"telegram-{CHAT}") == []


def test_a_refused_push_comes_through_when_telegram_is_back(engine: Engine, tmp_path: Path) -> None:
    with telegram(engine, tmp_path) as bench:
        bench.platform.refusals.append((502, {"ok": False, "description": "Bad Gateway"}))
        bench.pusher.schedule = (0.0, 0.05)
        first = say(engine, f"telegram-{CHAT}", "first", channel="telegram")
        say(engine, f"telegram-{CHAT}", "second", channel="telegram")

        async def work() -> None:
            await until(lambda: not waiting(engine))

        on(bench, work)
    assert [text for _, text in bench.texts] == ["first", "first", "second"]
    assert state(engine, first) == ("done", 2)


def test_a_conversation_from_before_ids_had_prefixes_is_still_written_to(
    engine: Engine, tmp_path: Path
) -> None:
    with telegram(engine, tmp_path) as bench:
        say(engine, str(CHAT), "Hej!", channel="telegram")

        async def work() -> None:
            await until(lambda: not waiting(engine))

        on(bench, work)
    assert bench.texts == [(str(CHAT), "Hej!")]
