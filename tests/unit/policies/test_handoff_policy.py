"""When a person is called or listened to, whatever the rules would do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rasa.core.policies import rule_policy
from rasa.core.policies.ensemble import DefaultPolicyPredictionEnsemble
from rasa.core.policies.policy import Policy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, ActiveLoop, Event, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.policies.handoff import HAND_OFF, HandoffPolicy
from bot.policies.questions import LEFT, NEXT_QUESTION, QuestionsPolicy

DOMAIN = Domain.from_dict(
    {
        "intents": ["greet"],
        "entities": ["tone", "sensitive_topic"],
        "slots": {LEFT: {"type": "any", "mappings": [{"type": "custom"}]}},
        "actions": [HAND_OFF, NEXT_QUESTION],
        "forms": {"a_form": {"required_slots": []}},
        "responses": {"utter_hi": [{"text": "hi"}]},
    }
)
GREETED = {"prev_action": {"action_name": "action_listen"}, "user": {"intent": "greet"}}
UPSET = {"entity": "tone", "value": "upset", "start": 0, "end": 2}


def chosen(folder: Path, *events: Event) -> str:
    """What Rasa does, by both policies."""
    parts: list[Any] = [
        LocalModelStorage(folder),
        Resource("rules"),
        ExecutionContext(GraphSchema({})),
    ]
    rules = QuestionsPolicy(QuestionsPolicy.get_default_config(), *parts)
    rules.lookup = {
        rule_policy.RULES: {json.dumps([GREETED]): "utter_hi"},
        rule_policy.RULES_FOR_LOOP_UNHAPPY_PATH: {},
        rule_policy.RULES_NOT_IN_STORIES: [],
    }
    policies: list[Policy] = [HandoffPolicy(HandoffPolicy.get_default_config(), *parts), rules]
    tracker = DialogueStateTracker.from_events(
        "anna", [ActionExecuted("action_listen"), *events], slots=DOMAIN.slots, domain=DOMAIN
    )
    predictions = [policy.predict_action_probabilities(tracker, DOMAIN) for policy in policies]
    best = DefaultPolicyPredictionEnsemble().combine_predictions(predictions, tracker, DOMAIN)
    return str(DOMAIN.action_names_or_texts[best.probabilities.index(best.max_confidence)])


def said(*entities: dict[str, Any], handoff: bool = False, **parsed: Any) -> UserUttered:
    return UserUttered(
        "hi",
        {"name": "greet"},
        list(entities),
        parse_data=parsed or None,
        metadata={"handoff": handoff},
    )


@pytest.mark.parametrize("loop", [[], [ActiveLoop("a_form")]])
def test_an_upset_customer_gets_a_person_even_in_a_form(tmp_path: Path, loop: list[Event]) -> None:
    assert chosen(tmp_path, *loop, said(UPSET)) == HAND_OFF
    topic = {**UPSET, "entity": "sensitive_topic", "value": "fraud"}
    assert chosen(tmp_path, *loop, said(topic)) == HAND_OFF


def test_after_that_the_bot_listens(tmp_path: Path) -> None:
    handed = [said(UPSET), ActionExecuted(HAND_OFF)]
    assert chosen(tmp_path, *handed) == "action_listen"


def test_the_bot_is_silent_while_a_person_has_the_conversation(tmp_path: Path) -> None:
    parts = [{"text": "hi", "intent": {"name": "greet"}}] * 2
    assert chosen(tmp_path, said(UPSET, handoff=True)) == "action_listen"
    assert chosen(tmp_path, said(handoff=True, questions=parts)) == "action_listen"


def test_otherwise_the_rules_decide(tmp_path: Path) -> None:
    assert chosen(tmp_path, said()) == "utter_hi"
    assert chosen(tmp_path, said({**UPSET, "value": "urgent"})) == "utter_hi"
    assert chosen(tmp_path, ActiveLoop("a_form"), said()) == "a_form"
