"""What a tone does to the dialogue: upset calls a person, haste and joy change nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from rasa.engine.graph import ExecutionContext, GraphSchema
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.nlu.tone import NEUTRAL, TONES, UPSET
from bot.policies.handoff import HAND_OFF, HandoffPolicy

ROOT = Path(__file__).parents[3]
ORDER = {"entity": "order_number", "value": "NL-104823"}
LANGUAGE = {"entity": "language", "value": "en"}


@pytest.fixture(scope="module")
def domain() -> Domain:
    return Domain.from_dict(yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8")))


def conversation(domain: Domain, *entities: dict[str, Any]) -> DialogueStateTracker:
    """One in which the customer has just spoken."""
    said = UserUttered("NL-104823", {"name": "nlu_fallback"}, list(entities))
    events = [ActionExecuted("action_listen"), said]
    return DialogueStateTracker.from_events("anna", events, slots=domain.slots, domain=domain)


@pytest.mark.parametrize("tone", [tone for tone in TONES if tone != NEUTRAL])
def test_only_upset_calls_a_person(domain: Domain, tmp_path: Path, tone: str) -> None:
    policy = HandoffPolicy(
        HandoffPolicy.get_default_config(),
        LocalModelStorage(tmp_path),
        Resource("none"),
        ExecutionContext(GraphSchema({})),
    )
    tracker = conversation(domain, LANGUAGE, {"entity": "tone", "value": tone})
    found = policy.predict_action_probabilities(tracker, domain)
    assert (found.probabilities[domain.index_for_action(HAND_OFF)] == 1) == (tone == UPSET)
    assert found.max_confidence == (1 if tone == UPSET else 0)


@pytest.mark.parametrize("tone", [tone for tone in TONES if tone != NEUTRAL])
def test_the_rules_see_the_same_message_whatever_its_tone(domain: Domain, tone: str) -> None:
    plain = conversation(domain, LANGUAGE, ORDER)
    toned = conversation(domain, LANGUAGE, ORDER, {"entity": "tone", "value": tone})
    assert domain.get_active_state(toned) == domain.get_active_state(plain)
