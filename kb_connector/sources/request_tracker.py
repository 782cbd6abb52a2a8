"""Articles of Request Tracker 5, read over its REST 2.0."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from kb_connector.article import PUBLIC, STAFF, Change, Checkpoint, Failed, Listing, Removed
from kb_connector.errors import SourceError
from kb_connector.http import Client
from kb_connector.sources.building import build, identity
from kb_connector.sources.contract import expected, moment
from kb_connector.sources.languages import language
from kb_connector.sources.since import Since

_SYSTEM = "Request Tracker"
_RIGHTS = "the rights SeeClass, ShowArticle and SeeCustomField"
# its times have no fraction, and a change is seen only when its transaction ends
_OVERLAP = dt.timedelta(seconds=10)
_KEEP_EVERY = 500
_TAG = re.compile(
    r"</?(?:p|br|div|span|h[1-6]|[uo]l|li|table|t[rdh]|a|b|i|strong|em|pre|code|blockquote|img|hr)"
    r"\b[^<>]*>",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Article:
    number: int
    title: str
    summary: str
    body: str
    changed: dt.datetime
    disabled: bool


class RequestTrackerSource:
    """Reads the articles of all classes that an account sees.

    Args:
        url: address of Request Tracker, as in `https://rt.example`.
        lang: language of the articles; Request Tracker keeps none.
        key: an authentication token; with `user`, that user's password.
        name: name of the source; part of every article's id.
        body_field: the custom field with the text, as plain text or HTML.
        classes: the only classes to read; empty for all that the account sees.
        staff_classes: those of them whose articles only employees may see.
        public_url: where customers read an article, with `{id}` for its number; None when our own
            help centre shows it.
    """

    def __init__(
        self,
        url: str,
        *,
        lang: str,
        key: str,
        user: str | None = None,
        name: str = "request-tracker",
        body_field: str = "Content",
        classes: Collection[str] = (),
        staff_classes: Collection[str] = (),
        public_url: str | None = None,
    ) -> None:
        self.name = name
        self._url = url.rstrip("/")
        self._lang = language(lang)
        self._body_field = body_field
        self._only = frozenset(classes)
        self._staff = frozenset(staff_classes)
        self._public_url = public_url
        self._client = (
            Client(self._url, auth=(user, key))
            if user
            else Client(self._url, headers={"Authorization": f"token {key}"})
        )

    def changes(self, since: str | None) -> Iterator[Change]:
        """Changed and disabled articles since the cursor; see `KnowledgeSource`.

        Deleted ones ("shredded") are noticed by a listing, once a day.
        """
        now = dt.datetime.now(dt.timezone.utc)
        progress = begin = Since.read(since, self.name)
        classes = self._classes()
        read = 0
        for number, name in classes.items():
            audience = STAFF if name in self._staff else PUBLIC
            for article in self._articles(number, begin.changed):
                progress = progress.saw(article.changed)
                yield from self._change(article, audience)
                read += 1
                if read % _KEEP_EVERY == 0:
                    yield Checkpoint(begin.cursor())  # kept, but read again if this breaks off
        if progress.listing_due(now):
            yield Listing(frozenset(self._all(classes)))
            progress = replace(progress, listed=now)
        yield Checkpoint(progress.cursor())

    def _classes(self) -> dict[int, str]:
        """Names of the classes to read, by number."""
        seen: dict[int, str] = {}
        for number, item in self._items("classes", "Name"):
            with expected(_SYSTEM, "The list of classes"):
                seen[number] = str(item["Name"])
        missing = (self._only | self._staff) - set(seen.values())
        if missing or not seen:
            raise SourceError(
                f"{_SYSTEM} at {self._url} shows this account no class "
                f"{', '.join(sorted(missing)) or 'at all'}; it shows "
                f"{', '.join(seen.values()) or 'none'}. Check the names, and give the account "
                f"{_RIGHTS}."
            )
        wanted = self._only | self._staff if self._only else set(seen.values())
        return {number: name for number, name in seen.items() if name in wanted}

    def _articles(self, number: int, since: dt.datetime | None) -> Iterator[_Article]:
        """Articles of a class; with `since`, those changed from then on, disabled ones too."""
        limits: list[dict[str, Any]] = [{"field": "Class", "value": number}]
        if since:
            begin = f"{since - _OVERLAP:%Y-%m-%d %H:%M:%S}"
            limits.append({"field": "LastUpdated", "operator": ">=", "value": begin})
        fields = "Name,Summary,LastUpdated,Disabled,CustomFields"
        for article, item in self._items("articles", fields, limits, disabled=bool(since)):
            with expected(_SYSTEM, f"Article {article}"):
                read = self._read(article, item)
            yield read

    def _all(self, classes: Mapping[int, str]) -> Iterator[str]:
        for number in classes:
            limits = [{"field": "Class", "value": number}]
            for article, _item in self._items("articles", "Name", limits):
                yield self._id(article)

    def _items(
        self,
        what: str,
        fields: str,
        limits: Collection[Mapping[str, Any]] = (),
        *,
        disabled: bool = False,
    ) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Everything that a search finds, by number.

        Each page begins after the last number instead of at an offset, so that what is disabled
        meanwhile moves nothing out of sight. What the account may not see is left out of a page:
        only an empty one is the last.
        """
        last = 0
        params = {"fields": fields, "orderby": "id", "per_page": 100}
        if disabled:
            params["find_disabled_rows"] = 1
        while True:
            begin = {"field": "id", "operator": ">", "value": last}
            found = self._client.post_json(f"REST/2.0/{what}", [begin, *limits], params)
            with expected(_SYSTEM, f"A page of {what}"):
                items = [(int(item["id"]), item) for item in found["items"]]
                numbers = [last, *(number for number, _item in items)]
                if numbers != sorted(set(numbers)):
                    raise ValueError("the numbers are not in order")
            if not items:
                return
            yield from items
            last = numbers[-1]

    def _read(self, number: int, item: Mapping[str, Any]) -> _Article:
        fields = {field["name"]: field["values"] for field in item["CustomFields"]}
        return _Article(
            number=number,
            title=str(item.get("Name") or ""),
            summary=str(item.get("Summary") or ""),
            body="\n\n".join(map(str, fields.get(self._body_field, ()))),
            changed=moment(item["LastUpdated"]),
            disabled=str(item["Disabled"]) != "0",
        )

    def _change(self, article: _Article, audience: str) -> Iterator[Change]:
        if article.disabled:
            yield Removed(self._id(article.number))
            return
        if not article.body.strip():
            yield Failed(
                self._id(article.number),
                f"article {article.number} ({article.title!r}) shows no text in its custom field "
                f"{self._body_field!r}. Write it there, or set `body_field`; the account needs "
                f"{_RIGHTS}.",
            )
            return
        yield from build(
            self.name,
            str(article.number),
            lang=self._lang,
            title=article.title,
            html=_as_html(article.body),
            audience=audience,
            updated=article.changed.date(),
            url=self._page(article.number, audience),
            summary=article.summary,
            base_url=self._url,
        )

    def _id(self, number: int) -> str:
        return identity(self.name, self._lang, str(number))

    def _page(self, number: int, audience: str) -> str | None:
        if audience == STAFF:
            return f"{self._url}/Articles/Article/Display.html?id={number}"
        return self._public_url and self._public_url.replace("{id}", str(number))


def _as_html(text: str) -> str:
    """The text as it is when it has tags; else its paragraphs and lines."""
    if _TAG.search(text):
        return text
    return "".join(
        f"<p>{'<br>'.join(html.escape(line) for line in block.splitlines())}</p>"
        for block in re.split(r"\n\s*\n", text.strip())
    )
