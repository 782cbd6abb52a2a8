"""What a handoff carries, and its published schema."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from typing import Any

import jsonschema
import pytest
import sqlalchemy as sa
from handoff_world import ARTICLE, CONVERSATION, open_one, say
from sqlalchemy.engine import Engine

from bot.handoff import lifecycle, outbox
from bot.handoff.context import SCHEMA_FILE, schema
from bot.handoff.links import read_transcript_token
from bot.handoff.lookup import Handoff
from bot.settings import Settings
from bot.storage.database import reading, transaction
from bot.storage.tables import deliveries

Validator = jsonschema.Draft202012Validator


def body_of(engine: Engine, handoff: Handoff) -> dict[str, Any]:
    """The body of a handoff's `handoff.requested`."""
    query = sa.select(deliveries.c.body).where(
        deliveries.c.handoff_id == handoff.id, deliveries.c.type == "handoff.requested"
    )
    with reading(engine) as connection:
        body: dict[str, Any] = json.loads(connection.execute(query).scalar_one())
    return body


def closed(part: Any) -> Any:
    """The schema with nothing allowed that it does not describe."""
    if isinstance(part, list):
        return [closed(item) for item in part]
    if not isinstance(part, dict):
        return part
    more = {"additionalProperties": False} if "properties" in part else {}
    return {name: closed(value) for name, value in part.items()} | more


def test_the_schema_is_a_schema() -> None:
    Validator.check_schema(schema())
    assert SCHEMA_FILE.name == "handoff-1.json"


def test_the_schema_describes_every_property() -> None:
    def undescribed(part: Any, path: str) -> list[str]:
        if isinstance(part, list):
            return [p for item in part for p in undescribed(item, path)]
        if not isinstance(part, dict):
            return []
        found = []
        for name, value in part.get("properties", {}).items():
            target = value
            if "$ref" in value:
                target = schema()["$defs"][value["$ref"].rpartition("/")[2]]
            if not (value.get("description") or target.get("description")):
                found.append(f"{path}.{name}")
        return found + [
            p for name, value in part.items() for p in undescribed(value, f"{path}.{name}")
        ]

    assert undescribed(schema(), "") == []


def test_a_handoff_is_valid_and_has_nothing_that_the_schema_does_not_know(
    engine: Engine, settings: Settings
) -> None:
    handoff = open_one(
        engine,
        settings,
        slots={"order_number": "NL-104823"},
        suggested_articles=[
            {"title": "Spåra", "url": "http://x.example/a", "audience": "public"},
            {"title": "Internt", "url": None, "audience": "staff"},
        ],
    )
    with transaction(engine) as connection:
        lifecycle.close(connection, handoff.id, "resolved")
    say(engine, "agent", "Hej!", agent={"id": "7", "name": "Astrid"})
    again = open_one(engine, settings)
    for one in (handoff, again):
        Validator(closed(schema())).validate(body_of(engine, one))
    assert body_of(engine, again)["data"]["earlier_handoffs"] == [handoff.id]


def test_a_helpdesk_is_told_the_five_likeliest_intents_of_a_message(
    engine: Engine, settings: Settings
) -> None:
    ranking = [{"name": f"intent_{place}", "confidence": 0.2} for place in range(9)]
    said = say(engine, "customer", "Hej", nlu={"intent": ranking[0], "ranking": ranking})
    told = body_of(engine, open_one(engine, settings))["data"]["transcript"]["messages"]
    assert [each["ranking"] for each in told if each["id"] == said.id] == [ranking[:5]]


@pytest.mark.parametrize("reason", lifecycle.REASONS)
def test_every_reason_is_in_the_schema(engine: Engine, settings: Settings, reason: str) -> None:
    Validator(schema()).validate(body_of(engine, open_one(engine, settings, reason)))


def test_the_schema_refuses_a_body_that_lacks_anything(engine: Engine, handoff: Handoff) -> None:
    whole = body_of(engine, handoff)

    def without(path: tuple[Any, ...]) -> dict[str, Any]:
        body = copy.deepcopy(whole)
        part: Any = body
        for step in path[:-1]:
            part = part[step]
        del part[path[-1]]
        return body

    data, message = ("data",), ("data", "transcript", "messages", 0)
    required = [("type",), ("timestamp",), ("data",)]
    required += [(*data, name) for name in whole["data"]]
    required += [(*data, "customer", name) for name in whole["data"]["customer"]]
    required += [(*data, "transcript", name) for name in whole["data"]["transcript"]]
    required += [(*message, name) for name in ("id", "time", "speaker", "text")]
    for path in required:
        with pytest.raises(jsonschema.ValidationError):
            Validator(schema()).validate(without(path))


