"""The console as one ASGI application."""

from __future__ import annotations

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from bot.console import numbers, staff, web
from bot.console.desk.typing import MIN_SECONDS_BETWEEN
from bot.console.errors import ConsoleError
from bot.console.routes import (
    attachments,
    desk,
    gaps,
    hooks,
    live,
    login,
    records,
    replies,
    train_answers,
    train_checks,
    train_evaluation,
    train_inbox,
    train_jobs,
    train_models,
    train_stories,
    train_topics,
)
from bot.console.routes import staff as staff_pages
from bot.console.security import SecurityHeaders
from bot.console.session import require_secret
from bot.rate_limit import RateLimit
from bot.settings import Settings
from bot.storage.database import open_database

logger = logging.getLogger(__name__)


def create_app(settings: Settings) -> Starlette:
    """Builds the console. It opens the database and makes the first member of staff.

    Raises:
        SettingsError: `session_secret` is not set.
        StorageError: the database cannot be opened.
    """
    require_secret(settings)
    numbers.register()
    engine = open_database(settings.database)
    staff.ensure_first(engine, settings)
    app = Starlette(
        routes=[
            *hooks.routes(settings),
            *login.routes(),
            *live.routes(),
            *desk.routes(),
            *records.routes(),
            *attachments.routes(),
            *replies.routes(),
            *gaps.routes(),
            *staff_pages.routes(),
            *train_inbox.routes(),
            *train_answers.routes(),
            *train_checks.routes(),
            *train_evaluation.routes(),
            *train_models.routes(),
            *train_topics.routes(),
            *train_stories.routes(),
            *train_jobs.routes(),
            Mount("/static", StaticFiles(directory=web.FOLDER / "static")),
        ],
        middleware=[
            Middleware(
                SecurityHeaders, https=settings.staff_url.startswith("https:"), files=settings.url
            )
        ],
        exception_handlers={
            ConsoleError: web.answer_error,
            HTTPException: _http_error,
            SQLAlchemyError: _database_error,
            Exception: _unexpected_error,
        },
    )
    app.state.settings = settings
    app.state.engine = engine
    app.state.knowledge_base = None
    app.state.knowledge_base_lock = threading.Lock()
    app.state.login_guard = staff.LoginGuard()
    app.state.typing_limit = RateLimit(1, MIN_SECONDS_BETWEEN)
    app.state.closing = threading.Event()
    return app


async def _http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        raise error
    if error.status_code == 404:
        message = "There is no page at this address. Go back and try another."
        return _problem(request, 404, "Nothing here", message)
    return _problem(request, error.status_code, error.detail, "The request could not be served.")


async def _database_error(request: Request, error: Exception) -> Response:
    logger.error("The database cannot be used: %s", error)
    message = "The database cannot be reached. Nothing is lost; try again in a moment."
    return _problem(request, 503, "One moment", message)


async def _unexpected_error(request: Request, error: Exception) -> Response:
    # Starlette raises the error again after this answer, and so the server logs it.
    message = "Something broke on our side. It is in the log; try again."
    return _problem(request, 500, "That should not have happened", message)


def _problem(request: Request, status: int, title: str, message: str) -> Response:
    if web.wants_json(request):
        return JSONResponse({"ok": False, "message": message}, status)
    return web.error_page(status, title, message)
