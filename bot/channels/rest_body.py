"""The body of a customer's message over REST: JSON, or a form with files in it."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sanic.headers import parse_content_header
from sanic.request import Request, parse_multipart_form

from bot.settings import Settings

MAX_WORDS_BYTES = 64 * 1024
"""For everything but the files."""
FILE_FIELD = "attachments"
_BASE64_BYTES = 3
_BASE64_CHARS = 4


class BodyRefused(Exception):
    """A body that cannot be used, with the HTTP status to say so by."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


@dataclass(frozen=True)
class SentFile:
    """A file as its sender calls it."""

    name: str
    content: bytes


@dataclass(frozen=True)
class Sent:
    """What came.

    Attributes:
        fields: by name; from a form all of them texts.
    """

    fields: Mapping[str, Any]
    files: list[SentFile] = field(default_factory=list)

    def get(self, name: str, default: Any = None) -> Any:
        """A field, or `default` when it did not come."""
        return self.fields.get(name, default)


async def received(request: Request, settings: Settings) -> Sent:
    """Reads and takes apart the body of a request whose handler streams.

    Raises:
        BodyRefused: it is too large, or of another form.
    """
    body = await _read(request, _most(settings))
    if body is None:
        raise BodyRefused(413, f"The body is larger than {_most(settings)} bytes.")
    # In a thread: files make it large.
    loop = asyncio.get_running_loop()
    kind = request.headers.get("content-type", "")
    return await loop.run_in_executor(None, _parse, kind, body, settings.attachments_per_message)


async def _read(request: Request, most: int) -> bytes | None:
    parts, size = [], 0
    while (part := await request.stream.read()) is not None:
        size += len(part)
        if size <= most:
            parts.append(part)
        elif size > 2 * most:
            return None  # the connection is closed on the rest
    return b"".join(parts) if size <= most else None


def _most(settings: Settings) -> int:
    files = settings.attachments_per_message * settings.attachment_max_bytes
    return MAX_WORDS_BYTES + files * _BASE64_CHARS // _BASE64_BYTES


def _parse(content_type: str, body: bytes, most_files: int) -> Sent:
    kind, options = parse_content_header(content_type)
    form = kind == "multipart/form-data"
    sent = _form(body, str(options.get("boundary") or "")) if form else _json(body)
    if len(sent.files) > most_files:
        raise BodyRefused(400, f"A message may have {most_files} files at most.")
    return sent


def _json(body: bytes) -> Sent:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        fields = None
    if not isinstance(fields, dict):
        raise BodyRefused(400, 'Send a JSON object like {"sender": "anna", "message": "hi"}.')
    given = fields.pop(FILE_FIELD, None) or []
    if len(body) > MAX_WORDS_BYTES and not given:
        raise BodyRefused(413, f"The body is larger than {MAX_WORDS_BYTES} bytes.")
    if not isinstance(given, list):
        raise BodyRefused(400, f"'{FILE_FIELD}' must be a list.")
    return Sent(fields, [_decoded(item) for item in given])


def _decoded(item: Any) -> SentFile:
    content = item.get("content") if isinstance(item, dict) else None
    try:
        if not isinstance(content, str):
            raise ValueError("no text")
        return SentFile(str(item.get("name") or ""), base64.b64decode(content, validate=True))
    except (ValueError, binascii.Error) as error:
        raise BodyRefused(
            400, f'Each of \'{FILE_FIELD}\' needs a "name" and its "content" in base64.'
        ) from error


def _form(body: bytes, boundary: str) -> Sent:
    if not boundary:
        raise BodyRefused(400, "The form names no boundary between its parts.")
    try:
        fields, files = parse_multipart_form(body, boundary.encode())
    except (ValueError, IndexError, LookupError) as error:
        raise BodyRefused(400, "The form cannot be taken apart.") from error
    if sum(len(value) for values in fields.values() for value in values) > MAX_WORDS_BYTES:
        raise BodyRefused(413, f"The fields are larger than {MAX_WORDS_BYTES} bytes.")
    return Sent(
        {name: values[0] for name, values in fields.items()},
        [SentFile(file.name or "", file.body) for file in files.getlist(FILE_FIELD) or []],
    )
