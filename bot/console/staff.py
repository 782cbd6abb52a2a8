"""Members of staff, their passwords and their logins."""

from __future__ import annotations

import secrets
import threading
import time
from dataclasses import dataclass
from functools import lru_cache

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy.engine import Connection, Engine

from bot.console.errors import LoginRefused, NotFound, TooManyLogins
from bot.console.roles import ADMIN, AGENTS
from bot.rate_limit import RateLimit
from bot.settings import Settings
from bot.storage.database import reading, transaction
from bot.storage.tables import staff, staff_deactivated, staff_sessions

SESSION_SECONDS = 12 * 3600
WINDOW_SECONDS = 300
TRIES_OF_ONE_LOGIN = 5
TRIES_OF_ONE_ADDRESS = 30
MAX_PASSWORD_CHARS = 1024

ACTIVE = ~sa.exists().where(staff_deactivated.c.staff_id == staff.c.id)
"""The condition for members who may log in."""

# OWASP's parameters for Argon2id, in KiB; a hash takes 19 MiB and some 20 ms of a core.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# A flood of logins must not take every core.
_hashing = threading.BoundedSemaphore(2)


@dataclass(frozen=True)
class Staff:
    """A member of staff.

    Attributes:
        role: `agent`, `trainer` or `admin`.
        active: may log in.
    """

    id: int
    login: str
    name: str
    role: str
    active: bool = True

    @property
    def as_agent(self) -> dict[str, str]:
        """How events to the customer's side name this person."""
        return {"id": str(self.id), "name": self.name}


class LoginGuard:
    """Slows down guessing: wrong passwords for a login from an address, and from an address."""

    def __init__(self) -> None:
        self._by_login = RateLimit(TRIES_OF_ONE_LOGIN, WINDOW_SECONDS)
        self._by_address = RateLimit(TRIES_OF_ONE_ADDRESS, WINDOW_SECONDS)

    def check(self, login: str, address: str) -> None:
        """Counts a try.

        Raises:
            TooManyLogins: there were too many within `WINDOW_SECONDS`.
        """
        # Counted before the password is looked at, so that tries at the same time count too.
        if not (self._by_login.use((login.lower(), address)) and self._by_address.use(address)):
            raise TooManyLogins(
                f"Too many wrong passwords. Wait {WINDOW_SECONDS // 60} minutes and try again."
            )

    def succeeded(self, login: str, address: str) -> None:
        """Forgets the wrong tries before a right one."""
        self._by_login.forget((login.lower(), address))


def ensure_first(engine: Engine, settings: Settings) -> None:
    """Makes the first member of staff as the settings name it, or brings it up to date.

    A password changed in the settings is changed here too, and ends that person's sessions.
    """
    if not settings.staff_password:
        return
    with reading(engine) as connection:
        known = _row(connection, settings.staff_login)
    same = known is not None and _matches(known.password_hash, settings.staff_password)
    if known is not None and same and known.name == settings.staff_name:
        return
    hashed = known.password_hash if known is not None and same else _hash(settings.staff_password)
    with transaction(engine) as connection:
        if known is None:
            connection.execute(
                staff.insert().values(
                    login=settings.staff_login,
                    name=settings.staff_name,
                    password_hash=hashed,
                    role=ADMIN,
                    created_at=time.time(),
                )
            )
            return
        connection.execute(
            staff.update()
            .where(staff.c.id == known.id)
            .values(name=settings.staff_name, password_hash=hashed)
        )
        if not same:
            end_sessions(connection, known.id)


def add(connection: Connection, login: str, name: str, password: str, role: str) -> Staff:
    """Adds a member of staff.

    Args:
        role: `agent`, `trainer` or `admin`.
    """
    result = connection.execute(
        staff.insert().values(
            login=login,
            name=name,
            password_hash=_hash(password),
            role=role,
            created_at=time.time(),
        )
    )
    return Staff(result.inserted_primary_key[0], login, name, role)


def set_password(connection: Connection, staff_id: int, password: str) -> None:
    """Changes somebody's password."""
    connection.execute(
        staff.update().where(staff.c.id == staff_id).values(password_hash=_hash(password))
    )


