"""The published interface: JSON Schemas of all events, and the OpenAPI description of the whole.

What a helpdesk sends is checked against the very schemas that it is told of.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from bot.errors import EventRefused
from bot.handoff.desks.contract import (
    CANCELLED,
    JOINED,
    MESSAGE,
    RATED,
    REQUESTED,
    RESOLVED,
    TYPING,
)
from bot.settings import Settings

FOLDER = Path(__file__).parent / "schema"
REQUESTED_SCHEMA = "handoff_requested"
SENT = {
    REQUESTED: REQUESTED_SCHEMA,
    MESSAGE: "customer_message",
    CANCELLED: "handoff_cancelled",
    RATED: "conversation_rated",
}
"""Schemas of what Svara sends, by the type of the event."""
TAKEN = {
    JOINED: "agent_joined",
    MESSAGE: "agent_message",
    TYPING: "agent_typing",
    RESOLVED: "handoff_resolved",
}
"""Schemas of what Svara takes, by the type of the event."""
_FILES = ("handoff-1.json", "events-1.json")
_REFERENCE = re.compile(r"(?P<file>[\w.-]*)(?:#/\$defs/(?P<name>\w+))?")
_WHOLE = "body"


def openapi(settings: Settings) -> dict[str, Any]:
    """The description, as a program of this installation's helpdesk needs it."""
    return {**_described(), "servers": [{"url": settings.url}]}


def event_schema(name: str) -> dict[str, Any]:
    """The JSON Schema of an event, whole in itself.

    Args:
        name: of `SENT` or `TAKEN`.
    """
    described = _described()["components"]["schemas"]
    return {"$ref": f"#/components/schemas/{name}", "components": {"schemas": described}}


def check_taken(event: Any) -> tuple[str, dict[str, Any]]:
    """Checks what a helpdesk sent.

    Args:
        event: the JSON of the body.

    Returns:
        The event's type and data.

    Raises:
        EventRefused: it is no event that we know; the error names the field.
    """
    kind = event.get("type") if isinstance(event, dict) else None
    if not isinstance(event, dict):
        raise EventRefused("The body must be a JSON object with type, timestamp and data.")
    if not isinstance(kind, str) or kind not in TAKEN:
        raise EventRefused(f"'type' must be one of {', '.join(TAKEN)}.", field="type")
    problem = min(_validator(kind).iter_errors(event), key=_place, default=None)
    if problem is None:
        return kind, event["data"]
    raise _refusal(problem)


def _place(problem: Any) -> list[str]:
    return [str(each) for each in problem.absolute_path]


def _refusal(problem: Any) -> EventRefused:
    """What is wrong, told in the schema's own description of the field."""
    path = _place(problem)
    described: Any = problem.schema
    if problem.validator == "required":
        missing = next(name for name in problem.validator_value if name not in problem.instance)
        field = ".".join([*path, missing])
        described = _part(described, missing)
        wrong = "is missing"
    else:
        field = ".".join(path) or _WHOLE
        wrong = "cannot be used"
    wanted = str(described.get("description", "")) if isinstance(described, Mapping) else ""
    return EventRefused(f"'{field}' {wrong}. {wanted}".strip(), field=field)


def _part(schema: Any, name: str) -> Any:
    """The schema of a property, by its own words or by those that it refers to."""
    while isinstance(schema, Mapping):
        if name in schema.get("properties", {}):
            found = schema["properties"][name]
            return _referred(found) if "$ref" in found else found
        if "$ref" not in schema:
            return None
        schema = _referred(schema)
    return None


def _referred(schema: Mapping[str, Any]) -> Any:
    return _described()["components"]["schemas"][schema["$ref"].rpartition("/")[2]]


@lru_cache(maxsize=len(TAKEN))
def _validator(kind: str) -> Any:
    return jsonschema.Draft202012Validator(event_schema(TAKEN[kind]))


@lru_cache(maxsize=1)
def _described() -> dict[str, Any]:
    """The description with the schemas put in."""
    description: dict[str, Any] = yaml.safe_load((FOLDER / "openapi.yaml").read_text("utf-8"))
    schemas: dict[str, Any] = description["components"]["schemas"]
    for file in _FILES:
        content = json.loads((FOLDER / file).read_text("utf-8"))
        parts: dict[str, Any] = content.pop("$defs")
        if file == _FILES[0]:
            del content["$schema"]
            parts = {**parts, REQUESTED_SCHEMA: content}
        twice = parts.keys() & schemas.keys()
        if twice:
            raise ValueError(f"{file} and another schema both define {', '.join(sorted(twice))}")
        schemas |= parts
    whole: dict[str, Any] = _pointed(description)
    return whole


def _pointed(value: Any) -> Any:
    """With references into the schemas' files turned into such within the one document."""
    if isinstance(value, list):
        return [_pointed(each) for each in value]
    if not isinstance(value, dict):
        return value
    pointed = {name: _pointed(each) for name, each in value.items()}
    found = _REFERENCE.fullmatch(str(pointed.get("$ref", "")))
    if found and (found["file"] or found["name"]):
        pointed["$ref"] = f"#/components/schemas/{found['name'] or REQUESTED_SCHEMA}"
    return pointed
