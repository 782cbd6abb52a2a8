"""What every page shares: who asks, forms and their tokens, templates, answers to errors."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sqlalchemy.engine import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from bot.console import roles
from bot.console.desk import queue
from bot.console.errors import BodyTooLarge, ConsoleError, FormRefused, NotAllowed, NotLoggedIn
from bot.console.history import say
from bot.console.session import csrf_token, read_session
from bot.console.staff import Staff, of_session
from bot.console.train.troubles import training_troubles
from bot.console.transcript import iso
from bot.handoff import outbox, words
from bot.knowledge import open_knowledge_base
from bot.settings import Settings
from bot.storage.database import reading
from kb_connector.knowledge_base import KnowledgeBase

FOLDER = Path(__file__).parent
MAX_FORM_BYTES = 128 * 1024
_MAX_FIELDS = 64
CSRF_FIELD, CSRF_HEADER = "csrf", "x-csrf-token"


@dataclass(frozen=True)
class Visit:
    """One request of a member of staff.

    Attributes:
        session: id of the login session.
        form: fields sent with a POST, already checked to come from one of our pages.
    """

    request: Request
    staff: Staff
    session: str
    form: Mapping[str, str]

    @property
    def engine(self) -> Engine:
        """The database."""
        return engine_of(self.request)

    @property
    def knowledge_base(self) -> KnowledgeBase:
        """The articles and what customers said of them."""
        return knowledge_base_of(self.request)

    @property
    def settings(self) -> Settings:
        """The settings."""
        return settings_of(self.request)

    @property
    def csrf(self) -> str:
        """The token that this session's forms carry."""
        return csrf_token(self.settings, self.session)


def for_staff(view: Callable[[Visit], Response]) -> Callable[[Request], Awaitable[Response]]:
    """Makes an endpoint of a plain function that every member of staff may call.

    The function runs in a worker thread, so it may use the database. A POST must carry the
    session's token, in the field `csrf` or the header `X-CSRF-Token`.
    """
    return _endpoint(view, roles.EVERYONE)


def for_agents(view: Callable[[Visit], Response]) -> Callable[[Request], Awaitable[Response]]:
    """As `for_staff`, for agents and admins; others get 403."""
    return _endpoint(view, roles.AGENTS)


def for_trainers(view: Callable[[Visit], Response]) -> Callable[[Request], Awaitable[Response]]:
    """As `for_staff`, for trainers and admins; others get 403."""
    return _endpoint(view, roles.TRAINERS)


def for_admins(view: Callable[[Visit], Response]) -> Callable[[Request], Awaitable[Response]]:
    """As `for_staff`, for admins alone; others get 403."""
    return _endpoint(view, roles.ADMINS)


def _endpoint(
    view: Callable[[Visit], Response], allowed: frozenset[str]
) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await read_body(request, MAX_FORM_BYTES)
        return await run_in_threadpool(lambda: view(enter(request, body, allowed)))

    return endpoint


def enter(request: Request, body: bytes = b"", allowed: frozenset[str] = roles.EVERYONE) -> Visit:
    """Who asks.

    Args:
        allowed: the roles that may come in.

    Raises:
        NotLoggedIn: nobody we know.
        NotAllowed: somebody of another role.
        FormRefused: a POST without the session's token.
    """
    settings = settings_of(request)
    session = read_session(settings, request)
    staff = None
    if session is not None:
        with reading(engine_of(request)) as connection:
            staff = of_session(connection, session)
    if session is None or staff is None:
        raise NotLoggedIn("You are not logged in, or your session has ended. Log in again.")
    if staff.role not in allowed:
        may = " and ".join(f"{role}s" for role in roles.ROLES if role in allowed)
        raise NotAllowed(
            f"You are logged in as {staff.name}, {_with_article(staff.role)}. "
            f"This page is for {may}. An admin can change your role."
        )
    form = read_form(body)
    if request.method not in ("GET", "HEAD"):
        check_csrf(settings, session, request.headers.get(CSRF_HEADER) or form.get(CSRF_FIELD))
    return Visit(request, staff, session, form)


