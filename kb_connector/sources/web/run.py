"""One reading of a site: what waits, what was learned, and whether the site is in its senses."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import dataclass, field

from kb_connector.errors import SourceError
from kb_connector.sources.web.cursor import Known
from kb_connector.sources.web.names import Names
from kb_connector.sources.web.robots import Robots

_MOST = 0.5
"""Of the pages: when more than that fail, or say the same, it is the site that is broken."""
_FEW = 10


@dataclass
class Run:
    """One reading of a site.

    Attributes:
        known: pages as the last sync left them.
        by_map: whether a sitemap says which pages there are; else the links do.
        now: pages as this one finds them.
        waiting: addresses to read, with the sitemap's `lastmod`.
        queued: all that ever waited.
        read: pages that were asked for.
        failed: addresses of pages that did not come.
        unanswered: the last pages in a row that had no answer.
        digests: of the texts that were read.
        langs: that the pages are in.
    """

    known: Mapping[str, Known]
    robots: Robots
    names: Names
    by_map: bool
    now: dict[str, Known] = field(default_factory=dict)
    waiting: deque[tuple[str, str]] = field(default_factory=deque)
    queued: set[str] = field(default_factory=set)
    read: int = 0
    failed: list[str] = field(default_factory=list)
    unanswered: int = 0
    digests: Counter[str] = field(default_factory=Counter)
    langs: set[str] = field(default_factory=set)

    def queue(self, address: str, lastmod: str = "") -> None:
        """Has a page read, once."""
        if address not in self.queued:
            self.queued.add(address)
            self.waiting.append((address, lastmod))

    def leads_back(self, target: str, address: str) -> bool:
        """Whether a page that we are sent to has sent us here."""
        return self.now.get(target, Known()).moved == address

    def judge(self, site: str) -> None:
        """Says so when it is not single pages that are wrong.

        Raises:
            SourceError: most pages failed, or say the same.
        """
        tried = len(self.now.keys() | set(self.failed))
        if len(self.failed) > max(1, _MOST * tried):
            raise SourceError(
                f"{len(self.failed)} of {tried} pages of {site} cannot be read, as "
                f"{self.failed[0]}; the site seems to be broken. The articles read before stay."
            )
        same = max(self.digests.values(), default=0)
        if same >= _FEW and same > _MOST * sum(self.digests.values()):
            raise SourceError(
                f"{same} pages of {site} have the same title and text; the site seems to be closed "
                "or broken. The articles read before stay."
            )
