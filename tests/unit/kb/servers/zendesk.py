"""The part of Zendesk's help centre API that is read, as documented.

https://developer.zendesk.com/api-reference/help_center/help-center-api/articles/ ; `zenpy` reads
the same answers.
"""

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

from servers.loopback import Answer, Request, serving

MAIL, TOKEN, BEARER = "agent@shop.example", "abc123", "oauth-token"
_A_PAGE = 2
"""Articles on a page; the real one has up to 1,000 in the export, 100 in the list."""


class Zendesk:
    """A help centre.

    Attributes:
        busy: calls that are answered with 429 before the next one is served.
        garbage: paths that end so are answered with something else.
        asked: start times of the calls to the export.
        sideloads: whether the export sends translations along, as the list does.
    """

    def __init__(self) -> None:
        self.articles: dict[int, dict[str, Any]] = {}
        self.translations: dict[int, dict[str, dict[str, Any]]] = {}
        self.busy = 0
        self.garbage: dict[str, Any] = {}
        self.asked: list[int] = []
        self.sideloads = True
        self.url = ""
        self._clock = dt.datetime(2026, 3, 1, 9, tzinfo=dt.timezone.utc)

    def write(
        self,
        number: int,
        *,
        draft: bool = False,
        segment: int | None = None,
        labels: list[str] | None = None,
        **texts: str,
    ) -> None:
        """An article, by locale: `sv="Title: text"`; the first one is its own locale."""
        stamp = self._tick()
        locales = {name.replace("_", "-"): text for name, text in texts.items()}
        source = next(iter(locales))
        title, _, body = locales[source].partition(": ")
        self.articles[number] = {
            "id": number, "locale": source, "source_locale": source, "title": title,
            "body": body, "draft": draft, "user_segment_id": segment,
            "label_names": labels or [], "updated_at": stamp, "edited_at": stamp,
            "html_url": f"https://help.example/hc/{source}/articles/{number}",
            "section_id": 1, "author_id": 1,
        }  # fmt: skip
        self.translations[number] = {
            locale: {
                "id": 1000 * number + place, "source_id": number, "source_type": "Article",
                "locale": locale, "title": text.partition(": ")[0],
                "body": text.partition(": ")[2], "draft": draft, "outdated": False,
                "updated_at": stamp,
                "html_url": f"https://help.example/hc/{locale}/articles/{number}",
            }
            for place, (locale, text) in enumerate(locales.items())
        }  # fmt: skip

    def delete(self, number: int) -> None:
        """The export says nothing of it."""
        del self.articles[number], self.translations[number]

    def answer(self, request: Request) -> Answer:
        """One call."""
        basic = base64.b64encode(f"{MAIL}/token:{TOKEN}".encode()).decode()
        if request.headers.get("authorization") not in (f"Basic {basic}", f"Bearer {BEARER}"):
            return Answer({"error": "Couldn't authenticate you"}, 401)
        if self.busy:
            self.busy -= 1
            return Answer({"error": "APIRateLimitExceeded"}, 429, {"Retry-After": "0"})
        for ending, garbage in self.garbage.items():
            if request.path.endswith(ending):
                return Answer(garbage)
        if request.path.endswith("/incremental/articles.json"):
            return self._export(request)
        if request.path.endswith("/help_center/articles.json"):
            return self._list(request)
        found = re.search(r"/articles/(\d+)/translations.json$", request.path)
        if found and int(found[1]) in self.translations:
            rows = list(self.translations[int(found[1])].values())
            return Answer({"translations": rows, "next_page": None, "count": len(rows)})
        return Answer({"error": "RecordNotFound"}, 404)

    def _export(self, request: Request) -> Answer:
        start = int(request.query["start_time"])
        self.asked.append(start)
        rows = sorted(self.articles.values(), key=lambda one: one["updated_at"])
        due = [one for one in rows if _seconds(one["updated_at"]) >= start]
        page = due[:_A_PAGE]
        end = _seconds(page[-1]["updated_at"]) if page else start
        include = request.query.get("include", "") if self.sideloads else ""
        more = f"{self.url}{request.path}?start_time={end}&include={include}"
        return Answer({
            "articles": self._with(include, page),
            "next_page": more if len(due) > len(page) else None,
            "end_time": end,
            "count": len(page),
        })  # fmt: skip

    def _list(self, request: Request) -> Answer:
        """By cursor if its size is asked for, else by page number, up to 10,000 articles."""
        query = request.query
        include = query.get("include", "")
        rows = [self.articles[each] for each in sorted(self.articles)]
        if "page[size]" in query:
            after = int(query.get("page[after]", 0))
            size = min(int(query["page[size]"]), _A_PAGE)
            due = [one for one in rows if one["id"] > after]
            page = due[:size]
            more = len(due) > size
            last = page[-1]["id"] if page else after
            following = f"page[size]={size}&page[after]={last}&include={include}"
            return Answer({
                "articles": self._with(include, page),
                "meta": {"has_more": more, "after_cursor": str(last)},
                "links": {"next": f"{self.url}{request.path}?{following}" if more else None},
            })  # fmt: skip
        number, size = int(query.get("page", 1)), min(int(query.get("per_page", 30)), _A_PAGE)
        if number > 100:
            return Answer({"error": "InvalidPaginationDepth"}, 400)
        more_pages = f"{self.url}{request.path}?page={number + 1}&per_page={size}"
        return Answer({
            "articles": self._with(include, rows[(number - 1) * size : number * size]),
            "next_page": more_pages if number * size < len(rows) else None,
            "count": len(rows),
        })  # fmt: skip

    def _with(self, include: str, articles: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Zendesk puts translations into the articles, unlike what else it sends along."""
        if "translations" not in include:
            return articles
        return [
            {**one, "translations": list(self.translations[one["id"]].values())}
            for one in articles
        ]  # fmt: skip

    def _tick(self) -> str:
        self._clock += dt.timedelta(minutes=1)
        return self._clock.strftime("%Y-%m-%dT%H:%M:%SZ")


def _seconds(stamp: str) -> int:
    return int(dt.datetime.fromisoformat(stamp.replace("Z", "+00:00")).timestamp())


@contextlib.contextmanager
def running_zendesk() -> Iterator[Zendesk]:
    """Runs until the block ends."""
    zendesk = Zendesk()
    with serving(zendesk.answer) as url:
        zendesk.url = url
        yield zendesk
