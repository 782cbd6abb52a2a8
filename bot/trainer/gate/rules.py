"""What a new model has to keep: `gate.yml`, or these defaults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from bot.errors import NluError

GATE_FILE = Path("gate.yml")
MAX_BYTES = 1024 * 1024
_SENTENCES = Path("tests/blind/intents.csv")
_MUST = Path("tests/blind/must.csv")
_STORIES = Path("tests/stories")


@dataclass(frozen=True)
class IntentLimit:
    """How far one intent's recall may fall.

    Attributes:
        fall: the most that it may fall, 0 to 1.
        sentences: from how many sentences of the intent on it is looked at.
        fewer: and only if at least so many more got worse than better: one sentence is no fall.
        least: what it may not fall below, whatever the old model did; None for nothing.
    """

    fall: float = 0.1
    sentences: int = 10
    fewer: int = 3
    least: float | None = None


@dataclass(frozen=True)
class Rules:
    """What a new model has to keep.

    Attributes:
        significance: a change for the worse blocks when chance makes one as large less often.
        recall: for each intent that has no limit of its own.
        intents: limits of their own.
        sentences: CSV files of sentences that no model is trained on; those missing are left out.
        must: CSV files of sentences that have to be right.
        must_be_right: the same, written down in the rules: sentence and intent.
        stories: folder of test stories.
    """

    significance: float = 0.05
    recall: IntentLimit = IntentLimit()
    intents: Mapping[str, IntentLimit] = field(default_factory=dict)
    sentences: tuple[Path, ...] = (_SENTENCES,)
    must: tuple[Path, ...] = (_MUST,)
    must_be_right: tuple[tuple[str, str], ...] = ()
    stories: Path = _STORIES

    def limit(self, intent: str) -> IntentLimit:
        """The limit of an intent."""
        return self.intents.get(intent, self.recall)


def read_rules(path: Path = GATE_FILE) -> Rules:
    """Reads the rules; the defaults when there is no such file.

    Raises:
        NluError: the file cannot be used; the message says where and why.
    """
    if not path.exists():
        return Rules()
    try:
        if path.stat().st_size > MAX_BYTES:
            raise NluError(f"{path}: more than {MAX_BYTES} bytes.")
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise NluError(f"{path}: not readable as YAML: {error}") from error
    try:
        return _rules(content)
    except (ValueError, TypeError) as error:
        raise NluError(f"{path}: {error}. See docs/gate.md.") from error


def _rules(content: Any) -> Rules:
    known = {"significance", "recall", "intents", "sentences", "must", "must_be_right", "stories"}
    _only(content, known, "the file")
    found: dict[str, Any] = {}
    if "significance" in content:
        found["significance"] = _share(content["significance"], "significance")
    recall = _limit(content.get("recall", {}), IntentLimit(), "recall")
    own = content.get("intents", {})
    _only(own, None, "intents")
    found["recall"] = recall
    found["intents"] = {
        str(name): _limit(value, recall, f"intents: {name}") for name, value in own.items()
    }
    for name in ("sentences", "must"):
        if name in content:
            found[name] = tuple(Path(each) for each in _texts(content[name], name))
    if "stories" in content:
        found["stories"] = Path(str(content["stories"]))
    musts = content.get("must_be_right", {})
    _only(musts, None, "must_be_right")
    found["must_be_right"] = tuple(
        (text, str(intent))
        for intent, texts in musts.items()
        for text in _texts(texts, f"must_be_right: {intent}")
    )
    return Rules(**found)


def _limit(content: Any, base: IntentLimit, where: str) -> IntentLimit:
    _only(content, {"fall", "sentences", "fewer", "least"}, where)
    least = content.get("least", base.least)
    return IntentLimit(
        _share(content.get("fall", base.fall), f"{where}: fall"),
        _count(content.get("sentences", base.sentences), f"{where}: sentences"),
        _count(content.get("fewer", base.fewer), f"{where}: fewer"),
        None if least is None else _share(least, f"{where}: least"),
    )


def _only(content: Any, known: set[str] | None, where: str) -> None:
    if not isinstance(content, dict):
        raise TypeError(f"{where} has to be lines of the form 'name: value'")
    for name in content:
        if known is not None and name not in known:
            raise ValueError(f"{where} has no '{name}'; there is {', '.join(sorted(known))}")


def _share(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(f"{where} has to be a number from 0 to 1, not '{value}'")
    return float(value)


def _count(value: Any, where: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"{where} has to be a whole number from 1 on, not '{value}'")
    return value


def _texts(value: Any, where: str) -> list[str]:
    those = value if isinstance(value, list) else [value]
    if not those or not all(isinstance(each, str) and each.strip() for each in those):
        raise ValueError(f"{where} has to be a text or a list of texts; quote yes, no and numbers")
    return [each.strip() for each in those]
