"""An agent's files, on their way to a customer."""

from __future__ import annotations

import logging
from urllib.parse import unquote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.attachments import files
from bot.console import roles, web
from bot.console.desk import actions
from bot.console.errors import ActionRefused, BodyTooLarge
from bot.errors import AttachmentRefused, AttachmentTooLarge, StorageError
from bot.storage.database import reading

logger = logging.getLogger(__name__)

MAX_NAME_CHARS = 1024


def routes() -> list[Route]:
    """The routes."""
    return [Route("/desk/{ticket:number}/attachments", upload, methods=["POST"])]


async def upload(request: Request) -> Response:
    """Takes a file in: the body, with its name percent-encoded in X-File-Name."""
    try:
        return await _upload(request)
    except (BodyTooLarge, ActionRefused) as refusal:
        return await web.answer_error(request, refusal)


async def _upload(request: Request) -> Response:
    visit = await run_in_threadpool(web.enter, request, allowed=roles.AGENTS)
    number, settings = int(request.path_params["ticket"]), visit.settings

    def conversation_of_mine() -> str:
        with reading(visit.engine) as connection:
            return actions.own_ticket(connection, number, visit.staff).conversation_id

    conversation_id = await run_in_threadpool(conversation_of_mine)
    name = unquote(request.headers.get("x-file-name", "")[:MAX_NAME_CHARS])
    try:
        with files.receiving(settings, None) as incoming:
            async for part in request.stream():
                incoming.add(part)
            kept = await run_in_threadpool(incoming.keep, visit.engine, conversation_id, name)
    except AttachmentTooLarge as refused:
        raise BodyTooLarge(str(refused)) from refused
    except AttachmentRefused as refused:
        raise ActionRefused(str(refused)) from refused
    except StorageError as error:
        logger.error("An agent's file cannot be taken: %s", error)
        raise ActionRefused("Files cannot be taken right now. Try again in a while.") from error
    return JSONResponse({"ok": True, "id": kept.id, "name": kept.name}, 201)
