"""Sitemaps: which pages a site has, and when each changed last."""

from __future__ import annotations

import gzip
import io
from collections.abc import Iterator

from lxml import etree

from kb_connector.errors import SourceError
from kb_connector.sources.web.fetch import MAX_BYTES, Fetched, PageRefused, Site

_MAPS = 50
_MOST_BYTES = 50_000_000
"""Of an unpacked sitemap, as sitemaps.org allows."""


def is_sitemap(found: Fetched) -> bool:
    """Whether what was fetched is one."""
    begin = _unpacked(found)[:2000].lstrip()
    return b"<urlset" in begin or b"<sitemapindex" in begin


def pages(site: Site, first: Fetched) -> Iterator[tuple[str, str]]:
    """Addresses of a sitemap with their `lastmod`, empty where it says none; indexes are followed.

    Raises:
        SourceError: it is no XML, or has more than 50 parts.
    """
    waiting = [first]
    seen = {first.url}
    while waiting:
        root = _parse(waiting.pop(0))
        for entry in root:
            fields = {etree.QName(each).localname: (each.text or "").strip() for each in entry
                      if isinstance(each.tag, str)}  # fmt: skip
            address = fields.get("loc", "")
            if not address or not site.has(address):
                continue
            if etree.QName(root).localname != "sitemapindex":
                yield address, fields.get("lastmod", "")
            elif address not in seen:
                seen.add(address)
                if len(seen) > _MAPS:
                    raise SourceError(f"{first.url} has more than {_MAPS} parts; name one of them.")
                waiting.append(_fetch(site, address))


def _fetch(site: Site, address: str) -> Fetched:
    try:
        found = site.fetch(address)
    except PageRefused as error:
        raise SourceError(f"The sitemap {address} cannot be read: {error}.") from error
    if found.status != 200:
        raise SourceError(f"The sitemap {address} answers with status {found.status}.")
    return found


def _parse(found: Fetched) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        return etree.fromstring(_unpacked(found), parser)
    except etree.XMLSyntaxError as error:
        raise SourceError(f"{found.url} is no sitemap: {error}.") from error


def _unpacked(found: Fetched) -> bytes:
    if not found.content.startswith(b"\x1f\x8b"):
        return found.content
    try:
        with gzip.open(io.BytesIO(found.content)) as packed:
            content = packed.read(_MOST_BYTES + 1)
    except (OSError, EOFError) as error:
        raise SourceError(f"{found.url} cannot be unpacked: {error}.") from error
    if len(content) > _MOST_BYTES:
        raise SourceError(f"{found.url} unpacks to more than {10 * MAX_BYTES:,} bytes.")
    return content
