"""docs/handoff.md: its programs work, and its examples are what is really sent."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import sqlalchemy as sa
from handoff_world import SECRET, Receiver, say
from sqlalchemy.engine import Engine

from bot.handoff import dispatcher, inbound, lifecycle, outbox
from bot.handoff.context import schema
from bot.handoff.lifecycle import Handoff
from bot.settings import Settings
from bot.storage.database import transaction
from bot.storage.tables import deliveries

PAGE = (Path(__file__).parents[3] / "docs" / "handoff.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The page's code in a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture
def receiver_program() -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The page's receiver, running: its address and its process."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = int(probe.getsockname()[1])
    program = blocks("python")[0].replace("8000", str(port))
    child = subprocess.Popen(
        [sys.executable, "-c", program],
        env=os.environ | {"SVARA_HANDOFF_SECRET": SECRET},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            break
        except OSError:
            assert child.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
    assert child.stdout is not None
    with child.stdout:
        yield f"http://127.0.0.1:{port}/", child
        child.terminate()
        child.wait()


def test_the_receiver_takes_each_event_once(
    engine: Engine,
    settings: Settings,
    handoff: Handoff,
    receiver_program: tuple[str, subprocess.Popen[str]],
) -> None:
    url, child = receiver_program
    assert len(blocks("python")[0].strip().splitlines()) <= 30
    with transaction(engine) as connection:
        (head,) = outbox.due(connection)
    for expected in (True, True, False):
        secret = SECRET if expected else "whsec_c29tZWJvZHkgZWxzZQ=="
        there = replace(settings, handoff_url=url, handoff_secret=secret)
        with transaction(engine) as connection:
            connection.exec_driver_sql(
                "UPDATE svara_deliveries SET next_at = 0, state = 'pending', begun = 0"
            )
        assert dispatcher.deliver(engine, there, head) is expected
    child.terminate()
    assert child.stdout is not None
    assert child.stdout.read() == f"handoff.requested {handoff.conversation_id}\n"


def test_the_sender_is_understood(
    engine: Engine,
    settings: Settings,
    handoff: Handoff,
    receiver: Receiver,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SVARA_HANDOFF_SECRET", SECRET)
    _, sender, calls = blocks("python")
    names: dict[str, Any] = {
        "handoff": {"handoff_id": handoff.id, "conversation_id": handoff.conversation_id}
    }
    exec(sender, names)
    names["EVENTS"] = receiver.url
    exec(calls, names)
    for headers, body in receiver.requests:
        assert not inbound.receive(engine, settings, headers, body).duplicate
    with transaction(engine) as connection:
        ended = lifecycle.get(connection, handoff.id)
    assert (ended.status, ended.agent) == ("resolved", {"id": "7", "name": "Astrid Lund"})


def test_the_examples_are_what_is_sent(engine: Engine, handoff: Handoff) -> None:
    requested, *others = (json.loads(block) for block in blocks("json"))
    jsonschema.Draft202012Validator(schema()).validate(requested)
    transcript = requested["data"]["transcript"]
    assert transcript["total"] == transcript["inline"] == len(transcript["messages"])

    message = say(engine, "customer", "Hej")
    with transaction(engine) as connection:
        lifecycle.forward(connection, handoff, message)
        lifecycle.close(connection, handoff.id, "resolved")
        lifecycle.rate(connection, handoff.conversation_id, 5)
        sent = connection.execute(sa.select(deliveries.c.body).order_by(deliveries.c.id)).scalars()
        bodies = [json.loads(body) for body in sent][1:]
    assert [shape(body) for body in others] == [shape(body) for body in bodies]


def shape(value: Any) -> Any:
    """Names and types, without what varies."""
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return type(value).__name__


def test_the_page_names_every_event_and_setting() -> None:
    for name in inbound.EVENT_TYPES:
        assert f"`{name}`" in PAGE
    for name in ("handoff.requested", "handoff.cancelled", "conversation.rated"):
        assert f"### {name}" in PAGE
    settings = set(re.findall(r"`SVARA_(\w+)`", PAGE))
    assert {name.lower() for name in settings} <= set(Settings.__dataclass_fields__)
