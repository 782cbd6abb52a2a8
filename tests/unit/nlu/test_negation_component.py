"""What the intent classifier puts on a message that says what is not wanted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.classifier import IntentClassifier
from bot.nlu.intent_components import SentenceIntentClassifier

EXAMPLES = {
    "cancel_order": ["cancel my order", "please cancel it", "I want to cancel"],
    "invoice_request": ["can I have a receipt", "send me the invoice", "I need a receipt"],
    "order_status": ["where is my parcel", "where is my order", "has my parcel been sent"],
    "deny": ["no", "no thanks", "rather not"],
}


@pytest.fixture(scope="module")
def component(tmp_path_factory: pytest.TempPathFactory) -> SentenceIntentClassifier:
    texts = [text for said in EXAMPLES.values() for text in said]
    intents = [intent for intent, said in EXAMPLES.items() for _ in said]
    config = SentenceIntentClassifier.get_default_config() | {"two_questions_clear": 0.2}
    storage = LocalModelStorage(Path(tmp_path_factory.mktemp("model")))
    model = IntentClassifier().fit(texts, intents)
    return SentenceIntentClassifier(config, storage, Resource("intents"), model)


def heard(component: SentenceIntentClassifier, text: str) -> dict[str, Any]:
    (message,) = component.process([Message({"text": text})])
    found: dict[str, Any] = message.as_dict(only_output_properties=True)
    return found


def test_who_only_refuses_says_no(component: SentenceIntentClassifier) -> None:
    found = heard(component, "I don't want to cancel my order")
    assert found["intent"]["name"] == "deny" and found["intent"]["confidence"] > 0.9
    assert found["negated"] == {"intents": ["cancel_order"], "rest": ""}
    assert "cancel_order" not in [r["name"] for r in found["intent_ranking"] if r["confidence"]]


def test_what_is_wanted_instead_is_the_intent(component: SentenceIntentClassifier) -> None:
    found = heard(component, "I don't want to cancel my order, I need a receipt")
    assert found["intent"]["name"] == "invoice_request"
    assert found["negated"] == {"intents": ["cancel_order"], "rest": "I need a receipt"}


def test_what_is_not_wanted_is_no_question(component: SentenceIntentClassifier) -> None:
    text = "Don't cancel my order! Where is my parcel? And can I have a receipt?"
    found = heard(component, text)
    assert [part["intent"]["name"] for part in found["questions"]] == [
        "order_status",
        "invoice_request",
    ]


@pytest.mark.parametrize("text", ["cancel it", '/order_choice{"choice": "don\'t cancel"}', ""])
def test_other_messages_have_nothing_of_the_kind(
    component: SentenceIntentClassifier, text: str
) -> None:
    assert "negated" not in heard(component, text)
