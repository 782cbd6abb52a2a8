"""Labelled sentences: CSV with the columns `text` and `intent`, and perhaps `lang` and `split`."""

from __future__ import annotations

import csv
import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import NluError

NO_LANGUAGE = "und"
"""Language of a sentence whose file does not say (ISO 639: undetermined)."""
MAX_FIELD_CHARS = 20_000
TRAIN, DEV = "train", "dev"
_SHOWN = 3


@dataclass(frozen=True)
class Labelled:
    """A sentence and what it means.

    Attributes:
        language: as the file says, or `NO_LANGUAGE`.
        split: as the file says, e.g. `test`; empty when it does not.
    """

    text: str
    intent: str
    language: str = NO_LANGUAGE
    split: str = ""


def read_labelled(path: Path) -> list[Labelled]:
    """Reads a file.

    Raises:
        NluError: it is not such a file; the message names the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = csv.DictReader(stream, strict=True)
            found = set(rows.fieldnames or ())
            missing = {"text", "intent"} - found
            if missing:
                raise NluError(
                    f"{path}: the first line must name the columns text and intent "
                    f"(lang and split are optional); missing: {', '.join(sorted(missing))}."
                )
            labelled = [_labelled(path, rows.line_num, row) for row in rows]
    except OSError as error:
        raise NluError(f"{path} cannot be read: {error.strerror}.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise NluError(f"{path}: not readable as a CSV file in UTF-8: {error}") from error
    if not labelled:
        raise NluError(f"{path}: there are no sentences in it.")
    return labelled


def read_columns(path: Path, *columns: str) -> list[tuple[str, ...]]:
    """The values of some columns of a CSV file, row by row.

    Raises:
        NluError: it cannot be read, or a column is missing.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return [tuple(row[column] for column in columns) for row in csv.DictReader(file)]
    except (OSError, UnicodeDecodeError, csv.Error, KeyError) as error:
        raise NluError(
            f"{path}: expected a CSV file with the columns {', '.join(columns)}: {error}"
        ) from error


def rows_to_train_on(path: Path, rows: Sequence[Labelled]) -> list[Labelled]:
    """The rows to train on: of the split `train`, or of none.

    Raises:
        NluError: there are none.
    """
    found = [row for row in rows if row.split.lower() in ("", TRAIN)]
    if not found:
        raise NluError(
            f"{path}: nothing to train on: every row has another split than {TRAIN}. "
            f"Set it to {TRAIN}, or leave the column out."
        )
    return found


def rows_to_test_on(path: Path, rows: Sequence[Labelled]) -> list[Labelled]:
    """The rows to test on: of the split `dev`; if there are none, all but those of `train`.

    Raises:
        NluError: there are none.
    """
    dev = [row for row in rows if row.split.lower() == DEV]
    found = dev or [row for row in rows if row.split.lower() != TRAIN]
    if not found:
        raise NluError(
            f"{path}: nothing to test on: every row has the split {TRAIN}. "
            f"Set it to {DEV} for some rows, or give another file."
        )
    return found


def draw(rows: Sequence[Labelled], shots: int, seed: int) -> list[Labelled]:
    """As many rows of each intent, drawn at random, in their old order.

    An intent that has fewer keeps them all.
    """
    chance = random.Random(seed)
    places: defaultdict[str, list[int]] = defaultdict(list)
    for place, row in enumerate(rows):
        places[row.intent].append(place)
    drawn = [p for those in places.values() for p in chance.sample(those, min(shots, len(those)))]
    return [rows[place] for place in sorted(drawn)]


def warnings(rows: Sequence[Labelled], foreign: str) -> list[str]:
    """What is amiss with training data, a sentence for each thing, saying what to change.

    Args:
        foreign: label of what is out of scope.
    """
    return [*_contradictions(rows), *_lonely(rows), *_of_one_language(rows, foreign)]


def plain(text: str) -> str:
    """A text without what does not matter when two are compared word by word."""
    return " ".join(text.lower().split())


def _contradictions(rows: Sequence[Labelled]) -> list[str]:
    meant: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        meant[plain(row.text)].add(row.intent)
    found = [
        f"'{text}' ({', '.join(sorted(intents))})"
        for text, intents in meant.items()
        if len(intents) > 1
    ]
    return [f"Texts with several intents; keep one for each: {_some(found)}."] if found else []


def _lonely(rows: Sequence[Labelled]) -> list[str]:
    count = Counter(row.intent for row in rows)
    found = [intent for intent, number in sorted(count.items()) if number == 1]
    return [f"Intents with a single example; add more: {_some(found)}."] if found else []


def _of_one_language(rows: Sequence[Labelled], foreign: str) -> list[str]:
    spoken: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        if row.intent != foreign and row.language != NO_LANGUAGE:
            spoken[row.intent].add(row.language)
    every = set().union(*spoken.values())
    found = [
        f"{intent} ({min(those)})" for intent, those in sorted(spoken.items()) if len(those) == 1
    ]
    if len(every) < 2 or not found:
        return []
    return [
        f"Intents with examples in one language only; add some in the others of "
        f"{', '.join(sorted(every))}: {_some(found)}."
    ]


def _some(found: Sequence[str]) -> str:
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more


def _labelled(path: Path, line: int, row: dict[str, str | None]) -> Labelled:
    values = {name: (row.get(name) or "").strip() for name in ("text", "intent", "lang", "split")}
    for name in ("text", "intent"):
        if not values[name]:
            raise NluError(f"{path}, line {line}: the column {name} is empty.")
    if None in row:
        raise NluError(
            f"{path}, line {line}: more fields than columns; a text with a comma needs quotes."
        )
    if len(values["text"]) > MAX_FIELD_CHARS:
        raise NluError(f"{path}, line {line}: the text is over {MAX_FIELD_CHARS} characters.")
    return Labelled(
        values["text"], values["intent"], values["lang"] or NO_LANGUAGE, values["split"]
    )
