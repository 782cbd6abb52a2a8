"""Actions of trainers: written down, then done to the files, then marked as done.

A label belongs into the database and into a file, and no transaction spans the two. So what is to
be written is in the database first, in the transaction that changes the review. A process that
dies after that has lost nothing: whoever acts next writes what is still waiting, and an example
that is there already is not written twice.
"""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from bot.errors import DataChanged, InboxError, NluError, ReviewChanged
from bot.storage.database import reading, transaction
from bot.storage.trainer_tables import review_actions, reviews
from bot.trainer.inbox.intents import readable
from bot.trainer.inbox.new_intents import forget_intent
from bot.trainer.inbox.records import IN_WORDS, Action, Review, as_action, get_review
from bot.trainer.nlu_files.applying import apply
from bot.trainer.nlu_files.changes import Add, Change, Remove, Replace
from bot.trainer.nlu_files.domain import DOMAIN, add_intent
from bot.trainer.nlu_files.sources import NLU_FOLDER

logger = logging.getLogger(__name__)

PATIENCE = 30.0
"""Seconds after which an action whose files are not written is taken for one of a dead process;
a living one waits for the files' lock a third of that."""
WAITING, DONE, FAILED = "waiting", "done", "failed"
UNDO = "undo"
_KINDS: Mapping[str, type[Add] | type[Remove] | type[Replace]] = {
    "add": Add,
    "remove": Remove,
    "replace": Replace,
}
_a = review_actions.c


@dataclass(frozen=True)
class Inbox:
    """Where the reviews are and where labels go.

    Attributes:
        folder: with the training files.
        domain: with the list of intents; None for none, in which no intent is looked up.
    """

    engine: Engine
    folder: Path = NLU_FOLDER
    domain: Path | None = DOMAIN


@dataclass(frozen=True)
class Seen:
    """A review as the trainer saw it.

    Attributes:
        suggested: the intent that was suggested; what is accepted is that one, also if the model
            has another by now. None: whichever is suggested.
    """

    id: int
    version: int
    suggested: str | None = None


@dataclass(frozen=True)
class Plan:
    """What an action does to one review.

    Attributes:
        values: the columns that it changes.
        do, undo: changes to the files, and what takes them back.
        new_intent: to be added to the domain before, and taken out of it by the undo.
        parts: texts and key of the reviews that come of it, as rows.
        notes: sentences for the trainer.
    """

    name: str
    values: Mapping[str, Any]
    do: tuple[Change, ...] = ()
    undo: tuple[Change, ...] = ()
    new_intent: str | None = None
    parts: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Done:
    """An action that was done.

    Attributes:
        review: as it is now.
        notes: sentences for the trainer.
        made: ids of the reviews that came of it.
        files: those that were changed.
    """

    review: Review
    action_id: int
    notes: tuple[str, ...] = ()
    made: tuple[int, ...] = ()
    files: tuple[Path, ...] = field(default=())


def perform(
    inbox: Inbox,
    seen: Sequence[Seen],
    by: str,
    plan: Callable[[Review], Plan],
    *,
    refused: dict[int, InboxError | NluError] | None = None,
    together: str | None = None,
) -> list[Done]:
    """Does one thing to reviews: to all of them, or to none.

    Args:
        refused: gets those that it cannot be done to, and it is done to the others.
        together: what the actions have in common that one undo takes back; default these alone.

    Raises:
        ReviewChanged: somebody else was faster.
        ReviewUnknown: there is no such review.
        InboxError: it cannot be done to one of them.
        NluError: the files do not take it.
    """
    resume(inbox)
    together = together or new_together()
    noted: list[tuple[int, int, Plan]] = []
    with transaction(inbox.engine) as connection:
        for each in seen:
            try:
                review = get_review(connection, each.id)
                if review.version != each.version:
                    raise changed(connection, review, by)
                planned = plan(review)
                noted.append((each.id, note(connection, review, planned, by, together), planned))
            except (InboxError, NluError) as error:
                if refused is None:
                    raise
                refused[each.id] = error
    files = settle(inbox, together)
    with reading(inbox.engine) as connection:
        made = dict(
            connection.execute(sa.select(_a.id, _a.made).where(_a.together == together)).fetchall()
        )
        return [
            Done(
                get_review(connection, review_id),
                action_id,
                planned.notes,
                tuple(made[action_id]),
                tuple(files),
            )
            for review_id, action_id, planned in noted
        ]


def new_together() -> str:
    """What actions have in common that one undo takes back."""
    return uuid.uuid4().hex


def note(connection: Connection, review: Review, plan: Plan, by: str, together: str) -> int:
    """Writes an action and what it changes in the database.

    Returns:
        The action's id.

    Raises:
        ReviewChanged: somebody else was faster.
    """
    now = time.time()
    row = (
        connection.execute(
            sa.select(*(reviews.c[name] for name in plan.values)).where(reviews.c.id == review.id)
        )
        .mappings()
        .first()
        if plan.values
        else {}
    )
    before = {**dict(row or {}), "by": review.by, "at": review.at}
    after = {**plan.values, "by": by, "at": now}
    move(connection, review, after, review.version + 1, by)
    made = [
        int(connection.execute(reviews.insert().values(**part)).inserted_primary_key[0])
        for part in plan.parts
    ]
    changes = {
        "do": [_as_json(change) for change in plan.do],
        "undo": [_as_json(change) for change in plan.undo],
        "intent": plan.new_intent,
    }
    result = connection.execute(
        review_actions.insert().values(
            review_id=review.id,
            together=together,
            name=plan.name,
            by=by,
            at=now,
            before=before,
            after=after,
            version=review.version + 1,
            changes=changes,
            made=made,
            files=WAITING if plan.do or plan.new_intent else DONE,
        )
    )
    return int(result.inserted_primary_key[0])


