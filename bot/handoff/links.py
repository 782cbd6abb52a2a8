"""Signed links to a handoff's whole transcript, which lapse."""

from __future__ import annotations

from itsdangerous import BadSignature, SignatureExpired, URLSafeTimedSerializer

from bot.errors import SignatureRefused
from bot.settings import Settings
from bot.signed import signed

_SALT = "svara.transcript"
_DAY_SECONDS = 86400


def transcript_url(settings: Settings, handoff_id: str) -> str:
    """Address of the whole transcript of a handoff, for as long as `transcript_days`."""
    token = _serializer(settings).dumps(handoff_id)
    return f"{settings.url}/handoff/v1/transcripts/{token}"


def read_transcript_token(settings: Settings, token: str) -> str:
    """The handoff's id in a link's token.

    Raises:
        SignatureRefused: the token is not ours, or has lapsed.
    """
    try:
        found = _serializer(settings).loads(token, max_age=settings.transcript_days * _DAY_SECONDS)
    except SignatureExpired as error:
        raise SignatureRefused(
            f"This transcript link has lapsed after {settings.transcript_days} days. "
            "Open the conversation in the console instead."
        ) from error
    except BadSignature as error:
        raise SignatureRefused("This transcript link is not one of ours.") from error
    return str(found)


def _serializer(settings: Settings) -> URLSafeTimedSerializer:
    return signed(settings, _SALT)
