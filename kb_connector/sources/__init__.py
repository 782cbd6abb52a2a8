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

    def changes(self, since: str | None) -> tuple[Iterator[Change], str]:
        """What changed since an earlier call.

        Args:
            since: the cursor of the last call whose changes were kept; None for everything.

        Returns:
            The changes (articles, removed ones, and ones that cannot be used), and the cursor for
            the next call. Nothing is kept unless the iterator runs to its end.

        Raises:
            SourceError: the system cannot be read; here or while iterating.
        """
