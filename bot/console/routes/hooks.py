"""For machines: the desk's webhook, the way back to the customer, and health."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from bot.console.desk import inbox
from bot.console.errors import BodyTooLarge
from bot.console.web import engine_of, read_body, settings_of
from bot.errors import HandoffError
from bot.handoff import http, inbound, interface
from bot.settings import Settings
from bot.storage.database import transaction

_STAFF_PORT = ("both", "staff")


def routes(settings: Settings) -> list[Route]:
    """The routes, as far as the settings open them on this port."""
    found = [
        Route("/desk/v1/webhook", webhook, methods=["POST"]),
        Route("/healthz", healthz, methods=["GET"]),
        Route("/handoff/v1/openapi.json", openapi, methods=["GET"]),
    ]
    if settings.handoff_events_on in _STAFF_PORT:
        found.append(Route("/handoff/v1/events", events, methods=["POST"]))
        found.append(Route("/handoff/v1/desks/{desk}", desk_hook, methods=["POST"]))
    return found


async def webhook(request: Request) -> Response:
    """The embedded desk takes in one of Svara's webhooks."""

    def take(body: bytes) -> http.Answer:
        try:
            event = inbox.read_event(settings_of(request).handoff_secrets, request.headers, body)
            with transaction(engine_of(request)) as connection:
                return http.accepted(duplicate=not inbox.take(connection, event))
        except HandoffError as error:
            return http.refused(error)
        except SQLAlchemyError:
            return http.unavailable()

    try:
        body = await read_body(request, inbox.MAX_BODY_BYTES)
    except BodyTooLarge:
        return _json(http.too_large(inbox.MAX_BODY_BYTES))
    return _json(await run_in_threadpool(take, body))


async def events(request: Request) -> Response:
    """A helpdesk's events, as on the public port."""
    try:
        body = await read_body(request, inbound.MAX_BODY_BYTES)
    except BodyTooLarge:
        return _json(http.too_large(inbound.MAX_BODY_BYTES))
    settings, engine = settings_of(request), engine_of(request)
    return _json(await run_in_threadpool(http.take_event, engine, settings, request.headers, body))


async def desk_hook(request: Request) -> Response:
    """A helpdesk product's own webhook, as on the public port."""
    try:
        body = await read_body(request, inbound.MAX_BODY_BYTES)
    except BodyTooLarge:
        return _json(http.too_large(inbound.MAX_BODY_BYTES))
    settings, engine, desk = settings_of(request), engine_of(request), request.path_params["desk"]
    return _json(
        await run_in_threadpool(http.take_hook, engine, settings, desk, request.headers, body)
    )


async def openapi(request: Request) -> Response:
    """The description of the handoff interface, as on the public port."""
    return JSONResponse(interface.openapi(settings_of(request)))


async def healthz(request: Request) -> Response:
    """Is Svara up?"""
    if "short" in request.query_params:
        # That is the public port's question; asking ourselves would go round in circles.
        raise HTTPException(404)
    # Only here: the report is the one thing that the console needs of the public port's package.
    from bot.server import health  # noqa: PLC0415

    return _json(await run_in_threadpool(health.report, settings_of(request), rasa_ready=None))


def _json(answer: http.Answer) -> JSONResponse:
    status, content = answer
    return JSONResponse(content, status)
