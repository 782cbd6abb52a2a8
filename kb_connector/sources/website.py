"""Any website, by its sitemap or from a start page."""

from __future__ import annotations

import datetime as dt
import json
import re
import time
from collections import deque
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from kb_connector.article import PUBLIC, Change, Checkpoint, Failed, Listing, Removed
from kb_connector.errors import SourceError
from kb_connector.sources.building import build, identity
from kb_connector.sources.web.fetch import Fetched, PageRefused, Site
from kb_connector.sources.web.page import Page, read_page
from kb_connector.sources.web.robots import Robots, read_robots
from kb_connector.sources.web.sitemap import is_sitemap, pages

MAX_PAGES = 2_000
_HTML = ("text/html", "application/xhtml+xml")
_GONE = (404, 410)
_MOST_FAILED = 0.5
"""Of the pages: when more than that fail, it is the site that is broken."""


@dataclass
class _Known:
    """What the last sync learned of a page.

    Attributes:
        id: of its article; empty where it has none.
        etag, modified: for asking whether it has changed.
        lastmod: of the sitemap.
        links: that it leads to; a page that has not changed still leads there.
    """

    id: str = ""
    etag: str = ""
    modified: str = ""
    lastmod: str = ""
    links: list[str] = field(default_factory=list)


class WebsiteSource:
    """Reads the main text of a site's pages.

    Of one host only; robots.txt is kept to; pages that ask not to be found are left out.

    Args:
        url: of a start page, or of a sitemap (`.xml` or `.xml.gz`).
        lang: of pages that do not say; default English.
        include: beginnings of paths to read; none for all.
        exclude: beginnings of paths to leave out.
        max_pages: pages that are read at most.
        allow_private: let the site be on a private or local address.
        name: name of the source; part of every article's id.
    """

    def __init__(
        self,
        url: str,
        *,
        lang: str = "en",
        include: Collection[str] = (),
        exclude: Collection[str] = (),
        max_pages: int = MAX_PAGES,
        allow_private: bool = False,
        name: str = "website",
    ) -> None:
        self.name = name
        self._url, self._lang = url, lang
        self._include, self._exclude = tuple(include), tuple(exclude)
        self._max_pages = max_pages
        self._site = Site(url, allow_private=allow_private)

    def changes(self, since: str | None) -> Iterator[Change]:
        """Changed pages since the cursor, and all that are there; see `KnowledgeSource`."""
        known = _read_cursor(since, self.name)
        now: dict[str, _Known] = {}
        robots = read_robots(self._site)
        first = self._first()
        in_map = is_sitemap(first)
        waiting = deque(pages(self._site, first) if in_map else [(_plain(first.url), "")])
        queued = {address for address, _ in waiting}
        failed = read = 0
        while waiting and read < self._max_pages:
            address, lastmod = waiting.popleft()
            if not self._wanted(address, robots):
                continue
            before = known.get(address)
            if before and lastmod and before.lastmod == lastmod:
                now[address] = before
                continue
            read += 1
            if read > 1 and robots.delay:
                time.sleep(robots.delay)
            for change in self._page(address, lastmod, before, now):
                failed += isinstance(change, Failed)
                yield change
            if not in_map and address in now:
                for link in map(_plain, now[address].links):
                    if link not in queued:
                        queued.add(link)
                        waiting.append((link, ""))
        if failed > _MOST_FAILED * max(1, len(now) + failed) and failed > 1:
            raise SourceError(
                f"{failed} of {len(now) + failed} pages of {self._site.origin} cannot be read; the "
                "site seems to be broken. The articles read before stay."
            )
        if not waiting:  # not all was read: what was not seen may still be there
            yield Listing(frozenset(each.id for each in now.values() if each.id))
        yield Checkpoint(json.dumps({address: vars(each) for address, each in now.items()}))

    def _first(self) -> Fetched:
        try:
            found = self._site.fetch(self._url)
        except PageRefused as error:
            raise SourceError(f"{self._url} cannot be read: {error}.") from error
        if found.status != 200:
            raise SourceError(f"{self._url} answers with status {found.status}. Check the address.")
        return found

    def _wanted(self, address: str, robots: Robots) -> bool:
        path = urlsplit(address).path or "/"
        if not self._site.has(address) or not robots.allow(address):
            return False
        if self._include and not path.startswith(self._include):
            return False
        return not path.startswith(self._exclude) if self._exclude else True

    def _page(
        self, address: str, lastmod: str, before: _Known | None, now: dict[str, _Known]
    ) -> Iterator[Change]:
        """The changes of one page; what is learned of it is put into `now`."""
        asked = {"etag": before.etag, "last-modified": before.modified} if before else {}
        try:
            found = self._site.fetch(address, asked)
        except PageRefused as error:
            yield self._failed(address, str(error), before, now)
            return
        if found.status == 304 and before:
            before.lastmod = lastmod
            now[address] = before
            return
        if found.status in _GONE:
            if before and before.id:
                yield Removed(before.id)
            return
        if found.status != 200:
            yield self._failed(address, f"it answers with status {found.status}", before, now)
            return
        if found.content_type not in _HTML:
            return
        page = read_page(found.content, found.url)
        learned = _Known(
            etag=found.headers.get("etag", ""),
            modified=found.headers.get("last-modified", ""),
            lastmod=lastmod,
            links=list(page.links),
        )
        now[address] = learned
        if page.indexed and page.canonical in ("", address, found.url):
            yield from self._article(address, page, found, learned)

    def _article(
        self, address: str, page: Page, found: Fetched, learned: _Known
    ) -> Iterator[Change]:
        lang = page.lang or self._lang
        if not page.html.strip():
            return  # a page of links, or one that only a script can fill
        learned.id = identity(self.name, lang, _remote_id(address, page, lang))
        for change in build(
            self.name,
            _remote_id(address, page, lang),
            lang=lang,
            title=page.title,
            html=page.html,
            audience=PUBLIC,
            updated=_day(learned.lastmod or found.headers.get("last-modified", "")),
            url=address,
            base_url=found.url,
        ):
            if isinstance(change, Failed):
                learned.etag = learned.modified = learned.lastmod = ""
            yield change

    def _failed(
        self, address: str, reason: str, before: _Known | None, now: dict[str, _Known]
    ) -> Failed:
        """The page's old version stays, and it is asked for anew the next time."""
        if before:
            now[address] = _Known(id=before.id, links=before.links)
        return Failed(before.id if before and before.id else address, f"{address}: {reason}")


