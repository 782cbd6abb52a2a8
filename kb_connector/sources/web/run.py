"""One reading of a site: what waits, what was learned, and whether the site is in its senses."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from kb_connector.errors import SourceError
from kb_connector.sources.web.cursor import Known
from kb_connector.sources.web.names import Names
from kb_connector.sources.web.robots import Robots

_MOST = 0.5
"""Of the pages: when more than that fail, or say the same, it is the site that is broken."""
_FEW = 10
_KEEP_EVERY = 50
"""Pages of a first reading that are kept at once, before it is finished."""
_SOME = 0.2
"""Of the pages that are to be kept: when more than that say the same, it is waited for the end."""


@dataclass
class Run:
    """One reading of a site.

    Attributes:
        known: pages as the last sync left them.
        by_map: whether a sitemap says which pages there are; else the links do.
        first: whether it is a first reading of the site, or goes on with one.
        done: addresses that it has seen before it was interrupted.
        now: pages as this one finds them.
        waiting: addresses to read, with the sitemap's `lastmod`.
        queued: all that ever waited.
        read: pages that were asked for.
        failed: addresses of pages that did not come.
        unanswered: the last pages in a row that had no answer.
        digests: of the texts that were read.
        unkept: pages that were asked for since the last checkpoint.
        unkept_digests: of their texts.
    """

    known: Mapping[str, Known]
    robots: Robots
    names: Names
    by_map: bool
    first: bool = False
    done: Collection[str] = ()
    now: dict[str, Known] = field(default_factory=dict)
    waiting: deque[tuple[str, str]] = field(default_factory=deque)
    queued: set[str] = field(default_factory=set)
    read: int = 0
    failed: list[str] = field(default_factory=list)
    unanswered: int = 0
    digests: Counter[str] = field(default_factory=Counter)
    unkept: int = 0
    unkept_digests: Counter[str] = field(default_factory=Counter)

    def queue(self, address: str, lastmod: str = "") -> None:
        """Has a page read, once."""
        if address not in self.queued:
            self.queued.add(address)
            self.waiting.append((address, lastmod))

    def leads_back(self, target: str, address: str) -> bool:
        """Whether a page that we are sent to has sent us here."""
        return self.now.get(target, Known()).moved == address

    def asked(self) -> None:
        """Counts a page."""
        self.read += 1
        self.unkept += 1

    def says(self, digest: str) -> None:
        """Counts the text of a page."""
        self.digests[digest] += 1
        self.unkept_digests[digest] += 1

    def may_keep(self) -> bool:
        """Whether some pages of a first reading may be kept before the others are read.

        Not while the site looks broken: what is kept can no longer be dropped.
        """
        if not (self.first and self.waiting and self.unkept >= _KEEP_EVERY):
            return False
        return not (_alike(self.unkept_digests, _SOME) or self._many_fail())

    def kept(self) -> None:
        """Begins to count anew what is not kept."""
        self.unkept = 0
        self.unkept_digests.clear()

    def seen(self) -> list[str]:
        """Addresses that need not be asked for again if this is interrupted."""
        left = {address for address, _ in self.waiting} | set(self.failed)
        return sorted((self.queued - left) | (set(self.done) - set(self.failed)))

    def judge(self, site: str) -> None:
        """Says so when it is not single pages that are wrong.

        Raises:
            SourceError: most pages failed, or say the same.
        """
        if self._many_fail():
            raise SourceError(
                f"{len(self.failed)} of {self._tried()} pages of {site} cannot be read, as "
                f"{self.failed[0]}; the site seems to be broken. The articles read before stay."
            )
        same = _alike(self.digests, _MOST)
        if same:
            raise SourceError(
                f"{same} pages of {site} have the same title and text; the site seems to be closed "
                "or broken. The articles read before stay."
            )

    def _many_fail(self) -> bool:
        return len(self.failed) > max(1, _MOST * self._tried())

    def _tried(self) -> int:
        return len(self.now.keys() | set(self.failed))


def _alike(digests: Counter[str], share: float) -> int:
    """How many texts are the same, where that is more than a share of them and not few; else 0."""
    same = max(digests.values(), default=0)
    return same if same >= _FEW and same > share * digests.total() else 0
