"""Reading the inbox: the reviews with filters, how many there are, and what was done to one."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.errors import ReviewUnknown
from bot.storage.trainer_tables import (
    collection,
    review_actions,
    review_predictions,
    reviews,
)
from bot.trainer.inbox.wording import key
from bot.trainer.nlu_files.marks import read_marks

OPEN, KNOWN, LABELLED = "open", "known", "labelled"
SKIPPED, NOT_FOR_BOT, SPLIT = "skipped", "not_for_bot", "split"
STATES = (OPEN, KNOWN, LABELLED, SKIPPED, NOT_FOR_BOT, SPLIT)
IN_WORDS = {
    OPEN: "open",
    KNOWN: "known already",
    LABELLED: "labelled",
    SKIPPED: "left for later",
    NOT_FOR_BOT: "not for the bot",
    SPLIT: "split",
}
IMPACTS = ("fell_back", "rejected", "handed_off", "upset")
LIMIT = 200
"""Most reviews of a page."""
_c = reviews.c
_p = review_predictions.c
_THEN = ("predicted", "confidence", "answered")
_COLUMNS = [each.name for each in reviews.c if each.name not in ("key", "masked", "example")]
_REVIEWS = sa.select(reviews, _p.model, *(_p[f"then_{name}"] for name in _THEN)).select_from(
    reviews.outerjoin(review_predictions, _p.review_id == _c.id)
)


@dataclass(frozen=True)
class Ranked:
    """An intent with the probability that the model gave it."""

    intent: str
    confidence: float


@dataclass(frozen=True)
class Then:
    """What the model of the message's turn had said of it.

    Attributes:
        predicted: None when it said nothing.
        answered: the bot acted on it.
    """

    predicted: str | None
    confidence: float | None
    answered: bool


@dataclass(frozen=True)
class Review:
    """One thing that customers said, however often, without personal data.

    Attributes:
        version: raised by each action of a trainer.
        text: as the first customer wrote it, redacted.
        draft: the example as a trainer has edited or marked it, if one has.
        parent: of a part, the review that was split.
        count: how often it came, near-identical ones included.
        first_at, last_at: seconds since the epoch.
        predicted, confidence, ranking: the newest model's, without the fallback.
        answered: the bot acts on it.
        then: what was said in its turn, where a model shipped later has read it again.
        entities: names and values that the model found, redacted.
        fell_back, rejected, handed_off, upset: of how many of `count` it is true.
        chosen: the intent that a customer picked when the bot asked "Did you mean".
        is_example: its words stand in the training files already.
        intent: that a trainer gave it.
        by, at: who acted last, and when.
        rank: place in the order of what teaches most.
    """

    id: int
    version: int
    text: str
    draft: str | None
    language: str
    parent: int | None
    count: int
    first_at: float
    last_at: float
    channels: tuple[str, ...]
    predicted: str | None
    confidence: float | None
    answered: bool
    ranking: tuple[Ranked, ...]
    entities: tuple[tuple[str, str], ...]
    fell_back: int
    rejected: int
    handed_off: int
    upset: int
    chosen: str | None
    is_example: bool
    state: str
    intent: str | None
    by: str | None
    at: float | None
    rank: int
    then: Then | None = None

    @property
    def suggested(self) -> str | None:
        """The intent to accept: the customer's own choice before the model's."""
        return self.chosen or self.predicted

    @property
    def words(self) -> str:
        """The text as a trainer has left it, without its marks."""
        return self.text if self.draft is None else read_marks(self.draft)[0]


@dataclass(frozen=True)
class Filter:
    """Which reviews; None: whichever.

    Attributes:
        intent: that the model predicted.
        impact: one of `IMPACTS`.
        since, until: of the last time it came, seconds since the epoch.
        words: part of the text.
    """

    states: tuple[str, ...] = (OPEN,)
    language: str | None = None
    channel: str | None = None
    intent: str | None = None
    impact: str | None = None
    since: float | None = None
    until: float | None = None
    words: str | None = None


@dataclass(frozen=True)
class Page:
    """Reviews in order, and what to give as `after` for those that follow (None: no more)."""

    reviews: tuple[Review, ...]
    next: int | None


@dataclass(frozen=True)
class Counts:
    """How many reviews there are with a filter; each by all parts of the filter but its own."""

    by_state: Mapping[str, int]
    languages: Mapping[str, int]
    channels: Mapping[str, int]
    intents: Mapping[str, int]
    impact: Mapping[str, int]


@dataclass(frozen=True)
class Action:
    """Something that a trainer did.

    Attributes:
        name: `accept`, `relabel`, `edit`, `mark`, `language`, `split`, `not_for_bot`,
            `new_intent`, `skip`, `reopen` or `undo`.
        before, after: the columns that it changed.
        together: the same for all that were done in one go.
        files: `waiting`, `done`, or `failed` when the files refused and nothing was changed.
    """

    id: int
    review_id: int
    together: str
    name: str
    by: str
    at: float
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    version: int
    changes: Mapping[str, Any]
    made: tuple[int, ...] = field(default=())
    files: str = "done"
    undone_at: float | None = None
    undone_by: str | None = None


def open_reviews(
    connection: Connection, which: Filter = Filter(), limit: int = 50, after: int | None = None
) -> Page:
    """A page of the inbox, what teaches most first.

    Args:
        limit: most reviews of the page, up to `LIMIT`.
        after: `next` of the page before.
    """
    limit = max(1, min(limit, LIMIT))
    query = _REVIEWS.where(*_conditions(which))
    if after is not None:
        last = connection.execute(sa.select(_c.rank).where(_c.id == after)).scalar()
        if last is not None:
            further = sa.or_(_c.rank > last, _c.id > after)
            query = query.where(_c.rank >= last, further)
    query = query.order_by(_c.rank, _c.id).limit(limit + 1)
    found = [as_review(row._mapping) for row in connection.execute(query)]
    more = len(found) > limit
    return Page(tuple(found[:limit]), found[limit - 1].id if more else None)


def get_review(connection: Connection, review_id: int) -> Review:
    """One review.

    Raises:
        ReviewUnknown: there is none of this id.
    """
    row = connection.execute(_REVIEWS.where(_c.id == review_id)).first()
    if row is None:
        raise ReviewUnknown(f"There is no message {review_id} in the inbox; load the page again.")
    return as_review(row._mapping)


def reviews_of(
    connection: Connection, said: Collection[tuple[str, str]]
) -> dict[tuple[str, str], int]:
    """The reviews that messages have become; those that are in none are left out.

    Args:
        said: redacted text and language of each.

    Returns:
        The review's id by text and language.
    """
    keys = {key(text, language): (text, language) for text, language in said}
    query = sa.select(_c.key, _c.id).where(_c.key.in_(keys), _c.parent.is_(None))
    return {keys[row.key]: int(row.id) for row in connection.execute(query)}


def counts(connection: Connection, which: Filter = Filter()) -> Counts:
    """How many reviews there are, by what one can filter by."""

    def grouped(column: Any, without: Filter) -> dict[str, int]:
        query = sa.select(column, sa.func.count()).where(*_conditions(without)).group_by(column)
        rows = [(str(value), int(number)) for value, number in connection.execute(query) if value]
        return dict(sorted(rows, key=lambda row: (-row[1], row[0])))

    channels: Counter[str] = Counter()
    query = (
        sa.select(sa.cast(_c.channels, sa.Text), sa.func.count())
        .where(*_conditions(replace(which, channel=None)))
        .group_by(sa.cast(_c.channels, sa.Text))
    )
    for listed, number in connection.execute(query):
        for channel in _json_list(listed):
            channels[channel] += int(number)
    impact = (
        connection.execute(
            sa.select(
                *(sa.func.sum(sa.case((_c[name] > 0, 1), else_=0)).label(name) for name in IMPACTS)
            ).where(*_conditions(replace(which, impact=None)))
        )
        .mappings()
        .one()
    )
    return Counts(
        by_state=grouped(_c.state, replace(which, states=STATES)),
        languages=grouped(_c.language, replace(which, language=None)),
        channels=dict(channels.most_common()),
        intents=grouped(_c.predicted, replace(which, intent=None)),
        impact={name: int(impact[name] or 0) for name in IMPACTS},
    )


def stamp(connection: Connection) -> str:
    """Another one as soon as anything has changed: by an action, a collecting or a new order."""
    query = sa.select(review_actions.c.id, review_actions.c.files)
    action = connection.execute(query.order_by(review_actions.c.id.desc()).limit(1)).first()
    collected = connection.execute(sa.select(collection.c.ran_at, collection.c.ordered_at)).first()
    return "-".join(str(part) for part in (*(action or ()), *(collected or ())))


def history(connection: Connection, review_id: int) -> tuple[Action, ...]:
    """What was done to a review, the first first."""
    query = sa.select(review_actions).where(review_actions.c.review_id == review_id)
    return tuple(
        as_action(row._mapping) for row in connection.execute(query.order_by(review_actions.c.id))
    )


def as_review(row: Mapping[str, Any]) -> Review:
    """A row of `_REVIEWS`."""
    values = {name: row[name] for name in _COLUMNS}
    values["channels"] = tuple(row["channels"])
    values["ranking"] = tuple(Ranked(str(name), float(share)) for name, share in row["ranking"])
    values["entities"] = tuple((str(name), str(value)) for name, value in row["entities"])
    then = Then(*(row[f"then_{name}"] for name in _THEN)) if row["model"] else None
    return Review(**values, is_example=row["example"], then=then)


def as_action(row: Mapping[str, Any]) -> Action:
    """A row of the table."""
    return Action(**{**row, "made": tuple(row["made"])})


def _conditions(which: Filter) -> list[Any]:
    found: list[Any] = [_c.state.in_(which.states)]
    if len(which.states) == 1:
        # The index then gives the order, too.
        found = [_c.state == which.states[0]]
    if which.language:
        found.append(_c.language == which.language)
    if which.intent:
        found.append(_c.predicted == which.intent)
    if which.channel:
        found.append(_contains(sa.cast(_c.channels, sa.Text), f'"{which.channel}"'))
    if which.impact in IMPACTS:
        found.append(_c[which.impact] > 0)
    if which.since is not None:
        found.append(_c.last_at >= which.since)
    if which.until is not None:
        found.append(_c.last_at <= which.until)
    if which.words and which.words.strip():
        found.append(_contains(sa.func.lower(_c.text), which.words.strip().lower()))
    return found


def _contains(column: Any, part: str) -> Any:
    return column.contains(part, autoescape=True)


def _json_list(text: str) -> list[str]:
    return [str(each) for each in json.loads(text)]
