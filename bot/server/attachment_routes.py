"""Files: a customer's way in from the chat, and the way out by signed links."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable
from typing import Any, BinaryIO
from urllib.parse import unquote

from sanic import Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from bot import texts
from bot.attachments import cleaning, files, links, records
from bot.attachments.names import disposition
from bot.attachments.records import Attachment
from bot.channels import sessions
from bot.errors import (
    AttachmentTooLarge,
    InputRefused,
    SignatureRefused,
    StorageError,
)
from bot.rate_limit import RateLimit
from bot.server.kb_routes import sender_of
from bot.settings import LANGUAGES
from bot.storage.database import reading

logger = logging.getLogger(__name__)

PER_MINUTE = 40
"""Files that one client address may bring or take back in a minute."""
MAX_NAME_CHARS = 1024
PART_BYTES = 64 * 1024
KEPT_BY_BROWSER_SECONDS = 3600
HEADERS = {
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "cross-origin",
    "cache-control": f"private, max-age={KEPT_BY_BROWSER_SECONDS}",
}
_STATUS = {"attachment_too_large": 413, "attachment_type": 415, "bad_session": 401}


def add(app: Sanic) -> None:
    """Adds the routes, and removes what is never sent."""
    settings = app.ctx.settings
    limit = RateLimit(PER_MINUTE, 60)

    async def upload(request: Request) -> HTTPResponse:
        return await _answered(app, limit, request, _take)

    async def change(request: Request, token: str) -> HTTPResponse | None:
        if request.method in ("DELETE", "OPTIONS"):
            return await _answered(app, limit, request, _remove)
        return await _hand_out(app, request, token)

    app.add_route(upload, links.PATH, methods=["POST", "OPTIONS"], name="attachments", stream=True)
    app.add_route(
        change, f"{links.PATH}/<token>", methods=["GET", "DELETE", "OPTIONS"], name="attachment"
    )

    async def clean(running: Sanic, _: Any) -> None:
        running.add_task(cleaning.run(running.ctx.engine, settings), name="attachments")

    app.register_listener(clean, "after_server_start")


async def _hand_out(app: Sanic, request: Request, token: str) -> HTTPResponse | None:
    settings = app.ctx.settings
    try:
        attachment_id = links.read_attachment_token(settings, token)
        with reading(app.ctx.engine) as connection:
            found = records.find(connection, attachment_id)
        if found is None:
            return response.text("The file is no longer here.", status=404)
        with files.path_of(settings, attachment_id).open("rb") as content:
            await _send(request, found, content)
    except SignatureRefused as refusal:
        return response.text(str(refusal), status=403)
    except FileNotFoundError:
        return response.text("The file is no longer here.", status=404)
    except SQLAlchemyError:
        logger.exception("A file cannot be looked up")
        return response.text("The file cannot be looked up now. Try again.", status=503)
    return None  # sent already


async def _send(request: Request, found: Attachment, content: BinaryIO) -> None:
    text = "; charset=utf-8" if found.type.startswith("text/") else ""
    sent = await request.respond(
        content_type=found.type + text,
        headers={
            **HEADERS,
            "content-disposition": disposition(found.name),
            "content-length": str(found.size),
        },
    )
    while part := content.read(PART_BYTES):
        await sent.send(part)


async def _answered(
    app: Sanic, limit: RateLimit, request: Request, work: Callable[..., Awaitable[HTTPResponse]]
) -> HTTPResponse:
    """What a customer's requests share: origins, the rate limit, the session, and errors."""
    settings = app.ctx.settings
    origin = request.headers.get("origin")
    if origin and origin not in settings.allowed_origins:
        return _problem(403, "refused", "Pages of this origin may not ask; see `web_origins`.")
    answered = await _worked(app, limit, request, work)
    answered.headers["vary"] = "origin"
    if origin:
        answered.headers["access-control-allow-origin"] = origin
    return answered


async def _worked(
    app: Sanic, limit: RateLimit, request: Request, work: Callable[..., Awaitable[HTTPResponse]]
) -> HTTPResponse:
    if request.method == "OPTIONS":
        allowed = {
            "access-control-allow-methods": "POST, DELETE",
            "access-control-allow-headers": "authorization, content-type, x-file-name",
            "access-control-max-age": "600",
        }
        return response.empty(headers=allowed)
    asked = request.args.get("lang")
    language = asked if asked in LANGUAGES else None
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    try:
        conversation_id = sessions.read(app.ctx.settings, token, language)
        seconds = limit.wait(sender_of(request))
        if seconds:
            refusal = _problem(429, "too_fast", texts.say("utter_refused_too_fast", language))
            refusal.headers["retry-after"] = str(math.ceil(seconds))
            return refusal
        return await work(app, request, conversation_id, language)
    except InputRefused as refused:
        return _problem(_STATUS.get(refused.code, 400), refused.code, str(refused))
    except StorageError as error:
        logger.error("A customer's file cannot be taken: %s", error)
    except SQLAlchemyError:
        logger.exception("A customer's file cannot be noted")
    return _problem(503, "unavailable", texts.say("utter_refused_file_not_now", language))


async def _take(
    app: Sanic, request: Request, conversation_id: str, language: str | None
) -> HTTPResponse:
    settings = app.ctx.settings
    name = unquote(request.headers.get("x-file-name", "")[:MAX_NAME_CHARS])
    loop = asyncio.get_running_loop()
    with files.receiving(settings, language) as upload:
        try:
            while (part := await request.stream.read()) is not None:
                upload.add(part)
        except AttachmentTooLarge:
            await _drain(request, settings.attachment_max_bytes)
            raise
        kept = await loop.run_in_executor(None, upload.keep, app.ctx.engine, conversation_id, name)
    shown = {"id": kept.id, "name": kept.name, "type": kept.type, "size": kept.size}
    url = links.attachment_url(settings, kept.id, base="")
    return response.json({**shown, "url": url}, status=201)


async def _remove(
    app: Sanic, request: Request, conversation_id: str, language: str | None
) -> HTTPResponse:
    attachment_id = str(request.match_info["token"])[:64]
    await asyncio.get_running_loop().run_in_executor(
        None, files.discard, app.ctx.engine, app.ctx.settings, conversation_id, [attachment_id]
    )
    return response.empty()


async def _drain(request: Request, most: int) -> None:
    """Reads on for a while: a browser hears the answer only once it has sent what it has to."""
    read = 0
    while read < most and (part := await request.stream.read()) is not None:
        read += len(part)


def _problem(status: int, code: str, text: str) -> HTTPResponse:
    return response.json({"error": code, "message": text}, status=status)
