"""Cookies and tokens, signed with keys derived from `session_secret`."""

from __future__ import annotations

import hashlib
import hmac
import secrets

from itsdangerous import BadSignature, URLSafeTimedSerializer
from starlette.requests import Request
from starlette.responses import Response

from bot.console.staff import SESSION_SECONDS
from bot.errors import SettingsError
from bot.settings import Settings

SESSION_COOKIE = "svara_staff"
VISITOR_COOKIE = "svara_visitor"
"""Binds the login form to the browser that asked for it, before there is a session."""


def require_secret(settings: Settings) -> None:
    """Checks at the start what every cookie needs.

    Raises:
        SettingsError: `session_secret` is not set.
    """
    if not settings.session_secret:
        raise SettingsError(
            "No session secret is set. Set SVARA_SESSION_SECRET to a long random text, or start "
            "with `svara up`, which makes one."
        )


def write_session(settings: Settings, response: Response, session_id: str) -> None:
    """Gives the browser its session."""
    _set(settings, response, SESSION_COOKIE, session_id, SESSION_SECONDS)


def read_session(settings: Settings, request: Request) -> str | None:
    """The session's id in the cookie; None without one of ours."""
    return _get(settings, request, SESSION_COOKIE)


def end_session(response: Response) -> None:
    """Takes the session from the browser."""
    response.delete_cookie(SESSION_COOKIE, path="/")


def visitor(settings: Settings, request: Request) -> str | None:
    """The visitor's id in the cookie; None without one of ours."""
    return _get(settings, request, VISITOR_COOKIE)


def new_visitor(settings: Settings, response: Response, visitor_id: str) -> None:
    """Gives the browser the id that its login form is bound to."""
    _set(settings, response, VISITOR_COOKIE, visitor_id, None)


def new_id() -> str:
    """An id that cannot be guessed."""
    return secrets.token_urlsafe(24)


def csrf_token(settings: Settings, owner: str) -> str:
    """The token of the forms of a session or visitor."""
    key = hashlib.sha256(b"svara.console.csrf" + settings.session_secret.encode()).digest()
    return hmac.new(key, owner.encode(), hashlib.sha256).hexdigest()


def _set(
    settings: Settings, response: Response, name: str, value: str, max_age: int | None
) -> None:
    response.set_cookie(
        name,
        _serializer(settings, name).dumps(value),
        max_age=max_age,
        path="/",
        secure=settings.staff_url.startswith("https:"),
        httponly=True,
        samesite="lax",
    )


def _get(settings: Settings, request: Request, name: str) -> str | None:
    try:
        found = _serializer(settings, name).loads(
            request.cookies.get(name, ""), max_age=SESSION_SECONDS
        )
    except BadSignature:
        return None
    return str(found)


def _serializer(settings: Settings, name: str) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.session_secret, salt=f"svara.console.{name}")
