"""Where articles come from. One module a system; each implements `KnowledgeSource`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from kb_connector.article import Change


class KnowledgeSource(Protocol):
    """A system that has articles."""

    @property
    def name(self) -> str:
        """Short name, unique among the sources of one knowledge base and the same for ever."""

    def changes(self, since: str | None) -> Iterator[Change]:
        """What changed since an earlier call.

        Args:
            since: the cursor of the last checkpoint that was kept; None for everything, which
                ends with a `Listing`.

        Returns:
            Changes in the order in which they are to be kept, a `Checkpoint` at the end. A source
            that does not tell of removed articles gives a `Listing` now and then.

        Raises:
            SourceError: the system cannot be read; while iterating. What came after the last
                checkpoint is not kept.
        """
