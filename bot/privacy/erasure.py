"""Deletes conversations: each as a whole or not at all, with its files, in one transaction.

Killed half-way, it has deleted some conversations wholly and the others not; asked again, it goes
on.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from bot.attachments import files
from bot.errors import ConversationBusy, StorageError
from bot.handoff import outbox
from bot.privacy.kept import HelpdeskTicket, helpdesk_tickets, in_the_way, last_said
from bot.privacy.stores import FILES, HANDOFFS, MESSAGES, STORES, Keys, keys_of
from bot.settings import Settings
from bot.storage.database import transaction
from bot.storage.privacy_tables import erasures
from bot.storage.tables import (
    attachments,
    conversations,
    deliveries,
    desk_tickets,
    handoffs,
    messages,
)
from bot.trainer import inbox

logger = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]

BY_ID, BY_ADDRESS, BY_AGE, RETENTION = "conversation", "address", "age", "retention"


@dataclass(frozen=True)
class Asked:
    """Who wants conversations deleted. It is kept, so it must say nothing of a customer.

    Attributes:
        by: login of a member of staff; `svara` for itself.
        why: `conversation` for one by its id, `address` for those of a customer's address, `age`
            for old ones, `retention` for those older than the setting.
    """

    by: str
    why: str


@dataclass(frozen=True)
class Erased:
    """A conversation that was deleted.

    Attributes:
        counts: how many rows went, by what they were.
        tickets: that helpdesks still have of it.
        in_the_way: what was lost with it, where that was wanted.
    """

    conversation_id: str
    counts: Mapping[str, int]
    tickets: tuple[HelpdeskTicket, ...]
    in_the_way: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of conversations that were to be deleted; others were not there.

    Attributes:
        busy: why the others could not be deleted now.
    """

    erased: tuple[Erased, ...]
    busy: tuple[ConversationBusy, ...]

    @property
    def counts(self) -> dict[str, int]:
        """How many rows went of all of them, by what they were."""
        total: dict[str, int] = {}
        for each in self.erased:
            for what, count in each.counts.items():
                total[what] = total.get(what, 0) + count
        return total


@dataclass(frozen=True)
class Erasure:
    """A time that conversations were deleted. Times are seconds since the epoch."""

    id: str
    by: str
    why: str
    began_at: float
    ended_at: float
    conversations: int
    messages: int
    handoffs: int
    files: int


def erase(
    engine: Engine,
    settings: Settings,
    conversation_ids: Sequence[str],
    asked: Asked,
    *,
    even_busy: bool = False,
    idle_before: float | None = None,
    pause: float = 0.0,
    progress: Progress | None = None,
) -> Outcome:
    """Deletes conversations from every table, with their files.

    What remains: redacted texts in the trainer's inbox with how often they came, but not from
    where; what trainers took into the training data and test stories; what helpdesks have; and a
    row that says who had how much deleted, and when.

    Args:
        even_busy: also while a person has it, or something of it is still to be delivered.
        idle_before: leave out those in which something was said since, in seconds since the epoch.
        pause: seconds between two conversations, for others to write.
        progress: told how many of how many are done.

    Raises:
        StorageError: a file cannot be deleted; its conversation is still there.
    """
    run = uuid.uuid4().hex
    erased: list[Erased] = []
    busy: list[ConversationBusy] = []
    for done, conversation_id in enumerate(conversation_ids):
        if progress:
            progress("Deleting conversations", done, len(conversation_ids))
        if done and pause:
            time.sleep(pause)
        try:
            with transaction(engine) as connection:
                found = _erase(connection, settings, conversation_id, even_busy, idle_before)
                if found is not None:
                    _note(connection, run, asked, found.counts)
        except ConversationBusy as error:
            busy.append(error)
            continue
        if found is not None:
            erased.append(found)
    if progress:
        progress("Deleting conversations", len(conversation_ids), len(conversation_ids))
    if erased:
        _forget_journal(engine)
        logger.info("%s had %d conversations deleted (%s)", asked.by, len(erased), asked.why)
    return Outcome(tuple(erased), tuple(busy))


def erasures_so_far(connection: Connection, *, limit: int = 100) -> list[Erasure]:
    """When conversations were deleted, newest first."""
    columns = (erasures.c[name] for name in Erasure.__dataclass_fields__)
    query = sa.select(*columns).order_by(erasures.c.began_at.desc()).limit(limit)
    return [Erasure(**row._mapping) for row in connection.execute(query)]