def test_the_transcript_starts_with_the_first_word(engine: Engine, handoff: Handoff) -> None:
    transcript = body_of(engine, handoff)["data"]["transcript"]
    said = [(m["speaker"], m["text"]) for m in transcript["messages"]]
    assert said == [
        ("customer", "Hej! Var är min jacka?"),
        ("bot", "Vilket ordernummer?"),
        ("customer", "NL-104823"),
        ("bot", "Hjälpte det här?"),
    ]
    assert (transcript["total"], transcript["inline"], transcript["more"]) == (4, 4, None)
    first, *_, last = transcript["messages"]
    assert first["intent"] == {"name": "order_status", "confidence": 0.9}
    assert "entities" not in first
    assert transcript["messages"][2]["entities"][0]["value"] == "NL-104823"
    assert [button["title"] for button in last["buttons"]] == ["Ja, tack", "Nej"]
    assert (last["chosen"], last["article"]) == ("/no", ARTICLE)


def test_a_message_whose_turn_is_yet_to_come_is_not_in_it(
    engine: Engine, settings: Settings
) -> None:
    say(engine, "customer", "Hallå?")
    transcript = body_of(engine, open_one(engine, settings))["data"]["transcript"]
    assert "Hallå?" not in [m["text"] for m in transcript["messages"]]
    assert transcript["total"] == 4


def test_past_the_limit_the_newest_are_inline_and_the_rest_is_a_link_away(
    engine: Engine, settings: Settings
) -> None:
    for number in range(100):
        say(engine, "bot", f"{number} " + "ä" * 500)
    limit = 20_000
    handoff = open_one(engine, replace(settings, handoff_context_limit=limit))
    body = body_of(engine, handoff)
    transcript = body["data"]["transcript"]
    texts = [m["text"].split()[0] for m in transcript["messages"]]
    assert texts == [str(n) for n in range(100 - len(texts), 100)]
    assert transcript["inline"] == len(texts) > 5
    assert transcript["total"] == 104
    assert len(json.dumps(body, ensure_ascii=False).encode()) <= limit
    link = transcript["more"]
    assert link.startswith("http://127.0.0.1:5005/handoff/v1/transcripts/")
    assert read_transcript_token(settings, link.rpartition("/")[2]) == handoff.id
    Validator(schema()).validate(body)


def test_a_single_message_past_the_limit_is_not_cut(engine: Engine, settings: Settings) -> None:
    say(engine, "bot", "x" * 5000)
    handoff = open_one(engine, replace(settings, handoff_context_limit=4096))
    transcript = body_of(engine, handoff)["data"]["transcript"]
    assert (transcript["total"], transcript["inline"]) == (5, 0)
    assert transcript["more"]


def test_who_the_customer_is_and_what_it_is_about(engine: Engine, settings: Settings) -> None:
    slots = {"order_number": "NL-104823"}
    data = body_of(engine, open_one(engine, settings, "upset", slots=slots, language="da"))["data"]
    assert data["customer"] == {
        "name": "Åsa Öberg",
        "language": "da",
        "identities": [{"channel": "webchat", "id": CONVERSATION}],
        "facts": {},
    }
    assert data["reason"] == {"code": "upset", "evidence": {"text": "en människa, tack"}}
    assert data["priority"] == "high"
    assert data["slots"] == slots
    assert data["summary"].splitlines() == ["Hej! Var är min jacka?", "NL-104823"]
    assert data["versions"]["model"] == "m.tar.gz"


def test_the_event_has_the_form_of_every_event(engine: Engine, handoff: Handoff) -> None:
    with transaction(engine) as connection:
        lifecycle.cancel(connection, handoff)
        heads = outbox.due(connection)
    assert [head.type for head in heads] == ["handoff.requested"]
    with reading(engine) as connection:
        bodies = connection.execute(sa.select(deliveries.c.body)).scalars()
        parsed = [json.loads(body) for body in bodies]
    for body in parsed:
        assert set(body) == {"type", "timestamp", "data"}
        assert body["data"]["conversation_id"] == CONVERSATION
        assert body["data"]["handoff_id"] == handoff.id
