"""Each change to Rasa gives what stock Rasa gives, only sooner."""

from __future__ import annotations

import ast
import asyncio
import inspect
import json
import logging
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import jsonschema
import pytest
from rasa.core import processor
from rasa.core.actions import action as rasa_action
from rasa.core.actions.action import RemoteAction
from rasa.core.policies import rule_policy
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.utils.common import all_subclasses
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from bot.server import patches

CHANGED: tuple[tuple[Any, str], ...] = (
    (RemoteAction, "_validate_action_result"),
    (Event, "resolve_by_type"),
    (rasa_action, "DEFAULT_REQUEST_TIMEOUT"),
    (EndpointConfig, "session"),
    (DaskGraphRunner, "run"),
    (RulePolicy, "_find_action_from_rules"),
    (processor, "copy"),
    (rule_policy, "copy"),
)
STOCK = {(owner, name): inspect.getattr_static(owner, name) for owner, name in CHANGED}


@pytest.fixture
def patched() -> Iterator[None]:
    patches.apply(action_timeout=3.0)
    yield
    for (owner, name), stock in STOCK.items():
        setattr(owner, name, stock)


def test_everything_that_is_changed_is_tested_here(patched: None) -> None:
    for (owner, name), stock in STOCK.items():
        assert inspect.getattr_static(owner, name) is not stock, name


# --- the action server's answer


GOOD = [
    {"events": [], "responses": []},
    {},
    {"events": [{"event": "slot", "name": "a", "value": [1]}], "responses": [{"text": "hi"}]},
    {"events": [{"event": "action", "name": "x", "timestamp": 1.5, "policy": None}]},
    {"events": [{"event": "active_loop", "name": None}, {"event": "restart"}]},
]
BAD = [
    [],
    "events",
    {"events": {}},
    {"events": [{"event": "no such event"}]},
    {"events": [{"name": "slot"}]},
    {"events": [], "responses": ["hi"]},
    {"events": [{"event": "slot", "value": 1}]},
]


@pytest.mark.parametrize("answer", GOOD)
def test_a_good_answer_passes_as_it_does_in_stock(patched: None, answer: Any) -> None:
    action = RemoteAction("action_x", EndpointConfig("http://127.0.0.1"))
    assert STOCK[RemoteAction, "_validate_action_result"](action, answer) is True
    assert action._validate_action_result(answer) is True


@pytest.mark.parametrize("answer", BAD)
def test_a_bad_answer_is_refused_as_it_is_in_stock(patched: None, answer: Any) -> None:
    action = RemoteAction("action_x", EndpointConfig("http://127.0.0.1"))
    with pytest.raises(jsonschema.ValidationError):
        STOCK[RemoteAction, "_validate_action_result"](action, answer)
    with pytest.raises(jsonschema.ValidationError):
        action._validate_action_result(answer)


# --- event types


def test_every_event_type_is_the_class_that_stock_finds(patched: None) -> None:
    stock = STOCK[Event, "resolve_by_type"].__func__
    names = {found.type_name for found in all_subclasses(Event)}
    assert len(names) > 20
    for name in names:
        assert Event.resolve_by_type(name) is stock(name)


def test_an_unknown_event_type_gives_the_default(patched: None) -> None:
    assert Event.resolve_by_type("nothing") is None
    assert Event.resolve_by_type("nothing", SlotSet) is SlotSet


def test_a_class_made_later_is_found_too(patched: None) -> None:
    assert Event.resolve_by_type("made_later") is None
    later = type("MadeLater", (SlotSet,), {"type_name": "made_later"})
    assert Event.resolve_by_type("made_later") is later


# --- connections to the action server


