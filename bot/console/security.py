"""Headers that every answer carries."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' {files}",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}
_HSTS = "max-age=31536000"
_STATIC_PATH = "/static/"


class SecurityHeaders:
    """Adds the headers; pages are kept by no cache, as they are full of customers' words.

    Args:
        https: whether staff reach the console by https.
        files: address under which customers' pictures are.
    """

    def __init__(self, app: ASGIApp, *, https: bool, files: str) -> None:
        self._app = app
        parts = urlsplit(files)
        self._headers = {
            "content-security-policy": _CSP.format(files=f"{parts.scheme}://{parts.netloc}"),
            **_HEADERS,
            **({"strict-transport-security": _HSTS} if https else {}),
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        static = scope["path"].startswith(_STATIC_PATH) and b"v=" in scope["query_string"]
        cache = "public, max-age=31536000, immutable" if static else "no-store"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers[name] = value
                headers["cache-control"] = cache
            await send(message)

        await self._app(scope, receive, send_with_headers)
