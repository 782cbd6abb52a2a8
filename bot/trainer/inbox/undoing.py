"""Taking an action back, in the database and in the files."""

from __future__ import annotations

import time
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.errors import NothingToUndo
from bot.storage.database import reading, transaction
from bot.storage.trainer_tables import (
    review_actions,
    review_predictions,
    review_sources,
    reviews,
)
from bot.trainer.inbox.journal import (
    DONE,
    FAILED,
    UNDO,
    WAITING,
    Done,
    Inbox,
    changed,
    move,
    new_together,
    resume,
    settle,
)
from bot.trainer.inbox.new_intents import is_waited_for
from bot.trainer.inbox.records import Action, as_action, get_review
from bot.trainer.nlu_files.domain import domain_intents

_a = review_actions.c


def undo(inbox: Inbox, by: str, action_id: int | None = None, *, before: int | None = None) -> Done:
    """Takes an action back; of a bulk action, all of it.

    An example that was there before the label stays, as does one that somebody has changed in the
    file since.

    Args:
        action_id: which one, of whomever; None for the last one of `by`.
        before: the last one before this action, which could not be taken back; what was done to
            the same messages stays with it.

    Raises:
        NothingToUndo: there is none.
        ReviewChanged: somebody has acted on the message since; `action` is what stays.
        NluError: the files do not take it.
    """
    resume(inbox)
    together = new_together()
    with reading(inbox.engine) as connection:
        wanted = _wanted(connection, by, action_id, before)
        waiting = [action.together for action in wanted if action.files == WAITING]
    for each in dict.fromkeys(waiting):
        settle(inbox, each)
    with transaction(inbox.engine) as connection:
        actions = _wanted(connection, by, action_id, before)
        noted = [_undo(connection, action, by, together) for action in actions]
    files = settle(inbox, together)
    with reading(inbox.engine) as connection:
        review = get_review(connection, actions[0].review_id)
    notes = (_said(actions), *_kept(inbox, actions))
    return Done(review, noted[0], notes, (), tuple(dict.fromkeys(files)))


def _wanted(
    connection: Connection, by: str, action_id: int | None, before: int | None
) -> list[Action]:
    query = sa.select(review_actions).where(
        _a.undone_at.is_(None), _a.name != UNDO, _a.files != FAILED
    )
    query = query.where(_a.by == by) if action_id is None else query.where(_a.id == action_id)
    if before is not None:
        stays = sa.select(_a.together).where(_a.id == before).scalar_subquery()
        query = query.where(
            _a.id < before,
            _a.review_id.not_in(sa.select(_a.review_id).where(_a.together == stays)),
        )
    last = connection.execute(query.order_by(_a.id.desc()).limit(1)).first()
    if last is None:
        raise NothingToUndo(
            f"{by} has done nothing{' before that' if before else ''} that could be taken back."
            if action_id is None
            else f"There is no action {action_id} that could be taken back."
        )
    rows = connection.execute(
        sa.select(review_actions)
        .where(_a.together == last.together, _a.undone_at.is_(None), _a.files != FAILED)
        .order_by(_a.id)
    )
    return [as_action(row._mapping) for row in rows]


def _undo(connection: Connection, action: Action, by: str, together: str) -> int:
    review = get_review(connection, action.review_id)
    if review.version != action.version:
        _still_last(connection, action, review.id, by)
    _forget_parts(connection, action, by)
    now = time.time()
    restored = {name: action.before[name] for name in action.before if name not in ("by", "at")}
    move(connection, review, {**restored, "by": by, "at": now}, review.version + 1)
    connection.execute(
        review_actions.update().where(_a.id == action.id).values(undone_at=now, undone_by=by)
    )
    result = connection.execute(
        review_actions.insert().values(
            review_id=review.id,
            together=together,
            name=UNDO,
            by=by,
            at=now,
            before={**action.after, "by": review.by, "at": review.at},
            after={**restored, "by": by, "at": now},
            version=review.version + 1,
            changes={
                "do": action.changes["undo"],
                "undo": [],
                "intent": action.changes.get("intent"),
                "of": action.id,
            },
            made=[],
            files=WAITING if action.changes["undo"] or action.changes.get("intent") else DONE,
        )
    )
    return int(result.inserted_primary_key[0])


def _still_last(connection: Connection, action: Action, review_id: int, by: str) -> None:
    """Refuses if something was done to a message after an action that has not been taken back."""
    later = sa.select(_a.by).where(
        _a.review_id == review_id,
        _a.id > action.id,
        _a.name != UNDO,
        _a.undone_at.is_(None),
        _a.files != FAILED,
    )
    who = connection.execute(later.order_by(_a.id.desc()).limit(1)).scalar()
    if who is not None:
        refused = changed(connection, get_review(connection, review_id), by, str(who))
        refused.action = action.id
        raise refused


def _forget_parts(connection: Connection, action: Action, by: str) -> None:
    """Deletes the parts of a split, to which nothing may have been done that stands.

    A part that customers have said by itself meanwhile stays, as a message of its own.
    """
    for each in action.made:
        _still_last(connection, action, each, by)
    for each in action.made:
        said = connection.execute(
            sa.select(sa.func.count()).where(review_sources.c.review_id == each)
        ).scalar_one()
        if said:
            connection.execute(
                reviews.update().where(reviews.c.id == each).values(parent=None, count=said)
            )
            continue
        connection.execute(review_actions.delete().where(_a.review_id == each))
        connection.execute(
            review_predictions.delete().where(review_predictions.c.review_id == each)
        )
        connection.execute(reviews.delete().where(reviews.c.id == each))


def _kept(inbox: Inbox, actions: Sequence[Action]) -> list[str]:
    """What is told of intents that were new and stay, because they have an answer by now."""
    made = dict.fromkeys(str(a.changes["intent"]) for a in actions if a.changes.get("intent"))
    there = domain_intents(inbox.domain) if inbox.domain is not None and made else ()
    return [
        f"{intent} stays, as an answer was written for it. Without examples nobody is understood "
        "to mean it."
        for intent in made
        if intent in there and is_waited_for(intent, inbox.folder)
    ]


def _said(actions: Sequence[Action]) -> str:
    what = actions[0].name.replace("_", " ")
    return f"Taken back: {what}" + (f", {len(actions)} messages." if len(actions) > 1 else ".")
