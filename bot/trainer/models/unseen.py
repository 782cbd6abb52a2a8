"""What a model says of each of its own examples, had it not seen it; kept beside the model.

The classifier is fitted on all others at once, in closed form (`IntentClassifier.left_out_`). So
two models can be compared on a sentence that both learned from, neither having an advantage.
"""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import ModelUnknown, NluError
from bot.trainer.cross_validation import predict_unseen
from bot.trainer.labelled import read_labelled
from bot.trainer.models.notes import examples_path, unseen_path, write_whole

Progress = Callable[[str, int, int], None]
_METADATA = "metadata.json"
_CLASSIFIER = "UnsureClassifier"
_MAX_METADATA = 64 * 1024 * 1024


@dataclass(frozen=True)
class Unseen:
    """One example and what is said of it by a model of all the others.

    Attributes:
        predicted: the likeliest intent.
        confidence: its probability.
        foreignness: out-of-scope score, 0 to 1.
    """

    text: str
    intent: str
    language: str
    predicted: str
    confidence: float
    foreignness: float


@dataclass(frozen=True)
class Limits:
    """From where on a model asks "Did you mean" instead of answering, as in `config.yml`."""

    threshold: float = 0.0
    foreign: float = 1.0

    def asks(self, confidence: float, foreignness: float) -> bool:
        """Whether it asks."""
        return confidence < self.threshold or foreignness > self.foreign


def has_examples(model: Path) -> bool:
    """Whether a model carries the examples that it was made from."""
    return unseen_path(model).exists() or examples_path(model).exists()


def unseen(model: Path, progress: Progress) -> list[Unseen]:
    """What is said of each example of a model without that example; worked out once.

    Raises:
        ModelUnknown: the model does not carry its examples.
        NluError: a file beside the model cannot be read or written.
    """
    kept = unseen_path(model)
    if kept.exists():
        try:
            return [Unseen(*row) for row in json.loads(kept.read_text(encoding="utf-8"))]
        except (OSError, ValueError, TypeError) as error:
            raise NluError(f"'{kept}' cannot be read: {error}. Delete the file.") from error
    if not examples_path(model).exists():
        raise ModelUnknown(
            f"The model '{model.name}' does not carry the examples that it was made from: it is of "
            "an older version. Train it again with `svara train --force`."
        )
    progress("Predicting each example without that example", 0, 1)
    examples = read_labelled(examples_path(model))
    found = predict_unseen([e.text for e in examples], [e.intent for e in examples])
    rows = [
        Unseen(
            each.text,
            each.intent,
            each.language,
            str(predicted),
            round(float(confidence), 5),
            round(float(foreignness), 5),
        )
        for each, predicted, confidence, foreignness in zip(
            examples, found.predicted, found.confidence, found.foreignness, strict=True
        )
    ]
    values = [list(vars(row).values()) for row in rows]
    write_whole(kept, json.dumps(values, ensure_ascii=False))
    progress("Predicting each example without that example", 1, 1)
    return rows


def limits(model: Path) -> Limits:
    """A model's own limits, from its file.

    Raises:
        NluError: the file is not a model.
    """
    try:
        with tarfile.open(model) as archive:
            member = next((m for m in archive if m.name.lstrip("./") == _METADATA), None)
            stream = archive.extractfile(member) if member else None
            if stream is None or member is None or member.size > _MAX_METADATA:
                raise KeyError(_METADATA)
            nodes = json.loads(stream.read())["predict_schema"]["nodes"]
        config = _config(nodes)
        return Limits(float(config.get("threshold", 0.0)), float(config.get("foreign", 1.0)))
    except (OSError, tarfile.TarError, ValueError, KeyError, TypeError) as error:
        raise NluError(f"'{model}' is not a model that can be read: {error}.") from error


def _config(nodes: Mapping[str, Any]) -> Mapping[str, Any]:
    for node in nodes.values():
        if str(node["uses"]).endswith(_CLASSIFIER):
            config: Mapping[str, Any] = node["config"]
            return config
    return {}
