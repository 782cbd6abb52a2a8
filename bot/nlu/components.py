"""Rasa components: thin adapters round the plain classes of this package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier as RasaIntentClassifier
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.classifier import IntentClassifier
from bot.nlu.language import LanguageIdentifier
from bot.nlu.patterns import find_patterns
from bot.nlu.phrases import load_phrases
from bot.nlu.products import ProductFinder, load_products
from bot.nlu.spans import Span, masked, without_overlaps
from bot.nlu.tone import UPSET, SensitiveTopics, ToneDetector

_ENTITIES, _TEXT, _METADATA = "entities", "text", "metadata"


class _Untrained(GraphComponent):
    """A component that learns nothing: its knowledge is in files and libraries."""

    def __init__(self, config: dict[str, Any]) -> None:
        self.config = config

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> GraphComponent:
        """Builds the component from its lines in `config.yml`."""
        return cls(config)

    def process_training_data(self, training_data: Any) -> Any:
        """Training examples keep the entities their author gave them."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Adds what this component finds to each message."""
        for message in messages:
            text = message.get(_TEXT) or ""
            if text and not text.startswith("/"):
                self.add(message, text)
        return messages

    def add(self, message: Message, text: str) -> None:
        """Adds what is found in one message."""
        raise NotImplementedError

    def _append(self, message: Message, spans: list[Span]) -> None:
        entities = list(message.get(_ENTITIES) or [])
        entities += [
            {
                "entity": span.entity,
                "start": span.start,
                "end": span.end,
                "value": span.value,
                "confidence_entity": span.confidence,
                "extractor": type(self).__name__,
            }
            for span in spans
        ]
        message.set(_ENTITIES, entities, add_to_output=True)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EntityFinder(_Untrained):
    """Order numbers, e-mail, telephone, dates, amounts, postcodes, and products by similarity.

    Config: `products`: path of the lookup table.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self._products = ProductFinder(load_products(Path(config["products"])))

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Where the demo shop's lookup table is."""
        return {"products": "data/lookups/products.yml"}

    def add(self, message: Message, text: str) -> None:
        """Adds the entities of one message."""
        language = (message.get(_METADATA) or {}).get("language")
        found = [*find_patterns(text, language), *self._products.find(text)]
        spans = without_overlaps(found)
        self._append(message, spans)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageDetector(_Untrained):
    """The message's language, as the entity `language`, which fills the slot.

    The conversation's language so far comes with the message's metadata.

    Config: `ignored`: words that say nothing of the language, such as the shop's name.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self._identifier = LanguageIdentifier(ignored=config["ignored"])

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """No word is left out."""
        return {"ignored": []}

    def process(self, messages: list[Message]) -> list[Message]:
        """Detects the language; a pressed button keeps the conversation's."""
        for message in messages:
            text = message.get(_TEXT) or ""
            known = (message.get(_METADATA) or {}).get("language")
            if text.startswith("/"):
                if known:
                    self._append(message, [Span("language", 0, len(text), known)])
            elif text:
                found = [
                    Span(e["entity"], e["start"], e["end"], "")
                    for e in message.get(_ENTITIES) or []
                ]
                language = self._identifier.identify(masked(text, found), current=known)
                self._append(message, [Span("language", 0, len(text), language)])
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ToneTagger(_Untrained):
    """The customer's tone and sensitive topics, as entities `tone` and `sensitive_topic`.

    Config: `tone` and `sensitive`: paths of the phrase files.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self._tone = ToneDetector(load_phrases(Path(config["tone"])))
        self._sensitive = SensitiveTopics(load_phrases(Path(config["sensitive"])))

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Where the phrases are."""
        return {"tone": "data/lookups/tone.yml", "sensitive": "data/lookups/sensitive.yml"}

    def add(self, message: Message, text: str) -> None:
        """Adds tone and topic of one message."""
        spans = []
        if self._tone.detect(text) == UPSET:
            spans.append(Span("tone", 0, len(text), UPSET))
        topic = self._sensitive.detect(text)
        if topic is not None:
            start = text.lower().find(topic[1].lower())
            spans.append(Span("sensitive_topic", start, start + len(topic[1]), topic[0]))
        self._append(message, spans)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LinearIntentClassifier(GraphComponent, RasaIntentClassifier):
    """The intent of each message, from its text alone.

    Config: `ranking_length`: how many of the likeliest intents a message keeps.
    """

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        model: IntentClassifier,
    ) -> None:
        self._ranking_length = int(config["ranking_length"])
        self._storage, self._resource = storage, resource
        self._model = model

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """As many as "Did you mean" and the trainers' pages look at."""
        return {"ranking_length": 5}

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> LinearIntentClassifier:
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
    ) -> LinearIntentClassifier:
        """A trained one; a damaged file is an error, never an untrained classifier."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, IntentClassifier.load(folder))

    def train(self, training_data: TrainingData) -> Resource:
        """Learns from the examples that have an intent."""
        examples = [e for e in training_data.intent_examples if e.get(_TEXT)]
        self._model.fit([e.get(_TEXT) for e in examples], [e.get("intent") for e in examples])
        with self._storage.write_to(self._resource) as folder:
            self._model.save(folder)
        return self._resource

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        """Nothing after it learns from what it finds."""
        return training_data

    def process(self, messages: list[Message]) -> list[Message]:
        """Sets the intent and the ranking."""
        for message in messages:
            shares = self._model.predict_proba([message.get(_TEXT) or ""])[0]
            order = shares.argsort()[::-1][: self._ranking_length]
            ranking = [
                {"name": str(self._model.classes_[i]), "confidence": float(shares[i])}
                for i in order
            ]
            message.set("intent", ranking[0], add_to_output=True)
            message.set("intent_ranking", ranking, add_to_output=True)
        return messages
