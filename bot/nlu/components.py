"""Rasa components: thin adapters round the plain classes of this package."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.nlu.encoder import load_encoder, load_english_encoder
from bot.nlu.entities.extractor import MAX_CHARS, EntityExtractor
from bot.nlu.entities.places import load_towns
from bot.nlu.entities.products import load_products
from bot.nlu.fingerprint import fingerprint
from bot.nlu.language import LanguageIdentifier
from bot.nlu.meaning import encode_kept
from bot.nlu.phrases import load_phrases
from bot.nlu.spans import Span, masked
from bot.nlu.tone import NEUTRAL, SensitiveTopics, ToneDetector, read_tones

_ENTITIES, _TEXT, _METADATA = "entities", "text", "metadata"


class _EntityComponent(GraphComponent):
    """A component that adds to each message what it finds in its text."""

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
class EntityFinder(_EntityComponent):
    """Numbers, e-mail, telephone, dates, amounts, postcodes, products and places.

    Config:
        `products`, `places`: paths of the lookup tables.
        `time_zone`: the customers', by which "tomorrow" is counted.
    """

    def __init__(self, config: dict[str, Any]) -> None:
        super().__init__(config)
        self._extractor = EntityExtractor(
            load_products(Path(config["products"])),
            load_towns(Path(config["places"])),
            config["time_zone"],
        )
        self._identifier = LanguageIdentifier()

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Where the demo shop's lookup tables are, and its customers."""
        return {
            "products": "data/lookups/products.yml",
            "places": "data/lookups/places.csv",
            "time_zone": "Europe/Stockholm",
        }

    def add(self, message: Message, text: str) -> None:
        """Adds the entities of one message."""
        known = (message.get(_METADATA) or {}).get("language")
        # whose crowns "kr" are and whose number a telephone's is, go by the message's language
        language = self._identifier.identify(text[:MAX_CHARS], current=known)
        self._append(message, self._extractor.find(text, language))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class LanguageDetector(_EntityComponent):
    """The message's language, as the entity `language`, which fills the slot; `other_language`
    (ISO 639-1) when it is in none of Svara's.

    The conversation's language so far comes with the message's metadata; for the `first` message
    it is only the page's.

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
            metadata = message.get(_METADATA) or {}
            known = metadata.get("language")
            if text.startswith("/"):
                if known:
                    self._append(message, [Span("language", 0, len(text), known)])
            elif text:
                found = [
                    Span(e["entity"], e["start"], e["end"], "")
                    for e in message.get(_ENTITIES) or []
                ]
                identified = self._identifier.detect(
                    masked(text, found),
                    current=None if metadata.get("first") else known,
                    hint=known,
                )
                spans = [Span("language", 0, len(text), identified.language)]
                if identified.other is not None:
                    spans.append(Span("other_language", 0, len(text), identified.other))
                self._append(message, spans)
        return messages


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=True)
class ToneTagger(_EntityComponent):
    """The customer's tone and sensitive topics, as entities `tone` and `sensitive_topic`.

    A tone is upset, urgent or pleased; a neutral message has none. It is learned from sentences of
    its own, not from the examples of intents.

    Config:
        `examples`: folder with these sentences (docs/tone.md).
        `tone`, `sensitive`: paths of the phrase files.
    """

    def __init__(
        self,
        config: dict[str, Any],
        storage: ModelStorage,
        resource: Resource,
        tone: ToneDetector,
    ) -> None:
        super().__init__(config)
        self._storage, self._resource, self._tone = storage, resource, tone
        self._sensitive = SensitiveTopics(load_phrases(Path(config["sensitive"])))

    @staticmethod
    def get_default_config() -> dict[str, Any]:
        """Where the sentences and the phrases are."""
        return {
            "examples": "data/tone",
            "tone": "data/lookups/tone.yml",
            "sensitive": "data/lookups/sensitive.yml",
        }

    @classmethod
    def create(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ToneTagger:
        """An untrained one."""
        tone = ToneDetector(load_phrases(Path(config["tone"])))
        return cls(config, model_storage, resource, tone)

    @classmethod
    def load(
        cls,
        config: dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **_: Any,
    ) -> ToneTagger:
        """A trained one; a damaged file is an error, never an untrained detector."""
        with model_storage.read_from(resource) as folder:
            return cls(config, model_storage, resource, ToneDetector.load(folder))

    @classmethod
    def fingerprint_addon(cls, config: dict[str, Any]) -> str:
        """What it learns from is no part of Rasa's training data, nor its code of this module."""
        if "examples" not in config:
            return ""  # Rasa also asks of what it has just taken from its cache, and wants nothing
        learned = sorted(Path(config["examples"]).glob("*.yml"))
        names = load_encoder().name, load_english_encoder().name
        return fingerprint(*names, files=(*learned, Path(config["tone"])))

    def train(self, training_data: TrainingData) -> Resource:
        """Learns from its own sentences."""
        examples = read_tones(Path(self.config["examples"]))
        texts, tones = [e.text for e in examples], [e.tone for e in examples]
        self._tone.fit(texts, tones, encode=encode_kept)
        with self._storage.write_to(self._resource) as folder:
            self._tone.save(folder)
        return self._resource

    def add(self, message: Message, text: str) -> None:
        """Adds tone and topic of one message."""
        spans = []
        tone = self._tone.detect(text)
        if tone.label != NEUTRAL:
            spans.append(Span("tone", 0, len(text), tone.label, tone.confidence))
        topic = self._sensitive.detect(text)
        if topic is not None:
            start = text.lower().find(topic[1].lower())
            spans.append(Span("sensitive_topic", start, start + len(topic[1]), topic[0]))
        self._append(message, spans)