def end_sessions(connection: Connection, staff_id: int) -> None:
    """Logs somebody out everywhere."""
    connection.execute(staff_sessions.delete().where(staff_sessions.c.staff_id == staff_id))


def log_in(engine: Engine, login: str, password: str) -> str:
    """Checks a password and starts a session.

    Returns:
        The session's id.

    Raises:
        LoginRefused: there is no such login, it is deactivated, or the password is wrong.
    """
    with reading(engine) as connection:
        row = _row(connection, login)
        active = row is not None and _is_active(connection, row.id)
    # An unknown login takes as long as a known one, so that it cannot be told apart.
    hashed = row.password_hash if row is not None else _decoy()
    right = len(password) <= MAX_PASSWORD_CHARS and _matches(hashed, password)
    if row is None or not right:
        raise LoginRefused("The login or the password is wrong. Check both and try again.")
    if not active:
        raise LoginRefused("This login is deactivated. An admin can activate it again.")
    session_id = secrets.token_urlsafe(32)
    now = time.time()
    with transaction(engine) as connection:
        connection.execute(staff_sessions.delete().where(staff_sessions.c.expires_at <= now))
        connection.execute(
            staff_sessions.insert().values(
                id=session_id, staff_id=row.id, expires_at=now + SESSION_SECONDS
            )
        )
    return session_id


def log_out(connection: Connection, session_id: str) -> None:
    """Ends a session for good."""
    connection.execute(staff_sessions.delete().where(staff_sessions.c.id == session_id))


def of_session(connection: Connection, session_id: str) -> Staff | None:
    """Whose session it is; None when it has ended."""
    row = connection.execute(
        members()
        .join(staff_sessions, staff_sessions.c.staff_id == staff.c.id)
        .where(staff_sessions.c.id == session_id, staff_sessions.c.expires_at > time.time(), ACTIVE)
    ).first()
    return None if row is None else Staff(*row)


def find(connection: Connection, staff_id: int) -> Staff:
    """Somebody who helps customers, by id.

    Raises:
        NotFound: there is none, or no longer.
    """
    one = members().where(staff.c.id == staff_id, staff.c.role.in_(AGENTS), ACTIVE)
    row = connection.execute(one).first()
    if row is None:
        raise NotFound("There is no such colleague any more. Reload the page and choose another.")
    return Staff(*row)


def colleagues(connection: Connection, of: Staff) -> list[tuple[Staff, bool]]:
    """Everyone else who helps customers, with whether they are logged in.

    Those who are come first, then by name.
    """
    now_in = set(
        connection.execute(
            sa.select(staff_sessions.c.staff_id).where(staff_sessions.c.expires_at > time.time())
        ).scalars()
    )
    others = members().where(staff.c.id != of.id, staff.c.role.in_(AGENTS), ACTIVE)
    rows = connection.execute(others.order_by(staff.c.name))
    found = [(Staff(*row), row.id in now_in) for row in rows]
    return sorted(found, key=lambda pair: not pair[1])


def members() -> sa.sql.Select:
    """A selection of members of staff, in the order of `Staff`."""
    return sa.select(
        staff.c.id, staff.c.login, staff.c.name, staff.c.role, ACTIVE.label("active")
    ).select_from(staff)


def _is_active(connection: Connection, staff_id: int) -> bool:
    return connection.execute(members().where(staff.c.id == staff_id, ACTIVE)).first() is not None


def _row(connection: Connection, login: str) -> sa.engine.Row | None:
    return connection.execute(sa.select(staff).where(staff.c.login == login)).first()


def _hash(password: str) -> str:
    with _hashing:
        return _hasher.hash(password)


def _matches(hashed: str, password: str) -> bool:
    with _hashing:
        try:
            return _hasher.verify(hashed, password)
        except (VerificationError, InvalidHashError):
            return False


@lru_cache(maxsize=1)
def _decoy() -> str:
    return _hash(secrets.token_urlsafe(16))