class ActionServer(BaseHTTPRequestHandler):
    """Answers every POST; counts the connections."""

    protocol_version = "HTTP/1.1"
    connections: ClassVar[list[Any]] = []
    seen: ClassVar[list[dict[str, str]]] = []

    def setup(self) -> None:
        self.connections.append(self.client_address)
        super().setup()

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append(dict(self.headers))
        status = 500 if self.path == "/broken" else 200
        body = json.dumps({"events": []}).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Silence."""


@pytest.fixture
def action_server() -> Iterator[str]:
    ActionServer.connections.clear()
    ActionServer.seen.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), ActionServer)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


async def call(endpoint: EndpointConfig, times: int) -> list[Any]:
    try:
        return [await endpoint.request(json={"n": n}) for n in range(times)]
    finally:
        connector = patches._connectors.get(asyncio.get_running_loop())
        if connector is not None:
            await connector.close()


def test_calls_share_a_connection_and_give_the_same(patched: None, action_server: str) -> None:
    endpoint = EndpointConfig(
        action_server, headers={"X-A": "b"}, basic_auth={"username": "u", "password": "p"}
    )
    assert asyncio.run(call(endpoint, 3)) == [{"events": []}] * 3
    assert len(ActionServer.connections) == 1
    assert {seen["X-A"] for seen in ActionServer.seen} == {"b"}
    assert {seen["Authorization"] for seen in ActionServer.seen} == {"Basic dTpw"}


def test_another_event_loop_gets_connections_of_its_own(patched: None, action_server: str) -> None:
    for _ in range(2):
        assert asyncio.run(call(EndpointConfig(action_server), 1)) == [{"events": []}]
    assert len(ActionServer.connections) == 2


def test_an_error_of_the_action_server_is_the_one_of_stock(
    patched: None, action_server: str
) -> None:
    with pytest.raises(ClientResponseError) as caught:
        asyncio.run(call(EndpointConfig(f"{action_server}/broken"), 1))
    assert caught.value.status == 500


def test_calls_time_out_after_the_setting(patched: None) -> None:
    assert rasa_action.DEFAULT_REQUEST_TIMEOUT == 3.0

    async def limit() -> float | None:
        async with EndpointConfig("http://127.0.0.1").session() as session:
            await patches._connectors[asyncio.get_running_loop()].close()
            return session.timeout.total

    assert asyncio.run(limit()) == 3.0


# --- the model's graph


class Adds(GraphComponent):
    """Adds a number of its own to what it gets."""

    def __init__(self, number: int) -> None:
        self.number = number

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        return {"number": 0}

    @classmethod
    def create(cls, config: dict[str, Any], **_: Any) -> Adds:
        return cls(config["number"])

    def add(self, a: int, b: int = 0) -> int:
        if a + b > 1000:
            raise RuntimeError("too much")
        return a + b + self.number


def node(number: int, *, target: bool = False, **needs: str) -> SchemaNode:
    return SchemaNode(
        needs=needs,
        uses=Adds,
        constructor_name="create",
        fn="add",
        config={"number": number},
        is_target=target,
    )


@pytest.fixture
def runner(tmp_path: Path) -> DaskGraphRunner:
    schema = GraphSchema(
        {
            "last": node(100, target=True, a="left", b="right"),
            "left": node(1, a="given"),
            "right": node(2, a="left", b="given"),
            "other": node(5, target=True, a="given"),
        }
    )
    return DaskGraphRunner.create(
        schema, LocalModelStorage(tmp_path), ExecutionContext(schema), hooks=None
    )


@pytest.mark.parametrize("targets", [None, ["last"], ["other"], ["right", "left"]])
def test_the_graph_gives_what_dask_gives(
    runner: DaskGraphRunner, targets: list[str] | None
) -> None:
    for given in (1, 30):
        expected = STOCK[DaskGraphRunner, "run"](runner, {"given": given}, targets)
        assert patches.run_graph(runner, {"given": given}, targets) == expected


def test_a_node_is_run_once_and_only_when_it_is_needed(
    runner: DaskGraphRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    stock = Adds.add

    def counted(self: Adds, a: int, b: int = 0) -> int:
        calls.append(self.number)
        return stock(self, a, b)

    for each in runner._instantiated_nodes.values():
        each._fn = counted
    patches.run_graph(runner, {"given": 1}, ["last"])
    assert calls == [1, 2, 100]


def test_a_broken_node_and_a_missing_input_fail_as_they_do_in_stock(
    runner: DaskGraphRunner,
) -> None:
    for inputs in ({"given": 2000}, {}):
        errors = []
        for run in (STOCK[DaskGraphRunner, "run"], patches.run_graph):
            with pytest.raises(Exception) as caught:
                run(runner, inputs, ["last"])
            errors.append((type(caught.value), str(caught.value)))
        assert errors[0] == errors[1]


def test_a_text_that_is_a_nodes_name_is_refused_as_it_is_in_stock(
    runner: DaskGraphRunner,
) -> None:
    for run in (STOCK[DaskGraphRunner, "run"], patches.run_graph):
        with pytest.raises(GraphRunError):
            run(runner, {"given": "left"}, ["last"])


# --- rules


DOMAIN = Domain.from_yaml(
    """
    version: "3.1"
    intents: [greet, bye]
    forms:
      a_form: {required_slots: []}
    responses:
      utter_hi: [{text: hi}]
      utter_bye: [{text: bye}]
    """
)
LISTEN = {"prev_action": {"action_name": "action_listen"}}
BY_INTENT = {
    json.dumps([LISTEN | {"user": {"intent": "greet"}}]): "utter_hi",
    json.dumps(
        [
            LISTEN | {"user": {"intent": "greet"}},
            {"prev_action": {"action_name": "utter_hi"}, "user": {"intent": "greet"}},
        ]
    ): "action_listen",
    json.dumps([LISTEN | {"user": {"intent": "bye"}, "active_loop": {"name": "a_form"}}]): (
        "utter_bye"
    ),
}
BY_TEXT = {json.dumps([LISTEN | {"user": {"text": "cheerio"}}]): "utter_bye"}
BY_NEITHER = {json.dumps([LISTEN | {"active_loop": {"name": "a_form"}}]): "utter_bye"}


def policy(tmp_path: Path, rules: dict[str, str]) -> RulePolicy:
    made = RulePolicy(
        RulePolicy.get_default_config(),
        LocalModelStorage(tmp_path),
        Resource("rules"),
        ExecutionContext(GraphSchema({})),
    )
    made.lookup = {
        rule_policy.RULES: rules,
        rule_policy.RULES_FOR_LOOP_UNHAPPY_PATH: {},
        rule_policy.RULES_NOT_IN_STORIES: [],
    }
    return made


CONVERSATIONS: dict[str, list[Event]] = {
    "greeted": [UserUttered("hi", {"name": "greet"})],
    "said": [UserUttered("cheerio", {"name": "greet"})],
    "answered": [UserUttered("hi", {"name": "greet"}), ActionExecuted("utter_hi")],
    "unknown": [UserUttered("hm", {"name": "bye"})],
    "in a form": [
        ActiveLoop("a_form"),
        ActionExecuted("action_listen"),
        UserUttered("bye", {"name": "bye"}),
    ],
    "no intent": [UserUttered("hm")],
}


@pytest.mark.parametrize("rules", [BY_INTENT, BY_INTENT | BY_TEXT, BY_INTENT | BY_NEITHER, {}])
@pytest.mark.parametrize("name", CONVERSATIONS)
def test_rules_predict_what_they_predict_in_stock(
    tmp_path: Path, rules: dict[str, str], name: str
) -> None:
    made = policy(tmp_path, rules)
    tracker = DialogueStateTracker.from_events(
        "anna", [ActionExecuted("action_listen"), *CONVERSATIONS[name]], domain=DOMAIN
    )
    for by_text in (True, False):
        stock = STOCK[RulePolicy, "_find_action_from_rules"](made, tracker, DOMAIN, by_text)
        ours = patches.find_action_from_rules(made, tracker, DOMAIN, by_text)
        assert ours[0] == stock[0]
        if stock[0] is not None or not by_text:
            assert ours == stock


def test_the_words_of_a_message_are_tried_only_where_a_rule_may_fit_them(tmp_path: Path) -> None:
    assert all(map(patches._asks_for_intent, BY_INTENT))
    assert not any(map(patches._asks_for_intent, BY_TEXT | BY_NEITHER))


# --- copies for debug messages


@pytest.mark.parametrize("module", patches.COPYING_FOR_DEBUG)
def test_rasa_copies_there_for_debug_messages_only(module: Any) -> None:
    tree = ast.parse(inspect.getsource(module))
    copies = [n for n in ast.walk(tree) if isinstance(n, ast.Name) and n.id == "copy"]
    for_debug = [
        inner
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "structlogger.debug"
        for inner in ast.walk(call)
        if isinstance(inner, ast.Name) and inner.id == "copy"
    ]
    assert copies
    assert copies == for_debug


def test_at_debug_level_the_messages_keep_their_copies() -> None:
    logger = logging.getLogger("rasa")
    before = logger.level
    logger.setLevel(logging.DEBUG)
    try:
        patches.apply(action_timeout=3.0)
        assert processor.copy is STOCK[processor, "copy"]
    finally:
        logger.setLevel(before)
        for (owner, name), stock in STOCK.items():
            setattr(owner, name, stock)
