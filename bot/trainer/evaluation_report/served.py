"""The thresholds that the assistant works with, from `config.yml`."""

from __future__ import annotations

from pathlib import Path

import yaml

from bot.errors import NluError
from bot.trainer.thresholds import Thresholds

CONFIG = Path("config.yml")
_COMPONENT = "bot.nlu.intent_components.UnsureClassifier"


def served_thresholds(config: Path = CONFIG) -> Thresholds:
    """From which confidence the assistant acts; below it asks.

    Raises:
        NluError: the file cannot be read, or does not say.
    """
    try:
        pipeline = yaml.safe_load(config.read_text(encoding="utf-8"))["pipeline"]
        found = next(part for part in pipeline if part["name"] == _COMPONENT)
        return Thresholds(
            act=float(found["threshold"]),
            lead=float(found.get("ambiguity_threshold", 0.0)),
            ask=0.0,
            foreign=float(found["foreign"]),
        )
    except OSError as error:
        raise NluError(f"{config} cannot be read: {error.strerror}.") from error
    except (yaml.YAMLError, LookupError, TypeError, ValueError, StopIteration) as error:
        raise NluError(
            f"{config}: the thresholds cannot be read. The pipeline needs '{_COMPONENT}' with "
            "threshold, ambiguity_threshold and foreign."
        ) from error
