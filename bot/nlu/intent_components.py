"""Rasa components round the intent classifier: thin adapters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.nlu.classifiers.fallback_classifier import FallbackClassifier
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.classifier import IntentClassifier
from bot.nlu.encoder import load_encoder, load_english_encoder
from bot.nlu.fingerprint import fingerprint
from bot.nlu.meaning import encode_kept
from bot.nlu.negation import NegationFinder
from bot.nlu.negation_aware import NegationAware
from bot.nlu.phrases import load_phrases
from bot.nlu.question_components import DEFAULTS, add_questions, question_finder
from bot.nlu.questions import RANKED

FOREIGNNESS = "foreignness"
"""Name of the out-of-scope score, 0 to 1, among what a message's parse says."""
NEGATED = "negated"
"""Name of what is not wanted: `intents`, and the `rest` of the text, empty if it says only that."""


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class SentenceIntentClassifier(GraphComponent, RasaIntentClassifier):
    """The intent of each message, from its text alone; two questions and corrections, too.

    What a message says is not wanted is none of its intents.

    Config:
        `ranking_length`: how many of the likeliest intents a message keeps.
        `out_of_scope`: the intent whose examples are about nothing that is known.
        `negation`: path of the words that say what is not wanted.
        `nothing`: the intent of a message that only says what is not wanted.
        and those of `bot.nlu.question_components`.
    """

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        model: IntentClassifier,
    ) -> None:
        self._config = config
        self._ranking_length = int(config["ranking_length"])
        self._storage, self._resource = storage, resource
        self._model = model
        self._questions = question_finder(model, config)
        finder = NegationFinder(load_phrases(Path(config["negation"])))
        self._aware = NegationAware(model, finder, nothing=config["nothing"])

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """As many as the order of teaching gains by (docs/active-learning.md)."""
        return {
            "ranking_length": RANKED,
            "out_of_scope": "out_of_scope",
            "negation": "data/lookups/negation.yml",
            "nothing": "deny",
            **DEFAULTS,
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> SentenceIntentClassifier:
        """An untrained one."""
        return cls(config, model_storage, resource, IntentClassifier())

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> SentenceIntentClassifier:
        """A trained one; a damaged file is an error, never an untrained classifier."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, IntentClassifier.load(folder))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """Its code and its encoders are no part of Rasa's training data."""
        return fingerprint(load_encoder().name, load_english_encoder().name)

    def train(self, training_data: TrainingData) -> Resource:
        """Learns from the examples that have an intent."""
        examples = [e for e in training_data.intent_examples if e.get("text")]
        self._model.fit(
            [e.get("text") for e in examples],
            [e.get("intent") for e in examples],
            foreign=self._config["out_of_scope"],
            encode=encode_kept,
        )
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing after it learns from what it finds."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets the intent, the ranking, how foreign the message is, and questions found in it."""
        for message in messages:
            text = message.get("text") or ""
            shares, foreignness = self._model.assess(text)
            heard = None if text.startswith("/") else self._aware.hear(text, shares)
            if heard is not None:
                shares = heard.shares
                rest = "" if heard.only else " ".join(heard.rest.split()).strip(" ,;:.!–—-")
                negated = {"intents": list(heard.negated), "rest": rest}
                message.set(NEGATED, negated, add_to_output=True)
            order = shares.argsort()[::-1][: self._ranking_length]
            ranking = [
                {"name": str(self._model.classes_[i]), "confidence": float(shares[i])}
                for i in order
            ]
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
            message.set(FOREIGNNESS, foreignness, add_to_output=True)
            add_questions(message, self._questions, heard.rest if heard else text)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class UnsureClassifier(FallbackClassifier):
    """Rasa's FallbackClassifier, which also asks when a message is like nothing that is known.

    Config: as FallbackClassifier's, and `foreign`: out-of-scope score from which the bot asks.
    """

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """FallbackClassifier's, and all messages are known."""
        return {**FallbackClassifier.get_default_config(), "foreign": 1.0}

    def _should_fallback(self, message: Message) -> bool:
        if message.get(FOREIGNNESS, 0.0) > float(self.component_config["foreign"]):
            return True
        return bool(super()._should_fallback(message))
