"""Rows of a CSV or JSONL file, each with its line and what is wrong with it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kb_connector.errors import SourceError

MAX_BYTES = 20_000_000


@dataclass(frozen=True)
class Row:
    """A row.

    Attributes:
        line: where it begins.
        fields: by column, as texts; none where it could not be read.
        trouble: why it could not be read.
    """

    line: int
    fields: Mapping[str, str] = field(default_factory=dict)
    trouble: str = ""


def read_rows(path: Path, names: Mapping[str, str], required: set[str]) -> Iterator[Row]:
    """The rows of a file; empty ones are passed over.

    Args:
        path: ends in `.jsonl` or `.ndjson`; else it is CSV, with commas, semicolons or tabs.
        names: what else a column may be called, and what it is called here.
        required: columns that a CSV file must have.

    Raises:
        SourceError: the file cannot be read, or is not of that kind.
    """
    text = _text(path)
    if path.suffix.lower() in (".jsonl", ".ndjson"):
        rows = list(_json_rows(text, names))
        if rows and all(row.trouble for row in rows):
            raise SourceError(f"{path}, line {rows[0].line}: {rows[0].trouble}.")
        yield from rows
    else:
        yield from _csv_rows(path, text, names, required)


def _csv_rows(path: Path, text: str, names: Mapping[str, str], required: set[str]) -> Iterator[Row]:
    first = text.partition("\n")[0]
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True
    )
    columns: list[str] | None = None
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            raise SourceError(
                f"{path}, in the row that begins at line {line}: {error}. A cell with a quotation "
                "mark needs quotation marks round it, and the one in it doubled."
            ) from error
        if not any(cell.strip() for cell in cells):
            continue
        if columns is None:
            columns = _columns(path, cells, names, required)
        elif any(cells[len(columns) :]):
            yield Row(
                line,
                trouble=f"it has {len(cells)} cells for {len(columns)} columns; put quotation "
                "marks round a text that has the delimiter in it",
            )
        else:
            yield Row(line, dict(zip(columns, cells, strict=False)))
    if columns is None:
        _columns(path, [], names, required)


def _columns(
    path: Path, cells: list[str], names: Mapping[str, str], required: set[str]
) -> list[str]:
    columns = [_name(cell, names) for cell in cells]
    if not required <= set(columns):
        raise SourceError(
            f"{path}: the first line must name the columns, {' and '.join(sorted(required))} among "
            f"them; it has {', '.join(cells) or 'nothing'}."
        )
    for column in columns:
        if column and columns.count(column) > 1:
            raise SourceError(f"{path}: two columns are the {column}; keep one.")
    return columns


def _json_rows(text: str, names: Mapping[str, str]) -> Iterator[Row]:
    # not splitlines(): a text may have other ends of lines in it
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            made = json.loads(line)
            if not isinstance(made, dict):
                raise TypeError("expected an object")
            yield Row(number, {_name(name, names): _flat(name, made[name]) for name in made})
        except TypeError as error:
            yield Row(number, trouble=str(error))
        except (ValueError, RecursionError) as error:
            yield Row(number, trouble=f"not JSON ({error}); one object a line")


def _flat(name: str, value: Any) -> str:
    """A value as text; those of a list with commas between."""
    if isinstance(value, list):
        return ",".join(_flat(name, each) for each in value)
    if isinstance(value, dict):
        raise TypeError(f"{name!r} is an object; expected a text")
    text = "" if value is None else str(value)
    if "\0" in text or text != text.encode("utf-8", "replace").decode():
        raise TypeError(f"{name!r} has something in it that is no character")
    return text


def _name(name: str, names: Mapping[str, str]) -> str:
    plain = name.strip().lower()
    return names.get(plain, plain)


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SourceError(f"{path} is larger than {MAX_BYTES:,} bytes; divide it.")
        content = path.read_bytes()
    except OSError as error:
        raise SourceError(
            f"{path} cannot be read ({error.strerror}). Check that it is there."
        ) from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise SourceError(
            f"{path}, line {line}: not UTF-8. Save the file as UTF-8 (in Excel: 'CSV UTF-8')."
        ) from error
