"""Routes of the public port that are not pages: health, the way back, transcripts."""

from __future__ import annotations

import asyncio
import logging

from sanic import Sanic, response
from sanic.exceptions import PayloadTooLarge
from sanic.request import Request
from sanic.response import HTTPResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.errors import SignatureRefused
from bot.handoff import http as handoff_http
from bot.handoff import inbound, interface, lookup
from bot.handoff.context import transcript_line
from bot.handoff.links import read_transcript_token
from bot.server import health
from bot.storage import conversations
from bot.storage.database import reading

logger = logging.getLogger(__name__)


def add(app: Sanic) -> None:
    """Adds the routes."""
    settings = app.ctx.settings

    @app.get("/healthz", name="healthz")
    async def healthz(request: Request) -> HTTPResponse:
        agent = app.ctx.agent
        ready = agent is not None and agent.is_ready()
        model = agent.model_name if ready else None
        if request.args.get("short"):
            status, body = health.short_report(ready, model)
        else:
            status, body = health.report(settings, rasa_ready=ready, model=model)
        return response.json(body, status=status)

    @app.get("/handoff/v1/transcripts/<token>", name="transcript")
    async def transcript(_: Request, token: str) -> HTTPResponse:
        try:
            handoff_id = read_transcript_token(settings, token)
        except SignatureRefused as refusal:
            return response.json({"error": str(refusal)}, status=403)
        try:
            with reading(app.ctx.engine) as connection:
                handoff = lookup.find(connection, handoff_id)
                if handoff is None:
                    return response.json({"error": "There is no such handoff."}, status=404)
                said = conversations.history(connection, handoff.conversation_id)
        except SQLAlchemyError:
            logger.exception("The transcript of %s cannot be read", handoff_id)
            problem = "The database cannot be used now. Try again later."
            return response.json({"error": problem}, status=503)
        lines = [transcript_line(message, settings) for message in said]
        return response.json(
            {"handoff_id": handoff_id, "total": len(lines), "messages": lines},
            headers={"cache-control": "no-store"},
        )

    @app.exception(PayloadTooLarge)
    async def too_large(request: Request, error: PayloadTooLarge) -> HTTPResponse:
        if not (request.path or "").startswith("/handoff/v1/"):
            return app.error_handler.default(request, error)
        status, body = handoff_http.too_large(inbound.MAX_BODY_BYTES)
        return response.json(body, status=status)

    description = interface.openapi(settings)

    @app.get("/handoff/v1/openapi.json", name="handoff_openapi")
    async def openapi(_: Request) -> HTTPResponse:
        return response.json(description)

    if settings.handoff_events_on not in ("both", "public"):
        return

    @app.post("/handoff/v1/events", name="handoff_events")
    async def events(request: Request) -> HTTPResponse:
        status, body = await asyncio.get_running_loop().run_in_executor(
            None,
            handoff_http.take_event,
            app.ctx.engine,
            settings,
            dict(request.headers),
            request.body,
        )
        app.ctx.hub.announce("")
        return response.json(body, status=status)

    @app.post("/handoff/v1/desks/<desk>", name="desk_hook")
    async def hook(request: Request, desk: str) -> HTTPResponse:
        status, body = await asyncio.get_running_loop().run_in_executor(
            None,
            handoff_http.take_hook,
            app.ctx.engine,
            settings,
            desk,
            dict(request.headers),
            request.body,
        )
        app.ctx.hub.announce("")
        return response.json(body, status=status)
