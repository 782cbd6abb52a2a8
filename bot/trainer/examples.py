"""The training examples in `data/nlu`, as plain texts and labels."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.errors import NluError

NLU_FOLDER = Path("data/nlu")
_ENTITY = re.compile(r"\[([^\]]+)\](?:\([^)]+\)|\{[^}]+\})")


@dataclass(frozen=True)
class Example:
    """One example, without its entity marks."""

    text: str
    intent: str
    language: str


def read_examples(folder: Path = NLU_FOLDER) -> list[Example]:
    """Reads `<language>/<intent>.yml` of a folder.

    Raises:
        NluError: a file cannot be read as Rasa's NLU data.
    """
    return [example for path in sorted(folder.glob("*/*.yml")) for example in _read(path)]


def _read(path: Path) -> Iterable[Example]:
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        for block in content["nlu"]:
            for line in block.get("examples", "").splitlines():
                text = _ENTITY.sub(r"\1", line.strip().removeprefix("- ")).strip()
                if text:
                    yield Example(text, block["intent"], path.parent.name)
    except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
        raise NluError(f"{path}: not readable as NLU data: {error}") from error
