"""What customers ask and no intent is for: proposed intents, their weeks, and what rises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import sqlalchemy as sa
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.console.errors import ActionRefused
from bot.console.numbers import number_in
from bot.console.train.evaluation import intent
from bot.console.transcript import iso
from bot.console.web import Visit, for_trainers, page
from bot.errors import InboxError, JobError, NluError
from bot.handoff import words
from bot.storage.database import reading
from bot.storage.trainer_tables import reviews
from bot.trainer import jobs
from bot.trainer.inbox import Inbox, Seen, bulk, search_intents
from bot.trainer.inbox import undo as take_back
from bot.trainer.inbox.records import OPEN
from bot.trainer.nlu_files.changes import intent_name

KIND = "discover"
PATH = "/train/topics"
SHOWN = 40
_WIDTH, _HEIGHT = 120, 28
_FIELD = "review-"


def routes() -> list[Route]:
    """The routes."""
    return [
        Route(PATH, for_trainers(show), methods=["GET"]),
        Route(f"{PATH}/start", for_trainers(start), methods=["POST"]),
        Route(f"{PATH}/make", for_trainers(make), methods=["POST"]),
        Route(f"{PATH}/undo", for_trainers(undo), methods=["POST"]),
    ]


def show(visit: Visit) -> Response:
    """The topics of the last discovery."""
    return _topics(visit)


def _topics(visit: Visit, refused: str = "") -> Response:
    """The page; with why what was asked for was not done, and what had been filled in."""
    with reading(visit.engine) as connection:
        latest = jobs.latest(connection, KIND)
        done = jobs.latest(connection, KIND, state="done")
    found: Mapping[str, Any] = done.result if done and done.result else {}
    return page(
        visit,
        "train_topics.html",
        job=latest,
        found=found,
        made_at=iso(done.ended_at or done.started_at) if done else None,
        topics=_standing(visit, found.get("topics", ())[:SHOWN]),
        more=max(0, len(found.get("topics", ())) - SHOWN),
        rising=found.get("rising_intents", {}),
        rest=_with_line(found["rest"]) if "rest" in found else None,
        intent=intent,
        done=visit.request.query_params.get("done", ""),
        made=visit.request.query_params.get("made", ""),
        undo=visit.request.query_params.get("undo", ""),
        size=(_WIDTH, _HEIGHT),
        refused=refused,
        asked=visit.form.get("name", ""),
        chosen={each.id for each in _chosen(visit.form)},
        status=ActionRefused.status if refused else 200,
    )


def start(visit: Visit) -> Response:
    """Looks for topics."""
    try:
        jobs.start(visit.engine, visit.settings, KIND, {}, by=visit.staff.login)
    except JobError as error:
        return _topics(visit, str(error))
    return RedirectResponse(PATH, 303)


def make(visit: Visit) -> Response:
    """Makes an intent of the chosen messages, or gives them one that there is."""
    # The button for the intent that they look like, or else what is written in the field.
    name = (visit.form.get("known") or visit.form.get("name", "")).strip()
    chosen = _chosen(visit.form)
    if not chosen:
        return _topics(visit, "Choose at least one message.")
    inbox = Inbox(visit.engine)
    try:
        known = {hit.name for hit in search_intents("", inbox.folder, limit=10_000)}
        if name not in known:
            name = intent_name(name) or name
        action = "relabel" if name in known else "new_intent"
        told = bulk(inbox, chosen, visit.staff.login, action, intent=name)
    except (InboxError, NluError) as error:
        return _topics(visit, str(error))
    done = [one.done for one in told if one.done is not None]
    refused = " ".join([str(one.error) for one in told if one.error is not None][:3])
    if not done:
        return _topics(visit, refused)
    examples = words.times(len(done), "example", "examples")
    said = f"{intent(name)} has {len(done)} more of its examples."
    if action == "new_intent":
        said = (
            f"{intent(name)} is an intent now, with {examples}. Until it has an answer, customers "
            "are told that the bot misunderstood them."
        )
    told_of = {"done": f"{said} {refused}".strip(), "undo": done[0].action_id}
    if action == "new_intent":
        told_of["made"] = name
    return RedirectResponse(f"{PATH}?{urlencode(told_of)}", 303)


def undo(visit: Visit) -> Response:
    """Takes back what was made of a topic, whoever made it."""
    action = number_in(visit.form.get("action", "")) or 0
    try:
        done = take_back(Inbox(visit.engine), visit.staff.login, action)
    except (InboxError, NluError) as error:
        return _topics(visit, str(error))
    return RedirectResponse(f"{PATH}?{urlencode({'done': ' '.join(done.notes)})}", 303)


def _chosen(form: Mapping[str, str]) -> list[Seen]:
    found = []
    for field, version in form.items():
        review, seen = number_in(field.removeprefix(_FIELD)), number_in(version)
        if field.startswith(_FIELD) and review is not None and seen is not None:
            found.append(Seen(review, seen))
    return found


def _standing(visit: Visit, topics: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The topics with those of their messages that nobody has labelled since."""
    ids = [message["review"] for topic in topics for message in topic["examples"]]
    query = sa.select(reviews.c.id).where(reviews.c.id.in_(ids), reviews.c.state == OPEN)
    with reading(visit.engine) as connection:
        still = set(connection.execute(query).scalars())
    left = []
    for topic in topics:
        examples = [message for message in topic["examples"] if message["review"] in still]
        if examples:
            left.append(_with_line({**topic, "examples": examples}))
    return left


def _with_line(topic: Mapping[str, Any]) -> dict[str, Any]:
    return {**topic, "line": _points(topic["weeks"])}


def _points(weeks: Sequence[int]) -> str:
    """The counts of the weeks as the points of a line, in a box of `_WIDTH` by `_HEIGHT`."""
    most = max(weeks, default=0) or 1
    step = (_WIDTH - 4) / max(1, len(weeks) - 1)
    return " ".join(
        f"{2 + place * step:.1f},{_HEIGHT - 3 - (_HEIGHT - 6) * count / most:.1f}"
        for place, count in enumerate(weeks)
    )
