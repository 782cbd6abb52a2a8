"""Confluence's search for content by CQL, as documented for Cloud and for Data Center.

https://developer.atlassian.com/cloud/confluence/rest/v1/api-group-content/
https://docs.atlassian.com/ConfluenceServer/rest/latest
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from servers.loopback import Answer, Request, serving

USER, TOKEN = "bot@shop.example", "api-token"
START = dt.datetime(2026, 3, 1, 9, tzinfo=dt.timezone.utc)
PUBLIC_URL = "https://shop.example/wiki"
_CQL = re.compile(
    r'type = page and space in \((?P<spaces>[^)]*)\)(?: and lastmodified >= "(?P<since>[^"]*)")?'
    r" order by created"
)


@dataclass
class Page:
    """One page, as it is now."""

    id: str
    space: str
    title: str
    body: str
    created: dt.datetime
    changed: dt.datetime
    labels: tuple[str, ...] = ()


class Confluence:
    """Spaces `DOCS` and `STAFF`.

    Args:
        cloud: the paging and the address of Cloud; else those of Data Center.
        time_zone: hours that the account's clock is ahead of UTC.

    Attributes:
        queries: every search: its CQL, and what was to be expanded.
        garbage: answers to the next calls, before anything is looked at; None for a true one.
        link_prefix: what links to the next page begin with; some versions put the path there.
        before_next_page: called when a second page is asked for.
    """

    def __init__(self, *, cloud: bool = True, time_zone: int = 0) -> None:
        self.cloud = cloud
        self.path = "/wiki" if cloud else "/confluence"
        self.time_zone = dt.timezone(dt.timedelta(hours=time_zone))
        self.pages: dict[str, Page] = {}
        self.queries: list[tuple[str, str]] = []
        self.garbage: list[Any] = []
        self.link_prefix = ""
        self.before_next_page = lambda: None

    def write(self, number: int, title: str, body: str, *, minutes: int = 0, **fields: Any) -> Page:
        """Makes or changes a page, so many minutes after the start."""
        old = self.pages.get(str(number))
        page = Page(
            id=str(number),
            space=fields.pop("space", old.space if old else "DOCS"),
            title=title,
            body=body,
            created=old.created if old else START + dt.timedelta(seconds=number),
            changed=START + dt.timedelta(minutes=minutes),
            **fields,
        )
        self.pages[page.id] = page
        return page

    def answer(self, request: Request) -> Answer:
        """One call."""
        basic = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") not in (f"Basic {basic}", f"Bearer {TOKEN}"):
            return Answer({"message": "Unauthorized", "statusCode": 401}, 401)
        garbage = self.garbage.pop(0) if self.garbage else None
        if garbage is not None:
            return Answer(garbage)
        path = request.path.removeprefix(self.path)
        if path == "/rest/api/content/search" and path != request.path:
            return self._search(request)
        one = self.pages.get(path.removeprefix("/rest/api/content/"))
        if one is None:
            return Answer({"message": "No content found", "statusCode": 404}, 404)
        return Answer(_content(one, request.query.get("expand", ""), whole=True))

    def _search(self, request: Request) -> Answer:
        cql, expand = request.query["cql"], request.query.get("expand", "")
        most = 50 if "body" in expand else 200 if expand else 1000
        limit = min(int(request.query.get("limit", 25)), most)
        start = int(request.query.get("cursor" if self.cloud else "start", 0))
        if start:
            self.before_next_page()
        else:
            self.queries.append((cql, expand))
        found = _CQL.fullmatch(cql)
        if found is None:
            return Answer({"message": "Could not parse cql", "statusCode": 400}, 400)
        spaces = set(re.findall(r'"([^"]*)"', found["spaces"]))
        if not spaces <= {"DOCS", "STAFF"}:
            return Answer({"message": "No space with that key", "statusCode": 400}, 400)
        pages = [p for p in self.pages.values() if p.space in spaces and self._newer(p, found)]
        pages.sort(key=lambda page: page.created)
        links: dict[str, Any] = {"base": PUBLIC_URL, "context": self.path}
        if len(pages) > start + limit:
            following = "cursor" if self.cloud else "start"
            query = {"cql": cql, "limit": limit, following: start + limit}
            query |= {"expand": expand} if expand else {}
            links["next"] = f"{self.link_prefix}/rest/api/content/search?{urlencode(query)}"
        return Answer(
            {
                "results": [_content(page, expand) for page in pages[start : start + limit]],
                "start": start,
                "limit": limit,
                "size": len(pages[start : start + limit]),
                "_links": links,
            }
        )

    def _newer(self, page: Page, found: re.Match[str]) -> bool:
        if found["since"] is None:
            return True
        since = dt.datetime.strptime(found["since"], "%Y-%m-%d %H:%M")
        changed = page.changed.replace(second=0, microsecond=0)
        return changed >= since.replace(tzinfo=self.time_zone)


@contextlib.contextmanager
def running(confluence: Confluence) -> Iterator[str]:
    """The address of a Confluence, with its path."""
    with serving(confluence.answer) as url:
        yield url + confluence.path


def _content(page: Page, expand: str, *, whole: bool = False) -> dict[str, Any]:
    wanted = set(expand.split(","))
    links = {"webui": f"/spaces/{page.space}/pages/{page.id}"}
    content: dict[str, Any] = {
        "id": page.id,
        "type": "page",
        "status": "current",
        "title": page.title,
        "_links": links | ({"base": PUBLIC_URL} if whole else {}),
    }
    if "body.view" in wanted:
        content["body"] = {"view": {"value": page.body, "representation": "view"}}
    if "version" in wanted:
        content["version"] = {"when": f"{page.changed:%Y-%m-%dT%H:%M:%S}.000Z", "number": 1}
    if "space" in wanted:
        content["space"] = {"key": page.space}
    if "metadata.labels" in wanted:
        labels = [{"prefix": "global", "name": label} for label in page.labels]
        content["metadata"] = {"labels": {"results": labels}}
    return content
