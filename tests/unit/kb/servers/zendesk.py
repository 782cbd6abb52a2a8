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
_EXPORTED = 2
"""Articles on a page of the export; the real one has 1,000."""


class Zendesk:
    """A help centre.

    Attributes:
        busy: calls that are answered with 429 before the next one is served.
        garbage: paths that end so are answered with something else.
        asked: start times of the calls to the export.
    """

    def __init__(self) -> None:
        self.articles: dict[int, dict[str, Any]] = {}
        self.translations: dict[int, dict[str, dict[str, Any]]] = {}
        self.busy = 0
        self.garbage: dict[str, Any] = {}
        self.asked: list[int] = []
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
        page = due[:_EXPORTED]
        end = _seconds(page[-1]["updated_at"]) if page else start
        more = f"{self.url}{request.path}?start_time={end}" if len(due) > len(page) else None
        return Answer({"articles": page, "next_page": more, "end_time": end, "count": len(page)})

    def _list(self, request: Request) -> Answer:
        number, size = int(request.query.get("page", 1)), int(request.query.get("per_page", 30))
        rows = [self.articles[each] for each in sorted(self.articles)]
        page = rows[(number - 1) * size : number * size]
        more = f"{self.url}{request.path}?page={number + 1}&per_page={size}"
        body: dict[str, Any] = {
            "articles": page,
            "next_page": more if number * size < len(rows) else None,
            "count": len(rows),
        }
        if "translations" in request.query.get("include", ""):
            body["translations"] = [
                each for one in page for each in self.translations[one["id"]].values()
            ]
        return Answer(body)

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
