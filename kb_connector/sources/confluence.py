"""Pages of Confluence, Cloud or Data Center, read over its REST API with CQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlsplit

from kb_connector.article import PUBLIC, STAFF, Change, Checkpoint, Listing
from kb_connector.errors import SourceError
from kb_connector.http import Client
from kb_connector.sources.building import build, identity
from kb_connector.sources.contract import expected, moment
from kb_connector.sources.languages import language
from kb_connector.sources.since import Since

_SYSTEM = "Confluence"
_BODIES_A_PAGE = 50
_KEEP_EVERY = 500
_IDS_A_PAGE = 200
_EXPAND = "body.view,version,metadata.labels,space"
# CQL reads a time in the account's time zone, which nobody tells us, and the search index lags
_OVERLAP = dt.timedelta(days=1)


@dataclass(frozen=True)
class _Page:
    number: str
    space: str
    title: str
    html: str
    changed: dt.datetime
    labels: tuple[str, ...]
    path: str


class ConfluenceSource:
    """Reads the pages of some spaces.

    Args:
        url: address of Confluence with its path, as in `https://shop.atlassian.net/wiki`.
        lang: language of the pages; Confluence keeps none.
        key: an API token; with `user`, that account's token or password.
        user: mail address (Cloud) or name of the account; None sends the key as a bearer token.
        name: name of the source; part of every page's id.
        spaces: keys of the spaces whose pages everybody may see.
        staff_spaces: keys of those whose pages only employees may see.
    """

    def __init__(
        self,
        url: str,
        *,
        lang: str,
        key: str,
        user: str | None = None,
        name: str = "confluence",
        spaces: Collection[str] = (),
        staff_spaces: Collection[str] = (),
    ) -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._lang = language(lang)
        self._staff = frozenset(staff_spaces)
        self._spaces = sorted({*spaces, *staff_spaces})
        if not self._spaces:
            raise SourceError(
                f"The source {name!r} names no space of Confluence; name at least one in `spaces` "
                "or `staff_spaces`."
            )
        self._client = (
            Client(self._url, auth=(user, key))
            if user
            else Client(self._url, headers={"Authorization": f"Bearer {key}"})
        )

    def changes(self, since: str | None) -> Iterator[Change]:
        """Changed pages since the cursor, and once a day a listing; see `KnowledgeSource`."""
        now = dt.datetime.now(dt.timezone.utc)
        progress = begin = Since.read(since, self.name)
        read = set()
        for page in self._search(begin.changed):
            progress = progress.saw(page.changed)
            read.add(page.number)
            yield from self._build(page)
            if len(read) % _KEEP_EVERY == 0:
                yield Checkpoint(begin.cursor())  # kept, but read again if this breaks off
        if progress.listing_due(now):
            listed = set(self._numbers())
            # a page deleted while we read pulls the one behind it over the edge of our pages
            for number in sorted(listed - read) if begin.changed is None else ():
                page = self._one(number)
                progress = progress.saw(page.changed)
                yield from self._build(page)
            yield Listing(frozenset(self._id(number) for number in listed))
            progress = replace(progress, listed=now)
        yield Checkpoint(progress.cursor())

    def _search(self, since: dt.datetime | None) -> Iterator[_Page]:
        query = self._query(f'lastmodified >= "{since - _OVERLAP:%Y-%m-%d %H:%M}"' if since else "")
        for item, base in self._results(query, _BODIES_A_PAGE, _EXPAND):
            yield self._read(item, base)

    def _one(self, number: str) -> _Page:
        found = self._client.get_json(f"rest/api/content/{number}", {"expand": _EXPAND})
        with expected(_SYSTEM, f"Page {number}"):
            base = str(found["_links"].get("base", self._url))
        return self._read(found, base)

    def _numbers(self) -> Iterator[str]:
        for item, _base in self._results(self._query(), _IDS_A_PAGE):
            with expected(_SYSTEM, "The list of pages"):
                number = str(item["id"])
            yield number

    def _query(self, condition: str = "") -> str:
        """CQL for our pages.

        In the order in which they were made, which stays: by the time of change, a page edited
        while we read would move behind, and another over the edge of our pages.
        """
        keys = ", ".join('"{}"'.format(key.replace('"', '\\"')) for key in self._spaces)
        parts = ["type = page", f"space in ({keys})", condition]
        return " and ".join(part for part in parts if part) + " order by created"

    def _results(
        self, query: str, limit: int, expand: str = ""
    ) -> Iterator[tuple[Mapping[str, Any], str]]:
        """What a query finds, each with the address that its own links begin with."""
        path = "rest/api/content/search"
        params: dict[str, Any] | None = {"cql": query, "limit": limit}
        if expand:
            params = {**(params or {}), "expand": expand}
        seen = set()
        while path:
            found = self._client.get_json(path, params)
            with expected(_SYSTEM, "A page of search results"):
                links = found["_links"]
                base = str(links.get("base", self._url))
                results = [(dict(item), base) for item in found["results"]]
                path, params = self._relative(str(links.get("next") or "")), None
                if path in seen:
                    raise ValueError("the next page is one that was there before")
            seen.add(path)
            yield from results

    def _relative(self, link: str) -> str:
        """A link to the next page, which may begin with the path of our address or after it."""
        path = urlsplit(self._url).path
        return link.removeprefix(f"{path}/").removeprefix("/")

    def _read(self, item: Mapping[str, Any], base: str) -> _Page:
        with expected(_SYSTEM, f"Page {item.get('id')}"):
            return _Page(
                number=str(item["id"]),
                space=str(item["space"]["key"]),
                title=str(item["title"]),
                html=str(item["body"]["view"]["value"]),
                changed=moment(item["version"]["when"]),
                labels=tuple(str(label["name"]) for label in item["metadata"]["labels"]["results"]),
                path=base + str(item["_links"]["webui"]),
            )

    def _build(self, page: _Page) -> Iterator[Change]:
        # a key that we did not ask for can only be one that is written otherwise: not for everybody
        public = page.space in self._spaces and page.space not in self._staff
        yield from build(
            self.name,
            page.number,
            lang=self._lang,
            title=page.title,
            html=page.html,
            audience=PUBLIC if public else STAFF,
            updated=page.changed.date(),
            url=page.path,
            keywords=page.labels,
            base_url=page.path,
        )

    def _id(self, number: str) -> str:
        return identity(self.name, self._lang, number)
