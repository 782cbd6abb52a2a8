"""One helpdesk over HTTP: timeouts, a size limit, no redirects, and errors that say what to do."""

from __future__ import annotations

import ipaddress
import json
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError

from bot.errors import DeskRefused, DeskUnavailable
from kb_connector.errors import PrivateAddress, SourceError
from kb_connector.sources.web.pinned import Pinned, is_public

CONNECT_TIMEOUT, READ_TIMEOUT = 5.0, 15.0
MAX_ANSWER_BYTES = 4 * 1024 * 1024
MAX_RETRY_AFTER = 86400.0
_SAID_BYTES = 200
_PIECE_BYTES = 65_536
_LATER = (408, 425, 429)


@dataclass(frozen=True)
class Answer:
    """What came back.

    Attributes:
        headers: names in small letters.
    """

    status: int
    headers: Mapping[str, str]
    content: bytes

    def json(self, what: str) -> Any:
        """The JSON in it.

        Args:
            what: whose answer it is, for the message.

        Raises:
            DeskRefused: it is none.
        """
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise DeskRefused(
                f"{what} answered with something else than JSON. Check that the address is that "
                "of the system itself, not of a login page.",
                status=self.status,
            ) from error


class DeskClient:
    """Calls one product at one address.

    Args:
        name: of the desk, for messages.
        base_url: what paths are relative to.
        allow_private: it may be at an address that is not of the open internet.
        auth: user name and password.
        headers: sent with each call.
        max_bytes: the largest answer.
    """

    def __init__(
        self,
        name: str,
        base_url: str,
        *,
        allow_private: bool,
        auth: tuple[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        read_timeout: float = READ_TIMEOUT,
        max_bytes: int = MAX_ANSWER_BYTES,
    ) -> None:
        self._name = name
        self._base = base_url.rstrip("/")
        self._allow_private = allow_private
        self._auth = auth
        self._headers = {"user-agent": "svara-handoff/1", **(headers or {})}
        self._timeouts = (CONNECT_TIMEOUT, read_timeout)
        self._max_bytes = max_bytes

    def get(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """The JSON at a path; raises as `call`."""
        return self.call("GET", path, params=params).json(self._name)

    def post(self, path: str, body: Any, params: Mapping[str, Any] | None = None) -> Any:
        """The JSON that comes back for one; raises as `call`."""
        return self.call("POST", path, body=body, params=params).json(self._name)

    def put(self, path: str, body: Any) -> Any:
        """As `post`."""
        return self.call("PUT", path, body=body).json(self._name)

    def call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Any = None,
        data: bytes | Mapping[str, Any] | None = None,
        files: Any = None,
        headers: Mapping[str, str] | None = None,
        wanted: bool = True,
    ) -> Answer:
        """One call.

        Args:
            path: begins with a slash; empty for the base address itself.
            body: sent as JSON.
            data: sent as it is, or as a form.
            files: sent as a form with files, as `requests` takes them.
            wanted: whether the body of a good answer is read.

        Raises:
            DeskRefused: the product says no.
            DeskUnavailable: it does not answer, or asks to come again later.
        """
        url = self._base + path
        try:
            with (
                self._session(url) as session,
                session.request(
                    method,
                    url,
                    params=params,
                    json=body,
                    data=data,
                    files=files,
                    headers={**self._headers, **(headers or {})},
                    timeout=self._timeouts,
                    allow_redirects=False,
                    stream=True,
                ) as answer,
            ):
                content = self._read(answer) if wanted or not answer.ok else b""
        except PrivateAddress as error:
            raise DeskRefused(
                f"{self._name}: {urlsplit(url).hostname} is at a private address. If it may be, "
                "give the desk `allow_private: true` in desks.yml."
            ) from error
        except SourceError as error:
            raise DeskUnavailable(f"{self._name}: {error}") from error
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            raise DeskUnavailable(f"{type(error).__name__}: {error}") from error
        self._check(answer, content)
        lower = {name.lower(): value for name, value in answer.headers.items()}
        return Answer(answer.status_code, lower, content)

    def _session(self, url: str) -> requests.Session:
        """What calls an address, and none that is not allowed."""
        session = requests.Session()
        # A proxy for the world is none for this machine, where the embedded desk is.
        session.trust_env = not is_loopback(url)
        session.auth = self._auth
        if self._allow_private:
            return session
        if session.trust_env and requests.utils.select_proxy(
            url, requests.utils.get_environ_proxies(url)
        ):
            # The proxy looks names up and connects; an address that is given as one is seen here.
            _refuse_private(url)
            return session
        for scheme in ("http://", "https://"):
            session.mount(scheme, Pinned(allow_private=False))
        return session

    def _read(self, answer: requests.Response) -> bytes:
        """The body, within the limits of size and time; of a refusal only its beginning."""
        most = self._max_bytes if answer.ok else _SAID_BYTES
        until = time.monotonic() + self._timeouts[1]
        content = bytearray()
        while len(content) <= most:
            piece = answer.raw.read1(_PIECE_BYTES, decode_content=True)
            if not piece:
                return bytes(content)
            content += piece
            if time.monotonic() > until:
                raise requests.ReadTimeout(f"{self._name} has not ended its answer in time")
        if answer.ok:
            raise DeskRefused(
                f"{self._name} answered with more than {most:,} bytes.", status=answer.status_code
            )
        return bytes(content)

    def _check(self, answer: requests.Response, content: bytes) -> None:
        status = answer.status_code
        if 200 <= status < 300:
            return
        said = content[:_SAID_BYTES].decode(errors="replace")
        message = f"{self._name} answered {status}: {said}".rstrip(": ")
        if 300 <= status < 400:
            raise DeskRefused(
                f"{message}. It has moved to {answer.headers.get('location')}; redirects are not "
                "followed: give its new address.",
                status=status,
            )
        if status in _LATER or status >= 500:
            wait = parse_retry_after(answer.headers.get("Retry-After"))
            raise DeskUnavailable(message, status=status, retry_after=wait)
        raise DeskRefused(message, status=status, final=status == requests.codes.gone)


def _refuse_private(url: str) -> None:
    host = urlsplit(url).hostname or ""
    try:
        public = is_public(host)
    except ValueError:  # a name
        return
    if not public:
        raise PrivateAddress(f"{host} is a private address")


def is_loopback(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def parse_retry_after(value: str | None) -> float | None:
    """`Retry-After` in seconds, from either of its two forms; at most a day; None if unreadable."""
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            at = parsedate_to_datetime(value)
        except (TypeError, ValueError):
            return None
        if at.tzinfo is None:
            at = at.replace(tzinfo=timezone.utc)
        seconds = (at - datetime.now(tz=timezone.utc)).total_seconds()
    return None if math.isnan(seconds) else min(max(seconds, 0.0), MAX_RETRY_AFTER)
