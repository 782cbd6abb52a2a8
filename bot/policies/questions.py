"""Rules that answer two questions of one message in one turn, and take a correction for one."""

from __future__ import annotations

import re
import warnings
from typing import Any

from rasa.core.policies.policy import PolicyPrediction, confidence_scores_for
from rasa.core.policies.rule_policy import RulePolicy
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

NEXT_QUESTION = "action_next_question"
CORRECTED = "action_corrected"
KEEP_NUMBERS_OUT = "action_keep_numbers_out"
LEFT = "questions_left"
PART = "part"
LOOKED_THROUGH = "looked_through"

_LONG_NUMBER = re.compile(r"(?:\d[ \u00a0.+–-]{0,3}){9}\d")

# Rasa looks for RulePolicy by name when it trains, and warns of what this one does as well.
warnings.filterwarnings("ignore", "'RulePolicy' is not included", UserWarning)


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=True
)
class QuestionsPolicy(RulePolicy):
    """RulePolicy that does not listen again while a question is left.

    A message that the NLU has taken apart goes to `action_next_question` first, which puts the
    first question to the rules as if the customer had just said it. Where the rules would listen,
    the next one is put, unless a form has a question of its own: then the other waits for the
    form's end. "No, I meant ..." goes to `action_corrected` in the same way, and a message with a
    long number first of all to `action_keep_numbers_out`.

    It predicts what RulePolicy predicts in everything else, and is configured like it.
    """

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> PolicyPrediction:
        """What the rules predict, or the action that puts the next question to them."""
        prediction = super().predict_action_probabilities(tracker, domain, rule_only_data, **kwargs)
        left, fresh = tracker.get_slot(LEFT), _fresh(tracker)
        if fresh and left and tracker.active_loop is None:
            # the form that it waited for is gone, and the customer speaks of something else
            prediction.events.append(SlotSet(LEFT, None))
            left = None
        action = _first(tracker) if fresh else None
        best = domain.action_names_or_texts[
            prediction.probabilities.index(prediction.max_confidence)
        ]
        if left and best == ACTION_LISTEN_NAME and tracker.active_loop is None:
            action = NEXT_QUESTION
        if action is None or action == tracker.latest_action_name:
            return prediction
        prediction.probabilities = confidence_scores_for(action, 1.0, domain)
        return prediction


def _fresh(tracker: DialogueStateTracker) -> bool:
    """The customer has just spoken; false for a part of it that is put to the rules."""
    latest = tracker.latest_message
    return (
        latest is not None
        and tracker.latest_action_name == ACTION_LISTEN_NAME
        and not latest.parse_data.get(PART)
    )


def _first(tracker: DialogueStateTracker) -> str | None:
    """The action that takes apart a message."""
    parsed: Any = tracker.latest_message.parse_data if tracker.latest_message else {}
    text = str((tracker.latest_message and tracker.latest_message.text) or "")
    long_number = not text.startswith("/") and _LONG_NUMBER.search(text)
    if long_number and not parsed.get(LOOKED_THROUGH):
        return KEEP_NUMBERS_OUT
    if parsed.get("correction"):
        return CORRECTED
    return NEXT_QUESTION if parsed.get("questions") else None