def move(
    connection: Connection,
    review: Review,
    values: Mapping[str, Any],
    version: int,
    me: str = "",
) -> None:
    """Changes columns of a review, if nobody else has done so since it was read.

    Args:
        me: who acts.

    Raises:
        ReviewChanged: somebody has.
    """
    result = connection.execute(
        reviews.update()
        .where(reviews.c.id == review.id, reviews.c.version == review.version)
        .values(**values, version=version)
    )
    if not result.rowcount:
        raise changed(connection, get_review(connection, review.id), me)


def changed(
    connection: Connection, review: Review, me: str = "", last: str | None = None
) -> ReviewChanged:
    """The error that tells who was faster.

    Args:
        me: who would have acted: they may have two windows open.
        last: who has acted; default whoever did so last.
    """
    last = (
        last
        or connection.execute(
            sa.select(_a.by)
            .where(_a.review_id == review.id, _a.files != FAILED)
            .order_by(_a.id.desc())
            .limit(1)
        ).scalar()
    )
    by = str(last) if last is not None else review.by
    who = f"{by} was faster" if by else "Somebody was faster"
    if me and by == me:
        who = "You did something else with it meanwhile, in another window"
    now = IN_WORDS[review.state]
    now += f" as {readable(review.intent)}" if review.intent else ""
    return ReviewChanged(
        f"{who}: {review.text[:60]!r} is {now} now. Nothing was changed; look at it again.",
        by=by,
        version=review.version,
    )


def resume(inbox: Inbox, *, patience: float = PATIENCE) -> int:
    """Writes into the files what processes that died have left.

    Args:
        patience: seconds that an action may take; younger ones are left alone.

    Returns:
        How many actions were finished.
    """
    with reading(inbox.engine) as connection:
        left = connection.execute(
            sa.select(_a.together, _a.id)
            .where(_a.files == WAITING, _a.at <= time.time() - patience)
            .order_by(_a.id)
        ).fetchall()
    for together in dict.fromkeys(row.together for row in left):
        try:
            settle(inbox, together)
        except NluError as error:
            logger.warning("A label that was left unwritten cannot be written: %s", error)
    return len(left)


def settle(inbox: Inbox, together: str) -> list[Path]:
    """Writes what actions want written; takes them back if the files refuse.

    Raises:
        NluError: the files refuse.
    """
    with reading(inbox.engine) as connection:
        rows = connection.execute(
            sa.select(review_actions)
            .where(_a.together == together, _a.files == WAITING)
            .order_by(_a.id)
        ).fetchall()
        actions = [as_action(row._mapping) for row in rows]
    if not actions:
        return []
    try:
        files = write(inbox, actions)
    except NluError:
        _take_back(inbox.engine, actions)
        raise
    with transaction(inbox.engine) as connection:
        connection.execute(
            review_actions.update()
            .where(_a.together == together, _a.files == WAITING)
            .values(files=DONE)
        )
    return files


def write(inbox: Inbox, actions: Sequence[Action]) -> list[Path]:
    """Makes the changes of actions to the files; those made already are not made again.

    Raises:
        NluError: the files refuse.
    """
    changes = [_from_json(each) for action in actions for each in action.changes["do"]]
    files: list[Path] = []
    undoing = any(action.name == UNDO for action in actions)
    for intent in dict.fromkeys(action.changes.get("intent") for action in actions):
        if intent and not undoing and inbox.domain is not None and add_intent(intent, inbox.domain):
            files.append(inbox.domain)
    if undoing:
        files += _apply_those_left(changes, inbox.folder)
    else:
        files += apply(changes, inbox.folder)
    for action in actions:
        if undoing and action.changes.get("intent"):
            files += forget_intent(str(action.changes["intent"]), inbox.folder, inbox.domain)
    return files


def _apply_those_left(changes: Sequence[Change], folder: Path) -> list[Path]:
    """Takes back what can be: an example that somebody has removed meanwhile is no obstacle."""
    try:
        return apply(changes, folder)
    except DataChanged:
        files: list[Path] = []
        for change in changes:
            try:
                files += apply([change], folder)
            except DataChanged as error:
                logger.info("Not in the files any more: %s", error)
        return sorted(set(files))


def _take_back(engine: Engine, actions: Sequence[Action]) -> None:
    """As if the actions had not been: for what the files have refused."""
    with transaction(engine) as connection:
        for action in reversed(actions):
            connection.execute(
                reviews.update()
                .where(reviews.c.id == action.review_id, reviews.c.version == action.version)
                .values(**action.before, version=action.version - 1)
            )
            if action.made:
                connection.execute(reviews.delete().where(reviews.c.id.in_(action.made)))
            if action.name == UNDO:
                undone = review_actions.update().where(_a.id == action.changes["of"])
                connection.execute(undone.values(undone_at=None, undone_by=None))
            connection.execute(
                review_actions.update().where(_a.id == action.id).values(files=FAILED)
            )


def _as_json(change: Change) -> list[str]:
    if isinstance(change, Add):
        return ["add", change.language, change.intent, change.marked]
    if isinstance(change, Remove):
        return ["remove", change.language, change.intent, change.marked]
    if isinstance(change, Replace):
        return ["replace", change.language, change.intent, change.old, change.new]
    raise TypeError(f"no change of the inbox: {change!r}")


def _from_json(written: Sequence[str]) -> Change:
    return _KINDS[written[0]](*written[1:])
