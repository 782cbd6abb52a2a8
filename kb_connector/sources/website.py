"""Any website, by its sitemap or from a start page."""

from __future__ import annotations

import datetime as dt
import hashlib
import time
from collections.abc import Collection, Iterator
from dataclasses import replace
from urllib.parse import urlsplit

from kb_connector.article import (
    PUBLIC,
    Article,
    Change,
    Checkpoint,
    Cleaned,
    Failed,
    Listing,
    Removed,
)
from kb_connector.errors import SourceError
from kb_connector.sources.building import build, identity
from kb_connector.sources.web import cursor
from kb_connector.sources.web.addresses import crawled, may_be_page, plain
from kb_connector.sources.web.cursor import Known
from kb_connector.sources.web.fetch import Fetched, PageRefused, Site, Unreachable
from kb_connector.sources.web.names import Names, path_name
from kb_connector.sources.web.page import Page, read_page
from kb_connector.sources.web.robots import Robots, read_robots
from kb_connector.sources.web.run import Run
from kb_connector.sources.web.sitemap import is_sitemap, pages

MAX_PAGES = 2_000
_HTML = ("text/html", "application/xhtml+xml")
_GONE = (404, 410)
_IN_A_ROW = 5
"""Pages without an answer, after which the site is down."""
_LONGEST_ID = 400


