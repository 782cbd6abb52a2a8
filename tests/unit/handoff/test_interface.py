"""The published interface: its description is valid, and says what is sent and what is taken."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import sqlalchemy as sa
from handoff_world import CONVERSATION, open_one, say
from openapi_spec_validator import openapi_v31_spec_validator
from sqlalchemy.engine import Engine

from bot.errors import EventRefused
from bot.handoff import forwarding, interface, lifecycle, signing
from bot.handoff.http import take_event
from bot.handoff.interface import SENT, TAKEN
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage.database import reading, transaction
from bot.storage.tables import deliveries

IDS = {"handoff_id": "ho_1", "conversation_id": "web-1"}
ASTRID = {"id": "7", "name": "Astrid Lund"}
MESSAGE = {**IDS, "agent": ASTRID, "text": "Hej!"}
YES = {"title": "Ja"}
FILE = {"name": "sedel.pdf", "url": "https://desk.example/f/1"}


def validator(name: str) -> Any:
    return jsonschema.Draft202012Validator(interface.event_schema(name))


def test_the_description_is_valid_openapi(settings: Settings) -> None:
    openapi_v31_spec_validator.validate(interface.openapi(settings))


def test_the_description_stands_by_itself(settings: Settings) -> None:
    described = json.dumps(interface.openapi(settings))
    references = set(re.findall(r'"\$ref": "([^"]+)"', described))
    assert {each for each in references if not each.startswith("#/components/")} == set()
    assert settings.url in described


@pytest.mark.parametrize("name", [*SENT.values(), *TAKEN.values()])
def test_every_event_has_a_schema_with_words_for_everything(name: str) -> None:
    schema = interface.event_schema(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["components"]["schemas"][name]["description"]


def test_the_schemas_files_can_be_used_by_themselves() -> None:
    at, names = "https://svara.example/", ("handoff-1.json", "events-1.json")
    files = {at + name: json.loads((interface.FOLDER / name).read_text("utf-8")) for name in names}
    whole = files[f"{at}events-1.json"]
    resolver = jsonschema.RefResolver(f"{at}events-1.json", whole, store=files)
    events = jsonschema.Draft202012Validator(whole, resolver=resolver)
    events.validate({"type": "agent.typing", "data": IDS})
    assert not events.is_valid({"type": "agent.typing", "data": {}})
    rated = {**IDS, "handoff_id": f"ho_{'0' * 32}", "rating": {"score": 5, "out_of": 5}}
    time = "2026-11-22T07:41:15.870+00:00"
    events.validate({"type": "conversation.rated", "timestamp": time, "data": rated})


def test_what_is_sent_is_as_described(engine: Engine, settings: Settings) -> None:
    first = open_one(engine, settings)
    said = say(engine, "customer", "Hallå?")
    with transaction(engine) as connection:
        forwarding.forward(connection, first, said)
        lifecycle.cancel(connection, first)
    second = open_one(engine, settings)
    with transaction(engine) as connection:
        lifecycle.close(connection, second.id, "resolved")
        lifecycle.rate(connection, CONVERSATION, 4)
        lifecycle.say_why(connection, CONVERSATION, "quick")
    with reading(engine) as connection:
        bodies = [
            json.loads(body) for body in connection.execute(sa.select(deliveries.c.body)).scalars()
        ]
    assert {body["type"] for body in bodies} == set(SENT)
    for body in bodies:
        validator(SENT[body["type"]]).validate(body)


def test_the_words_of_a_rating_are_those_that_customers_may_press() -> None:
    described = interface.event_schema("conversation_rated")["components"]["schemas"]
    rating = described["conversation_rated"]["properties"]["data"]["properties"]["rating"]
    assert tuple(rating["properties"]["word"]["enum"]) == lifecycle.RATING_WORDS


def message(**changed: Any) -> dict[str, Any]:
    return {"type": "message.created", "data": {**MESSAGE, **changed}}


@pytest.mark.parametrize(
    ("event", "field"),
    [
        ([], "body"),
        ({}, "type"),
        ({"type": "handoff.requested", "data": IDS}, "type"),
        ({"type": "agent.typing"}, "data"),
        ({"type": "agent.typing", "data": []}, "data"),
        ({"type": "agent.typing", "data": {"handoff_id": "ho_1"}}, "data.conversation_id"),
        ({"type": "agent.typing", "data": {**IDS, "handoff_id": 1}}, "data.handoff_id"),
        ({"type": "agent.typing", "timestamp": 5, "data": IDS}, "timestamp"),
        ({"type": "agent.joined", "data": IDS}, "data.agent"),
        ({"type": "agent.joined", "data": {**IDS, "agent": {"id": "7"}}}, "data.agent.name"),
        (message(agent={"id": "7", "name": " "}), "data.agent.name"),
        (message(agent={"id": None, "name": "Astrid"}), "data.agent.id"),
        (message(text=""), "data.text"),
        (message(text="\0"), "data.text"),
        (message(text="x" * 8001), "data.text"),
        (message(buttons="yes"), "data.buttons"),
        (message(buttons=[YES] * 11), "data.buttons"),
        (message(buttons=[YES, {}]), "data.buttons.1.title"),
        (message(buttons=[{"title": "/ja"}]), "data.buttons.0.title"),
        (message(buttons=[{"title": "Ja", "payload": " /restart"}]), "data.buttons.0.payload"),
        (message(attachments=[FILE, {**FILE, "url": "ftp://x"}]), "data.attachments.1.url"),
        (message(attachments=[{**FILE, "url": "https://x/)\n"}]), "data.attachments.0.url"),
        (message(attachments=[{"url": "https://x"}]), "data.attachments.0.name"),
    ],
)
def test_a_refusal_names_the_field_and_says_what_is_wanted(event: Any, field: str) -> None:
    with pytest.raises(EventRefused) as refused:
        interface.check_taken(event)
    assert refused.value.field == field
    said = str(refused.value)
    if field != "body":
        assert f"'{field}'" in said
    assert len(said) > len(f"'{field}' cannot be used. ") + 10, said


@pytest.mark.parametrize(
    "event",
    [
        {"type": "agent.joined", "data": {**IDS, "agent": {"name": "Astrid"}}},
        {"type": "agent.joined", "data": {**IDS, "agent": {"id": 7, "name": "Astrid"}}},
        {"type": "handoff.resolved", "timestamp": "now", "data": {**IDS, "new": 1}, "more": 2},
        message(buttons=None, attachments=None),
        message(buttons=[{"title": "/ja", "payload": "ja"}], attachments=[FILE]),
    ],
)
def test_what_is_described_is_taken(event: dict[str, Any]) -> None:
    assert interface.check_taken(event) == (event["type"], event["data"])


def test_a_refusal_over_http_has_the_field(
    engine: Engine, settings: Settings, handoff: Handoff
) -> None:
    def answer(body: str, webhook_id: str = "evt_1") -> tuple[int, dict[str, Any]]:
        headers = signing.sign(settings.handoff_secrets, webhook_id, body)
        return take_event(engine, settings, headers, body.encode())

    ids = {"handoff_id": handoff.id, "conversation_id": handoff.conversation_id}
    status, said = answer(json.dumps({"type": "agent.joined", "data": {**ids, "agent": {}}}))
    assert (status, said["error"], said["field"]) == (422, "event_refused", "data.agent.name")
    status, said = answer('{"type": "agent.typing", "data": NaN}')
    assert (status, said["field"]) == (422, "body")
    status, said = answer(json.dumps({"type": "agent.typing", "data": ids}), "e" * 256)
    assert (status, said["field"]) == (422, "webhook-id")
    status, said = answer(" " * 300_000)
    assert (status, said["error"], "field" in said) == (413, "too_large", False)


def test_the_page_links_to_the_schemas() -> None:
    page = Path(__file__).parents[3] / "docs" / "handoff.md"
    text = page.read_text(encoding="utf-8")
    for name in ("handoff-1.json", "events-1.json", "openapi.yaml"):
        assert f"(../bot/handoff/schema/{name})" in text
    assert "/handoff/v1/openapi.json" in text
