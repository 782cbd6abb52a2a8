"""Test files: CSV with the columns `text` and `intent`, and perhaps `lang` and `split`."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path

from bot.errors import NluError

NO_LANGUAGE = "und"
"""Language of a sentence whose file does not say (ISO 639: undetermined)."""
MAX_FIELD_CHARS = 20_000


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
    """Reads a test file.

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
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise NluError(f"{path}: not readable as a CSV file in UTF-8: {error}") from error
    if not labelled:
        raise NluError(f"{path}: there are no sentences in it.")
    return labelled


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
