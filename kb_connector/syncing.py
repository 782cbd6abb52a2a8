"""Syncs many sources, each by itself: one that fails stops nobody."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kb_connector.errors import KnowledgeBaseError, SourceError
from kb_connector.knowledge_base import KnowledgeBase
from kb_connector.runs import keep_run
from kb_connector.sources import KnowledgeSource
from kb_connector.sync import SyncSummary

logger = logging.getLogger(__name__)

Open = Callable[[], KnowledgeSource]
Progress = Callable[[str, int], None]
"""Told the source and how many of its articles have been read."""


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
) -> list[Outcome]:
    """Takes over what changed in each source, and keeps how it went.

    Args:
        sources: their names, and what opens each.
        full: ask the sources for everything.
        allow_removal: let a sync remove most of a source's articles.
        progress: told of each article read.
    """
    outcomes: list[Outcome] = []
    for name, open_source in sources:
        started = dt.datetime.now(dt.timezone.utc)
        try:
            summary = base.sync(
                open_source(),
                full=full,
                allow_removal=allow_removal,
                progress=_telling(progress, name),
            )
            outcome = Outcome(summary)
        except KnowledgeBaseError as error:
            outcome = Outcome(SyncSummary(name), str(error))
        except Exception as error:
            # another system's answers: what nobody thought of must not stop the other sources
            logger.exception("The source %s cannot be synced", name)
            unexpected = SourceError(f"{type(error).__name__}: {error}")
            outcome = Outcome(SyncSummary(name), str(unexpected))
        keep_run(base.store.engine, outcome.summary, started, outcome.error)
        outcomes.append(outcome)
    return outcomes


def failed(outcomes: Sequence[Outcome]) -> bool:
    """Whether anything went wrong."""
    return any(outcome.error or outcome.summary.failed for outcome in outcomes)


def _telling(progress: Progress | None, name: str) -> Callable[[int], None] | None:
    return None if progress is None else lambda count: progress(name, count)
