"""Deletes and renews test stories, keeps what was there before, and takes it back.

Each change is a file in `var/stories`: who did it, when, and what the story's file held before and
after. It is written first, so that nothing is lost by a process that dies in between.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import DataChanged, NluError, StoryImpossible
from bot.settings import Settings
from bot.trainer.nlu_files.lock import locked
from bot.trainer.nlu_files.writing import Written, write_all
from bot.trainer.stories.editing import Edited, Plan, with_steps, without
from bot.trainer.stories.story import Story
from bot.whole_files import write_whole

DELETED, RENEWED = "deleted", "renewed"
_DIGITS = 6


@dataclass(frozen=True)
class Change:
    """What was done to a story.

    Attributes:
        what: `deleted` or `renewed`.
        path: of the story's file.
        before: what the file held.
        after: what it held then; None: the file was deleted with its only story.
        at: seconds since the epoch.
    """

    id: int
    what: str
    story: str
    path: str
    by: str
    at: float
    before: str
    after: str | None
    undone_at: float | None = None
    undone_by: str | None = None


def delete(settings: Settings, story: Story, by: str) -> Change:
    """Takes a story out of its file; the file goes with its only story.

    Args:
        by: login of who does it.

    Raises:
        StoryInvalid: the file cannot be read.
        StoryImpossible: the story is not there any more, or cannot be taken out by itself.
        DataChanged: somebody else changes the file at this moment.
        NluError: the disk does not take it.
    """
    folder = _folder(settings)
    with locked(folder):
        return _do(folder, DELETED, story, without(story), by)


def renew(settings: Settings, story: Story, plan: Plan, by: str) -> Change:
    """Gives a story other steps.

    Raises:
        StoryInvalid: the file cannot be read.
        StoryImpossible: the story is not what it was, or cannot be changed by itself.
        DataChanged: somebody else changes the file at this moment.
        NluError: the disk does not take it.
    """
    folder = _folder(settings)
    with locked(folder):
        return _do(folder, RENEWED, story, with_steps(story, plan), by)


def changes(settings: Settings, limit: int | None = None) -> list[Change]:
    """What was done to stories, the latest first.

    Args:
        limit: so many at most.

    Raises:
        NluError: what is kept of a change cannot be read.
    """
    return [_read(path) for path in sorted(_files(_place(settings)), reverse=True)[:limit]]


def change(settings: Settings, change_id: int) -> Change:
    """One change.

    Raises:
        StoryImpossible: there is none with this id.
        NluError: what is kept of it cannot be read.
    """
    path = _file(_place(settings), change_id)
    if not path.exists():
        raise StoryImpossible(f"There is no change {change_id} of a test story.")
    return _read(path)


def undo(settings: Settings, change_id: int, by: str) -> Change:
    """Puts back what a story's file held before a change.

    Raises:
        StoryImpossible: there is no such change, or it was taken back already.
        DataChanged: the file has been changed since.
        NluError: the disk does not take it.
    """
    folder = _folder(settings)
    with locked(folder):
        found = change(settings, change_id)
        if found.undone_at is not None:
            raise StoryImpossible(f"This was taken back already, by {found.undone_by}.")
        path, before = Path(found.path), found.before.encode()
        now = path.read_bytes() if path.exists() else None
        after = None if found.after is None else found.after.encode()
        if now not in (before, after):
            raise DataChanged(
                f"{path} has been changed since, so that nothing was put back. What it held before "
                f"is kept in {_file(folder, change_id)}."
            )
        if now != before:
            write_all([Written(path, after, before)])
        return _write(folder, dataclasses.replace(found, undone_at=time.time(), undone_by=by))


def _do(folder: Path, what: str, story: Story, edited: Edited, by: str) -> Change:
    after = None if edited.after is None else edited.after.decode()
    done = Change(
        1 + max((int(path.stem) for path in _files(folder)), default=0),
        what,
        story.name,
        str(edited.path),
        by,
        time.time(),
        edited.before.decode(),
        after,
    )
    _write(folder, done)
    try:
        _apply(edited)
    except NluError:
        _file(folder, done.id).unlink(missing_ok=True)
        raise
    return done


def _apply(edited: Edited) -> None:
    if edited.after is not None:
        write_all([Written(edited.path, edited.before, edited.after)])
        return
    try:
        if edited.path.read_bytes() != edited.before:
            raise DataChanged(f"{edited.path} was changed at this very moment; try again.")
        edited.path.unlink()
    except OSError as error:
        raise NluError(f"{edited.path} cannot be deleted: {error.strerror}.") from error


def _place(settings: Settings) -> Path:
    return settings.var / "stories"


def _folder(settings: Settings) -> Path:
    folder = _place(settings)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NluError(f"{folder} cannot be made: {error.strerror}.") from error
    return folder


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.json") if path.stem.isdecimal()]


def _file(folder: Path, change_id: int) -> Path:
    return folder / f"{change_id:0{_DIGITS}}.json"


def _write(folder: Path, what: Change) -> Change:
    path = _file(folder, what.id)
    try:
        write_whole(path, json.dumps(dataclasses.asdict(what), ensure_ascii=False, indent=1))
    except OSError as error:
        raise NluError(f"{path} cannot be written: {error.strerror}.") from error
    return what


def _read(path: Path) -> Change:
    try:
        content: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Change(**content)
    except (OSError, ValueError, TypeError) as error:
        raise NluError(f"{path} cannot be read: {error}.") from error
