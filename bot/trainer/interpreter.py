"""What a trained model understands, in this process, without its dialogue half."""

from __future__ import annotations

import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import NluError

FALLBACK = "nlu_fallback"


@dataclass(frozen=True)
class Understood:
    """What the model made of a sentence.

    Attributes:
        intent: the classifier's first choice, also when the bot would not act on it.
        confidence: of that choice, 0 to 1.
        answered: the bot acts on it; False when it asks "Did you mean".
        language: of the sentence, as detected.
    """

    intent: str
    confidence: float
    answered: bool
    language: str | None


class Interpreter:
    """A model's NLU pipeline.

    Args:
        model: a trained model, `models/....tar.gz`.

    Raises:
        NluError: the file is not a model that this version can use.
    """

    def __init__(self, model: Path) -> None:
        from rasa.engine.graph import ExecutionContext  # noqa: PLC0415 (seconds)
        from rasa.engine.runner.dask import DaskGraphRunner  # noqa: PLC0415
        from rasa.engine.storage.local_model_storage import LocalModelStorage  # noqa: PLC0415
        from rasa.shared.exceptions import RasaException  # noqa: PLC0415

        try:
            with tempfile.TemporaryDirectory() as folder:
                storage, metadata = LocalModelStorage.from_model_archive(Path(folder), model)
                self._target = metadata.nlu_target
                schema = metadata.predict_schema.minimal_graph_schema([self._target])
                context = ExecutionContext(graph_schema=schema, model_id=metadata.model_id)
                self._runner = DaskGraphRunner.create(schema, storage, context)
                self.intents = frozenset(metadata.domain.intents)
        except (RasaException, tarfile.TarError, OSError, ValueError, KeyError) as error:
            raise NluError(
                f"The model '{model}' cannot be loaded: {error}. Train one with `svara train`."
            ) from error

    def parse(self, text: str) -> Mapping[str, Any]:
        """Rasa's own answer: `intent`, `intent_ranking`, `entities`, ..."""
        return self.parse_all([text])[0]

    def parse_all(self, texts: Sequence[str]) -> list[Mapping[str, Any]]:
        """Rasa's own answers to several texts."""
        from rasa.core.channels.channel import UserMessage  # noqa: PLC0415
        from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER  # noqa: PLC0415

        asked = [UserMessage(text) for text in texts]
        inputs = {PLACEHOLDER_MESSAGE: asked, PLACEHOLDER_TRACKER: None}
        messages = self._runner.run(inputs, [self._target])[self._target]
        return [message.as_dict(only_output_properties=True) for message in messages]

    def understand(self, text: str) -> Understood:
        """What the model makes of a customer's sentence."""
        return first_choice(self.parse(text))


def first_choice(parsed: Mapping[str, Any]) -> Understood:
    """The classifier's own first choice.

    FallbackClassifier puts itself before it in the ranking, with its threshold as the confidence.
    """
    ranking = parsed.get("intent_ranking") or []
    answered = (parsed.get("intent") or {}).get("name") != FALLBACK
    best = next((r for r in ranking if r.get("name") != FALLBACK), parsed.get("intent") or {})
    language = next(
        (e["value"] for e in parsed.get("entities") or [] if e.get("entity") == "language"), None
    )
    return Understood(
        str(best.get("name") or ""), float(best.get("confidence") or 0.0), answered, language
    )
