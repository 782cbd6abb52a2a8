"""The rules with two questions in a message: when the next one is put to them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from rasa.core.policies import rule_policy
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    Event,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from bot.policies.questions import (
    CORRECTED,
    KEEP_NUMBERS_OUT,
    LEFT,
    NEXT_QUESTION,
    QuestionsPolicy,
)

DOMAIN = Domain.from_dict(
    {
        "intents": ["greet"],
        "slots": {LEFT: {"type": "any", "mappings": [{"type": "custom"}]}},
        "actions": [NEXT_QUESTION, CORRECTED, KEEP_NUMBERS_OUT],
        "forms": {"a_form": {"required_slots": []}},
        "responses": {"utter_hi": [{"text": "hi"}]},
    }
)
LISTEN = {"prev_action": {"action_name": "action_listen"}}
RULES = {
    json.dumps([LISTEN | {"user": {"intent": "greet"}}]): "utter_hi",
    json.dumps(
        [
            LISTEN | {"user": {"intent": "greet"}},
            {"prev_action": {"action_name": "utter_hi"}, "user": {"intent": "greet"}},
        ]
    ): "action_listen",
}
OTHER = [{"text": "how are you?", "intent": {"name": "greet"}}]


def made(kind: type[RulePolicy], folder: Path) -> RulePolicy:
    policy = kind(
        kind.get_default_config(),
        LocalModelStorage(folder),
        Resource("rules"),
        ExecutionContext(GraphSchema({})),
    )
    policy.lookup = {
        rule_policy.RULES: RULES,
        rule_policy.RULES_FOR_LOOP_UNHAPPY_PATH: {},
        rule_policy.RULES_NOT_IN_STORIES: [],
    }
    return policy


def conversation(*events: Event) -> DialogueStateTracker:
    return DialogueStateTracker.from_events(
        "anna", [ActionExecuted("action_listen"), *events], slots=DOMAIN.slots, domain=DOMAIN
    )


def predicted(folder: Path, *events: Event) -> tuple[str, list[Event]]:
    """The action, and the events that come with it."""
    prediction = made(QuestionsPolicy, folder).predict_action_probabilities(
        conversation(*events), DOMAIN
    )
    best = prediction.probabilities.index(prediction.max_confidence)
    return DOMAIN.action_names_or_texts[best], prediction.events


def said(**parsed: Any) -> UserUttered:
    return UserUttered("hi", {"name": "greet"}, parse_data={"entities": [], **parsed})


@pytest.mark.parametrize(
    ("events", "action"),
    [
        ([said(questions=OTHER * 2)], NEXT_QUESTION),
        ([said(correction=OTHER[0])], CORRECTED),
        # the first question, and its answer
        ([SlotSet(LEFT, OTHER), said(part=True)], "utter_hi"),
        ([SlotSet(LEFT, OTHER), said(part=True), ActionExecuted("utter_hi")], NEXT_QUESTION),
        # the second question, and its answer
        ([said(part=True), ActionExecuted("utter_hi")], "action_listen"),
        # in a form
        ([ActiveLoop("a_form"), said(correction=OTHER[0])], CORRECTED),
        ([ActiveLoop("a_form"), said(correction=OTHER[0]), ActionExecuted(CORRECTED)], "a_form"),
        (
            [
                SlotSet(LEFT, OTHER),
                said(part=True),
                ActionExecuted("a_form"),
                ActiveLoop("a_form"),
            ],
            "action_listen",
        ),
    ],
)
def test_the_next_question_is_put_where_the_rules_would_listen(
    tmp_path: Path, events: list[Event], action: str
) -> None:
    assert predicted(tmp_path, *events) == (action, [])


def number(text: str = "hi 4242 4242 4242 4242", **parsed: Any) -> UserUttered:
    return UserUttered(text, {"name": "greet"}, parse_data={"entities": [], **parsed})


@pytest.mark.parametrize(
    ("events", "action"),
    [
        ([number()], KEEP_NUMBERS_OUT),
        ([number("811218-9876")], KEEP_NUMBERS_OUT),
        ([number(questions=OTHER * 2)], KEEP_NUMBERS_OUT),
        ([number(looked_through=True)], "utter_hi"),
        ([number(looked_through=True, questions=OTHER * 2)], NEXT_QUESTION),
        ([number(part=True)], "utter_hi"),
        ([number("NL-104838")], "utter_hi"),
        ([number("/greet4242424242424242")], "utter_hi"),
        ([ActiveLoop("a_form"), number()], KEEP_NUMBERS_OUT),
        ([ActiveLoop("a_form"), number(), ActionExecuted(KEEP_NUMBERS_OUT)], "a_form"),
    ],
)
def test_a_long_number_is_looked_at_before_the_rules_hear_the_message(
    tmp_path: Path, events: list[Event], action: str
) -> None:
    assert predicted(tmp_path, *events)[0] == action


def test_an_action_that_failed_is_not_tried_again(tmp_path: Path) -> None:
    broken = [said(questions=OTHER * 2), ActionExecuted(NEXT_QUESTION)]
    assert predicted(tmp_path, *broken)[0] != NEXT_QUESTION


def test_what_waited_for_a_form_that_is_gone_is_forgotten(tmp_path: Path) -> None:
    action, events = predicted(tmp_path, SlotSet(LEFT, OTHER), said())
    assert (action, events) == ("utter_hi", [SlotSet(LEFT, None)])
    in_form = [ActiveLoop("a_form"), SlotSet(LEFT, OTHER), said()]
    assert predicted(tmp_path, *in_form) == ("a_form", [])


@pytest.mark.parametrize(
    "events",
    [
        [said()],
        [said(), ActionExecuted("utter_hi")],
        [UserUttered("hm", {"name": None})],
        [ActiveLoop("a_form"), said()],
        [ActiveLoop("a_form"), said(), ActionExecuted("a_form")],
        [],
    ],
)
def test_it_is_rasas_rule_policy_in_everything_else(tmp_path: Path, events: list[Event]) -> None:
    found = [
        made(kind, tmp_path).predict_action_probabilities(conversation(*events), DOMAIN)
        for kind in (RulePolicy, QuestionsPolicy)
    ]
    assert found[0].probabilities == found[1].probabilities
    assert found[0].events == found[1].events
    assert found[0].is_no_user_prediction == found[1].is_no_user_prediction
