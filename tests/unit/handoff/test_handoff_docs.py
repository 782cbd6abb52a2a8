"""docs/handoff.md: its programs work, and its examples are what is really sent."""

from __future__ import annotations

import json
import os
import re
import shutil
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

from bot.handoff import (
    dispatcher,
    forwarding,
    inbound,
    interface,
    lifecycle,
    lookup,
    outbox,
    signing,
)
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage.database import transaction
from bot.storage.tables import deliveries
from tests.ports import free_ports

PAGE = (Path(__file__).parents[3] / "docs" / "handoff.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    """The page's code in a language."""
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def node() -> str:
    """Where Node is. CI has it; elsewhere a test that needs it says that it was left out."""
    found = shutil.which("node")
    if found is None and os.environ.get("CI"):
        pytest.fail("Node is missing: apt-get install nodejs", pytrace=False)
    if found is None:
        pytest.skip("Node is not installed")
    return found


@pytest.fixture(params=["python", "js"])
def receiver_program(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The page's receiver in a language, running: its address and its process."""
    (port,) = free_ports(1)
    file = tmp_path / {"python": "receiver.py", "js": "receiver.mjs"}[request.param]
    file.write_text(blocks(request.param)[0].replace("8000", str(port)), encoding="utf-8")
    child = subprocess.Popen(
        [sys.executable if request.param == "python" else node(), file],
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
    for language, most in (("python", 30), ("js", 22)):
        assert len(blocks(language)[0].strip().splitlines()) <= most
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


def test_the_command_that_tries_the_receiver_says_what_the_page_shows(
    settings: Settings,
    receiver_program: tuple[str, subprocess.Popen[str]],
    request: pytest.FixtureRequest,
) -> None:
    shown = re.findall(r"^```\n(\$ svara handoff test\n.*?)^```", PAGE, re.DOTALL | re.MULTILINE)[0]
    said = [part.strip() for part in shown.split("$ svara handoff test\n")[1:]]
    url, _ = receiver_program
    for secret, expected in zip((SECRET, "whsec_c29tZWJvZHkgZWxzZQ=="), said, strict=True):
        done = subprocess.run(
            [Path(sys.executable).with_name("svara"), "handoff", "test", "--var", settings.var],
            env={"PATH": os.environ["PATH"]}
            | {"SVARA_HANDOFF_URL": url, "SVARA_HANDOFF_SECRET": secret},
            cwd=Path(__file__).parents[3],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        told = (done.stdout + done.stderr).strip()
        if request.node.callspec.params["receiver_program"] == "python" and done.returncode:
            # Python's server sends a page with a refusal.
            told = re.sub(r"(answered 401).*\n", r"\1\n", told, flags=re.DOTALL)
        assert told == expected


def test_a_signature_made_by_hand_is_the_one_that_is_sent(tmp_path: Path) -> None:
    body = '{"type":"message.created","text":"åäö"}'
    (tmp_path / "body.json").write_text(body, encoding="utf-8")
    headers = signing.sign([SECRET], "msg_1", body)
    names = {"WEBHOOK_ID": "webhook-id", "WEBHOOK_TIMESTAMP": "webhook-timestamp"}
    made = subprocess.run(
        ["sh", "-euc", blocks("sh")[0]],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "SVARA_HANDOFF_SECRET": SECRET}
        | {name: headers[header] for name, header in names.items()},
        capture_output=True,
        text=True,
        check=True,
        timeout=20,
    )
    assert made.stdout.strip() == headers["webhook-signature"]


def test_the_table_of_retries_is_the_schedule() -> None:
    rows = re.findall(r"^\| (\d+)(?:, the last)? \| (.+?) \| (.+?) \|$", PAGE, re.MULTILINE)
    units = {"s": 1, "min": 60, "h": 3600, "d": 86400}

    def seconds(told: str) -> int:
        return sum(int(n) * units[unit] for n, unit in re.findall(r"(\d+) (min|[shd])", told))

    assert [int(number) for number, _, _ in rows] == list(range(2, len(outbox.SCHEDULE) + 1))
    assert [seconds(wait) for _, wait, _ in rows] == list(outbox.SCHEDULE[1:])
    since = [sum(outbox.SCHEDULE[: int(number)]) for number, _, _ in rows]
    assert [seconds(told) for _, _, told in rows[1:]] == [each - 5 for each in since[1:]]


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
        ended = lookup.get(connection, handoff.id)
    assert (ended.status, ended.agent) == ("resolved", {"id": "7", "name": "Astrid Lund"})


def test_the_examples_are_what_is_sent(engine: Engine, handoff: Handoff) -> None:
    requested, *others = (json.loads(block) for block in blocks("json"))
    for example in (requested, *others):
        form = interface.event_schema(interface.SENT[example["type"]])
        jsonschema.Draft202012Validator(form).validate(example)
    transcript = requested["data"]["transcript"]
    assert transcript["total"] == transcript["inline"] == len(transcript["messages"])

    message = say(engine, "customer", "Hej")
    with transaction(engine) as connection:
        forwarding.forward(connection, handoff, message)
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
