"""Sitemaps: which pages a site has, and when each changed last."""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Callable, Iterator

from lxml import etree

from kb_connector.errors import SourceError
from kb_connector.sources.web.addresses import plain
from kb_connector.sources.web.fetch import Fetched, PageRefused, Site

_MAPS = 50
_MOST_BYTES = 50_000_000
"""Of an unpacked sitemap, as sitemaps.org allows."""


def is_sitemap(found: Fetched) -> bool:
    """Whether what was fetched is one."""
    begin = _unpacked(found)[:2000].lstrip()
    return b"<urlset" in begin or b"<sitemapindex" in begin


def pages(site: Site, first: Fetched, allow: Callable[[str], bool]) -> dict[str, str]:
    """Addresses of a sitemap with their `lastmod`, empty where it says none; indexes are followed.

    Args:
        allow: as `Site.fetch` takes it.

    Raises:
        SourceError: it is no XML, has more than 50 parts, or names no page of the site.
    """
    found: dict[str, str] = {}
    elsewhere = ""
    waiting = [first]
    seen = {first.url}
    while waiting:
        root = _parse(waiting.pop(0))
        is_index = etree.QName(root).localname == "sitemapindex"
        for address, lastmod in _entries(root):
            if not site.has(address):
                elsewhere = elsewhere or address
            elif not is_index:
                found.setdefault(plain(address), lastmod)
            elif address not in seen:
                seen.add(address)
                if len(seen) > _MAPS:
                    raise SourceError(f"{first.url} has more than {_MAPS} parts; name one of them.")
                waiting.append(_fetch(site, address, allow))
    if not found:
        hint = (
            f"it names others, as {elsewhere}; give the address of that site" if elsewhere else ""
        )
        raise SourceError(f"{first.url} names no page of {site.origin}. {hint or 'Check it'}.")
    return found


def _entries(root: etree._Element) -> Iterator[tuple[str, str]]:
    for entry in root.iterchildren(etree.Element):
        fields = {
            etree.QName(each).localname: (each.text or "").strip()
            for each in entry.iterchildren(etree.Element)
        }
        yield fields.get("loc", ""), fields.get("lastmod", "")


def _fetch(site: Site, address: str, allow: Callable[[str], bool]) -> Fetched:
    try:
        found = site.fetch(address, allow=allow)
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
    except (OSError, EOFError, zlib.error) as error:
        raise SourceError(f"{found.url} cannot be unpacked: {error}.") from error
    if len(content) > _MOST_BYTES:
        raise SourceError(f"{found.url} unpacks to more than {_MOST_BYTES:,} bytes.")
    return content
