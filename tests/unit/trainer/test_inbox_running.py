"""The inbox fills while the console runs."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from inbox_world import World, a_world

from bot.settings import Settings
from bot.trainer.inbox import running


@pytest.fixture
def world(tmp_path: Path) -> World:
    return a_world(tmp_path)


def test_messages_come_in_by_themselves_and_trouble_does_not_end_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "FIRST", 0.0)
    monkeypatch.setattr(running, "EVERY", 0.1)
    path = world.folder / "nlu/en/order_status.yml"
    good = path.read_bytes()
    path.write_bytes(b"\tbroken")
    settings = Settings(var=world.folder, database_url=f"sqlite:///{world.folder / 'svara.db'}")
    stop = threading.Event()
    work = threading.Thread(target=running.run, args=(settings, stop, world.folder / "nlu"))
    work.start()
    try:
        world.say("will it ever come")
        time.sleep(0.5)
        assert world.reviews() == []
        path.write_bytes(good)
        until = time.monotonic() + 60
        while not world.reviews() and time.monotonic() < until:
            time.sleep(0.1)
        assert [review.text for review in world.reviews()] == ["will it ever come"]
    finally:
        stop.set()
        work.join(60)
    assert not work.is_alive()
