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

from bot.settings import LANGUAGES
from bot.storage import conversations
from bot.storage.conversations import Message
from bot.storage.database import reading, transaction
from bot.storage.tables import conversations as conversation_table
from bot.storage.tables import handoffs, messages
from bot.storage.trainer_tables import (
    collection,
    review_predictions,
    review_sources,
    reviews,
)
from bot.trainer.inbox.intents import Catalogue, catalogue
from bot.trainer.inbox.ordering import LAST, Encode, meaning, order
from bot.trainer.inbox.records import IMPACTS, KNOWN, OPEN
from bot.trainer.inbox.signals import Signals, heard, is_form_answer, real_ranking, signals
from bot.trainer.inbox.wording import Near, key, masked, says_something
from bot.trainer.nlu_files.marks import one_line
from bot.trainer.nlu_files.sources import NLU_FOLDER
from bot.trainer.redaction import redact

Progress = Callable[[str, int, int], None]

LOOK_BACK = 600.0
"""Seconds: a transaction that was stamped earlier may be seen later than one stamped after it."""
AT_ONCE = 200
"""Messages a transaction."""
NEWEST = 200
"""Messages of a conversation that are looked at for what became of them."""
_FLAGS = ("fell_back", "rejected", "handed_off", "upset")
_PREDICTION = ("predicted", "confidence", "answered", "ranking", "entities")
_SUMS = ("count", "first_at", "last_at", "channels", "chosen", *IMPACTS)
_OF_REVIEW = [reviews.c[name] for name in ("id", "example", "state", *_PREDICTION)]
# Built once: for each of ten thousand rows, building one takes longer than running it.
_CHANGE_SOURCE = (
    review_sources.update()
    .where(review_sources.c.message_id == sa.bindparam("which"))
    .values({name: sa.bindparam(name) for name in (*_FLAGS, "chosen")})
)
_CHANGE_REVIEW = (
    reviews.update()
    .where(reviews.c.id == sa.bindparam("new_id"))
    .values({name: sa.bindparam(f"new_{name}") for name in ("state", *_PREDICTION, *_SUMS)})
)


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
class _Said:
    """A message, made ready outside of a transaction."""

    message: Message
    channel: str
    text: str
    language: str
    key: str
    masked: str

    @property
    def predicted(self) -> str | None:
        ranking = real_ranking(self.message.nlu)
        return ranking[0][0] if ranking else None


@dataclass(frozen=True)
class _Taken:
    """Messages that were taken, how many reviews they made, and the newest of each review."""

    messages: int
    new: int
    latest: Mapping[int, _Said]