class WebsiteSource:
    """Reads the main text of a site's pages.

    Of one host only; robots.txt is kept to; pages that ask not to be found are left out.

    Args:
        url: of a start page, or of a sitemap (`.xml` or `.xml.gz`).
        lang: of pages that do not say; default English.
        include: beginnings of paths to read; none for all. The start page is looked through for
            links in any case.
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
        self._include = tuple(f"/{each.lstrip('/')}" for each in include)
        self._exclude = tuple(f"/{each.lstrip('/')}" for each in exclude)
        self._max_pages = max_pages
        self._site = Site(url, allow_private=allow_private)

    def changes(self, since: str | None) -> Iterator[Change]:
        """Changed pages since the cursor, and all that are there; see `KnowledgeSource`."""
        run = self._begin(since)
        while run.waiting and run.read < self._max_pages:
            yield from self._page(run, *run.waiting.popleft())
            if run.may_keep():
                yield Checkpoint(cursor.written({**run.known, **run.now}, run.seen()))
                run.kept()
        run.judge(self._site.origin)
        if run.waiting:  # what was not seen may still be there: no listing
            yield Failed(
                self._url[:_LONGEST_ID],
                f"{self._site.origin} has more than {self._max_pages} pages; the others are not "
                "read. Raise max_pages, or say with include and exclude which ones matter.",
            )
            for address, _ in run.waiting:
                if address in run.known:
                    run.now[address] = run.known[address]
        langs = self._langs(run)
        for address in run.failed:
            run.now.setdefault(address, self._failed_page(address, langs))
        if not run.waiting:
            names = {name for each in run.now.values() for name in each.ids}
            # with what failed before a checkpoint, so that it goes on being told
            yield Listing(frozenset({*names, *(each[:_LONGEST_ID] for each in run.failed)}))
        yield Checkpoint(cursor.written(run.now))

    def _begin(self, since: str | None) -> Run:
        """What is to be read first."""
        learned = cursor.read(since, self.name)
        robots = read_robots(self._site)
        if not robots.allow(self._url):
            raise SourceError(f"{self._site.origin}/robots.txt does not let us read {self._url}.")
        first = self._first(robots)
        run = Run(
            learned.pages,
            robots,
            Names(self.name, learned.pages),
            by_map=is_sitemap(first),
            first=learned.unfinished,
            done=learned.done,
        )
        if not run.by_map:
            run.queue(plain(first.url))
            return run
        for address, lastmod in pages(self._site, first, robots.allow).items():
            if self._may_read(address, run):
                run.queue(address, lastmod)
        if not run.waiting:
            raise SourceError(
                f"{self._url} names no page that may be read. Check the options include and "
                f"exclude, and {self._site.origin}/robots.txt."
            )
        return run

    def _first(self, robots: Robots) -> Fetched:
        try:
            found = self._site.fetch(self._url, allow=robots.allow)
        except PageRefused as error:
            raise SourceError(f"{self._url} cannot be read: {error}.") from error
        if found.status != 200:
            raise SourceError(f"{self._url} answers with status {found.status}. Check the address.")
        if found.content_type not in _HTML and not is_sitemap(found):
            raise SourceError(f"{self._url} is neither a page nor a sitemap. Check the address.")
        if urlsplit(self._url).path.endswith((".xml", ".xml.gz")) and not is_sitemap(found):
            raise SourceError(f"{self._url} answers with a page instead of a sitemap.")
        return found

    def _wanted(self, address: str) -> bool:
        path = urlsplit(address).path or "/"
        if self._include and not path.startswith(self._include):
            return False
        return not (self._exclude and path.startswith(self._exclude))

    def _may_read(self, address: str, run: Run) -> bool:
        return self._site.has(address) and self._wanted(address) and run.robots.allow(address)

    def _page(self, run: Run, address: str, lastmod: str) -> Iterator[Change]:
        """The changes of one page; what is learned of it is put into `run.now`."""
        before = run.known.get(address)
        if address in run.done:
            self._seen(run, address)
            return
        if before and lastmod and before.lastmod == lastmod:
            self._learn(run, address, before)
            return
        run.asked()
        if run.read > 1 and run.robots.delay:
            time.sleep(run.robots.delay)
        try:
            found = self._site.fetch(
                address,
                before.validators if before else {},
                kinds=_HTML,
                allow=run.robots.allow,
            )
            run.unanswered = 0
        except Unreachable as error:
            run.unanswered += 1
            if run.unanswered >= _IN_A_ROW:
                raise SourceError(f"{error} ({_IN_A_ROW} pages in a row)") from error
            yield self._fail(run, address, str(error))
            return
        except PageRefused as error:
            yield self._fail(run, address, f"{error}.")
            return
        if found.status == 304 and before:
            self._learn(run, address, replace(before, lastmod=lastmod))
        elif found.status in _GONE:
            if before and len(before.ids) == 1:
                yield Removed(before.ids[0])
        elif found.status != 200:
            yield self._fail(run, address, f"it answers with status {found.status}.")
        elif found.content_type in _HTML:
            yield from self._read(run, address, lastmod, found)

    def _seen(self, run: Run, address: str) -> None:
        """Takes over a page that this reading has seen before it was interrupted."""
        run.read += 1
        before = run.known.get(address)
        if before:  # neither gone nor another kind of file
            if before.digest:
                run.digests[before.digest] += 1
            self._learn(run, address, before)

    def _read(self, run: Run, address: str, lastmod: str, found: Fetched) -> Iterator[Change]:
        """The changes of a page that came."""
        target = crawled(found.url)
        if plain(found.url) != address and target != address:
            self._learn(run, address, Known(moved=target, lastmod=lastmod))
            if not run.leads_back(target, address):
                return
            address = target
        page = read_page(found)
        learned = Known(
            etag=found.headers.get("etag", ""),
            modified=found.headers.get("last-modified", ""),
            lastmod=lastmod,
            links=self._links(page),
        )
        canonical = page.canonical
        if (
            self._site.has(canonical)
            and canonical not in (address, plain(found.url))
            and (canonical in run.queued or "?" not in canonical)
            and not run.leads_back(canonical, address)
        ):
            learned = replace(learned, moved=canonical)
        elif not self._wanted(address):  # the start page, which the options may let in later
            learned = learned.unsure()
        elif page.indexed and page.html:
            for change in self._article(run, address, page, found, learned):
                if isinstance(change, Known):
                    learned = change
                else:
                    yield change
        self._learn(run, address, learned)

    def _article(
        self, run: Run, address: str, page: Page, found: Fetched, learned: Known
    ) -> Iterator[Article | Failed | Cleaned | Known]:
        """The article of a page, and what is learned from it."""
        lang = page.lang or self._lang
        name = run.names.of(address, page, lang)
        learned = replace(learned, ids=(identity(self.name, lang, name),))
        day = _day(learned.lastmod or learned.modified)
        for change in build(
            self.name,
            name,
            lang=lang,
            title=page.title,
            html=page.html,
            audience=PUBLIC,
            updated=day,
            url=address,
            base_url=found.url,
        ):
            if isinstance(change, Failed):
                learned = learned.unsure()
            if not isinstance(change, Article):
                yield change
                continue
            text = f"{change.title}\n{change.body_markdown}"
            digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
            run.says(digest)
            before = run.known.get(address)
            if before and before.digest == digest:  # sent anew, but no other text
                day = _day(before.day)
            learned = replace(learned, digest=digest, day=day.isoformat())
            yield replace(change, updated=day)
        yield learned

    def _learn(self, run: Run, address: str, learned: Known) -> None:
        run.now[address] = learned
        for link in (learned.moved, *(() if run.by_map else learned.links)):
            if link and self._may_read(link, run):
                run.queue(link)

    def _links(self, page: Page) -> tuple[str, ...]:
        links = (crawled(link) for link in page.links if self._site.has(link))
        return tuple(dict.fromkeys(filter(may_be_page, links)))

    def _fail(self, run: Run, address: str, reason: str) -> Failed:
        """Its old version stays, and it is asked for anew the next time."""
        run.failed.append(address)
        before = run.known.get(address)
        if before:
            self._learn(run, address, before.unsure())
        known = before.ids if before else ()
        return Failed(
            known[0] if len(known) == 1 else address[:_LONGEST_ID], f"{address}: {reason}"
        )

    def _langs(self, run: Run) -> list[str]:
        """What the pages are in."""
        names = (name for each in run.now.values() for name in each.ids)
        found = {name[len(self.name) + 1 :].partition("/")[0] for name in names}
        return sorted({self._lang, *found})

    def _failed_page(self, address: str, langs: Collection[str]) -> Known:
        """Of one that was not known, what its article would be called."""
        name = path_name(address)
        return Known(ids=tuple(identity(self.name, lang, name) for lang in langs))


def _day(text: str) -> dt.date:
    """A day of a sitemap (2026-03-01...) or a header (Sun, 01 Mar 2026 ...); else today."""
    for form, length in (("%Y-%m-%d", 10), ("%a, %d %b %Y", 16)):
        try:
            return dt.datetime.strptime(text[:length], form).replace(tzinfo=dt.timezone.utc).date()
        except ValueError:
            continue
    return dt.datetime.now(dt.timezone.utc).date()