def _remote_id(address: str, page: Page, lang: str) -> str:
    """The path; of a page in several languages that of its English, or first, address."""
    if page.translations:
        chosen = page.translations.get("en") or page.translations[min(page.translations)]
        address = chosen
    parts = urlsplit(address)
    path = parts.path.strip("/").removesuffix(".html").removesuffix(".htm")
    return "-".join(part for part in (path, parts.query) if part) or "home"


def _plain(address: str) -> str:
    """A folder's page under its one name."""
    return re.sub(r"/index\.html?$", "/", address)


def _day(text: str) -> dt.date:
    """A day of a sitemap (2026-03-01...) or a header (Sun, 01 Mar 2026 ...); else today."""
    for form, length in (("%Y-%m-%d", 10), ("%a, %d %b %Y", 16)):
        try:
            return dt.datetime.strptime(text[:length], form).replace(tzinfo=dt.timezone.utc).date()
        except ValueError:
            continue
    return dt.datetime.now(dt.timezone.utc).date()


def _read_cursor(since: str | None, source: str) -> dict[str, _Known]:
    try:
        return {str(each): _Known(**fields) for each, fields in json.loads(since or "{}").items()}
    except (ValueError, TypeError, AttributeError) as error:
        raise SourceError(
            f"The cursor of the source {source!r} is damaged; sync it again with `full`."
        ) from error
