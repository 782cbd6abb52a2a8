"""Syncs many sources, each by itself: one that fails stops nobody, and one process at a time."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kb_connector.errors import KnowledgeBaseError
from kb_connector.knowledge_base import KnowledgeBase
from kb_connector.leases import lease
from kb_connector.runs import Run, keep_run, runs
from kb_connector.sources import KnowledgeSource
from kb_connector.sync import SyncSummary

logger = logging.getLogger(__name__)

Open = Callable[[], KnowledgeSource]
Progress = Callable[[str, int], None]
"""Told the source and how many of its articles have been read."""

_BUSY = (
    "Another process is syncing it just now. Wait for that one; should it have been killed, "
    "try again in half a minute."
)


@dataclass(frozen=True)
class Outcome:
    """How the sync of one source went.

    Attributes:
        error: why it broke off; None when it went well.
    """

    summary: SyncSummary
    error: str | None = None


def sync_all(
    base: KnowledgeBase,
    sources: Iterable[tuple[str, Open]],
    *,
    full: bool = False,
    allow_removal: bool = False,
    progress: Progress | None = None,
    wait: float = 0.0,
) -> list[Outcome]:
    """Takes over what changed in each source, and keeps how it went.

    Args:
        sources: their names, and what opens each.
        full: ask the sources for everything.
        allow_removal: let a sync remove most of a source's articles.
        progress: told of each article read.
        wait: seconds that are waited where another process syncs the source just now.
    """
    outcomes: list[Outcome] = []
    for name, open_source in sources:
        with lease(base.store.engine, name, wait=wait) as ours:
            if not ours:
                outcomes.append(Outcome(SyncSummary(name), _BUSY))
                continue
            outcome = _sync(
                base,
                name,
                open_source,
                full=full,
                allow_removal=allow_removal,
                progress=_telling(progress, name),
            )
            outcomes.append(outcome)
    return outcomes


def sync_due(
    base: KnowledgeBase, name: str, open_source: Open, pause: dt.timedelta
) -> Outcome | None:
    """Syncs a source unless that was done within `pause`, or another process does it just now.

    Returns:
        None when there was nothing to do.
    """
    with lease(base.store.engine, name) as ours:
        # asked with the lease in hand: another process may have synced it a moment ago
        if not ours or not is_due(base, name, pause):
            return None
        return _sync(base, name, open_source)


def is_due(base: KnowledgeBase, name: str, pause: dt.timedelta) -> bool:
    """Whether the last sync of a source is at least `pause` ago, or there was none."""
    now = dt.datetime.now(dt.timezone.utc)
    last = (run for run in runs(base.store.engine) if run.source == name)
    return all(next_sync(run, pause) <= now for run in last)


def next_sync(run: Run, pause: dt.timedelta) -> dt.datetime:
    """When a source is due after its last sync."""
    return run.finished + pause


def failed(outcomes: Sequence[Outcome]) -> bool:
    """Whether anything went wrong."""
    return any(outcome.error or outcome.summary.failed for outcome in outcomes)


def _sync(
    base: KnowledgeBase,
    name: str,
    open_source: Open,
    *,
    full: bool = False,
    allow_removal: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Outcome:
    started = dt.datetime.now(dt.timezone.utc)
    try:
        source = open_source()
        outcome = Outcome(
            base.sync(source, full=full, allow_removal=allow_removal, progress=progress)
        )
    except KnowledgeBaseError as error:
        outcome = Outcome(SyncSummary(name), str(error))
    except Exception as error:
        # another system's answers: what nobody thought of must not stop the other sources
        logger.exception("The source %s cannot be synced", name)
        outcome = Outcome(SyncSummary(name), f"{type(error).__name__}: {error}")
    keep_run(base.store.engine, outcome.summary, started, outcome.error)
    return outcome


def _telling(progress: Progress | None, name: str) -> Callable[[int], None] | None:
    return None if progress is None else lambda count: progress(name, count)
