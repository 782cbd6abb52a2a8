"""A customer's files in what a helpdesk gets: the events, the transcript, and a ticket's text."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from handoff_world import NLU, open_one, say
from jsonschema import Draft202012Validator
from sqlalchemy.engine import Engine

from bot.attachments.links import attached, own_attachment
from bot.handoff import forwarding, interface, lifecycle
from bot.handoff.desks.rendering import Rendering
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage.database import reading, transaction
from bot.storage.tables import deliveries

MUG = {"id": "a1", "name": "mugg.jpg", "type": "image/jpeg", "size": 482_133}
BILL = {"id": "b2", "name": "kvitto.pdf", "type": "application/pdf", "size": 12}


def bodies(engine: Engine) -> list[dict[str, Any]]:
    with reading(engine) as connection:
        rows = connection.execute(sa.select(deliveries.c.body).order_by(deliveries.c.id))
        return [json.loads(body) for (body,) in rows]


def forward(engine: Engine, settings: Settings, handoff: Handoff, text: str) -> None:
    message = say(engine, "customer", text, attachments=[MUG, BILL])
    with transaction(engine) as connection:
        forwarding.forward(connection, handoff, message, attachments=attached(settings, message))


def test_both_events_have_them_as_described(engine: Engine, settings: Settings) -> None:
    say(engine, "customer", "", nlu=NLU, attachments=[MUG])
    handoff = open_one(engine, settings)
    forward(engine, settings, handoff, "")
    requested, created = bodies(engine)
    for body, name in ((requested, "handoff_requested"), (created, "customer_message")):
        Draft202012Validator(interface.event_schema(name)).validate(body)
    (before,) = requested["data"]["transcript"]["messages"][-1]["attachments"]
    after, bill = created["data"]["message"]["attachments"]
    assert before == after
    assert {name: after[name] for name in ("name", "type", "size")} == {
        name: MUG[name] for name in ("name", "type", "size")
    }
    assert own_attachment(settings, after["url"]) == "a1"
    assert own_attachment(settings, bill["url"]) == "b2"
    assert requested["data"]["summary"]


def test_a_ticket_has_a_line_for_each(engine: Engine, settings: Settings) -> None:
    say(engine, "customer", "Så här ser den ut", nlu=NLU, attachments=[MUG])
    handoff = open_one(engine, settings)
    forward(engine, settings, handoff, "")
    requested, created = (body["data"] for body in bodies(engine))
    rendering = Rendering(ZoneInfo("Europe/Stockholm"))
    link = requested["transcript"]["messages"][-1]["attachments"][0]["url"]
    lines = rendering.opening(requested).splitlines()
    assert lines[-2].endswith("Customer: Så här ser den ut")
    assert lines[-1] == f"    file: mugg.jpg (482 kB): {link}"
    first, mug, bill = rendering.message(created["message"]).splitlines()
    assert first.startswith("[") and first.endswith("]")
    assert mug == f"file: mugg.jpg (482 kB): {link}"
    assert bill.startswith("file: kvitto.pdf (12 bytes): http")


def test_a_later_handoff_has_fresh_links(
    engine: Engine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(engine, "customer", "Trasig", nlu=NLU, attachments=[MUG])
    first = open_one(engine, settings)
    with transaction(engine) as connection:
        lifecycle.close(connection, first.id, "resolved")
    later = time.time() + 60 * 86400
    monkeypatch.setattr(time, "time", lambda: later)
    open_one(engine, settings)
    old, new = (
        next(m for m in body["data"]["transcript"]["messages"] if m.get("attachments"))
        for body in bodies(engine)
    )
    assert own_attachment(settings, old["attachments"][0]["url"]) is None
    assert own_attachment(settings, new["attachments"][0]["url"]) == "a1"


def test_links_begin_with_the_public_address(engine: Engine, settings: Settings) -> None:
    public = replace(settings, public_url="https://shop.example/")
    message = say(engine, "customer", "x", attachments=[MUG])
    (file,) = attached(public, message)
    assert file["url"].startswith("https://shop.example/attachments/v1/")


@pytest.mark.parametrize(
    ("data", "fits"),
    [
        ({"text": "x"}, True),
        ({"attachments": [{"name": "a", "url": "https://x.example/a"}]}, True),
        ({"text": "x", "attachments": None}, True),
        ({"attachments": []}, False),
        ({"attachments": None}, False),
        ({"text": "", "attachments": [{"name": "a", "url": "https://x.example/a"}]}, False),
        ({}, False),
    ],
)
def test_an_agent_says_something_or_sends_something(data: dict[str, Any], fits: bool) -> None:
    ids = {"handoff_id": "ho_1", "conversation_id": "web-1", "agent": {"name": "Astrid"}}
    event = {"type": "message.created", "data": ids | data}
    validator = Draft202012Validator(interface.event_schema("agent_message"))
    assert validator.is_valid(event) == fits
