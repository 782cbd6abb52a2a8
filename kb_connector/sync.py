"""Brings the store up to date with a source: incremental, whole batches, one transaction each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from kb_connector.article import (
    Article,
    Change,
    Checkpoint,
    Cleaned,
    Failed,
    Listing,
    Removed,
    content_hash,
)
from kb_connector.errors import SourceError, SyncRefused
from kb_connector.sources import KnowledgeSource
from kb_connector.store import Store, SyncTransaction

Progress = Callable[[int], None]
"""Told how many articles have been read so far."""

_FEW = 10
_MOST_GONE = 0.5
"""A sync that would remove more than this share, and at least `_FEW` articles, is more likely a
source that answers nonsense."""


@dataclass
class SyncSummary:
    """What one sync did, by article id.

    Attributes:
        failed: articles that could not be used, with the reason; their old version stays.
        cleaned: articles that something was taken out of.
        unchanged: how many of the source's articles stayed as they were.
    """

    source: str
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    cleaned: list[Cleaned] = field(default_factory=list)
    unchanged: int = 0

    def __str__(self) -> str:
        return (
            f"{self.source}: {len(self.new)} new, {len(self.changed)} changed, "
            f"{len(self.removed)} removed, {len(self.failed)} failed, {self.unchanged} unchanged"
        )


def sync(
    store: Store,
    source: KnowledgeSource,
    *,
    full: bool = False,
    allow_removal: bool = False,
    progress: Progress | None = None,
) -> SyncSummary:
    """Takes over what changed in a source since the last sync.

    What comes before a checkpoint is kept together, or not at all; so a sync that breaks off goes
    on from its last checkpoint next time, and yesterday's articles stay until then.

    Args:
        full: ask the source for everything, and remove what it no longer has.
        allow_removal: let this sync remove most of the source's articles.

    Raises:
        SourceError: the source cannot be read.
        SyncRefused: the sync would remove most articles, or another one came first.
        StoreError: the database cannot be used.
    """
    cursor = store.cursor(source.name)
    summary = SyncSummary(source.name)
    waiting: list[Change] = []
    read = 0
    whole = False
    # A batch is read before its transaction begins: a slow source holds no lock.
    for change in source.changes(None if full else cursor):
        whole = isinstance(change, Checkpoint)
        if isinstance(change, Checkpoint):
            with store.sync_transaction(source.name, cursor) as transaction:
                _keep(transaction, waiting, change, summary, allow_removal)
            cursor, waiting = change.cursor, []
            continue
        waiting.append(change)
        read += isinstance(change, Article | Failed)
        if progress and isinstance(change, Article | Failed):
            progress(read)
    if not whole:
        raise SourceError(
            f"The source {source.name!r} ended without saying where the next sync begins. "
            "What it gave last is not kept; report it to whoever wrote the source."
        )
    return summary


def _keep(
    transaction: SyncTransaction,
    changes: list[Change],
    checkpoint: Checkpoint,
    summary: SyncSummary,
    allow_removal: bool,
) -> None:
    """One batch."""
    known = transaction.hashes()
    articles = [change for change in changes if isinstance(change, Article)]
    failed = [change for change in changes if isinstance(change, Failed)]
    cleaned = [change for change in changes if isinstance(change, Cleaned)]
    gone = {change.id for change in changes if isinstance(change, Removed)}
    settled = {article.id for article in articles}
    for change in changes:
        if isinstance(change, Listing):
            there = change.ids | settled | {each.id for each in failed}
            gone |= set(known) - there
            settled |= set(transaction.problems_but(there))
    removed = sorted(gone & set(known))
    _check_removal(summary.source, len(removed), len(known), allow_removal)
    transaction.remove(removed)
    new: list[str] = []
    changed: list[str] = []
    for article in articles:
        before = None if article.id in gone else known.get(article.id)
        if before == content_hash(article):
            continue
        owner = transaction.owner(article.lang, article.slug)
        if owner not in (None, article.id):
            reason = f"{article.lang}/{article.slug} is taken by {owner}; give it another slug"
            failed.append(Failed(article.id, reason))
            continue
        transaction.put(article)
        known[article.id] = content_hash(article)
        (new if before is None else changed).append(article.id)
    transaction.settle(settled | gone, [*cleaned, *failed])
    transaction.finish(checkpoint.cursor, changed=bool(new or changed or removed))
    summary.new += new
    summary.changed += changed
    summary.removed += removed
    summary.failed += failed
    summary.cleaned += cleaned
    kept = len(known) - len(removed)
    summary.unchanged = kept - len(summary.new) - len(summary.changed)


def _check_removal(source: str, removed: int, known: int, allowed: bool) -> None:
    if allowed or not removed:
        return
    if removed == known or (removed >= _FEW and removed > _MOST_GONE * known):
        raise SyncRefused(
            f"The source {source!r} no longer has {removed} of the {known} articles that were "
            "there. Nothing was removed. If that is meant, sync with `allow_removal`."
        )
