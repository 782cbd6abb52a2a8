"""One remote host over HTTP, with everything that an outgoing call needs.

Timeouts, retries with back-off, `Retry-After`, a size limit; redirects within the host only, so
that a key never goes to another one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import ConnectionPool
from urllib3.exceptions import ReadTimeoutError
from urllib3.response import BaseHTTPResponse
from urllib3.util.retry import Retry

from kb_connector.errors import SourceError

USER_AGENT = "Svara-kb/1.0"
_RETRIED = (429, 500, 502, 503, 504)
_REDIRECTS = 5
_CHUNK = 65_536


@dataclass(frozen=True)
class Page:
    """What came back.

    Attributes:
        url: where it came from in the end.
        content_type: without parameters, in small letters.
    """

    url: str
    status: int
    content_type: str
    text: str
    headers: Mapping[str, str]

    def json(self) -> Any:
        """The JSON in it.

        Raises:
            SourceError: it is none.
        """
        try:
            return json.loads(self.text)
        except ValueError as error:
            raise SourceError(
                f"{self.url} answers with something else than JSON "
                f"({self.content_type or 'no type'}). "
                "Check that the address is that of the system itself, not of a login page."
            ) from error


class Client:
    """One remote host.

    Args:
        base_url: what paths are relative to.
        auth: user name and password.
        headers: sent with each call.
        connect_timeout: seconds.
        read_timeout: seconds between two pieces of an answer.
        retries: further tries after a failure that may pass.
        backoff: seconds before the second try; doubled for each further one.
        max_wait: the longest `Retry-After` that is waited for, seconds.
        max_bytes: the largest body.
    """

    def __init__(
        self,
        base_url: str,
        *,
        auth: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        connect_timeout: float = 5.0,
        read_timeout: float = 30.0,
        retries: int = 4,
        backoff: float = 0.5,
        max_wait: float = 60.0,
        max_bytes: int = 20_000_000,
    ) -> None:
        self._base = base_url.rstrip("/") + "/"
        self._host = _host(self._base)
        self._timeouts = (connect_timeout, read_timeout)
        self._max_bytes = max_bytes
        self._session = _Session()
        self._session.trust_env = False
        self._session.auth = auth
        self._session.headers.update({"User-Agent": USER_AGENT, **(headers or {})})
        adapter = HTTPAdapter(max_retries=_Patience(retries, backoff, max_wait))
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def get_json(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """The JSON at a path, or at an address on the same host (a link to the next page).

        Raises:
            SourceError: it cannot be had; the message says why and what to do.
        """
        return self._call("GET", path, params=params).json()

    def post_json(self, path: str, body: Any, params: Mapping[str, Any] | None = None) -> Any:
        """The JSON that comes back for a body.

        Raises:
            SourceError: as `get_json`.
        """
        return self._call("POST", path, params=params, body=body).json()

    def get(self, url: str, params: Mapping[str, Any] | None = None) -> Page:
        """The page at a path, or at an address on the same host.

        Raises:
            SourceError: as `get_json`.
        """
        return self._call("GET", url, params=params)

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> Page:
        url = _joined(self._base, path)
        for _ in range(_REDIRECTS + 1):
            self._check_host(url)
            page = self._once(method, url, params, body)
            if page.status not in (301, 302, 303, 307, 308):
                _check_status(page)
                return page
            url, params = _joined(url, page.headers.get("location", "")), None
            if page.status == 303:
                method, body = "GET", None
        raise SourceError(f"{path} is redirected more than {_REDIRECTS} times; check the address.")

    def _once(self, method: str, url: str, params: Mapping[str, Any] | None, body: Any) -> Page:
        try:
            with self._session.request(
                method,
                url,
                params=params,
                json=body,
                timeout=self._timeouts,
                allow_redirects=False,
                stream=True,
            ) as response:
                content = self._read(response)
        except requests.RequestException as error:
            raise SourceError(_trouble(url, error)) from error
        text = content.decode(response.encoding or "utf-8", errors="replace")
        kind = response.headers.get("content-type", "").split(";")[0].strip().lower()
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Page(response.url, response.status_code, kind, text, headers)

    def _read(self, response: requests.Response) -> bytes:
        content = bytearray()
        for chunk in response.iter_content(_CHUNK):
            content += chunk
            if len(content) > self._max_bytes:
                raise SourceError(
                    f"{response.url} answers with more than {self._max_bytes:,} bytes. "
                    "Check that the address is right."
                )
        return bytes(content)

    def _check_host(self, url: str) -> None:
        if _host(url) != self._host:
            raise SourceError(
                f"{self._host} leads to another host, {_host(url)}, which does not get the key. "
                "If the system has moved, give its new address."
            )


class _Session(requests.Session):
    """Leaves redirects to us; requests would read their bodies to the end, however long."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        return None


