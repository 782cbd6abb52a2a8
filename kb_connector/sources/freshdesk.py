"""Solution articles of Freshdesk: categories, folders in folders, articles, translations."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from requests.utils import parse_header_links

from kb_connector.article import PUBLIC, STAFF, Article, Change, Checkpoint, Failed, Listing
from kb_connector.errors import SourceError
from kb_connector.http import Client
from kb_connector.sources.building import Seen, build, identity
from kb_connector.sources.contract import expected, moment
from kb_connector.sources.languages import language

_SYSTEM = "Freshdesk"
_A_PAGE = 100
_PUBLISHED = 2
_FOR_CUSTOMERS = (1, 2)
"""A folder's visibility: all, and logged in customers; the others are agents and companies."""


@dataclass(frozen=True)
class _Found:
    """An article in one language.

    Attributes:
        stamp: another one after every change that concerns us.
    """

    id: str
    number: str
    lang: str
    audience: str
    url: str
    stamp: str
    fields: Mapping[str, Any]


class FreshdeskSource:
    """Reads published articles. Its cursor says which version of each was read.

    Args:
        url: address of the account, as in `https://shop.freshdesk.com`.
        key: an agent's API key.
        lang: language of the account; `languages` are its further ones, as Freshdesk names them.
        languages: translations to read, as in `["sv-SE", "da"]`.
        name: name of the source; part of every article's id.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str,
        lang: str,
        languages: Sequence[str] = (),
        name: str = "freshdesk",
    ) -> None:
        self.name = name
        self._lang, self._languages = lang, tuple(languages)
        self._url = url.rstrip("/")
        self._client = Client(url, auth=(key, "X"))

    def changes(self, since: str | None) -> Iterator[Change]:
        """Changed articles since the cursor, and all that are there; see `KnowledgeSource`.

        Freshdesk tells nothing of changes, so everything is read each time; what is as it was is
        not given again.
        """
        known = self._versions(since)
        versions: dict[str, str] = {}
        seen = Seen()
        for found in self._articles():
            if not seen.first(found.id):
                yield Failed(found.id, "it came twice; keep one")
                continue
            versions[found.id] = known.get(found.id, "")
            if versions[found.id] == found.stamp:
                continue
            for change in self._build(found):
                yield change
                if isinstance(change, Article):
                    versions[found.id] = found.stamp
        yield Listing(frozenset(versions))
        yield Checkpoint(json.dumps(versions, sort_keys=True))

    def _articles(self) -> Iterator[_Found]:
        folders = list(self._folders())
        for locale in (None, *self._languages):
            for number, audience in folders:
                yield from self._in_folder(number, audience, locale)

    def _folders(self) -> Iterator[tuple[int, str]]:
        """The number of each folder, at any depth, and who may see what is in it."""
        paths = []
        for category in self._pages("/api/v2/solutions/categories"):
            with expected(_SYSTEM, "A category"):
                paths.append(f"/api/v2/solutions/categories/{int(category['id'])}/folders")
        seen = Seen()
        while paths:
            for folder in self._pages(paths.pop(0)):
                with expected(_SYSTEM, "A folder"):
                    number = int(folder["id"])
                    audience = PUBLIC if int(folder["visibility"]) in _FOR_CUSTOMERS else STAFF
                    nested = int(folder.get("sub_folders_count") or 0)
                if not seen.first(str(number)):
                    continue
                yield number, audience
                if nested:
                    paths.append(f"/api/v2/solutions/folders/{number}/subfolders")

    def _in_folder(self, folder: int, audience: str, locale: str | None) -> Iterator[_Found]:
        ending = f"/{locale}" if locale else ""
        lang = language(locale or self._lang)
        for article in self._pages(f"/api/v2/solutions/folders/{folder}/articles{ending}"):
            with expected(_SYSTEM, "An article"):
                if int(article["status"]) != _PUBLISHED:
                    continue
                remote = str(article["id"])
                stamp = f"{article['updated_at']} {audience}"
            url = f"{self._url}{ending}/support/solutions/articles/{remote}"
            named = identity(self.name, lang, remote)
            yield _Found(named, remote, lang, audience, url, stamp, article)

    def _build(self, found: _Found) -> Iterator[Change]:
        with expected(_SYSTEM, f"Article {found.number}"):
            title = str(found.fields["title"] or "")
            html = str(found.fields.get("description") or "")
            updated = moment(str(found.fields["updated_at"])).date()
            tags = [str(tag) for tag in found.fields.get("tags") or ()]
        yield from build(
            self.name,
            found.number,
            lang=found.lang,
            title=title,
            html=html,
            audience=found.audience,
            updated=updated,
            url=found.url,
            keywords=tags,
        )

    def _pages(self, path: str) -> Iterator[Mapping[str, Any]]:
        seen = Seen()  # an article that moves to the next page while we read comes twice
        for number in itertools.count(1):
            page = self._client.get(path, {"page": number, "per_page": _A_PAGE})
            rows = page.json()
            with expected(_SYSTEM, "A list"):
                if not isinstance(rows, list):
                    raise TypeError(f"it is a {type(rows).__name__}")
                new = [row for row in rows if seen.first(str(row["id"]))]
            yield from new
            links = parse_header_links(page.headers.get("link", ""))
            more = len(rows) >= _A_PAGE or any(link.get("rel") == "next" for link in links)
            if not new or not more:
                return

    def _versions(self, since: str | None) -> dict[str, str]:
        try:
            known = json.loads(since or "{}")
            return {str(each): str(stamp) for each, stamp in known.items()}
        except (ValueError, AttributeError) as error:
            raise SourceError(
                f"The cursor of the source {self.name!r} is damaged; sync it again with `full`."
            ) from error
