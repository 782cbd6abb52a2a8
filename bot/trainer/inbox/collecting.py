"""Customers' messages into the inbox: redacted, the same ones merged, what is known set aside.

A message is taken once, by its id. Turns do not end in the order in which they began, so the
collecting goes by the time at which a message's turn ended, and looks back a little; it may be
broken off at any point and goes on from there, and two at once do no harm.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.exc import IntegrityError

from bot.storage import conversations
from bot.storage.conversations import Message
from bot.storage.database import reading, transaction
from bot.storage.tables import messages
from bot.storage.trainer_tables import collection, review_sources, reviews
from bot.trainer.inbox.following import FLAGS, go_on, state_of
from bot.trainer.inbox.incoming import Said, already_there, prediction, ready_for_inbox
from bot.trainer.inbox.intents import Catalogue, catalogue
from bot.trainer.inbox.ordering import LAST, Encode, meaning, order
from bot.trainer.inbox.records import KNOWN, OPEN
from bot.trainer.inbox.wording import Near
from bot.trainer.nlu_files.sources import NLU_FOLDER

Progress = Callable[[str, int, int], None]

LOOK_BACK = 600.0
"""Seconds: a transaction that was stamped earlier may be seen later than one stamped after it."""
AT_ONCE = 200
"""Messages a transaction."""


@dataclass(frozen=True)
class Collected:
    """What a collecting found.

    Attributes:
        messages: customers' messages that are in the inbox now and were not before.
        new: reviews that they made; the others were merged into reviews that were there.
        passed_over: messages that are not for the inbox: pressed buttons, files, numbers, answers
            to a form's question, words to a person.
        ordered: whether the order was made anew.
    """

    messages: int
    new: int
    passed_over: int
    ordered: bool

    @property
    def merged(self) -> int:
        """Messages that said what another one says."""
        return self.messages - self.new


@dataclass(frozen=True)
class _Taken:
    """Messages that were taken, how many reviews they made, and the newest of each review."""

    messages: int
    new: int
    latest: Mapping[int, Said]


def collect(
    engine: Engine,
    folder: Path = NLU_FOLDER,
    *,
    encode: Encode | None = None,
    progress: Progress | None = None,
) -> Collected:
    """Takes in what customers have said since the last time.

    Args:
        folder: with the training files, to know what is an example already, and for the order.
        encode: unit vectors of texts, for the order; default the sentence encoder.
        progress: told how many of how many messages are taken.

    Raises:
        NluError: a training file cannot be read, or there is no sentence encoder.
    """
    known = catalogue(folder)
    _prepare(engine)
    with reading(engine) as connection:
        state = connection.execute(sa.select(collection)).one()
        since = (state.handled_to - LOOK_BACK, 0)
        total = _waiting(connection, since[0])
    taken = new = passed = done = 0
    index = _Index(engine)
    while True:
        with reading(engine) as connection:
            batch = _batch(connection, since)
            ready, left_out = ready_for_inbox(connection, batch)
        if not batch:
            break
        since = (batch[-1].handled_at or 0.0, batch[-1].id)
        with transaction(engine) as connection:
            index.refresh(connection)
            counted = _take(connection, ready, index, known)
            go_on(connection, {message.conversation_id for message in batch}, counted.latest)
            index.stamp(connection, since[0])
        taken, new = taken + counted.messages, new + counted.new
        passed, done = passed + left_out, done + len(batch)
        if progress:
            progress("Reading customers' messages", min(done, total), total)
    recognised = recognise(engine, known)
    with reading(engine) as connection:
        last = connection.execute(sa.select(collection.c.ordered_at)).scalar() or 0.0
        acted = connection.execute(sa.select(sa.func.max(reviews.c.at))).scalar() or 0.0
        unordered = connection.execute(
            sa.select(reviews.c.id).where(reviews.c.rank == LAST).limit(1)
        ).scalar()
    stale = bool(taken or recognised or unordered or acted > last)
    if stale:
        if progress:
            progress("Finding what teaches most", 0, 1)
        order(engine, folder, encode or meaning)
        if progress:
            progress("Finding what teaches most", 1, 1)
    return Collected(taken, new, passed, stale)


def recognise(engine: Engine, known: Catalogue) -> int:
    """Sets aside what has become an example, and takes back what is none any more.

    Returns:
        How many reviews have another state.
    """
    query = sa.select(
        *(reviews.c[name] for name in ("id", "text", "language", "example")),
        *(reviews.c[name] for name in ("answered", "rejected", "state")),
    ).where(reviews.c.state.in_((OPEN, KNOWN)))
    with reading(engine) as connection:
        rows = list(connection.execute(query))
    changed = []
    for row in rows:
        example = known.example_of(row.text, row.language) is not None
        state = state_of(example, row.answered, row.rejected)
        if (example, state) != (row.example, row.state):
            changed.append({"which": row.id, "is_example": example, "now": state})
    change = (
        reviews.update()
        .where(reviews.c.id == sa.bindparam("which"), reviews.c.state.in_((OPEN, KNOWN)))
        .values(example=sa.bindparam("is_example"), state=sa.bindparam("now"))
    )
    for start in range(0, len(changed), AT_ONCE):
        with transaction(engine) as connection:
            connection.execute(change, changed[start : start + AT_ONCE])
    return len(changed)


class _Index:
    """The reviews by their words; loaded again when another process has collected meanwhile."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._ran_at = -1.0
        self._near: dict[tuple[str, str | None], Near] = {}

    def refresh(self, connection: Connection) -> None:
        """Takes the lock of the collecting, and looks whether anybody was here."""
        # An update first: it makes another one wait, in PostgreSQL too.
        connection.execute(collection.update().values(id=1))
        ran_at = connection.execute(sa.select(collection.c.ran_at)).scalar()
        if ran_at == self._ran_at:
            return
        self._near = defaultdict(Near)
        columns = (reviews.c.key, reviews.c.masked, reviews.c.language, reviews.c.predicted)
        for row in connection.execute(sa.select(*columns).order_by(reviews.c.id)):
            self.add(row.key, row.masked, row.language, row.predicted)

    def add(self, review_key: str, words: str, language: str, predicted: str | None) -> None:
        self._near[language, predicted].add(review_key, words)

    def find(self, said: Said) -> str | None:
        return self._near[said.language, said.predicted].find(said.masked)

    def stamp(self, connection: Connection, handled_to: float) -> None:
        """Says up to where everything is taken."""
        self._ran_at = time.time()
        further = sa.case(
            (collection.c.handled_to < handled_to, handled_to), else_=collection.c.handled_to
        )
        connection.execute(collection.update().values(handled_to=further, ran_at=self._ran_at))


