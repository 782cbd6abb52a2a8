"""What the intent classifier puts on a message that asks two things, or corrects one."""

from __future__ import annotations

from typing import Any

import pytest
from rasa.shared.nlu.training_data.message import Message

from bot.nlu.classifier import IntentClassifier
from bot.nlu.question_components import DEFAULTS, add_questions, question_finder
from bot.nlu.questions import QuestionFinder

EXAMPLES = {
    "order_status": ["where is my parcel", "where is my order", "has my parcel been sent"],
    "invoice_request": ["can I have a receipt", "send me the invoice", "I need a receipt"],
    "greet": ["hello", "hi there", "good morning"],
}
TWO = "Where is my order NL-104823? And can I have a receipt?"
LANGUAGE = {"entity": "language", "start": 0, "end": len(TWO), "value": "en"}
NUMBER = {"entity": "order_number", "start": 18, "end": 27, "value": "NL-104823"}


@pytest.fixture(scope="module")
def finder() -> QuestionFinder:
    texts = [text for said in EXAMPLES.values() for text in said]
    intents = [intent for intent, said in EXAMPLES.items() for _ in said]
    model = IntentClassifier().fit(texts, intents)
    return question_finder(model, {**DEFAULTS, "two_questions_clear": 0.2, "correction": 0.2})


def message(text: str, *entities: dict[str, Any]) -> Message:
    return Message({"text": text, "entities": list(entities), "intent": {"name": "whole"}})


def test_each_part_has_its_own_entities_and_the_messages_language(finder: QuestionFinder) -> None:
    heard = message(TWO, NUMBER, LANGUAGE)
    add_questions(heard, finder)
    first, second = heard.as_dict(only_output_properties=True)["questions"]
    assert first["text"] == "Where is my order NL-104823?"
    assert first["intent"]["name"] == first["intent_ranking"][0]["name"] == "order_status"
    number, language = first["entities"]
    assert first["text"][number["start"] : number["end"]] == number["value"] == "NL-104823"
    assert (language["value"], language["end"]) == ("en", len(first["text"]))
    assert second["intent"]["name"] == "invoice_request"
    assert [entity["entity"] for entity in second["entities"]] == ["language"]
    # the whole message keeps what it was understood as
    assert heard.get("intent") == {"name": "whole"}


def test_a_corrections_intent_is_the_messages(finder: QuestionFinder) -> None:
    heard = message("no, I meant where is order NL-104823", {**NUMBER, "start": 27, "end": 36})
    add_questions(heard, finder)
    meant = heard.get("correction")
    assert meant["text"] == "where is order NL-104823"
    assert heard.get("intent") == meant["intent"] == heard.get("intent_ranking")[0]
    assert meant["entities"][0]["start"] == 15
    assert heard.get("questions") is None


def test_an_urgent_message_is_taken_apart_like_any_other(finder: QuestionFinder) -> None:
    heard = message(TWO, {"entity": "tone", "start": 0, "end": 5, "value": "urgent"})
    add_questions(heard, finder)
    assert len(heard.get("questions")) == 2


@pytest.mark.parametrize(
    "heard",
    [
        message('/order_choice{"choice": "where is my order? And can I have a receipt?"}'),
        message(TWO, {"entity": "tone", "start": 0, "end": 5, "value": "upset"}),
        message(TWO, {"entity": "sensitive_topic", "start": 0, "end": 5, "value": "fraud"}),
        message("Where is my order?"),
        message(""),
        Message({}),
    ],
)
def test_buttons_upset_customers_and_single_questions_stay_whole(
    finder: QuestionFinder, heard: Message
) -> None:
    add_questions(heard, finder)
    assert heard.get("questions") is heard.get("correction") is None
