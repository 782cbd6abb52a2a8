"""The knowledge base as Svara uses it: with its database, its address and the NLU's encoders."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Sequence
from functools import partial
from typing import Any

from bot.nlu.search_encoder import search_encoders
from bot.settings import Settings, kb_secret
from bot.storage.database import open_database
from kb_connector.connections import DEFAULT, Connection, connections
from kb_connector.knowledge_base import KnowledgeBase
from kb_connector.runs import runs
from kb_connector.sources import KnowledgeSource
from kb_connector.sources.markdown import MarkdownSource
from kb_connector.sources.registry import open_source
from kb_connector.syncing import Open, sync_all

logger = logging.getLogger(__name__)


def open_knowledge_base(settings: Settings, engine: Any = None) -> KnowledgeBase:
    """The knowledge base of a process.

    Args:
        engine: the process's own; default a new one.

    Raises:
        StoreError: the database cannot be used.
        NluError: a sentence encoder cannot be loaded.
    """
    return KnowledgeBase(
        engine if engine is not None else open_database(settings.database),
        base_url=settings.url,
        encoders=search_encoders(),
    )


def local_source(settings: Settings) -> tuple[str, Open]:
    """The folder of Markdown files."""
    return DEFAULT, lambda: MarkdownSource(settings.kb_folder)


def all_sources(settings: Settings, base: KnowledgeBase) -> list[tuple[str, Open]]:
    """Every source, the folder first; each with what opens it.

    Raises:
        StoreError: the database cannot be used.
    """
    added = [
        (each.name, partial(open_connection, settings, each))
        for each in connections(base.store.engine)
    ]
    return [local_source(settings), *added]


def open_connection(settings: Settings, connection: Connection) -> KnowledgeSource:
    """A source that was added, with its key.

    Raises:
        ConnectionInvalid: it cannot be opened as it was described.
    """
    return open_source(connection, kb_secret(settings, connection.name) or None)


def sync_due(settings: Settings, base: KnowledgeBase) -> None:
    """Syncs what has not been synced for `kb_sync_minutes`, by whichever process; logs trouble."""
    now = dt.datetime.now(dt.timezone.utc)
    # a little less, so that a sync which began late does not skip every other turn
    pause = dt.timedelta(minutes=0.9 * settings.kb_sync_minutes)
    last = {run.source: run.started for run in runs(base.store.engine)}
    due = [
        (name, opener)
        for name, opener in all_sources(settings, base)
        if name not in last or now - last[name] >= pause
    ]
    report(base, due)


def report(base: KnowledgeBase, sources: Sequence[tuple[str, Open]]) -> None:
    """Syncs some sources and logs what went wrong; yesterday's articles stay in place then."""
    for outcome in sync_all(base, sources):
        if outcome.error:
            logger.error("%s cannot be synced: %s", outcome.summary.source, outcome.error)
        for failure in outcome.summary.failed:
            logger.warning("An article was left out: %s", failure)
