"""Puts on a Rasa message what `bot.nlu.questions` finds in it; used by the intent classifier.

Several questions come as the property `questions`, a correction as `correction`: parts of the
message with a parse of their own. `bot.policies.questions` takes them from the parse data.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rasa.shared.nlu.training_data.message import Message

from bot.nlu.phrases import load_phrases
from bot.nlu.questions import Classifier, Limits, Question, QuestionFinder

DEFAULTS: Mapping[str, Any] = {
    "questions": "data/lookups/questions.yml",
    "two_questions_clear": Limits.clear,
    "two_questions_unclear": Limits.unclear,
    "correction": Limits.correction,
}
"""Lines of the intent classifier's configuration."""


def question_finder(model: Classifier, config: Mapping[str, Any]) -> QuestionFinder:
    """A finder with the limits and words of a component's configuration."""
    limits = Limits(
        float(config["two_questions_clear"]),
        float(config["two_questions_unclear"]),
        float(config["correction"]),
    )
    return QuestionFinder(model, load_phrases(Path(config["questions"])), limits)


def add_questions(message: Message, finder: QuestionFinder, wanted: str | None = None) -> None:
    """Adds several questions, or a correction with its intent, which is the message's.

    A pressed button asks one thing. A message of an upset customer or about a sensitive topic goes
    to a person whole.

    Args:
        wanted: the text with what is not wanted blanked out, as long as the text; default all.
    """
    text = message.get("text") or ""
    entities = message.get("entities") or []
    named = {entity["entity"]: entity.get("value") for entity in entities}
    for_a_person = named.get("tone") == "upset" or "sensitive_topic" in named
    if not text or text.startswith("/") or for_a_person:
        return
    meant = finder.correction(text)
    if meant is not None:
        part = _part(meant, entities)
        message.set("correction", part, add_to_output=True)
        message.set("intent", part["intent"], add_to_output=True)
        message.set("intent_ranking", part["intent_ranking"], add_to_output=True)
        return
    questions = finder.several(text if wanted is None else wanted, named.get("language"))
    if questions:
        parts = [_part(question, entities) for question in questions]
        message.set("questions", parts, add_to_output=True)


def _part(question: Question, entities: list[dict[str, Any]]) -> dict[str, Any]:
    """A part as Rasa's parse data, with its own entities and the message's language."""
    ranking = [{"name": name, "confidence": share} for name, share in question.ranking]
    found = []
    for entity in entities:
        start, end = int(entity.get("start", 0)), int(entity.get("end", 0))
        if entity["entity"] == "language":
            found.append({**entity, "start": 0, "end": len(question.text)})
        elif question.start <= start and end <= question.end:
            moved = {"start": start - question.start, "end": end - question.start}
            found.append({**entity, **moved})
    return {
        "text": question.text,
        "inquires": question.inquires,
        "intent": ranking[0],
        "intent_ranking": ranking,
        "entities": found,
    }
