"""What a model carries beside its file: `svara-....json`, and the examples it was made from."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot import whole_files
from bot.errors import NluError
from bot.trainer.examples import Example

SUFFIX = ".tar.gz"


@dataclass(frozen=True)
class Notes:
    """What is known of a model; what is not known is None or empty.

    Attributes:
        data: hash of everything that it was made from.
        code: hash of the part of it that is not the trainer's: it loads into such a Svara only.
        examples: how many it learned from.
        unanswered: intents of its examples that no rule and no story waited for.
        accuracy: cross-validated share of right intents, 0 to 1.
        trained_at: seconds since the epoch.
        gate: the last gate's verdict: `passed`, `reasons`, `old`.
        shipped: each time that it was put to work: `by`, `at`, `why`.
    """

    data: str | None = None
    code: str | None = None
    examples: int | None = None
    unanswered: Sequence[str] | None = None
    accuracy: float | None = None
    accuracy_by_language: Mapping[str, float] = field(default_factory=dict)
    trained_at: float | None = None
    trained_by: str | None = None
    seconds: float | None = None
    gate: Mapping[str, Any] | None = None
    shipped: Sequence[Mapping[str, Any]] = ()


def read_notes(model: Path) -> Notes:
    """The notes beside a model; empty ones when there are none.

    Raises:
        NluError: they cannot be read.
    """
    path = notes_path(model)
    if not path.exists():
        return Notes()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        known = {each.name for each in dataclasses.fields(Notes)}
        return Notes(**{name: value for name, value in content.items() if name in known})
    except (OSError, ValueError, AttributeError, TypeError) as error:
        raise NluError(
            f"The notes '{path}' cannot be read: {error}. Delete the file, and train again."
        ) from error


def add_to_notes(model: Path, **values: Any) -> Notes:
    """Writes some of a model's notes; the others stay.

    Raises:
        NluError: the file cannot be read or written.
    """
    notes = dataclasses.replace(read_notes(model), **values)
    text = json.dumps(dataclasses.asdict(notes), indent=2, ensure_ascii=False)
    write_whole(notes_path(model), text + "\n")
    return notes


def keep_examples(model: Path, examples: Sequence[Example]) -> None:
    """Keeps the examples that a model was made from beside it.

    Raises:
        NluError: the file cannot be written.
    """
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    rows.writerow(["text", "intent", "lang"])
    rows.writerows((each.text, each.intent, each.language) for each in examples)
    write_whole(examples_path(model), out.getvalue())


def notes_path(model: Path) -> Path:
    """Where a model's notes are."""
    return _beside(model, ".json")


def examples_path(model: Path) -> Path:
    """Where the examples that a model was made from are: CSV with text, intent and lang."""
    return _beside(model, ".examples.csv")


def unseen_path(model: Path) -> Path:
    """Where is kept what a model says of each of its examples without that example."""
    return _beside(model, ".unseen.json")


def remove(model: Path) -> None:
    """Deletes a model with all that is beside it."""
    for path in (model, notes_path(model), examples_path(model), unseen_path(model)):
        path.unlink(missing_ok=True)


def write_whole(path: Path, text: str) -> None:
    """Writes a file that is there as a whole, or as it was before.

    Raises:
        NluError: it cannot be written.
    """
    try:
        whole_files.write_whole(path, text)
    except OSError as error:
        raise NluError(f"'{path}' cannot be written: {error.strerror}.") from error


def _beside(model: Path, ending: str) -> Path:
    return model.with_name(model.name.removesuffix(SUFFIX) + ending)
