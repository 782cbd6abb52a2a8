"""Web addresses: of which site, joined, and without what a crawl could go round in."""

from __future__ import annotations

import re
from urllib.parse import urldefrag, urljoin, urlsplit

_PORTS = {"http": 80, "https": 443}
_OTHER_FILES = re.compile(
    r"\.(?:png|jpe?g|gif|webp|avif|svg|ico|bmp|tiff?|mp3|mp4|m4a|ogg|wav|webm|mov|avi|pdf|docx?"
    r"|xlsx?|pptx?|od[tsp]|epub|zip|gz|tgz|bz2|xz|7z|rar|tar|exe|msi|dmg|apk|deb|rpm|iso|css|m?js"
    r"|json|xml|rss|atom|txt|csv|woff2?|ttf|eot|ics|vcf)$",
    re.I,
)


def origin(url: str) -> str:
    """Scheme, host and port; empty for what is no web address or has a password in it.

    >>> origin("HTTPS://Help.example/a"), origin("http://[x"), origin("mailto:a@b.example")
    ('https://help.example:443', '', '')
    """
    try:
        parts = urlsplit(url)
        port = _PORTS.get(parts.scheme) if parts.port is None else parts.port
    except ValueError:
        return ""
    if parts.scheme not in _PORTS or not parts.hostname or not port or "@" in parts.netloc:
        return ""
    return f"{parts.scheme}://{parts.hostname}:{port}"


def joined(base: str, target: str) -> str:
    """Where a link leads; empty for one that is malformed.

    >>> joined("http://help.example/a/", "../b#part"), joined("http://help.example/", "http://[x")
    ('http://help.example/b#part', '')
    """
    try:
        whole = urljoin(base, target.strip())
        urlsplit(whole).port  # noqa: B018 (says whether it is a number)
    except ValueError:
        return ""
    return whole


def plain(url: str) -> str:
    """Without a part of the page; a folder's page under its one name.

    >>> plain("http://help.example/a/index.html#part"), plain("http://help.example")
    ('http://help.example/a/', 'http://help.example/')
    """
    url = re.sub(r"^(\w+://[^/?]+)(?=\?|$)", r"\1/", urldefrag(url)[0])
    return re.sub(r"/index\.html?$", "/", url)


def crawled(url: str) -> str:
    """As `plain`, without its query: calendars and filters lead on without end."""
    return plain(url.partition("#")[0].partition("?")[0])


def may_be_page(url: str) -> bool:
    """Whether the name is not plainly that of another kind of file."""
    return not _OTHER_FILES.search(urlsplit(url).path)
