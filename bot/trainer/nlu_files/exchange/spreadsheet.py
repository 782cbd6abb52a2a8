"""CSV: the columns text, intent, lang and split, and `marked` with the marks of entities.

A cell that a spreadsheet would take for a formula (`=`, `+`, `-`, `@` at its start) is written with
an apostrophe before it, as OWASP advises, and the apostrophe is taken away when it is read again.
"""

from __future__ import annotations

import csv
import io
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from bot.errors import NluDataInvalid, NluError
from bot.trainer.labelled import MAX_FIELD_CHARS
from bot.trainer.nlu_files.exchange.archives import Member
from bot.trainer.nlu_files.exchange.items import LeftOut, Read, language_of
from bot.trainer.nlu_files.sources import SourceExample

COLUMNS = ("text", "intent", "lang", "split", "marked")
_FORMULA = re.compile(r"'*[=+\-@\t\r]")
_ESCAPED = re.compile(r"'+[=+\-@\t\r]")


def read_csv(member: Member, given: str | None = None) -> Read:
    """What a CSV file holds, with `,`, `;` or a tab between its columns.

    Args:
        given: the language of rows that name none.

    Raises:
        NluDataInvalid: it is not such a file, or not UTF-8; it names the line.
    """
    text = member.text()
    path = Path(member.where)
    head = text.partition("\n")[0]
    delimiter = next((sign for sign in ";\t" if sign in head), ",")
    rows = csv.DictReader(io.StringIO(text, newline=""), strict=True, delimiter=delimiter)
    read = Read()
    try:
        names = {name.strip().lower(): name for name in rows.fieldnames or ()}
        if "text" not in names:
            raise NluDataInvalid(
                path, 1, "the first line must name the columns: text, intent, and perhaps lang."
            )
        for row in rows:
            where = f"{member.where}, line {rows.line_num}"
            if None in row:
                raise NluDataInvalid(
                    path,
                    rows.line_num,
                    "more fields than columns; a text with a comma needs quotes.",
                )
            values = {name: _plain((row[key] or "").strip()) for name, key in names.items()}
            _take(read, values, where, given)
    except csv.Error as error:
        raise NluDataInvalid(
            path, rows.reader.line_num, f"not readable as CSV: {error}."
        ) from error
    return read


def write_csv(path: Path, examples: Iterable[SourceExample]) -> int:
    """Writes examples to a CSV file.

    Returns:
        How many.

    Raises:
        NluError: it cannot be written.
    """
    return write_rows(
        path,
        COLUMNS,
        (
            (one.text, one.intent, one.language, "", one.marked if one.entities else "")
            for one in examples
        ),
    )


def write_rows(path: Path, head: Sequence[str], rows: Iterable[Sequence[str]]) -> int:
    """Writes a CSV file in UTF-8, with the mark by which Excel knows it: whole, or not at all.

    Returns:
        How many rows.

    Raises:
        NluError: it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    count = 0
    try:
        with temporary.open("w", encoding="utf-8-sig", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(head)
            for row in rows:
                writer.writerow([_safe(value) for value in row])
                count += 1
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise NluError(f"{path} cannot be written: {error.strerror}.") from error
    return count


def _take(read: Read, values: dict[str, str], where: str, given: str | None) -> None:
    text, marked, intent = values["text"], values.get("marked", ""), values.get("intent", "")
    language = language_of(values.get("lang") or values.get("language"), given)
    split = values.get("split", "").lower()
    if len(text) > MAX_FIELD_CHARS or len(marked) > MAX_FIELD_CHARS:
        read.left_out.append(LeftOut(where, text, f"over {MAX_FIELD_CHARS} characters"))
    elif marked:
        read.take_marked(marked, intent, language, where, split=split)
    elif text or intent:
        read.take(text, intent, language, where, split=split)


def _safe(value: str) -> str:
    return f"'{value}" if _FORMULA.match(value) else value


def _plain(value: str) -> str:
    return value[1:] if _ESCAPED.match(value) else value
