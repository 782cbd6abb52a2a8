"""A progress bar for library functions that tell what they do, how far, and of how much."""
# ruff: noqa: PLC0415 -- a command imports what it runs, so that help comes at once

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def bar(*, quiet: bool = False) -> Iterator[Callable[[str, int, int], None]]:
    """A bar on a terminal's stderr; nothing where there is none.

    Args:
        quiet: show nothing on a terminal either.
    """
    from tqdm import tqdm

    with tqdm(unit=" steps", disable=True if quiet else None, leave=False) as shown:

        def told(what: str, done: int, total: int) -> None:
            shown.set_description(what, refresh=False)
            shown.total = total or None
            shown.n = done
            shown.refresh()

        yield told
