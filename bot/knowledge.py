"""The knowledge base as Svara uses it: with its database, its address and the NLU's encoders."""

from __future__ import annotations

import datetime as dt
import logging
from functools import partial
from threading import Event, Thread
from typing import Any

from bot.nlu.search_encoder import search_encoders
from bot.settings import Settings, kb_secret, kb_secret_variable
from bot.storage.database import open_database
from kb_connector.connections import DEFAULT, Connection, connections, find
from kb_connector.errors import ConnectionInvalid, KnowledgeBaseError
from kb_connector.knowledge_base import KnowledgeBase
from kb_connector.leases import SECONDS
from kb_connector.sources import KnowledgeSource
from kb_connector.sources.markdown import MarkdownSource
from kb_connector.sources.registry import KINDS, open_source
from kb_connector.syncing import Open, Outcome, is_due, sync_all, sync_due

logger = logging.getLogger(__name__)

LOOK_EVERY = 15.0
"""Seconds between two looks for sources that are due, or were added."""


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
    engine = base.store.engine
    added = [
        (each.name, partial(_open_added, settings, engine, each.name))
        for each in connections(engine)
    ]
    return [local_source(settings), *added]


def _open_added(settings: Settings, engine: Any, name: str) -> KnowledgeSource:
    # Read anew: it may have been removed since the list was made.
    return open_connection(settings, find(engine, name))


def open_connection(settings: Settings, connection: Connection) -> KnowledgeSource:
    """A source that was added, with its key.

    Raises:
        ConnectionInvalid: it cannot be opened as it was described, or its key is not there.
    """
    key = kb_secret(settings, connection.name)
    kind = KINDS.get(connection.kind)
    if kind and kind.secret and not key:
        raise ConnectionInvalid(
            f"The source {connection.name!r} has no key ({kind.secret}). Set "
            f"{kb_secret_variable(connection.name)}, or remove the source and add it again."
        )
    return open_source(connection, key or None)


def pause(settings: Settings) -> dt.timedelta:
    """Time between two syncs of a source."""
    return dt.timedelta(minutes=settings.kb_sync_minutes)


def sync_folder(settings: Settings, base: KnowledgeBase) -> None:
    """Syncs the folder of Markdown files, and logs trouble; waits while another process does it."""
    for outcome in sync_all(base, [local_source(settings)], wait=SECONDS):
        _log(outcome)


def sync_regularly(settings: Settings, base: KnowledgeBase, stop: Event) -> None:
    """Syncs every source each `kb_sync_minutes` minutes, until told to stop; logs trouble.

    Of all processes that do this one syncs a source. Each source has a thread of its own: a site
    that takes an hour to read holds up nobody.
    """
    running: dict[str, Thread] = {}
    while not stop.is_set():
        try:
            _start_due(settings, base, running)
        except KnowledgeBaseError as error:
            logger.error("The sources of articles cannot be looked up: %s", error)
        stop.wait(LOOK_EVERY)


def _start_due(settings: Settings, base: KnowledgeBase, running: dict[str, Thread]) -> None:
    for name, open_it in all_sources(settings, base):
        busy = name in running and running[name].is_alive()
        if not busy and is_due(base, name, pause(settings)):
            # A daemon, as a stop waits for none: what was not kept is read again.
            args = (settings, base, name, open_it)
            running[name] = Thread(target=_sync, args=args, name=f"sync-{name}", daemon=True)
            running[name].start()


def _sync(settings: Settings, base: KnowledgeBase, name: str, open_it: Open) -> None:
    try:
        outcome = sync_due(base, name, open_it, pause(settings))
    except KnowledgeBaseError as error:
        logger.error("%s cannot be synced: %s", name, error)
        return
    if outcome is not None:
        _log(outcome)


def _log(outcome: Outcome) -> None:
    if outcome.error:
        logger.error("%s cannot be synced: %s", outcome.summary.source, outcome.error)
    for failure in outcome.summary.failed:
        logger.warning("An article was left out: %s", failure)
