"""Signed tokens: web chat sessions and links, all from one key."""

from __future__ import annotations

from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from bot.errors import SettingsError
from bot.settings import Settings


def signed(
    settings: Settings, purpose: str, *, signer: type[TimestampSigner] = TimestampSigner
) -> URLSafeTimedSerializer:
    """What signs and reads tokens for one purpose; a token for another does not pass.

    Raises:
        SettingsError: no key is set to sign with.
    """
    if not settings.session_secret:
        raise SettingsError(
            "No session key is set. Set SVARA_SESSION_SECRET, or start with `svara up`, which "
            "makes one."
        )
    return URLSafeTimedSerializer(settings.session_secret, salt=purpose, signer=signer)
