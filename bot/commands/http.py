"""JSON over HTTP, for commands that talk to a running Svara."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from bot.errors import SvaraError

MAX_BYTES = 1024 * 1024
_CONNECT_SECONDS = 5.0
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def request_json(
    method: str,
    url: str,
    *,
    token: str = "",
    body: Mapping[str, object] | None = None,
    seconds: float = 10.0,
) -> tuple[int, Any]:
    """Makes one request.

    Args:
        token: bearer token; empty for none.
        seconds: how long an answer may take.

    Returns:
        The status and the decoded body.

    Raises:
        SvaraError: nothing answers there, or not with JSON of at most `MAX_BYTES`.
    """
    parts = urlsplit(url)
    origin = f"{parts.scheme}://{parts.netloc}"
    with requests.Session() as session:
        session.trust_env = parts.hostname not in _LOOPBACK  # no proxy before our own machine
        try:
            with session.request(
                method,
                url,
                json=body,
                headers={"Authorization": f"Bearer {token}"} if token else {},
                timeout=(_CONNECT_SECONDS, seconds),
                allow_redirects=False,
                stream=True,
            ) as answer:
                content = answer.raw.read(MAX_BYTES + 1, decode_content=True)
                status = answer.status_code
        except requests.Timeout as error:
            raise SvaraError(
                f"{origin} did not answer within {seconds:.0f} s. `svara health` says more."
            ) from error
        except (requests.RequestException, OSError, ValueError) as error:
            raise SvaraError(
                f"Nothing answers at {origin}. Start Svara with `svara up`, "
                "or give its address with --url."
            ) from error
    try:
        if len(content) > MAX_BYTES:
            raise ValueError("too long")
        return status, json.loads(content)
    except ValueError as error:
        raise SvaraError(
            f"{origin} does not answer like Svara (status {status}). Check the address."
        ) from error