def _erase(
    connection: Connection,
    settings: Settings,
    conversation_id: str,
    even_busy: bool,
    idle_before: float | None,
) -> Erased | None:
    """Deletes a conversation; None when there is nothing, or when it is in use again."""
    _hold(connection, conversation_id)
    keys = keys_of(connection, conversation_id)
    if idle_before is not None and (last_said(connection, conversation_id) or 0.0) >= idle_before:
        return None
    obstacles = tuple(in_the_way(connection, keys))
    if outbox.on_its_way(connection, keys.handoffs):
        raise ConversationBusy(
            conversation_id, "A webhook is on its way this very moment. Try again in a minute."
        )
    if obstacles and not even_busy:
        raise ConversationBusy(conversation_id, " ".join(obstacles))
    elsewhere = helpdesk_tickets(connection, keys)
    mine = sa.select(attachments.c.id).where(attachments.c.conversation_id == conversation_id)
    file_ids = list(connection.execute(mine).scalars())
    # First: a collecting that has read the messages already comes before this, or finds them gone.
    forgotten = inbox.forget(connection, conversation_id)
    counts = _delete(connection, keys)
    if not counts and not forgotten:
        return None
    # Last before the end: killed here, the rows are still there, and asked again it goes on.
    _delete_files(settings, file_ids)
    shown = {what: count for what, count in counts.items() if what}
    return Erased(conversation_id, shown, elsewhere, obstacles)


def _hold(connection: Connection, conversation_id: str) -> None:
    """Waits for who writes to the conversation now, and lets nobody else begin.

    In the order in which the dispatcher takes rows: a delivery before its handoff.
    """
    mine = sa.select(handoffs.c.id).where(handoffs.c.conversation_id == conversation_id)
    unanswered = sa.and_(messages.c.speaker == "customer", messages.c.handled_at.is_(None))
    for table, condition in (
        (conversations, conversations.c.id == conversation_id),
        (deliveries, deliveries.c.handoff_id.in_(mine)),
        (handoffs, handoffs.c.conversation_id == conversation_id),
        (desk_tickets, desk_tickets.c.handoff_id.in_(mine)),
        (messages, sa.and_(messages.c.conversation_id == conversation_id, unanswered)),
    ):
        held = sa.select(sa.literal(1)).select_from(table).where(condition)
        connection.execute(held.with_for_update(of=table)).fetchall()


def _delete(connection: Connection, keys: Keys) -> dict[str, int]:
    """Deletes the rows; how many, by what they were, of what there was."""
    counts: dict[str, int] = {}
    for store in STORES:
        gone = connection.execute(store.table.delete().where(store.mine(keys))).rowcount
        if gone:
            counts[store.what] = counts.get(store.what, 0) + int(gone)
    return counts


def _delete_files(settings: Settings, ids: Iterable[str]) -> None:
    for attachment_id in ids:
        path = files.path_of(settings, attachment_id)
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageError(
                f"The file '{path}' cannot be deleted: {error.strerror}. Its conversation is still "
                "there; make the folder writable and ask again."
            ) from error


def _note(connection: Connection, run: str, asked: Asked, counts: Mapping[str, int]) -> None:
    """Adds a conversation to what was deleted this time."""
    gone = {
        "conversations": 1,
        "messages": counts.get(MESSAGES, 0),
        "handoffs": counts.get(HANDOFFS, 0),
        "files": counts.get(FILES, 0),
    }
    now = time.time()
    added = {name: erasures.c[name] + count for name, count in gone.items()}
    changed = connection.execute(
        erasures.update().where(erasures.c.id == run).values(ended_at=now, **added)
    )
    if not changed.rowcount:
        values = {"id": run, "by": asked.by, "why": asked.why, "began_at": now, "ended_at": now}
        connection.execute(erasures.insert().values(**values, **gone))


def _forget_journal(engine: Engine) -> None:
    """Empties SQLite's write-ahead log, which has the pages as they were before.

    Who reads at that moment keeps some of it; it is emptied at the next time then.
    """
    if engine.dialect.name != "sqlite":
        return
    raw = engine.raw_connection()
    try:
        raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").close()
    finally:
        raw.close()
