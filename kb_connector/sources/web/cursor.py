"""What the last sync learned of a site's pages, as it is kept until the next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from kb_connector.errors import SourceError

_TEXTS = ("etag", "modified", "lastmod", "digest", "day", "moved")


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


def written(pages: Mapping[str, Known]) -> str:
    """The cursor. Each address stands in it once, however many pages lead there."""
    links = [link for each in pages.values() for link in each.links]
    addresses = list(dict.fromkeys([*pages, *links]))
    numbers = {address: number for number, address in enumerate(addresses)}
    rows = [
        {
            **{name: text for name in _TEXTS if (text := getattr(each, name))},
            "ids": each.ids,
            "links": [numbers[link] for link in each.links],
        }
        for each in pages.values()
    ]
    return json.dumps({"addresses": addresses, "pages": rows}, separators=(",", ":"))


def read(cursor: str | None, source: str) -> dict[str, Known]:
    """The pages of a cursor by their address.

    Raises:
        SourceError: it is damaged.
    """
    if cursor is None:
        return {}
    try:
        content = json.loads(cursor)
        addresses, rows = content["addresses"], content["pages"]
        return {
            str(address): _known(row, addresses)
            for address, row in zip(addresses, rows, strict=False)  # pages come first
        }
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
