"""Old conversations go by themselves, where that is wanted."""

from __future__ import annotations

import asyncio
import dataclasses
import time

import pytest
from conversation_world import SECRETS, World

from bot.privacy import erasure, retention
from bot.privacy.erasure import erasures_so_far
from bot.storage import conversations
from bot.storage.database import reading


def with_days(world: World, days: int) -> World:
    world.settings = dataclasses.replace(world.settings, conversation_days=days)
    return world


def ids(world: World) -> set[str]:
    with reading(world.engine) as connection:
        known = ("web-old", "web-new", "web-open")
        return {each for each in known if conversations.find(connection, each)}


def test_what_is_old_goes_and_what_a_person_has_waits(world: World) -> None:
    with_days(world, 30)
    world.everything("web-old")
    world.age("web-old", 31)
    world.talk("web-open")
    world.hand_over("web-open")
    world.age("web-open", 31)
    world.talk("web-new")
    done = retention.apply(world.engine, world.settings)
    assert [each.conversation_id for each in done.erased] == ["web-old"]
    assert [str(each).split(":")[0] for each in done.busy] == ["web-open"]
    assert ids(world) == {"web-new", "web-open"}
    with reading(world.engine) as connection:
        (noted,) = erasures_so_far(connection)
    assert (noted.by, noted.why, noted.conversations) == ("svara", "retention", 1)
    assert retention.apply(world.engine, world.settings).erased == ()


def test_by_default_nothing_goes(world: World) -> None:
    world.talk("web-old")
    world.age("web-old", 5000)
    assert world.settings.conversation_days == 0
    assert retention.apply(world.engine, world.settings).erased == ()
    assert ids(world) == {"web-old"}


def test_a_customer_who_writes_in_the_meantime_keeps_theirs(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_days(world, 30)
    for each in ("web-old", "web-new"):
        world.talk(each)
        world.age(each, 31)
    real = erasure._hold

    def hold(connection: object, conversation_id: str) -> None:
        if conversation_id == "web-new":
            said = conversations.append(connection, conversation_id, "customer", "hej igen")
            conversations.mark_handled(connection, said.id, nlu=None)
        real(connection, conversation_id)

    monkeypatch.setattr(erasure, "_hold", hold)
    retention.apply(world.engine, world.settings)
    assert ids(world) == {"web-new"}


def test_the_server_does_so_and_outlives_trouble(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with_days(world, 30)
    world.talk("web-old")
    world.age("web-old", 31)
    monkeypatch.setattr(retention, "FIRST_SECONDS", 0.0)
    monkeypatch.setattr(retention, "DAY_SECONDS", 0.01)
    real, calls = retention.apply, []

    def apply(*arguments: object) -> object:
        calls.append(arguments)
        if len(calls) == 1:
            raise RuntimeError("the database is away")
        monkeypatch.setattr(retention, "DAY_SECONDS", 86400.0)
        return real(*arguments)

    monkeypatch.setattr(retention, "apply", apply)

    async def live() -> None:
        task = asyncio.create_task(retention.run(world.engine, world.settings))
        until = time.monotonic() + 10
        while len(calls) < 2 and time.monotonic() < until:
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.5)
        task.cancel()

    asyncio.run(live())
    assert ids(world) == set()
    assert "trying again tomorrow" in caplog.text
    assert all(secret not in caplog.text for secret in (*SECRETS, "web-old"))