def _prepare(engine: Engine) -> None:
    try:
        with transaction(engine) as connection:
            if connection.execute(sa.select(collection.c.id)).first() is None:
                connection.execute(
                    collection.insert().values(id=1, handled_to=0.0, ran_at=0.0, ordered_at=0.0)
                )
    except IntegrityError:
        return  # another process was faster


def _handled(since: tuple[float, int]) -> list[Any]:
    handled, last = since
    return [
        messages.c.speaker == "customer",
        messages.c.handled_at >= handled,
        sa.or_(messages.c.handled_at > handled, messages.c.id > last),
    ]


def _waiting(connection: Connection, since: float) -> int:
    query = sa.select(sa.func.count()).where(*_handled((since, 0)))
    return int(connection.execute(query).scalar() or 0)


def _batch(connection: Connection, since: tuple[float, int]) -> list[Message]:
    query = (
        sa.select(messages.c.id)
        .where(*_handled(since))
        .order_by(messages.c.handled_at, messages.c.id)
        .limit(AT_ONCE)
    )
    ids = [row.id for row in connection.execute(query)]
    return conversations.several(connection, ids)


def _take(connection: Connection, ready: Sequence[Said], index: _Index, known: Catalogue) -> _Taken:
    """Writes messages into their reviews."""
    there = already_there(connection, [said.message.id for said in ready])
    kept = _kept(connection, [said.message.id for said in ready])
    fresh = [s for s in ready if s.message.id in kept and s.message.id not in there]
    known_keys = set(_ids(connection, {said.key for said in fresh}))
    belongs: list[str] = []
    new: dict[str, dict[str, Any]] = {}
    for said in fresh:
        review_key: str | None = said.key
        if said.key not in known_keys:
            review_key = index.find(said)
        if review_key is None:
            review_key = said.key
            new[review_key] = _row(said, known)
            known_keys.add(review_key)
            index.add(review_key, said.masked, said.language, said.predicted)
        belongs.append(review_key)
    if new:
        connection.execute(reviews.insert(), list(new.values()))
    ids = _ids(connection, set(belongs))
    latest = {ids[each]: said for each, said in zip(belongs, fresh, strict=True)}
    sources = [_source(said, ids[each]) for each, said in zip(belongs, fresh, strict=True)]
    if sources:
        connection.execute(review_sources.insert(), sources)
    return _Taken(len(fresh), len(new), latest)


def _kept(connection: Connection, message_ids: Sequence[int]) -> set[int]:
    """Which of the messages are still there: a conversation may have been deleted meanwhile."""
    query = sa.select(messages.c.id).where(messages.c.id.in_(message_ids))
    return set(connection.execute(query).scalars())


def _ids(connection: Connection, keys: Collection[str]) -> dict[str, int]:
    """Ids of the reviews with these keys."""
    query = sa.select(reviews.c.key, reviews.c.id).where(reviews.c.key.in_(keys))
    return {row.key: row.id for row in connection.execute(query)}


def _row(said: Said, known: Catalogue) -> dict[str, Any]:
    return {
        "version": 1,
        "key": said.key,
        "text": said.text,
        "masked": said.masked,
        "language": said.language,
        "count": 0,
        "first_at": said.message.created_at,
        "last_at": said.message.created_at,
        "channels": [],
        "example": known.example_of(said.text, said.language) is not None,
        "state": OPEN,
        "rank": LAST,
        **prediction(said),
    }


def _source(said: Said, review_id: int) -> dict[str, Any]:
    return {
        "message_id": said.message.id,
        "review_id": review_id,
        "conversation_id": said.message.conversation_id,
        "channel": said.channel,
        "time": said.message.created_at,
        **dict.fromkeys(FLAGS, False),
        "chosen": None,
    }
