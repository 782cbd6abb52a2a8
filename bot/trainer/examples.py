"""The training examples in `data/nlu`, as plain texts and labels."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.trainer.nlu_files.sources import NLU_FOLDER, read_sources

__all__ = ["NLU_FOLDER", "Example", "read_examples"]


@dataclass(frozen=True)
class Example:
    """One example, without its entity marks."""

    text: str
    intent: str
    language: str


def read_examples(folder: Path = NLU_FOLDER) -> list[Example]:
    """Reads `<language>/<intent>.yml` of a folder.

    Raises:
        NluDataInvalid: a file cannot be read as Rasa's NLU data; it names file and line.
    """
    return [Example(one.text, one.intent, one.language) for one in read_sources(folder)]
