"""Who belongs to the staff: added, listed, given a role or a new password."""

from __future__ import annotations

import re
import secrets

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.console import staff as logins
from bot.console.errors import StaffRefused
from bot.console.roles import ADMIN, ROLES
from bot.console.staff import Staff
from bot.storage.tables import staff, staff_sessions

MAX_NAME_CHARS = 80
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


def every(connection: Connection) -> list[Staff]:
    """All members of staff, by login."""
    rows = connection.execute(
        sa.select(staff.c.id, staff.c.login, staff.c.name, staff.c.role).order_by(staff.c.login)
    )
    return [Staff(*row) for row in rows]


def join(connection: Connection, login: str, name: str, role: str) -> tuple[Staff, str]:
    """Adds a member of staff.

    Args:
        name: what customers and colleagues read.
        role: one of `ROLES`.

    Returns:
        The member, and a password made for them; only its hash is kept.

    Raises:
        StaffRefused: the login is taken, or one of the three cannot be used.
    """
    login, name = login.strip().lower(), " ".join(name.split())
    if not _LOGIN.fullmatch(login):
        raise StaffRefused(
            f"'{login}' cannot be a login. Use up to 64 small letters, digits and . _ @ -"
        )
    if not name or len(name) > MAX_NAME_CHARS or not name.isprintable():
        raise StaffRefused(f"The name must have 1 to {MAX_NAME_CHARS} characters.")
    _check_role(role)
    if login in {each.login for each in every(connection)}:
        raise StaffRefused(f"There is a '{login}' already. Choose another login.")
    password = _new_password()
    return logins.add(connection, login, name, password, role), password


def set_role(connection: Connection, login: str, role: str) -> Staff:
    """Gives somebody another role; it counts from their next click.

    Raises:
        StaffRefused: there is no such login or role, or it would leave no admin.
    """
    _check_role(role)
    known = _known(connection, login)
    admins = [each for each in every(connection) if each.role == ADMIN]
    if role != ADMIN and [each.id for each in admins] == [known.id]:
        raise StaffRefused(f"'{login}' is the only admin. Make somebody else one first.")
    connection.execute(staff.update().where(staff.c.id == known.id).values(role=role))
    return Staff(known.id, known.login, known.name, role)


def new_password(connection: Connection, login: str) -> str:
    """Makes somebody a new password, and ends their sessions.

    Raises:
        StaffRefused: there is no such login.
    """
    known = _known(connection, login)
    password = _new_password()
    logins.set_password(connection, known.id, password)
    connection.execute(staff_sessions.delete().where(staff_sessions.c.staff_id == known.id))
    return password


def _known(connection: Connection, login: str) -> Staff:
    everyone = every(connection)
    for each in everyone:
        if each.login == login:
            return each
    there = ", ".join(each.login for each in everyone) or "none yet"
    raise StaffRefused(f"There is no '{login}' among the staff. Logins: {there}.")


def _check_role(role: str) -> None:
    if role not in ROLES:
        raise StaffRefused(f"'{role}' is no role. Roles: {', '.join(ROLES)}.")


def _new_password() -> str:
    return secrets.token_urlsafe(9)
