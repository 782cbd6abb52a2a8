"""In and out."""

from __future__ import annotations

from sqlalchemy.engine import Engine
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from bot.console import roles, session, staff, web
from bot.console.errors import ConsoleError, FormRefused, LoginRefused, NotLoggedIn, TooManyLogins
from bot.console.staff import LoginGuard
from bot.console.web import Visit
from bot.storage.database import reading, transaction

HOME = "/desk"
_MAX_LOGIN_FORM_BYTES = 16 * 1024


def routes() -> list[Route]:
    """The routes."""
    return [
        Route("/", home, methods=["GET"]),
        Route("/login", show, methods=["GET"]),
        Route("/login", log_in, methods=["POST"]),
        Route("/logout", web.for_staff(log_out), methods=["POST"]),
    ]


async def home(request: Request) -> Response:
    """The first page is the one that this person's role starts at."""
    try:
        visit = await run_in_threadpool(web.enter, request)
    except NotLoggedIn:
        return RedirectResponse(HOME, 303)
    return RedirectResponse(roles.home(visit.staff.role), 303)


async def show(request: Request) -> Response:
    """The form, or the first page for those who are in already."""
    try:
        visit = await run_in_threadpool(web.enter, request)
    except NotLoggedIn:
        return _form(request, next_path=request.query_params.get("next", ""))
    return RedirectResponse(roles.home(visit.staff.role), 303)


async def log_in(request: Request) -> Response:
    """Takes the form."""
    settings = web.settings_of(request)
    form = web.read_form(await web.read_body(request, _MAX_LOGIN_FORM_BYTES))
    visitor = session.visitor(settings, request)
    login, next_path = form.get("login", "").strip(), form.get("next", "")
    guard: LoginGuard = request.app.state.login_guard
    address = request.client.host if request.client else ""
    try:
        if visitor is None:
            raise FormRefused("The login form has lapsed, or cookies are off. Try again.")
        web.check_csrf(settings, visitor, form.get(web.CSRF_FIELD))
        guard.check(login, address)
        session_id = await run_in_threadpool(
            staff.log_in, web.engine_of(request), login, form.get("password", "")
        )
    except (LoginRefused, TooManyLogins, FormRefused) as error:
        return _form(request, next_path=next_path, login=login, error=error)
    guard.succeeded(login, address)
    role = await run_in_threadpool(_role, web.engine_of(request), session_id)
    response = RedirectResponse(landing(role, next_path), 303)
    session.write_session(settings, response, session_id)
    return response


def log_out(visit: Visit) -> Response:
    """Ends the session, here and in the database."""
    with transaction(visit.engine) as connection:
        staff.log_out(connection, visit.session)
    response = RedirectResponse("/login", 303)
    session.end_session(response)
    return response


def landing(role: str, asked: str) -> str:
    """Where to go after the login: the page that was asked for, if this role may see it."""
    path = safe_path(asked, roles.home(role))
    return path if roles.may_open(role, path.split("?", 1)[0]) else roles.home(role)


def safe_path(path: str, otherwise: str = HOME) -> str:
    """An address to go to after the login: a page of ours, else `otherwise`."""
    ours = path.startswith("/") and not path.startswith(("//", "/\\", "/log"))
    return path if ours and path.isprintable() else otherwise


def _role(engine: Engine, session_id: str) -> str:
    with reading(engine) as connection:
        found = staff.of_session(connection, session_id)
    return found.role if found else ""


def _form(
    request: Request, *, next_path: str, login: str = "", error: ConsoleError | None = None
) -> Response:
    settings = web.settings_of(request)
    visitor = session.visitor(settings, request)
    owner = visitor or session.new_id()
    content = web.render(
        "login.html",
        csrf=session.csrf_token(settings, owner),
        next=next_path,
        login=login,
        error=str(error) if error else "",
    )
    response = HTMLResponse(content, error.status if error else 200)
    if visitor is None:
        session.new_visitor(settings, response, owner)
    return response
