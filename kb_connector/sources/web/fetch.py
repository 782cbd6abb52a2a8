"""One page at a time, from one site, without being led anywhere else.

An address that a name stands for is looked up once, checked, and that very address is connected
to: a name that answers differently the second time gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit, urlunsplit

import requests
from requests.adapters import HTTPAdapter

from kb_connector.errors import KnowledgeBaseError, SourceError
from kb_connector.http import USER_AGENT

MAX_BYTES = 5_000_000
_REDIRECTS = 5
_TIMEOUTS = (5.0, 20.0)
_LONGEST = 60.0
"""Seconds for a whole page: a site that sends a byte now and then is not waited for."""
_CHUNK = 65_536


class PageRefused(KnowledgeBaseError):
    """One page cannot be had, or must not be; the others may."""


@dataclass(frozen=True)
class Fetched:
    """A page.

    Attributes:
        url: where it came from in the end.
        status: 200, or 304 for one that has not changed, or another.
        content: empty unless the status is 200.
        headers: names in small letters.
    """

    url: str
    status: int
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        """Without parameters, in small letters."""
        return self.headers.get("content-type", "").split(";")[0].strip().lower()


class Site:
    """Fetches from one host.

    Args:
        url: any address on the site; scheme, host and port are the site's.
        allow_private: let the site be on a private or local address.
    """

    def __init__(self, url: str, *, allow_private: bool = False) -> None:
        try:
            parts = urlsplit(url)
            given = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            given = False
        if not given:
            raise SourceError(f"{url!r} is no web address; give one as in https://help.example")
        self.origin = f"{parts.scheme}://{parts.netloc}".lower()
        self._allow_private = allow_private
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.headers["User-Agent"] = USER_AGENT
        self._session.mount("http://", _Pinned(self._check))
        self._session.mount("https://", _Pinned(self._check))

    def has(self, url: str) -> bool:
        """Whether an address is on this site."""
        parts = urlsplit(url)
        return f"{parts.scheme}://{parts.netloc}".lower() == self.origin

    def fetch(self, url: str, known: Mapping[str, str] | None = None) -> Fetched:
        """A page, or word that it has not changed.

        Args:
            known: `etag` and `last-modified` of what is known of it.

        Raises:
            PageRefused: it is too large, leads off the site or in a circle, or on a forbidden
                address.
            SourceError: the host cannot be reached.
        """
        seen: list[str] = []
        while True:
            if not self.has(url):
                raise PageRefused(f"it leads to another site, {url}")
            if url in seen or len(seen) > _REDIRECTS:
                raise PageRefused("its redirects go round in a circle, or never end")
            seen.append(url)
            found = self._once(url, known or {})
            if found.status not in (301, 302, 303, 307, 308):
                return found
            try:
                url = urljoin(url, found.headers.get("location", ""))
                urlsplit(url).port  # noqa: B018 (says whether it is a number)
            except ValueError as error:
                raise PageRefused("it leads to something that is no web address") from error

    def _once(self, url: str, known: Mapping[str, str]) -> Fetched:
        headers = {
            name: known[key]
            for name, key in (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified"))
            if known.get(key)
        }
        try:
            with self._session.get(
                url, headers=headers, timeout=_TIMEOUTS, allow_redirects=False, stream=True
            ) as response:
                content = self._read(response) if response.status_code == 200 else b""
                found = {name.lower(): value for name, value in response.headers.items()}
                return Fetched(url, response.status_code, content, found)
        except (requests.Timeout, requests.ConnectionError) as error:
            raise SourceError(
                f"{urlsplit(url).netloc} cannot be reached ({type(error).__name__}). Check the "
                "address, and that the site is up."
            ) from error
        except ValueError as error:
            # requests looks at where a redirect leads even when it is not to follow it
            raise PageRefused("it leads to something that is no web address") from error
        except requests.RequestException as error:
            raise PageRefused(f"it does not come as it should ({type(error).__name__})") from error

    def _read(self, response: requests.Response) -> bytes:
        content = bytearray()
        end = time.monotonic() + _LONGEST
        for chunk in response.iter_content(_CHUNK):
            content += chunk
            if len(content) > MAX_BYTES:
                raise PageRefused(f"it has more than {MAX_BYTES:,} bytes")
            if time.monotonic() > end:
                raise PageRefused(f"it takes more than {_LONGEST:.0f} seconds")
        return bytes(content)

    def _check(self, host: str) -> str:
        """An address of the host that may be connected to.

        Raises:
            SourceError: it has none, or a private one.
        """
        try:
            found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except OSError as error:
            raise SourceError(f"There is no host {host!r}. Check the address.") from error
        addresses = [str(each[4][0]) for each in found]
        for address in addresses:
            if not self._allow_private and not ipaddress.ip_address(address).is_global:
                raise SourceError(
                    f"{host!r} is at a private address, {address}, which is not read. If the site "
                    "is your own, allow it with the option allow_private."
                )
        return addresses[0]


class _Pinned(HTTPAdapter):
    """Connects to the address that was checked, and nowhere else."""

    def __init__(self, check: Any) -> None:
        super().__init__()
        self._check = check

    def send(self, request: requests.PreparedRequest, *given: Any, **named: Any) -> Any:
        parts = urlsplit(str(request.url))
        host = str(parts.hostname)
        address = self._check(host)
        shown = f"[{address}]" if ":" in address else address
        netloc = f"{shown}:{parts.port}" if parts.port else shown
        request.headers["Host"] = parts.netloc
        original = request.url
        request.url = urlunsplit((parts.scheme, netloc, parts.path, parts.query, ""))
        if parts.scheme == "https":
            # the certificate is the name's, not the address's
            self.poolmanager.connection_pool_kw["server_hostname"] = host
            self.poolmanager.connection_pool_kw["assert_hostname"] = host
        response = super().send(request, *given, **named)
        response.url = str(original)
        return response