def collect(
    engine: Engine,
    folder: Path = NLU_FOLDER,
    *,
    encode: Encode | None = None,
    progress: Progress | None = None,
) -> Collected:
    """Takes in what customers have said since the last time.

    Args:
        folder: with the training files, to know what is an example already.
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
            ready, left_out = _ready(connection, batch)
        if not batch:
            break
        since = (batch[-1].handled_at or 0.0, batch[-1].id)
        with transaction(engine) as connection:
            index.refresh(connection)
            counted = _take(connection, ready, index, known)
            _go_on(connection, {message.conversation_id for message in batch}, counted.latest)
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
        order(engine, encode or meaning)
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

    def find(self, said: _Said) -> str | None:
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


def _ready(connection: Connection, batch: Sequence[Message]) -> tuple[list[_Said], int]:
    """The messages that are for the inbox, and how many are not."""
    there = _there(connection, [message.id for message in batch])
    fresh = [message for message in batch if message.id not in there]
    known = {
        row.id: row
        for row in connection.execute(
            sa.select(conversation_table).where(
                conversation_table.c.id.in_({message.conversation_id for message in fresh})
            )
        )
    }
    found = []
    for message in fresh:
        said = _said(message, known.get(message.conversation_id))
        if said is not None:
            found.append(said)
    return found, len(fresh) - len(found)


def _said(message: Message, conversation: Any) -> _Said | None:
    # A button's payload is the bot's own word; what a person was told, the bot need not know.
    if message.data.get("payload") or message.data.get("handoff") or not message.text.strip():
        return None
    if is_form_answer(message):
        return None
    spoken = (message.nlu or {}).get("language")
    known = conversation.language if conversation is not None else None
    language = next((each for each in (spoken, known) if each in LANGUAGES), LANGUAGES[0])
    customer = dict(conversation.customer or {}) if conversation is not None else {}
    names = [str(customer["name"])] if customer.get("name") else []
    text = one_line(redact(message.text, language, names).text)
    if not says_something(text):
        return None
    channel = conversation.channel if conversation is not None else "unknown"
    return _Said(message, channel, text, language, key(text, language), masked(text))


def _take(
    connection: Connection, ready: Sequence[_Said], index: _Index, known: Catalogue
) -> _Taken:
    """Writes messages into their reviews."""
    there = _there(connection, [said.message.id for said in ready])
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


def _go_on(connection: Connection, touched: Collection[str], latest: Mapping[int, _Said]) -> None:
    """Brings reviews up to date with conversations that went on, by a pressed button too."""
    _sum_up(connection, set(latest) | _follow(connection, touched), latest)


def _there(connection: Connection, message_ids: Sequence[int]) -> set[int]:
    """Which of the messages are in the inbox already."""
    c = review_sources.c
    query = sa.select(c.message_id).where(c.message_id.in_(message_ids))
    return set(connection.execute(query).scalars())


def _kept(connection: Connection, message_ids: Sequence[int]) -> set[int]:
    """Which of the messages are still there: a conversation may have been deleted meanwhile."""
    query = sa.select(messages.c.id).where(messages.c.id.in_(message_ids))
    return set(connection.execute(query).scalars())


def _ids(connection: Connection, keys: Collection[str]) -> dict[str, int]:
    """Ids of the reviews with these keys."""
    query = sa.select(reviews.c.key, reviews.c.id).where(reviews.c.key.in_(keys))
    return {row.key: row.id for row in connection.execute(query)}


def _row(said: _Said, known: Catalogue) -> dict[str, Any]:
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
        **_prediction(said),
    }


def _prediction(said: _Said) -> dict[str, Any]:
    nlu = said.message.nlu or {}
    lowered = said.text.casefold()
    return {
        **heard(nlu),
        # A value that is not in the redacted words may be what was redacted.
        "entities": [
            [str(each["entity"]), value if value.casefold() in lowered else ""]
            for each in nlu.get("entities") or []
            for value in [str(each.get("value"))]
        ],
    }


def _source(said: _Said, review_id: int) -> dict[str, Any]:
    return {
        "message_id": said.message.id,
        "review_id": review_id,
        "conversation_id": said.message.conversation_id,
        "channel": said.channel,
        "time": said.message.created_at,
        **dict.fromkeys(_FLAGS, False),
        "chosen": None,
    }


def _follow(connection: Connection, touched: Collection[str]) -> set[int]:
    """Looks what has become of the messages of conversations that went on.

    Returns:
        The reviews of which something is true now that was not.
    """
    c = review_sources.c
    rows = list(connection.execute(sa.select(review_sources).where(c.conversation_id.in_(touched))))
    handed: dict[str, list[float]] = defaultdict(list)
    asked = sa.select(handoffs.c.conversation_id, handoffs.c.requested_at)
    for row in connection.execute(asked.where(handoffs.c.conversation_id.in_(touched))):
        handed[row.conversation_id].append(row.requested_at)
    by_conversation: dict[str, dict[int, Any]] = defaultdict(dict)
    for row in rows:
        by_conversation[row.conversation_id][row.message_id] = row
    changed = []
    for conversation_id, mine in by_conversation.items():
        spoken = [
            message
            for message in conversations.history(
                connection, conversation_id, speakers=("customer", "bot"), limit=NEWEST
            )
            if not message.data.get("handoff")
        ]
        for message_id, found in signals(spoken, handed[conversation_id]).items():
            row = mine.get(message_id)
            if row is not None and _differs(row, found):
                values = {name: getattr(found, name) for name in (*_FLAGS, "chosen")}
                changed.append({"which": message_id, "review": row.review_id, **values})
    if changed:
        connection.execute(_CHANGE_SOURCE, changed)
    return {int(each["review"]) for each in changed}


def _differs(row: Any, found: Signals) -> bool:
    return any(getattr(row, name) != getattr(found, name) for name in (*_FLAGS, "chosen"))


def _sum_up(connection: Connection, touched: Collection[int], latest: Mapping[int, _Said]) -> None:
    """Writes into reviews what their sources come to."""
    if not touched:
        return
    c = review_sources.c
    sums = [sa.func.sum(sa.case((c[name], 1), else_=0)).label(name) for name in IMPACTS]
    query = sa.select(
        c.review_id,
        sa.func.count().label("count"),
        sa.func.min(c.time).label("first_at"),
        sa.func.max(c.time).label("last_at"),
        sa.func.max(c.chosen).label("chosen"),
        *sums,
    )
    totals = {
        row["review_id"]: row
        for row in connection.execute(
            query.where(c.review_id.in_(touched)).group_by(c.review_id)
        ).mappings()
    }
    channels: dict[int, set[str]] = defaultdict(set)
    used = sa.select(c.review_id, c.channel).where(c.review_id.in_(touched)).distinct()
    for row in connection.execute(used):
        channels[row.review_id].add(row.channel)
    if latest:
        # The newest message's own prediction stands there now.
        forget = review_predictions.delete().where(review_predictions.c.review_id.in_(latest))
        connection.execute(forget)
    rows = []
    for row in connection.execute(sa.select(*_OF_REVIEW).where(reviews.c.id.in_(touched))):
        values = dict(row._mapping) | {k: v for k, v in totals[row.id].items() if k != "review_id"}
        values["channels"] = sorted(channels[row.id])
        if row.id in latest:
            values |= _prediction(latest[row.id])
        if row.state in (OPEN, KNOWN):
            values["state"] = state_of(row.example, values["answered"], values["rejected"])
        rows.append({f"new_{name}": value for name, value in values.items()})
    connection.execute(_CHANGE_REVIEW, rows)


def state_of(example: bool, answered: bool, rejected: int) -> str:
    """Known: an example already, or acted on by the bot and never rejected."""
    return KNOWN if example or (answered and not rejected) else OPEN
