"""The staff, for admins: who may log in, and as what."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.console import members, roles
from bot.console.errors import StaffRefused
from bot.console.staff import Staff
from bot.console.web import Visit, for_admins, page
from bot.storage.database import reading, transaction

PATH = "/staff"


def routes() -> list[Route]:
    """The routes."""
    return [
        Route(PATH, for_admins(show), methods=["GET"]),
        Route(PATH, for_admins(add), methods=["POST"]),
        Route(f"{PATH}/{{login}}/role", for_admins(set_role), methods=["POST"]),
        Route(f"{PATH}/{{login}}/password", for_admins(new_password), methods=["POST"]),
        Route(f"{PATH}/{{login}}/deactivate", for_admins(deactivate), methods=["POST"]),
        Route(f"{PATH}/{{login}}/activate", for_admins(activate), methods=["POST"]),
    ]


def show(visit: Visit) -> Response:
    """Everyone."""
    return _page(visit)


def add(visit: Visit) -> Response:
    """Adds somebody; the answer is the only page that ever shows their password."""
    form = visit.form
    login, name = form.get("login", ""), form.get("name", "")
    try:
        with transaction(visit.engine) as connection:
            member, password = members.join(
                connection, login, name or login.capitalize(), form.get("role", "")
            )
    except StaffRefused as error:
        return _page(visit, error=error, at="add")
    return _page(visit, shown=(member, password))


def set_role(visit: Visit) -> Response:
    """Gives somebody another role."""
    try:
        with transaction(visit.engine) as connection:
            members.set_role(connection, _login(visit), visit.form.get("role", ""))
    except StaffRefused as error:
        return _page(visit, error=error, at=_login(visit))
    return RedirectResponse(PATH, 303)


def new_password(visit: Visit) -> Response:
    """Makes somebody a password; the answer is the only page that ever shows it."""
    try:
        with transaction(visit.engine) as connection:
            password = members.new_password(connection, visit.settings, _login(visit))
            member = members.get(connection, _login(visit))
    except StaffRefused as error:
        return _page(visit, error=error, at=_login(visit))
    return _page(visit, shown=(member, password))


def deactivate(visit: Visit) -> Response:
    """Lets somebody in no more."""
    try:
        with transaction(visit.engine) as connection:
            members.deactivate(connection, _login(visit), by=visit.staff.login)
    except StaffRefused as error:
        return _page(visit, error=error, at=_login(visit))
    return RedirectResponse(PATH, 303)


def activate(visit: Visit) -> Response:
    """Lets somebody in again."""
    try:
        with transaction(visit.engine) as connection:
            members.activate(connection, _login(visit))
    except StaffRefused as error:
        return _page(visit, error=error, at=_login(visit))
    return RedirectResponse(PATH, 303)


def _login(visit: Visit) -> str:
    return str(visit.request.path_params["login"])


def _page(
    visit: Visit,
    *,
    shown: tuple[Staff, str] | None = None,
    error: StaffRefused | None = None,
    at: str = "",
) -> Response:
    """The page.

    Args:
        shown: a member with the password made for them.
        at: the form that was refused: `add`, or the login of the member it was about.
    """
    with reading(visit.engine) as connection:
        everyone = members.every(connection)
    return page(
        visit,
        "staff.html",
        status=error.status if error else 200,
        members=everyone,
        first=visit.settings.staff_login,
        roles=roles.ROLES,
        may=roles.MAY,
        max_name=members.MAX_NAME_CHARS,
        shown=shown,
        error=str(error) if error else "",
        at=at,
        form=visit.form if at == "add" else {},
    )
