"""Small changes to Rasa 3.6.21, each where a turn's time goes; tested against the stock behaviour.

- The action server's answer is checked by a schema compiled once, not at each call.
- An event's class is looked up in a table, not by walking all subclasses.
- Calls to the action server keep their connection, and time out after the setting, not after five
  minutes.
- The model's graph is run in an order worked out once, not scheduled by Dask at each call.
- Rules are not tried on the words of a message when all of them speak of its intent.
- Nothing is copied for debug messages that nobody has asked for.
"""

from __future__ import annotations

import asyncio
import logging
from types import SimpleNamespace
from typing import Any
from weakref import WeakKeyDictionary

import aiohttp
import jsonschema
from rasa.core import processor
from rasa.core.actions import action as rasa_action
from rasa.core.actions.action import RemoteAction
from rasa.core.policies import rule_policy
from rasa.core.policies.rule_policy import RULES, RulePolicy
from rasa.engine.exceptions import GraphRunError
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.core.constants import ACTION_LISTEN_NAME, PREVIOUS_ACTION, USER
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.nlu.constants import ACTION_NAME, INTENT
from rasa.shared.utils.common import all_subclasses
from rasa.utils.endpoints import EndpointConfig

KEEP_CONNECTION_SECONDS = 2.0
"""Less than the action server's own limit, so that it never closes one as we write to it."""

COPYING_FOR_DEBUG = (processor, rule_policy)
"""Rasa's modules that use `copy` for debug messages only."""

_types: dict[str, type[Event]] = {}
_orders: WeakKeyDictionary[DaskGraphRunner, dict[tuple[str, ...], list[str]]] = WeakKeyDictionary()
_asks_for_intents: WeakKeyDictionary[RulePolicy, bool] = WeakKeyDictionary()
_stock_find = RulePolicy._find_action_from_rules
_connectors: WeakKeyDictionary[Any, aiohttp.TCPConnector] = WeakKeyDictionary()


def apply(*, action_timeout: float) -> None:
    """Makes the changes in this process.

    Args:
        action_timeout: seconds to wait for the action server.
    """
    schema = RemoteAction.action_response_format_spec()
    validator = jsonschema.validators.validator_for(schema)(schema)

    def validate(_self: RemoteAction, result: dict[str, Any]) -> bool:
        validator.validate(result)
        return True

    RemoteAction._validate_action_result = validate
    Event.resolve_by_type = staticmethod(resolve_by_type)
    rasa_action.DEFAULT_REQUEST_TIMEOUT = action_timeout
    EndpointConfig.session = session
    DaskGraphRunner.run = run_graph
    RulePolicy._find_action_from_rules = find_action_from_rules
    if not logging.getLogger("rasa").isEnabledFor(logging.DEBUG):
        for module in COPYING_FOR_DEBUG:
            module.copy = SimpleNamespace(deepcopy=lambda value: value)


def resolve_by_type(type_name: str, default: type[Event] | None = None) -> type[Event] | None:
    """The event class with this type name, or `default`."""
    found = _types.get(type_name)
    if found is None:
        for candidate in all_subclasses(Event):
            _types.setdefault(candidate.type_name, candidate)
        found = _types.get(type_name)
    return found or default


def session(endpoint: EndpointConfig) -> aiohttp.ClientSession:
    """A client session for one call, on connections that outlive it."""
    given = endpoint.basic_auth
    loop = asyncio.get_running_loop()
    connector = _connectors.get(loop)
    if connector is None or connector.closed:
        connector = aiohttp.TCPConnector(keepalive_timeout=KEEP_CONNECTION_SECONDS)
        _connectors[loop] = connector
    return aiohttp.ClientSession(
        connector=connector,
        connector_owner=False,
        headers=endpoint.headers,
        auth=aiohttp.BasicAuth(given["username"], given["password"]) if given else None,
        timeout=aiohttp.ClientTimeout(total=rasa_action.DEFAULT_REQUEST_TIMEOUT),
    )


def run_graph(
    runner: DaskGraphRunner,
    inputs: dict[str, Any] | None = None,
    targets: list[str] | None = None,
) -> dict[str, Any]:
    """Runs a graph's nodes, each after those it needs, and returns the targets' outputs.

    Raises:
        GraphRunError: a node failed, or an input's value is a node's name.
    """
    wanted = targets or runner._graph_schema.target_names
    nodes = runner._graph_schema.nodes
    orders = _orders.setdefault(runner, {})
    order = orders.get(tuple(wanted))
    if order is None:
        order = orders[tuple(wanted)] = _in_order(nodes, wanted)
    done: dict[str, Any] = {}
    for name, value in (inputs or {}).items():
        if isinstance(value, str) and value in order:
            raise GraphRunError(f"The value of the input '{name}' is the name of a node.")
        done[name] = (name, value)
    try:
        for name in order:
            needed = (done.get(parent, parent) for parent in nodes[name].needs.values())
            done[name] = runner._instantiated_nodes[name](*needed)
    except RuntimeError as error:
        raise GraphRunError("Error running runner.") from error
    return dict(done[name] for name in wanted)


def _in_order(nodes: dict[str, Any], wanted: list[str]) -> list[str]:
    order: dict[str, None] = {}

    def visit(name: str) -> None:
        if name in nodes and name not in order:
            for parent in nodes[name].needs.values():
                visit(parent)
            order[name] = None

    for name in wanted:
        visit(name)
    return list(order)


def find_action_from_rules(
    policy: RulePolicy,
    tracker: DialogueStateTracker,
    domain: Domain,
    use_text_for_last_user_input: bool,
) -> tuple[str | None, str | None, bool]:
    """The action that the rules predict, as stock; by a message's text only if a rule could."""
    if use_text_for_last_user_input:
        if policy not in _asks_for_intents:
            _asks_for_intents[policy] = all(map(_asks_for_intent, policy.lookup[RULES]))
        if _asks_for_intents[policy]:
            return None, None, False
    found: tuple[str | None, str | None, bool] = _stock_find(
        policy, tracker, domain, use_text_for_last_user_input
    )
    return found


def _asks_for_intent(rule_key: str) -> bool:
    """Whether a rule that comes right after a customer's message speaks of its intent."""
    last = RulePolicy._rule_key_to_state(rule_key)[-1]
    after_message = last.get(PREVIOUS_ACTION, {}).get(ACTION_NAME) == ACTION_LISTEN_NAME
    intent = last.get(USER, {}).get(INTENT)
    return not after_message or bool(intent and intent != rule_policy.SHOULD_NOT_BE_SET)
