"""Deletes and renews test stories, and takes it back; what is kept of it is in `var/stories`."""

from __future__ import annotations

from pathlib import Path

from bot.settings import Settings
from bot.trainer.kept_changes import (
    KeptChange,
    KeptFile,
    holding,
    list_changes,
    make_change,
    read_change,
    undo_change,
)
from bot.trainer.stories.editing import Edited, Plan, with_steps, without
from bot.trainer.stories.story import Story

DELETED, RENEWED = "deleted", "renewed"


def delete(settings: Settings, story: Story, by: str) -> KeptChange:
    """Takes a story out of its file; the file goes with its only story.

    Args:
        by: login of who does it.

    Raises:
        StoryInvalid: the file cannot be read.
        StoryImpossible: the story is not there any more, or cannot be taken out by itself.
        DataChanged: somebody else changes the file at this moment.
        NluError: the disk does not take it.
    """
    with holding(_folder(settings)):
        return _do(settings, DELETED, story, without(story), by)


def renew(settings: Settings, story: Story, plan: Plan, by: str) -> KeptChange:
    """Gives a story other steps.

    Raises:
        StoryInvalid: the file cannot be read.
        StoryImpossible: the story is not what it was, or cannot be changed by itself.
        DataChanged: somebody else changes the file at this moment.
        NluError: the disk does not take it.
    """
    with holding(_folder(settings)):
        return _do(settings, RENEWED, story, with_steps(story, plan), by)


def changes(settings: Settings, limit: int | None = None) -> list[KeptChange]:
    """What was done to stories, the latest first.

    Args:
        limit: so many at most.

    Raises:
        NluError: what is kept of a change cannot be read.
    """
    return list_changes(_folder(settings), limit)


def change(settings: Settings, change_id: int) -> KeptChange:
    """One change.

    Raises:
        UndoImpossible: there is none with this id.
        NluError: what is kept of it cannot be read.
    """
    return read_change(_folder(settings), change_id)


def undo(settings: Settings, change_id: int, by: str) -> KeptChange:
    """Puts back what a story's file held before a change.

    Raises:
        UndoImpossible: there is no such change, or it was taken back already.
        DataChanged: the file has been changed since.
        NluError: the disk does not take it.
    """
    with holding(_folder(settings)):
        return undo_change(_folder(settings), change_id, by)


def _do(settings: Settings, what: str, story: Story, edited: Edited, by: str) -> KeptChange:
    after = None if edited.after is None else edited.after.decode()
    file = KeptFile(str(edited.path), edited.before.decode(), after)
    return make_change(_folder(settings), what, story.name, by, file)


def _folder(settings: Settings) -> Path:
    return settings.var / "stories"
