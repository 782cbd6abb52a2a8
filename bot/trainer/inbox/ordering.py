"""The order of the inbox: a number in each review, so that a page is read along an index."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray
from sqlalchemy.engine import Engine

from bot.nlu.vectors import unit
from bot.storage.database import reading, transaction
from bot.storage.trainer_tables import collection, reviews
from bot.trainer.cross_validation import OUT_OF_SCOPE
from bot.trainer.inbox.intents import readable_catalogue
from bot.trainer.inbox.records import KNOWN, OPEN
from bot.trainer.nlu_files.sources import NLU_FOLDER, SourceExample
from bot.trainer.ordering import drawn, teaching_order
from bot.trainer.whitening import whiten

Array = NDArray[Any]
Encode = Callable[[Sequence[str]], Array]

LAST = 1_000_000_000
"""Rank of what has not been ordered yet."""
WEIGHTS = {"rejected": 1.0, "fell_back": 0.8, "handed_off": 0.7, "upset": 0.5}
"""How much more depends on a message of which this is true: a wrong answer is worse than none."""
EXAMPLES = 10_000
"""Of more training examples, that many are drawn."""
_AT_ONCE = 1000


def meaning(texts: Sequence[str]) -> Array:
    """Unit vectors of texts (texts, dimensions); those encoded before are on disk."""
    from bot.nlu.encoder import load_encoder  # noqa: PLC0415 (a second, and not in tests)
    from bot.nlu.meaning import encode_kept  # noqa: PLC0415

    found = encode_kept(load_encoder(), list(texts))
    # All sentences lie in a narrow cone: without its axis the differences are seen.
    centred = found - found.mean(axis=0)
    return unit(centred)


def order(engine: Engine, folder: Path = NLU_FOLDER, encode: Encode = meaning) -> int:
    """Puts what is not labelled into the order of what teaches most.

    Args:
        folder: with the training files, whose examples say which differences matter.

    Returns:
        How many reviews have another place than before.
    """
    started = time.time()
    columns = ("id", "text", "ranking", "count", "rank", *WEIGHTS)
    query = sa.select(*(reviews.c[name] for name in columns)).where(
        reviews.c.state.in_((OPEN, KNOWN))
    )
    with reading(engine) as connection:
        rows = [row._mapping for row in connection.execute(query.order_by(reviews.c.id))]
    places = _places(rows, _examples(folder), encode) if rows else []
    moved = [
        {"which": rows[place]["id"], "place": rank}
        for rank, place in enumerate(places)
        if rows[place]["rank"] != rank
    ]
    change = (
        reviews.update()
        .where(reviews.c.id == sa.bindparam("which"))
        .values(rank=sa.bindparam("place"))
    )
    for start in range(0, len(moved), _AT_ONCE):
        # In parts: a customer's message must not wait for ten thousand rows.
        with transaction(engine) as connection:
            connection.execute(change, moved[start : start + _AT_ONCE])
    with transaction(engine) as connection:
        connection.execute(collection.update().values(ordered_at=started))
    return len(moved)


def _examples(folder: Path) -> list[SourceExample]:
    """Of intents that are about one thing; of very many, some."""
    found = [each for each in readable_catalogue(folder).sources if each.intent != OUT_OF_SCOPE]
    return [found[place] for place in drawn(len(found), EXAMPLES)]


def _places(rows: Sequence[Any], examples: Sequence[SourceExample], encode: Encode) -> list[int]:
    impact = np.array(
        [1 + sum(weight for name, weight in WEIGHTS.items() if row[name]) for row in rows]
    )
    counts = np.array([row["count"] for row in rows], dtype=float)
    # Together, so that the same mean is taken off.
    both = encode([*(row["text"] for row in rows), *(each.text for each in examples)])
    vectors = whiten(both[: len(rows)], both[len(rows) :], [each.intent for each in examples])
    shares = shares_of([row["ranking"] for row in rows])
    return [int(place) for place in teaching_order(shares, vectors, impact, counts)]


def shares_of(rankings: Sequence[Sequence[tuple[str, float]]]) -> Array:
    """Probabilities (rankings, intents); of a ranking only its head is kept, the rest is one
    column."""
    names = sorted({name for ranking in rankings for name, _ in ranking})
    column = {name: place for place, name in enumerate(names)}
    shares = np.zeros((len(rankings), len(names) + 1))
    for place, ranking in enumerate(rankings):
        for name, share in ranking:
            shares[place, column[name]] = share
    shares[:, -1] = np.clip(1 - shares.sum(axis=1), 0, None)
    # What nobody has ruled out is spread over many intents, and so is no second choice by itself.
    shares[:, -1] /= max(len(names), 1)
    return shares
