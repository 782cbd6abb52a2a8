"""Signatures by Standard Webhooks 1.0 (https://www.standardwebhooks.com), with several secrets."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime, timezone

from standardwebhooks.webhooks import (
    EmptyWebhookSecretError,
    Webhook,
    WebhookVerificationError,
)

from bot.errors import SettingsError, SignatureRefused

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"


def sign(secrets: Sequence[str], webhook_id: str, body: str) -> dict[str, str]:
    """Headers for one delivery: a fresh timestamp, and the signature made with the first secret.

    Args:
        secrets: `whsec_...` secrets; the first one signs.
        webhook_id: constant over the retries of one delivery.
        body: the exact text that will be sent.

    Raises:
        SettingsError: there is no secret.
    """
    now = datetime.fromtimestamp(int(time.time()), tz=timezone.utc)
    return {
        ID: webhook_id,
        TIMESTAMP: str(int(now.timestamp())),
        SIGNATURE: _webhook(secrets, 0).sign(webhook_id, now, body),
        "content-type": "application/json",
    }


def verify(secrets: Sequence[str], headers: Mapping[str, str], body: bytes) -> str:
    """Checks a delivery against each secret in turn.

    Args:
        headers: the request's headers, in any case.
        body: the exact bytes received.

    Returns:
        The webhook's id.

    Raises:
        SignatureRefused: unsigned, wrongly signed, or its timestamp is off by over five minutes.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    reason = "no secret is set"
    for position in range(len(secrets)):
        try:
            _webhook(secrets, position).verify(body, lower, json_parse=False)
        except (WebhookVerificationError, ValueError, SettingsError) as error:
            # ValueError: headers or bytes that the library cannot even take apart.
            reason = str(error)
        else:
            return lower[ID]
    raise SignatureRefused(
        f"The webhook was refused: {reason}. Sign it by Standard Webhooks 1.0 with the shared "
        "secret, over the exact bytes sent."
    )


def _webhook(secrets: Sequence[str], position: int) -> Webhook:
    if not secrets:
        raise SettingsError(
            "No webhook secret is set. Set SVARA_HANDOFF_SECRET (whsec_ and base64), or start "
            "with `svara up`, which makes one."
        )
    try:
        return Webhook(secrets[position])
    except (ValueError, EmptyWebhookSecretError) as error:
        raise SettingsError(
            "The secret kept for webhooks is none: 'whsec_' and base64 are expected. It is "
            "SVARA_HANDOFF_SECRET, or for a helpdesk's own webhooks that of "
            "`svara handoff secret --hook`."
        ) from error
