"""What the model that answers customers now makes of the messages that wait for a trainer.

A message comes into the inbox with what the model of its turn made of it. When another model is
shipped, the messages that are open or known are read again by that one, so that order, filter and
suggestions are the newest model's. It goes in parts and may be broken off at any point.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from bot.errors import ModelUnknown
from bot.settings import Settings
from bot.storage.database import open_database, reading, transaction
from bot.storage.trainer_tables import collection, review_predictions, reviews
from bot.trainer.inbox.following import state_of
from bot.trainer.inbox.ordering import Encode, meaning, order
from bot.trainer.inbox.records import KNOWN, OPEN
from bot.trainer.inbox.signals import heard
from bot.trainer.interpreter import Interpreter
from bot.trainer.models.live import FOUND, Shipped, live
from bot.trainer.models.registry import MODELS
from bot.trainer.nlu_files.sources import NLU_FOLDER
from bot.trainer.redaction import fill

Progress = Callable[[str, int, int], None]
Parse = Callable[[Sequence[str]], Sequence[Mapping[str, Any]]]
"""Texts to Rasa's parses of them."""

KIND = "predict"
"""The kind of the job, in `bot.trainer.jobs`."""
AT_ONCE = 200
"""Messages a transaction."""
LOAD_SECONDS = 120.0
"""So long after a shipping a turn may have been answered by the model before."""
_READING = "The new model reads the messages"
_c, _p = reviews.c, review_predictions.c
_READ = ("id", "text", "language")
_BEFORE = (
    *("id", "state", "parent", "draft", "example", "rejected"),
    *("predicted", "confidence", "answered"),
)
_CHANGE = (
    reviews.update()
    .where(_c.id == sa.bindparam("which"))
    .values(
        {
            name: sa.bindparam(f"new_{name}")
            for name in ("state", "predicted", "confidence", "answered", "ranking")
        }
    )
)
_CHANGE_MODEL = (
    review_predictions.update()
    .where(_p.review_id == sa.bindparam("which"))
    .values(model=sa.bindparam("new_model"))
)


@dataclass(frozen=True)
class Predicted:
    """What reading again came to.

    Attributes:
        model: the file's name; None when no model was ever shipped.
        messages: reviews that were read.
        changed: those of them that it takes for something else.
    """

    model: str | None
    messages: int
    changed: int


def waiting(connection: Connection) -> int:
    """Reviews that the live model has not read."""
    now = live(connection)
    if now is None:
        return 0
    query = sa.select(sa.func.count()).select_from(_JOINED).where(*_unread(now))
    return int(connection.execute(query).scalar() or 0)


def predict(
    engine: Engine,
    models: Path = MODELS,
    folder: Path = NLU_FOLDER,
    *,
    load: Callable[[Path], Parse] | None = None,
    encode: Encode | None = None,
    progress: Progress | None = None,
) -> Predicted:
    """Has the live model read what it has not read, and makes the order anew.

    Redacted places are read with made-up values in them, as the customer's own words are not kept.

    Args:
        models: the folder of models.
        folder: with the training files, for the order.
        load: gives what parses texts with a model; default its NLU pipeline, in this process.
        encode: unit vectors of texts, for the order; default the sentence encoder.
        progress: told how many of how many are read.

    Raises:
        ModelUnknown: the live model's file is gone.
        NluError: it cannot be loaded, or there is no sentence encoder.
    """
    done = changed = 0
    with reading(engine) as connection:
        now = live(connection)
        total = waiting(connection)
    loaded: tuple[str, Parse] | None = None
    while now is not None:
        with reading(engine) as connection:
            batch = _batch(connection, now)
        if not batch:
            break
        if loaded is None or loaded[0] != now.model:
            loaded = now.model, (load or _load)(_file(models / now.model))
        texts = [fill(row.text, row.language).text for row in batch]
        parses = dict(zip((row.id for row in batch), loaded[1](texts), strict=True))
        with transaction(engine) as connection:
            changed += _write(connection, now.model, parses)
            now = live(connection)  # another may have been shipped meanwhile
        done += len(batch)
        if progress:
            progress(_READING, done, max(total, done))
    if done:
        if progress:
            progress("Finding what teaches most", 0, 0)
        order(engine, folder, encode or meaning)
    return Predicted(None if now is None else now.model, done, changed)


def run_job(
    settings: Settings, arguments: Mapping[str, Any], progress: Progress
) -> Mapping[str, Any]:
    """The work of a job `predict`; see `bot.trainer.jobs`."""
    found = predict(open_database(settings.database), progress=progress)
    return {"model": found.model, "messages": found.messages, "changed": found.changed}


_JOINED = reviews.outerjoin(review_predictions, _p.review_id == _c.id)


def _unread(now: Shipped) -> list[Any]:
    # Where nothing is kept, the prediction is of the message's own turn; parts had none. A model
    # that was found at work has answered those turns itself.
    began = 0.0 if now.why == FOUND else now.at + LOAD_SECONDS
    earlier = sa.or_(_c.last_at < began, _c.parent.isnot(None))
    unread = sa.or_(_p.model != now.model, sa.and_(_p.model.is_(None), earlier))
    return [_c.state.in_((OPEN, KNOWN)), unread]


def _batch(connection: Connection, now: Shipped) -> list[Any]:
    """The next messages, those first that a trainer sees first."""
    query = sa.select(*(_c[name] for name in _READ)).select_from(_JOINED).where(*_unread(now))
    query = query.order_by(_c.state.desc(), _c.rank, _c.id)
    return list(connection.execute(query.limit(AT_ONCE)))


def _write(connection: Connection, model: str, parses: Mapping[int, Mapping[str, Any]]) -> int:
    """Writes predictions into reviews that are still to be labelled; gives how many changed."""
    # The lock of the collecting: a message that comes again brings a prediction of its own.
    connection.execute(collection.update().values(id=1))
    columns = [_c[name] for name in _BEFORE]
    query = sa.select(*columns, _p.model).select_from(_JOINED).where(_c.id.in_(parses))
    rows = list(connection.execute(query.where(_c.state.in_((OPEN, KNOWN)))))
    values, kept, fresh = [], [], []
    for row in rows:
        parsed = parses[row.id]
        now = heard({"intent": parsed.get("intent"), "ranking": parsed.get("intent_ranking")})
        # A part was split off to be labelled: it stays, however sure the model is of it. So does a
        # message whose text a trainer has worked on.
        answered = now["answered"] and row.parent is None
        state = state_of(row.example, answered, row.rejected) if row.draft is None else row.state
        told = {f"new_{name}": value for name, value in now.items()}
        values.append({"which": row.id, "new_state": state, **told})
        if row.model is not None:
            kept.append({"which": row.id, "new_model": model})
        else:
            then = {
                f"then_{name}": getattr(row, name)
                for name in ("predicted", "confidence", "answered")
            }
            fresh.append({"review_id": row.id, "model": model, **then})
    if values:
        connection.execute(_CHANGE, values)
    if kept:
        connection.execute(_CHANGE_MODEL, kept)
    if fresh:
        connection.execute(review_predictions.insert(), fresh)
    before = {row.id: row.predicted for row in rows}
    return sum(each["new_predicted"] != before[each["which"]] for each in values)


def _file(path: Path) -> Path:
    if not path.is_file():
        raise ModelUnknown(f"The model '{path}' that answers customers is gone. Ship another one.")
    return path


def _load(model: Path) -> Parse:
    return Interpreter(model).parse_all
