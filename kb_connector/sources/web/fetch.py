"""One page at a time, from one site, without being led anywhere else."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests

from kb_connector.errors import KnowledgeBaseError, SourceError
from kb_connector.http import USER_AGENT
from kb_connector.sources.web.addresses import joined, origin
from kb_connector.sources.web.pinned import Pinned

MAX_BYTES = 5_000_000
_REDIRECTS = 5
_TIMEOUTS = (5.0, 20.0)
_LONGEST = 60.0
"""Seconds for a whole page: a site that sends a byte now and then is not waited for."""
_CHUNK = 65_536


class PageRefused(KnowledgeBaseError):
    """One page cannot be had, or must not be; the others may."""


class LedAway(PageRefused):
    """Its redirects lead to another site, or nowhere."""


class Unreachable(SourceError):
    """The site did not answer this time."""


@dataclass(frozen=True)
class Fetched:
    """A page.

    Attributes:
        url: where it came from in the end.
        status: 200, or 304 for one that has not changed, or another.
        content: empty unless the status is 200 and the kind of content was wanted.
        headers: names in small letters.
    """

    url: str
    status: int
    content: bytes
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def content_type(self) -> str:
        """Without parameters, in small letters."""
        return _kind(self.headers)


class Site:
    """Fetches from one host.

    Args:
        url: any address on the site; scheme, host and port are the site's.
        allow_private: let the site be on a private or local address.
    """

    def __init__(self, url: str, *, allow_private: bool = False) -> None:
        self._origin = origin(url)
        if not self._origin:
            shown = url.rpartition("@")[2]
            raise SourceError(
                f"{shown!r} is no web address; give one as in https://help.example, without user "
                "and password"
            )
        parts = urlsplit(url)
        self.origin = f"{parts.scheme}://{parts.netloc}".lower()
        self._session = _Session()
        self._session.trust_env = False
        self._session.headers["User-Agent"] = USER_AGENT
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, Pinned(allow_private=allow_private))

    def has(self, url: str) -> bool:
        """Whether an address is on this site."""
        return origin(url) == self._origin

    def fetch(
        self,
        url: str,
        known: Mapping[str, str] | None = None,
        *,
        kinds: Collection[str] = (),
        allow: Callable[[str], bool] = lambda _url: True,
    ) -> Fetched:
        """A page, or word that it has not changed.

        Args:
            known: `etag` and `last-modified` of what is known of it.
            kinds: types of content to read; of others only the headers. Default all.
            allow: whether robots.txt lets us read where it leads to; asked before we go there.

        Raises:
            PageRefused: it is too large, or leads to what is not allowed; or (LedAway) leads off
                the site or in a circle.
            Unreachable: the site does not answer, or not in time.
            SourceError: the site is nowhere, or at an address that is not allowed.
        """
        seen: list[str] = []
        while True:
            if not url:
                raise LedAway("it leads to something that is no web address")
            if not self.has(url):
                raise LedAway(f"it leads to another site, {url}")
            if url in seen or len(seen) > _REDIRECTS:
                raise LedAway("its redirects go round in a circle, or never end")
            if seen and not allow(url):
                raise PageRefused(f"it leads to {url}, which robots.txt does not let us read")
            seen.append(url)
            found = self._once(url, known or {}, kinds)
            if found.status not in (301, 302, 303, 307, 308):
                return found
            # header lines are read as latin-1, addresses in them are UTF-8 when not ASCII
            target = found.headers.get("location", "").encode("latin-1", "replace")
            url = joined(url, target.decode("utf-8", "replace"))

    def _once(self, url: str, known: Mapping[str, str], kinds: Collection[str]) -> Fetched:
        headers = {
            name: known[key]
            for name, key in (("If-None-Match", "etag"), ("If-Modified-Since", "last-modified"))
            if known.get(key)
        }
        try:
            with self._session.get(
                url, headers=headers, timeout=_TIMEOUTS, allow_redirects=False, stream=True
            ) as response:
                found = {name.lower(): value for name, value in response.headers.items()}
                wanted = response.status_code == 200 and (not kinds or _kind(found) in kinds)
                content = self._read(response) if wanted else b""
                return Fetched(url, response.status_code, content, found)
        except (requests.Timeout, requests.ConnectionError) as error:
            raise Unreachable(_trouble(url, error)) from error
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


class _Session(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Nowhere: requests reads the whole body of a redirect even when it is not to follow it."""


def _kind(headers: Mapping[str, str]) -> str:
    return headers.get("content-type", "").split(";")[0].strip().lower()


def _trouble(url: str, error: requests.RequestException) -> str:
    host = urlsplit(url).netloc
    if isinstance(error, requests.Timeout):
        return f"{host} does not answer in time. The next sync tries again."
    if isinstance(error, requests.exceptions.SSLError):
        return f"{host} has no certificate that is trusted. Check the address."
    return f"{host} cannot be reached. Check the address, and that the site is up."
