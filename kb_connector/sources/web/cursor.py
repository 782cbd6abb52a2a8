"""What the last sync learned of a site's pages, as it is kept until the next."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from kb_connector.errors import SourceError

_TEXTS = ("etag", "modified", "lastmod", "digest", "day", "moved")
_FRESH = dt.timedelta(days=1)
"""What an unfinished reading has seen is not asked for again for so long."""


@dataclass(frozen=True)
class Known:
    """What is known of a page.

    Attributes:
        ids: of its article; none where it has none, several while the language is not known of a
            page that failed.
        etag, modified: for asking whether it has changed.
        lastmod: of the sitemap.
        digest, day: of its article's text, and since when it has been the same.
        moved: where its text is instead.
        links: that it leads to; a page that has not changed still leads there.
    """

    ids: tuple[str, ...] = ()
    etag: str = ""
    modified: str = ""
    lastmod: str = ""
    digest: str = ""
    day: str = ""
    moved: str = ""
    links: tuple[str, ...] = ()

    @property
    def validators(self) -> dict[str, str]:
        """As `Site.fetch` takes them."""
        return {"etag": self.etag, "last-modified": self.modified}

    def unsure(self) -> Known:
        """The same, to be read again whatever the site says of changes."""
        return replace(self, etag="", modified="", lastmod="")


@dataclass(frozen=True)
class Learned:
    """What a cursor holds.

    Attributes:
        pages: by their address.
        unfinished: whether it was written amid the first reading of a site.
        done: addresses that an unfinished reading has seen, a short time ago.
    """

    pages: Mapping[str, Known] = field(default_factory=dict)
    unfinished: bool = False
    done: frozenset[str] = frozenset()


def written(pages: Mapping[str, Known], done: Collection[str] | None = None) -> str:
    """The cursor. Each address stands in it once, however many pages lead there.

    Args:
        done: addresses that an unfinished reading has seen; None for a finished one.
    """
    links = [link for each in pages.values() for link in each.links]
    addresses = list(dict.fromkeys([*pages, *links, *(done or ())]))
    numbers = {address: number for number, address in enumerate(addresses)}
    rows = [
        {
            **{name: text for name in _TEXTS if (text := getattr(each, name))},
            "ids": each.ids,
            "links": [numbers[link] for link in each.links],
        }
        for each in pages.values()
    ]
    content: dict[str, Any] = {"addresses": addresses, "pages": rows}
    if done is not None:
        content["done"] = [numbers[address] for address in done]
        content["kept"] = dt.datetime.now(dt.timezone.utc).isoformat()
    return json.dumps(content, separators=(",", ":"))


def read(cursor: str | None, source: str) -> Learned:
    """What a cursor holds; without one, a first reading begins.

    Raises:
        SourceError: it is damaged.
    """
    if cursor is None:
        return Learned(unfinished=True)
    try:
        content = json.loads(cursor)
        addresses, rows = content["addresses"], content["pages"]
        pages = {
            str(address): _known(row, addresses)
            for address, row in zip(addresses, rows, strict=False)  # pages come first
        }
        if "done" not in content:
            return Learned(pages)
        age = dt.datetime.now(dt.timezone.utc) - dt.datetime.fromisoformat(content["kept"])
        done = frozenset(str(addresses[number]) for number in content["done"])
        return Learned(pages, True, done if abs(age) < _FRESH else frozenset())
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise SourceError(
            f"The cursor of the source {source!r} is damaged; sync it again with `full`."
        ) from error


def _known(row: Mapping[str, Any], addresses: list[str]) -> Known:
    texts = {name: str(row[name]) for name in _TEXTS if name in row}
    return Known(
        ids=tuple(str(each) for each in row.get("ids", ())),
        links=tuple(addresses[number] for number in row.get("links", ())),
        **texts,
    )