class _Patience(Retry):
    """urllib3's retries, for every method, which give up when they are to wait for too long."""

    def __init__(self, tries: int, backoff: float, max_wait: float, **given: Any) -> None:
        self._given = (tries, backoff, max_wait)
        settings = {
            "total": tries,
            "status_forcelist": _RETRIED,
            "allowed_methods": None,
            "backoff_factor": backoff,
            "raise_on_status": False,
            "respect_retry_after_header": True,
        }
        super().__init__(**{**settings, **given})

    def new(self, **changed: Any) -> _Patience:
        known = {
            "connect": self.connect,
            "read": self.read,
            "redirect": self.redirect,
            "status": self.status,
            "other": self.other,
            "total": self.total,
            "history": self.history,
        }
        return _Patience(*self._given, **{**known, **changed})

    def is_retry(self, method: str, status_code: int, has_retry_after: bool = False) -> bool:
        return status_code in _RETRIED

    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: ConnectionPool | None = None,
        _stacktrace: TracebackType | None = None,
    ) -> _Patience:
        wait = self.get_retry_after(response) if response is not None else None
        longest = self._given[2]
        if wait is not None and wait > longest:
            raise SourceError(
                f"{url} asks to come again in {wait:.0f} seconds, which is more than the "
                f"{longest:.0f} that are waited for. The next sync tries again."
            )
        # `new` makes one of us
        return super().increment(method, url, response, error, _pool, _stacktrace)

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        try:
            return super().get_retry_after(response)
        except Exception:  # noqa: BLE001  (urllib3 raises its own for a header that says nothing)
            return None


def _check_status(page: Page) -> None:
    if page.status < 400:
        return
    said = {
        401: "does not accept the key. Check it, and what it may read.",
        403: "does not let the key read this. Check what it may read.",
        404: "is not there. Check the address, and that the system is the one you named.",
        429: "is asked too often, even after waiting. The next sync tries again.",
    }
    after = said.get(page.status, f"answers with status {page.status}. The next sync tries again.")
    raise SourceError(f"{page.url} {after}")


def _host(url: str) -> str:
    """Scheme, host and port, written in one way: `https://help.example:443`."""
    try:
        parts = urlsplit(url)
        usual = {"http": 80, "https": 443}[parts.scheme]
        if parts.hostname:
            return f"{parts.scheme}://{parts.hostname}:{parts.port or usual}"
    except (ValueError, KeyError):
        pass  # the same to whoever gave it
    raise SourceError(f"{url!r} is no web address; give one as in https://help.example")


def _joined(base: str, path: str) -> str:
    try:
        return urljoin(base, path)
    except ValueError as error:
        raise SourceError(f"{base} leads to {path!r}, which is no web address.") from error


def _trouble(url: str, error: requests.RequestException) -> str:
    host = urlsplit(url).hostname
    # after all tries, requests tells of a timeout as of any lost connection
    last = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(error, requests.Timeout) or isinstance(last, ReadTimeoutError):
        return f"{host} does not answer in time. The next sync tries again."
    if isinstance(error, requests.exceptions.SSLError):
        return f"{host} has no certificate that is trusted: {error}. Check the address."
    if isinstance(error, requests.ConnectionError):
        return f"{host} cannot be reached. Check the address, and that the system is up."
    return f"{host} does not answer as it should ({type(error).__name__}). Check the address."
