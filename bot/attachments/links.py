"""Signed links to files, which lapse. Whoever has one can open the file."""

from __future__ import annotations

import time
from typing import Any

from itsdangerous import BadSignature, SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from bot.errors import SignatureRefused
from bot.settings import Settings
from bot.signed import signed
from bot.storage.conversations import Message

PATH = "/attachments/v1"
_SALT = "svara.attachment"
_DAY_SECONDS = 86400


class _DaySigner(TimestampSigner):
    """Signs with the day: a page that is shown again has the same links, and fetches nothing."""

    def get_timestamp(self) -> int:
        return int(time.time()) // _DAY_SECONDS * _DAY_SECONDS


def attachment_url(settings: Settings, attachment_id: str, *, base: str | None = None) -> str:
    """Address of a file, for about as long as the setting `transcript_days`.

    Args:
        base: origin to put before the path; default: the public address.
    """
    token = _serializer(settings).dumps(attachment_id)
    return f"{settings.url if base is None else base}{PATH}/{token}"


def read_attachment_token(settings: Settings, token: str) -> str:
    """The file's id in a link's token.

    Raises:
        SignatureRefused: the token is not ours, or has lapsed.
    """
    # A link made late in a day lives as long as one made early.
    seconds = (settings.transcript_days + 1) * _DAY_SECONDS
    try:
        return str(_serializer(settings).loads(token, max_age=seconds))
    except SignatureExpired as error:
        raise SignatureRefused(
            f"This link has lapsed after {settings.transcript_days} days. "
            "Open the conversation instead: there is a new one."
        ) from error
    except BadSignature as error:
        raise SignatureRefused("This link is not one of ours.") from error


def own_attachment(settings: Settings, url: str) -> str | None:
    """The file's id if an address is a link of ours that has not lapsed, else None."""
    base, _, token = url.rpartition("/")
    if base != f"{settings.url}{PATH}":
        return None
    try:
        return read_attachment_token(settings, token)
    except SignatureRefused:
        return None


def attached(
    settings: Settings, message: Message, *, base: str | None = None
) -> list[dict[str, Any]]:
    """What a message has attached, as others see it: `name`, `url`, `type` and `size` (bytes) each.

    Args:
        base: as in `attachment_url`.
    """
    return [
        {
            "name": item["name"],
            "url": attachment_url(settings, str(item["id"]), base=base),
            "type": item["type"],
            "size": item["size"],
        }
        for item in message.data.get("attachments") or ()
    ]


def _serializer(settings: Settings) -> URLSafeTimedSerializer:
    return signed(settings, _SALT, signer=_DaySigner)
