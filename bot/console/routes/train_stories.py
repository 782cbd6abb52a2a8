"""Test stories: made of conversations, played to the live model, and what it does otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from bot.console.errors import ActionRefused
from bot.console.web import Visit, for_trainers, page
from bot.errors import JobError, NluError, StoryInvalid
from bot.storage import conversations
from bot.storage.database import reading
from bot.trainer import jobs
from bot.trainer.stories import STORIES_FOLDER, Said, Story, read_stories, save, story_from

KIND = "stories"
PATH = "/train/stories"


@dataclass(frozen=True)
class Row:
    """A story on the page.

    Attributes:
        said: how many times the customer says something.
        passed: None when the live model was not asked since it was written.
        difference: what the model does otherwise.
    """

    story: Story
    said: int
    passed: bool | None
    difference: str


def routes() -> list[Route]:
    """The routes."""
    return [
        Route(PATH, for_trainers(show), methods=["GET"]),
        Route(f"{PATH}/make", for_trainers(make), methods=["POST"]),
        Route(f"{PATH}/start", for_trainers(start), methods=["POST"]),
    ]


def show(visit: Visit) -> Response:
    """All stories, with what came of them the last time."""
    with reading(visit.engine) as connection:
        latest = jobs.latest(connection, KIND)
    result = (latest.result if latest else None) or {}
    rows, troubles = _rows(STORIES_FOLDER, result)
    return page(
        visit,
        "train_stories.html",
        job=latest,
        rows=rows,
        troubles=troubles,
        result=result,
        failed=sum(row.passed is False for row in rows),
        made=visit.request.query_params.get("made", "")[:300],
        refused=visit.request.query_params.get("refused", "")[:500],
    )


def make(visit: Visit) -> Response:
    """Makes a story of a conversation: by its id, or by that of a message in it."""
    conversation, message = (visit.form.get(key, "").strip() for key in ("conversation", "message"))
    try:
        with reading(visit.engine) as connection:
            if message.isdecimal():
                found = conversations.several(connection, [int(message)])
                conversation = found[0].conversation_id if found else ""
            story = story_from(connection, conversation, visit.form.get("name", "").strip() or None)
        told = {"made": str(save(story, STORIES_FOLDER))}
    except NluError as error:
        told = {"refused": str(error)}
    return RedirectResponse(f"{PATH}?{urlencode(told)}", 303)


def start(visit: Visit) -> Response:
    """Plays all stories to the live model."""
    try:
        jobs.start(visit.engine, visit.settings, KIND, {}, by=visit.staff.login)
    except JobError as error:
        raise ActionRefused(str(error)) from error
    return RedirectResponse(PATH, 303)


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
            said = sum(isinstance(step, Said) for step in story.steps)
            rows.append(Row(story, said, found.get("passed"), found.get("difference", "")))
    return sorted(rows, key=lambda row: row.passed is not False), troubles
