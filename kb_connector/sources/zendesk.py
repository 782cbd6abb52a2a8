"""Articles of Zendesk's help centre, read by its incremental export."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kb_connector.article import PUBLIC, STAFF, Change, Checkpoint, Listing, Removed
from kb_connector.errors import SourceError
from kb_connector.http import Client
from kb_connector.sources.building import Seen, build, identity
from kb_connector.sources.contract import expected, moment
from kb_connector.sources.languages import language

_SYSTEM = "Zendesk"
_EXPORT = "/api/v2/help_center/incremental/articles.json"
_LISTING = "/api/v2/help_center/articles.json"
_A_PAGE = 100
_WITH_TRANSLATIONS = {"include": "translations"}
_MAX_BYTES = 200_000_000
"""A page of the export has 1,000 articles with their texts."""
_LIST_EVERY = dt.timedelta(days=1)


@dataclass(frozen=True)
class _Cursor:
    """How far the export has been read.

    Attributes:
        start: `start_time` of the next call, seconds since 1970, by Zendesk's clock.
        listed: when all articles were listed last, by ours; None before the first time.
    """

    start: int = 0
    listed: dt.datetime | None = None

    def text(self) -> str:
        listed = self.listed.isoformat() if self.listed else None
        return json.dumps({"start": self.start, "listed": listed})


class ZendeskSource:
    """Reads published articles in all their languages.

    Args:
        url: address of the account, as in `https://shop.zendesk.com`.
        key: an API token; with `user`, that account's; else an OAuth token.
        user: mail address of an agent who may see what is to be read.
        name: name of the source; part of every article's id.
    """

    def __init__(
        self, url: str, *, key: str, user: str | None = None, name: str = "zendesk"
    ) -> None:
        self.name = name
        self._client = Client(
            url,
            auth=(f"{user}/token", key) if user else None,
            headers=None if user else {"Authorization": f"Bearer {key}"},
            max_bytes=_MAX_BYTES,
        )

    def changes(self, since: str | None) -> Iterator[Change]:
        """Changed articles since the cursor, and once a day all that there are."""
        cursor = self._read(since)
        now = dt.datetime.now(dt.timezone.utc)
        url: str | None = _EXPORT
        params: dict[str, Any] | None = {"start_time": cursor.start, **_WITH_TRANSLATIONS}
        while url:
            answer = self._client.get_json(url, params)
            with expected(_SYSTEM, "The export of articles"):
                articles = list(answer["articles"])
                end = int(answer["end_time"] or cursor.start)
                url, params = answer.get("next_page") if articles else None, None
            seen = Seen()
            for article in articles:
                with expected(_SYSTEM, "An article"):
                    number = str(article["id"])
                if seen.first(number):
                    yield from self._article(article)
            if end == cursor.start:
                break  # an article of the very last second comes again and again
            cursor = _Cursor(end, cursor.listed)
            yield Checkpoint(cursor.text())
        if cursor.listed is None or since is None or now - cursor.listed >= _LIST_EVERY:
            yield self._listing()
            cursor = _Cursor(cursor.start, now)
        yield Checkpoint(cursor.text())

    def _article(self, article: Mapping[str, Any]) -> Iterator[Change]:
        """An article in each of its languages; a draft is gone for our readers."""
        with expected(_SYSTEM, "An article"):
            number = str(article["id"])
            closed = article.get("user_segment_id") or article.get("user_segment_ids")
            audience = STAFF if closed else PUBLIC
            labels = [str(label) for label in article.get("label_names") or ()]
            address = str(article["html_url"])
        seen = Seen()
        for each in self._translations(article):
            with expected(_SYSTEM, f"A translation of article {number}"):
                lang = language(str(each["locale"]))
                draft = bool(each.get("draft")) or bool(article.get("draft"))
                updated = moment(str(each.get("updated_at") or article["updated_at"])).date()
                title, html = str(each["title"] or ""), str(each["body"] or "")
                url = str(each.get("html_url") or address)
            if not seen.first(lang):
                continue  # en-gb beside en-us: the article's own comes first
            if draft:
                yield Removed(identity(self.name, lang, number))
                continue
            yield from build(
                self.name,
                number,
                lang=lang,
                title=title,
                html=html,
                audience=audience,
                updated=updated,
                url=url,
                keywords=labels,
            )

    def _translations(self, article: Mapping[str, Any]) -> list[Mapping[str, Any]]:
        """Its texts, the original first: sent along with the article, else asked for."""
        with expected(_SYSTEM, "An article"):
            number = str(article["id"])
            source_locale = str(article.get("source_locale") or article["locale"])
            found = article.get("translations")
        if found is None:
            answer = self._client.get_json(
                f"/api/v2/help_center/articles/{number}/translations.json", {"per_page": _A_PAGE}
            )
            with expected(_SYSTEM, f"The translations of article {number}"):
                found = answer["translations"]
        with expected(_SYSTEM, f"The translations of article {number}"):
            return sorted(found, key=lambda one: str(one["locale"]) != source_locale)

    def _listing(self) -> Listing:
        """All articles with the languages that they are in."""
        ids: set[str] = set()
        url: str | None = _LISTING
        params: dict[str, Any] | None = {"page[size]": _A_PAGE, **_WITH_TRANSLATIONS}
        while url:
            answer = self._client.get_json(url, params)
            with expected(_SYSTEM, "The list of articles"):
                articles = [one for one in answer["articles"] if not one.get("draft")]
                url = str(answer["links"]["next"]) if answer["meta"]["has_more"] else None
                params = None
            for article in articles:
                for each in self._translations(article):
                    if not each.get("draft"):
                        lang = language(str(each["locale"]))
                        ids.add(identity(self.name, lang, str(article["id"])))
        return Listing(frozenset(ids))

    def _read(self, since: str | None) -> _Cursor:
        if since is None:
            return _Cursor()
        try:
            fields = json.loads(since)
            listed = fields["listed"] and dt.datetime.fromisoformat(fields["listed"])
            return _Cursor(int(fields["start"]), listed)
        except (ValueError, TypeError, KeyError) as error:
            raise SourceError(
                f"The cursor of the source {self.name!r} is damaged; sync it again with `full`."
            ) from error
