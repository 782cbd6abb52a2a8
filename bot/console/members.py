"""Who belongs to the staff: added, listed, given a role or a new password, deactivated."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.console import staff as logins
from bot.console.desk import actions, tickets
from bot.console.errors import StaffRefused
from bot.console.roles import ADMIN, AGENTS, ROLES
from bot.console.staff import Staff
from bot.settings import Settings
from bot.storage.tables import staff, staff_deactivated

MAX_NAME_CHARS = 80
_LOGIN = re.compile(r"[a-z0-9][a-z0-9._@-]{0,63}")


def every(connection: Connection) -> list[Staff]:
    """All members of staff, by login."""
    rows = connection.execute(logins.members().order_by(staff.c.login))
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

    Who loses the desk by it leaves their open conversations for anyone to accept.

    Raises:
        StaffRefused: there is no such login or role, or it would leave no admin.
    """
    _check_role(role)
    known = get(connection, login)
    if role != ADMIN:
        _check_other_admin(connection, known)
    connection.execute(staff.update().where(staff.c.id == known.id).values(role=role))
    if role not in AGENTS:
        _leave_desk(connection, known)
    return replace(known, role=role)


def new_password(connection: Connection, settings: Settings, login: str) -> str:
    """Makes somebody a new password, and ends their sessions.

    Raises:
        StaffRefused: there is no such login, or its password is a setting.
    """
    known = get(connection, login)
    if password_is_setting(settings, login):
        raise StaffRefused(
            f"The password of '{login}' is a setting (SVARA_STAFF_PASSWORD, or the one in "
            f"'{settings.var}'); `svara staff-password` prints it."
        )
    password = _new_password()
    logins.set_password(connection, known.id, password)
    logins.end_sessions(connection, known.id)
    return password


def password_is_setting(settings: Settings, login: str) -> bool:
    """True for the first member of staff, whose password is changed in the settings alone."""
    return login == settings.staff_login


def deactivate(connection: Connection, login: str, *, by: str) -> Staff:
    """Lets somebody log in no more: their sessions end, and open conversations are left.

    What they have done stays under their name. Doing it again does nothing.

    Args:
        by: login of who does it.

    Raises:
        StaffRefused: there is no such login, or it would leave no admin.
    """
    known = get(connection, login)
    if known.active:
        _check_other_admin(connection, known)
        connection.execute(
            staff_deactivated.insert().values(staff_id=known.id, by=by, at=time.time())
        )
        logins.end_sessions(connection, known.id)
        _leave_desk(connection, known)
    return replace(known, active=False)


def activate(connection: Connection, login: str) -> Staff:
    """Lets somebody log in again, with the role and the password that they had.

    Raises:
        StaffRefused: there is no such login.
    """
    known = get(connection, login)
    connection.execute(staff_deactivated.delete().where(staff_deactivated.c.staff_id == known.id))
    return replace(known, active=True)


def _check_other_admin(connection: Connection, known: Staff) -> None:
    """Refuses to take away the last admin who can log in."""
    admins = sa.select(staff.c.id).where(staff.c.role == ADMIN)
    # Held until the end: two admins who take each other away at once leave one of them. Only what
    # is read after that is as the other one has left it.
    connection.execute(admins.with_for_update()).fetchall()
    if list(connection.execute(admins.where(logins.ACTIVE)).scalars()) == [known.id]:
        raise StaffRefused(f"'{known.login}' is the only admin. Make somebody else one first.")


def _leave_desk(connection: Connection, member: Staff) -> None:
    for ticket_id in tickets.open_of(connection, member.id):
        actions.leave(connection, ticket_id, member)


def get(connection: Connection, login: str) -> Staff:
    """A member of staff by login.

    Raises:
        StaffRefused: there is none.
    """
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