def check_csrf(settings: Settings, owner: str, sent: str | None) -> None:
    """Refuses a form that did not come from one of our pages.

    Args:
        owner: what the token is bound to: the session's id, or the visitor's before the login.

    Raises:
        FormRefused: the token is missing or not this owner's.
    """
    right = csrf_token(settings, owner)
    if not sent or not hmac.compare_digest(sent.encode(), right.encode()):
        raise FormRefused("This form is stale or came from another site. Reload the page.")


async def read_body(request: Request, limit: int) -> bytes:
    """The request's body.

    Args:
        limit: the most bytes to take.

    Raises:
        BodyTooLarge: it has more.
    """
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise BodyTooLarge(f"The request has more than {limit} bytes. Send less.")
        parts.append(part)
    return b"".join(parts)


def read_form(body: bytes) -> dict[str, str]:
    """The fields of a form.

    Raises:
        FormRefused: it cannot be read.
    """
    try:
        return dict(
            parse_qsl(
                body.decode(), keep_blank_values=True, max_num_fields=_MAX_FIELDS, errors="strict"
            )
        )
    except ValueError as error:
        raise FormRefused("The form could not be read. Reload the page and try again.") from error


def _with_article(role: str) -> str:
    return f"an {role}" if role[:1] in "ao" else f"a {role}"


def page(visit: Visit, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page within the console's frame."""
    counts, dead = queue.Counts(0, 0, 0, 0), 0
    if visit.staff.role in roles.AGENTS:  # what waits at the desk is no matter of a trainer's
        with reading(visit.engine) as connection:
            counts = queue.counts(connection, visit.staff.id)
            dead = outbox.depth(connection)["dead"]
    return HTMLResponse(
        render(
            template,
            staff=visit.staff,
            csrf=visit.csrf,
            counts=counts,
            dead=dead,
            path=visit.request.url.path,
            navigation=roles.navigation(visit.staff.role),
            train_navigation=roles.TRAIN_NAVIGATION,
            **values,
        ),
        status,
    )


def render(template: str, **values: Any) -> str:
    """A template's text; everything put into it is escaped."""
    return _templates().get_template(template).render(**values)


def wants_json(request: Request) -> bool:
    """True for a call by a script, False for a page's own form."""
    return "application/json" in request.headers.get("accept", "")


async def answer_error(request: Request, error: Exception) -> Response:
    """The answer to an error that a view raised."""
    if not isinstance(error, ConsoleError):
        raise error
    if wants_json(request) or request.url.path.endswith("/events"):
        return JSONResponse({"ok": False, "message": str(error)}, error.status)
    if isinstance(error, NotLoggedIn):
        asked = request.url.path if request.method == "GET" else "/desk"
        return RedirectResponse(f"/login?next={quote(asked)}", 303)
    return error_page(error.status, error.title, str(error))


def error_page(status: int, title: str, message: str) -> HTMLResponse:
    """A page that says what went wrong."""
    return HTMLResponse(render("error.html", title=title, message=message), status)


def engine_of(request: Request) -> Engine:
    """The application's database."""
    engine: Engine = request.app.state.engine
    return engine


def knowledge_base_of(request: Request) -> KnowledgeBase:
    """The application's knowledge base, made when it is first asked for: most pages need none."""
    state = request.app.state
    with state.knowledge_base_lock:
        if state.knowledge_base is None:
            state.knowledge_base = open_knowledge_base(state.settings, state.engine)
    base: KnowledgeBase = state.knowledge_base
    return base


def settings_of(request: Request) -> Settings:
    """The application's settings."""
    settings: Settings = request.app.state.settings
    return settings


@lru_cache(maxsize=1)
def _templates() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["iso"] = iso
    environment.globals["words"] = words
    environment.globals["static"] = _static
    environment.globals["say_change"] = say
    environment.globals["training_troubles"] = training_troubles
    return environment


@lru_cache(maxsize=32)
def _static(name: str) -> str:
    # The version lets browsers keep a file for good, and fetch it anew once it has changed.
    content = (FOLDER / "static" / name).read_bytes()
    return f"/static/{name}?v={hashlib.sha256(content).hexdigest()[:12]}"
