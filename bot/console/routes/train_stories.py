"""Test stories: made of conversations, played to the live model, read, changed and deleted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.console.errors import ActionRefused
from bot.console.numbers import number_in
from bot.console.people import by_whom
from bot.console.train.stories import Line, difference, story_key
from bot.console.web import Visit, for_trainers, page
from bot.errors import JobError, NluError, StoryInvalid
from bot.storage import conversations
from bot.storage.database import reading
from bot.trainer import jobs
from bot.trainer.models import find_model
from bot.trainer.models.notes import read_notes
from bot.trainer.models.registry import MODELS
from bot.trainer.stories import (
    STORIES_FOLDER,
    Said,
    Story,
    changes,
    read_stories,
    save,
    story_at,
    story_from,
)
from bot.trainer.stories import change as change_of
from bot.trainer.stories import delete as take_out
from bot.trainer.stories import undo as take_back
from bot.trainer.stories.wording import to_read

KIND = "stories"
PATH = "/train/stories"
MODELS_PATH = "/train/models"
CHANGES_SHOWN = 20


@dataclass(frozen=True)
class Row:
    """A story on the page.

    Attributes:
        key: its name in addresses.
        said: how many times the customer says something.
        passed: None when no model was asked since it was written.
        difference: what the model does otherwise.
    """

    story: Story
    key: str
    said: int
    passed: bool | None
    difference: Sequence[Line]


def routes() -> list[Route]:
    """The routes."""
    return [
        Route(PATH, for_trainers(show), methods=["GET"]),
        Route(f"{PATH}/make", for_trainers(make), methods=["POST"]),
        Route(f"{PATH}/start", for_trainers(start), methods=["POST"]),
        Route(f"{PATH}/expect", for_trainers(expect), methods=["POST"]),
        Route(f"{PATH}/delete", for_trainers(delete), methods=["POST"]),
        Route(f"{PATH}/undo", for_trainers(undo), methods=["POST"]),
    ]


def show(visit: Visit) -> Response:
    """All stories, with what came of them the last time, and what was done to them."""
    with reading(visit.engine) as connection:
        latest = jobs.latest(connection, KIND)
        done = jobs.latest(connection, KIND, state="done")
        by = by_whom(connection)
    result = (done.result if done else None) or {}
    rows, troubles = _rows(STORIES_FOLDER, result)
    try:
        past = changes(visit.settings, CHANGES_SHOWN)
    except NluError as error:
        past, troubles = [], [*troubles, str(error)]
    told = visit.request.query_params
    number = told.get("changed", "")
    return page(
        visit,
        "train_stories.html",
        job=latest,
        rows=rows,
        troubles=troubles,
        result=result,
        trained_at=_trained_at(result.get("model")),
        expected=result.get("expected") if latest and done and latest.id == done.id else None,
        failed=sum(row.passed is False for row in rows),
        changed=next((each for each in past if str(each.id) == number), None),
        past=past,
        by=by,
        to_read=to_read,
        made=told.get("made", "")[:300],
        before=told.get("before", "")[:500],
        refused=told.get("refused", "")[:500],
        open=told.get("open", ""),
    )


def make(visit: Visit) -> Response:
    """Makes a story of a conversation: by its id, or by that of a message in it."""
    conversation, message = (visit.form.get(key, "").strip() for key in ("conversation", "message"))
    try:
        with reading(visit.engine) as connection:
            if (said := number_in(message)) is not None:
                found = conversations.several(connection, [said])
                conversation = found[0].conversation_id if found else ""
            story = story_from(connection, conversation, visit.form.get("name", "").strip() or None)
        told = {"made": str(save(story, STORIES_FOLDER)), "open": "", "before": story.before or ""}
        told["open"] = story_key(told["made"], story.name)
    except NluError as error:
        told = {"refused": str(error)}
    return _back(**told)


def start(visit: Visit) -> Response:
    """Plays all stories to the live model."""
    return _work(visit, {}, PATH)


def expect(visit: Visit) -> Response:
    """Makes a story expect what a model does, and plays all of them to it."""
    story = _asked(visit)
    wanted = {
        "path": str(story.path),
        "name": story.name,
        "line": story.line,
        "by": visit.staff.login,
    }
    try:
        model = find_model(visit.form.get("model", ""), MODELS).name
    except NluError as error:
        raise ActionRefused(str(error)) from error
    back = MODELS_PATH if visit.form.get("back") == MODELS_PATH else PATH
    return _work(visit, {"model": model, "expect": wanted}, back)


def delete(visit: Visit) -> Response:
    """Deletes a story; it can be brought back."""
    story = _asked(visit)
    try:
        done = take_out(visit.settings, story, visit.staff.login)
    except NluError as error:
        raise ActionRefused(str(error)) from error
    return _back(changed=str(done.id))


def undo(visit: Visit) -> Response:
    """Takes back what was done to a story."""
    number = visit.form.get("change", "")
    try:
        done = change_of(visit.settings, number_in(number) or 0)
        take_back(visit.settings, done.id, visit.staff.login)
    except NluError as error:
        raise ActionRefused(str(error)) from error
    return _back(changed=number, open=story_key(done.path, done.about))


def _work(visit: Visit, arguments: Mapping[str, Any], back: str) -> Response:
    try:
        jobs.start(visit.engine, visit.settings, KIND, arguments, by=visit.staff.login)
    except JobError as error:
        raise ActionRefused(str(error)) from error
    return RedirectResponse(back, 303)


def _asked(visit: Visit) -> Story:
    path, name, line = (visit.form.get(key, "") for key in ("file", "name", "line"))
    try:
        return story_at(path, name, number_in(line) or 0, STORIES_FOLDER)
    except NluError as error:
        raise ActionRefused(f"{error} Reload the page.") from error


def _back(**told: str) -> Response:
    return RedirectResponse(f"{PATH}?{urlencode({k: v for k, v in told.items() if v})}", 303)


def _trained_at(model: str | None) -> float | None:
    """When a model was trained, as far as it is known."""
    if model is None:
        return None
    try:
        return read_notes(MODELS / model).trained_at
    except NluError:
        return None


def _rows(folder: Path, result: Mapping[str, Any]) -> tuple[list[Row], list[str]]:
    """The stories, those that failed first, and what is wrong with files."""
    known = {(each["path"], each["name"]): each for each in result.get("stories", [])}
    rows, troubles = [], []
    for path in sorted(folder.glob("*.yml")):
        try:
            stories = read_stories(path)
        except StoryInvalid as error:
            troubles.append(str(error))
            continue
        for story in stories:
            found = known.get((str(path), story.name), {})
            rows.append(
                Row(
                    story,
                    story_key(str(path), story.name),
                    sum(isinstance(step, Said) for step in story.steps),
                    found.get("passed"),
                    difference(found.get("difference", "")),
                )
            )
    return sorted(rows, key=lambda row: row.passed is not False), troubles
