"""What customers wrote in Chatwoot: texts that nobody has labelled yet.

From the answer of its API to `GET /api/v1/accounts/A/conversations/C/messages` (one, or many in a
folder, a list or JSON lines), or from a CSV of its table `messages`.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from bot.errors import NluDataInvalid
from bot.trainer.labelled import NO_LANGUAGE
from bot.trainer.nlu_files.exchange.archives import Member
from bot.trainer.nlu_files.exchange.items import Read

_INCOMING = (0, "0", "incoming")
_YES = (True, 1, "1", "t", "true", "TRUE")
_NO_WORDS = (11, "11", "sticker", 12, "12", "voice_call")
"""Types of content whose text Chatwoot wrote itself."""


def read_chatwoot(files: Iterable[Member], given: str | None = None) -> Read:
    """The messages of contacts; those of agents, bots and the system are passed over.

    Args:
        given: the language that they are in, as far as is known.

    Raises:
        NluDataInvalid: a file is neither; it names the line.
    """
    read = Read()
    for file in files:
        rows = _rows(file) if file.name.endswith(".csv") else _listed(file)
        for where, row in rows:
            kind = row.get("message_type")
            if kind not in _INCOMING or row.get("private") in _YES or _written_for_them(row):
                continue
            text = str(row.get("content") or "")
            if text.strip():
                read.take(text, "", given or NO_LANGUAGE, where)
    return read


def _written_for_them(row: Mapping[str, Any]) -> bool:
    """Whether Chatwoot wrote the text: "This message was deleted", "Voice Call"."""
    attributes: Any = row.get("content_attributes")
    for _ in range(2):  # Its table has JSON, or JSON within a string of JSON.
        if isinstance(attributes, str):
            try:
                attributes = json.loads(attributes)
            except (ValueError, RecursionError):
                break
    deleted = isinstance(attributes, Mapping) and attributes.get("deleted") in _YES
    return deleted or row.get("content_type") in _NO_WORDS


def _rows(file: Member) -> Iterator[tuple[str, Mapping[str, Any]]]:
    rows = csv.DictReader(io.StringIO(file.text(), newline=""), strict=True)
    try:
        missing = {"content", "message_type"} - set(rows.fieldnames or ())
        if missing:
            raise NluDataInvalid(
                Path(file.where),
                1,
                f"no messages of Chatwoot: missing {', '.join(sorted(missing))}.",
            )
        for row in rows:
            yield f"{file.where}, line {rows.line_num}", row
    except csv.Error as error:
        raise NluDataInvalid(
            Path(file.where), rows.reader.line_num, f"not readable as CSV: {error}."
        ) from error


def _listed(file: Member) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if file.name.endswith((".jsonl", ".ndjson")):
        contents = [
            (number, _line(file, number, line))
            for number, line in enumerate(file.text().splitlines(), 1)
            if line.strip()
        ]
        for number, content in contents:
            for message in _messages(content, 0):
                yield f"{file.where}, line {number}", message
        return
    for number, message in enumerate(_messages(file.json(), 0), 1):
        yield f"{file.where}, message {number}", message


def _line(file: Member, number: int, line: str) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise NluDataInvalid(Path(file.where), number, f"not readable as JSON: {error}") from error


def _messages(content: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    """The messages in an answer: `payload`, `data.payload`, `messages` of a conversation."""
    if isinstance(content, list):
        for one in content:
            yield from _messages(one, depth)
    elif isinstance(content, Mapping) and depth < 5:
        if "message_type" in content and "content" in content:
            yield content
            return
        for name in ("payload", "data", "messages", "conversations"):
            if isinstance(content.get(name), list | Mapping):
                yield from _messages(content[name], depth + 1)
