"""Brings the store up to date with a source: incremental, in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field

from kb_connector.article import Article, Failed, Removed, content_hash
from kb_connector.errors import SyncRefused
from kb_connector.sources import KnowledgeSource
from kb_connector.store import Store, SyncTransaction


@dataclass
class SyncSummary:
    """What one sync did, by article id.

    Attributes:
        failed: articles that could not be used, with the reason; their old version stays.
        unchanged: how many of the source's articles stayed as they were.
    """

    source: str
    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    failed: list[Failed] = field(default_factory=list)
    unchanged: int = 0

    def __str__(self) -> str:
        return (
            f"{self.source}: {len(self.new)} new, {len(self.changed)} changed, "
            f"{len(self.removed)} removed, {len(self.failed)} failed, {self.unchanged} unchanged"
        )


def sync(
    store: Store, source: KnowledgeSource, *, full: bool = False, allow_empty: bool = False
) -> SyncSummary:
    """Takes over what changed in a source since the last sync.

    Args:
        full: ask the source for everything, and remove what it no longer has.
        allow_empty: let this sync remove the source's last article.

    Raises:
        SourceError: the source cannot be read; yesterday's articles stay.
        SyncRefused: the sync would remove every article, or another one came first.
        StoreError: the database cannot be used; nothing is changed.
    """
    cursor = store.cursor(source.name)
    since = None if full else cursor
    iterator, following = source.changes(since)
    # All of it is read before the transaction begins: a slow source holds no lock, and one that
    # raises half-way leaves nothing half done.
    changes = list(iterator)
    with store.sync_transaction(source.name, cursor) as transaction:
        summary = SyncSummary(source.name)
        summary.failed = [change for change in changes if isinstance(change, Failed)]
        known = transaction.hashes()
        gone = {change.id for change in changes if isinstance(change, Removed)}
        if since is None:
            gone |= set(known) - {change.id for change in changes}
        summary.removed = sorted(gone & set(known))
        transaction.remove(summary.removed)
        articles = [change for change in changes if isinstance(change, Article)]
        for article in articles:
            _put(transaction, article, known.get(article.id), summary)
        kept = len(known) - len(summary.removed) + len(summary.new)
        if known and not kept and not allow_empty:
            raise SyncRefused(
                f"The source {source.name!r} has no article left; {len(known)} were there. "
                "Nothing was removed. If that is meant, sync with `allow_empty`."
            )
        summary.unchanged = kept - len(summary.new) - len(summary.changed)
        touched = bool(summary.new or summary.changed or summary.removed)
        transaction.finish(following, changed=touched)
    return summary


def _put(
    transaction: SyncTransaction, article: Article, known_hash: str | None, summary: SyncSummary
) -> None:
    if known_hash == content_hash(article):
        return
    owner = transaction.owner(article.lang, article.slug)
    if owner not in (None, article.id):
        reason = f"{article.lang}/{article.slug} is taken by {owner}; give it another slug"
        summary.failed.append(Failed(article.id, reason))
        return
    transaction.put(article)
    (summary.new if known_hash is None else summary.changed).append(article.id)
