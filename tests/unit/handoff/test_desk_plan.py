"""desks.yml: what is taken, what is refused, and where a handoff goes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy.engine import Engine

from bot.errors import DeskRefused, DesksInvalid
from bot.handoff import lifecycle
from bot.handoff.context import Facts
from bot.handoff.desks.opened import open_desk
from bot.handoff.desks.plan import DEFAULT, desk_plan, parse
from bot.handoff.desks.request_tracker import RequestTrackerDesk
from bot.handoff.desks.webhook import WebhookDesk
from bot.handoff.lifecycle import HandoffRequest
from bot.settings import Settings, keep_desk_secret
from bot.storage.database import transaction

TRACKER = {"kind": "request_tracker", "url": "https://rt.example", "queue": "Chat", "user": "svara"}
TWO: dict[str, Any] = {
    "desks": {"support": {**TRACKER, "time_zone": "Europe/Oslo"}, "night": {"kind": "webhook"}},
    "routes": [
        {"language": ["da", "nb"], "desk": "night"},
        {"priority": "urgent", "tone": "upset", "desk": "night"},
    ],
    "fallback": {"desk": "night", "minutes": 5},
}


def write(settings: Settings, folder: Path, content: Any) -> Settings:
    path = folder / "desks.yml"
    text = content if isinstance(content, str) else yaml.safe_dump(content, sort_keys=False)
    path.write_text(text)
    return replace(settings, desks_file=path)


def test_without_a_file_all_goes_to_the_one_webhook_desk(settings: Settings) -> None:
    plan = desk_plan(settings)
    assert (list(plan.desks), plan.default, plan.fallback) == ([DEFAULT], DEFAULT, None)
    assert isinstance(open_desk(settings, DEFAULT), WebhookDesk)


def test_the_first_route_that_fits_counts_and_every_condition_has_to() -> None:
    plan = parse(TWO, "desks.yml")
    assert plan.choose({"language": "nb", "priority": "normal"}) == "night"
    assert plan.choose({"language": "sv", "priority": "urgent", "tone": "upset"}) == "night"
    assert plan.choose({"language": "sv", "priority": "urgent", "tone": "neutral"}) == "support"
    assert plan.choose({"language": None}) == "support"
    assert (plan.fallback, plan.fallback_minutes) == ("night", 5)
    assert plan.desks["support"].zone.key == "Europe/Oslo"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "lines of the form"),
        ({"desks": {}}, "no desk under 'desks'"),
        ({"desks": {"a": {"kind": "pigeon"}}}, "'kind' must be one of"),
        ({"desks": {"a": {"kind": "request_tracker"}}}, "needs url, queue, user"),
        ({"desks": {"a": {"kind": "webhook", "colour": 1}}}, "'colour' is unknown"),
        ({"desks": {"A b": {"kind": "webhook"}}}, "a-z, 0-9"),
        ({"desks": {"svara": {"kind": "webhook"}}}, "not 'svara'"),
        ({"desks": {"a": {"kind": "webhook", "time_zone": "Mars/X"}}}, "no time zone 'Mars/X'"),
        ({"desks": {"a": {"kind": "webhook", "allow_private": "yes"}}}, "must be true or false"),
        ({"desks": {"a": {"kind": "webhook"}}, "default": "b"}, "no desk 'b'; there is a"),
        ({"desks": {"a": {"kind": "webhook"}}, "routes": [{"desk": "b"}]}, "no desk 'b'"),
        ({"desks": {"a": {"kind": "webhook"}}, "routes": [{"weather": "x"}]}, "'weather'"),
        ({"desks": {"a": {"kind": "webhook"}}, "routes": [{"tone": "x"}]}, "names no 'desk'"),
        ({"desks": {"a": {"kind": "webhook"}}, "routes": "x"}, "routes: 1"),
        ({"desks": {"a": {"kind": "webhook"}}, "fallback": {"desk": "a", "minutes": 0}}, "above 0"),
        ({"desk": {}}, "'desk' is unknown"),
    ],
)
def test_what_cannot_be_used_is_refused_with_the_place_and_the_reason(
    content: Any, said: str
) -> None:
    with pytest.raises(DesksInvalid, match=said) as refused:
        parse(content, "desks.yml")
    assert str(refused.value).startswith("desks.yml")


def test_a_file_that_is_broken_while_svara_runs_changes_nothing(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(DesksInvalid, match="cannot be read"):
        desk_plan(write(settings, tmp_path, "desks: [\n"))
    given = write(settings, tmp_path, TWO)
    assert list(desk_plan(given).desks) == ["support", "night"]
    write(settings, tmp_path, "desks: {a: {kind: pigeon}}")
    assert list(desk_plan(given).desks) == ["support", "night"]
    assert "pigeon" not in caplog.text and "'kind' must be one of" in caplog.text
    write(settings, tmp_path, {"desks": {"other": {"kind": "webhook"}}})
    assert list(desk_plan(given).desks) == ["other"]


def test_a_desk_without_its_key_or_without_a_name_says_what_to_do(
    settings: Settings, tmp_path: Path
) -> None:
    given = write(settings, tmp_path, TWO)
    with pytest.raises(DeskRefused, match="svara handoff secret support"):
        open_desk(given, "support")
    keep_desk_secret(given, "support", "pw")
    assert isinstance(open_desk(given, "support"), RequestTrackerDesk)
    with pytest.raises(DeskRefused, match="names no desk 'gone'"):
        open_desk(given, "gone")


def test_a_handoff_goes_where_the_routes_say(
    settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    routes = [
        {"intent": "order_status", "channel": "webchat", "desk": "night"},
    ]
    given = write(settings, tmp_path, {**TWO, "routes": routes})
    with transaction(engine) as connection:
        made = lifecycle.open_handoff(
            connection, given, "web-1", HandoffRequest("customer_asked"), Facts()
        )
    assert made.desk == "night"
