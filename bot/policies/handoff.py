"""When a person should have the conversation, and silence while a person has it."""

from __future__ import annotations

from typing import Any

from rasa.core.featurizers.tracker_featurizers import TrackerFeaturizer
from rasa.core.policies.policy import Policy, PolicyPrediction, confidence_scores_for
from rasa.engine.graph import ExecutionContext
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker

HAND_OFF = "action_hand_off"
PRIORITY = 10
_ENDS_THE_TURN = (HAND_OFF, "action_not_understood")


@DefaultV1Recipe.register(
    DefaultV1Recipe.ComponentType.POLICY_WITHOUT_END_TO_END_SUPPORT, is_trainable=False
)
class HandoffPolicy(Policy):
    """Keeps the bot silent while a person has the conversation, and calls one when it must.

    A customer's message says in its metadata whether a person has the conversation: the intake put
    it there when it forwarded the message. An upset customer or a sensitive topic goes to a person
    at once, even in the middle of a form.
    """

    def __init__(
        self,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        featurizer: TrackerFeaturizer | None = None,
    ) -> None:
        super().__init__(config, model_storage, resource, execution_context, featurizer)

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Above RulePolicy's priority of 6."""
        return {"priority": PRIORITY}

    def train(self, *_: Any, **__: Any) -> Resource:
        """Nothing is learned."""
        return self._resource

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> HandoffPolicy:
        """Nothing was stored."""
        return cls(config, model_storage, resource, execution_context)

    def predict_action_probabilities(
        self,
        tracker: DialogueStateTracker,
        domain: Domain,
        rule_only_data: dict[str, Any] | None = None,
        **_: Any,
    ) -> PolicyPrediction:
        """Listens, hands over, or has no opinion."""
        action = self._choose(tracker)
        scores = (
            confidence_scores_for(action, 1.0, domain) if action else [0.0] * domain.num_actions
        )
        # In a form, Rasa takes RulePolicy's word over all that do not say this of theirs.
        return self._prediction(scores, is_no_user_prediction=action is not None)

    def _choose(self, tracker: DialogueStateTracker) -> str | None:
        latest = tracker.latest_message
        if latest is None:
            return None
        if (latest.metadata or {}).get("handoff"):
            return str(ACTION_LISTEN_NAME)
        last = tracker.latest_action_name
        if last in _ENDS_THE_TURN:
            return str(ACTION_LISTEN_NAME)
        found = {entity["entity"]: entity.get("value") for entity in latest.entities}
        alarming = found.get("tone") == "upset" or "sensitive_topic" in found
        return HAND_OFF if alarming and last == ACTION_LISTEN_NAME else None
