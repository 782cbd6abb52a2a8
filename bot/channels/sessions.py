"""Web chat sessions: ids that we issued and signed, so that nobody can name somebody else's."""

from __future__ import annotations

import uuid

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from bot import texts
from bot.errors import SessionRefused
from bot.settings import Settings
from bot.signed import signed

PREFIX = "web-"
_SALT = "svara.webchat"
_DAY_SECONDS = 86400


def new_conversation_id() -> str:
    """An id for a new web chat conversation."""
    return f"{PREFIX}{uuid.uuid4().hex}"


def issue(settings: Settings, conversation_id: str) -> str:
    """A token for a conversation, to be kept by the customer's browser.

    Raises:
        SettingsError: no key is set to sign with.
    """
    return _serializer(settings).dumps(conversation_id)


def renew(settings: Settings, token: str) -> str:
    """The token itself, or a fresh one for the same conversation when it is over a day old.

    Raises:
        SessionRefused: as `read`.
    """
    conversation_id = read(settings, token)
    try:
        _serializer(settings).loads(token, max_age=_DAY_SECONDS)
    except SignatureExpired:
        return issue(settings, conversation_id)
    return token


def read(settings: Settings, token: str, language: str | None = None) -> str:
    """The conversation's id in a token.

    Raises:
        SessionRefused: the token is not ours, or was not used for `session_days`.
    """
    try:
        found = _serializer(settings).loads(token, max_age=settings.session_days * _DAY_SECONDS)
    except (BadSignature, SignatureExpired) as error:
        raise SessionRefused(texts.say("utter_refused_session", language)) from error
    return str(found)


def _serializer(settings: Settings) -> URLSafeTimedSerializer:
    return signed(settings, _SALT)
