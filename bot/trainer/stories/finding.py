"""Finds test stories: by their name or place, and those that a conversation was made into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from sqlalchemy.engine import Connection

from bot.errors import StoryImpossible, StoryInvalid
from bot.trainer.stories.editing import same_story
from bot.trainer.stories.making import turns_of, understood
from bot.trainer.stories.reading import STORIES_FOLDER, read_folder, read_stories
from bot.trainer.stories.story import Said, Step, Story


@dataclass(frozen=True)
class StoriesFound:
    """Files with stories of conversations.

    Attributes:
        unreadable: files in which nothing could be looked for.
    """

    files: tuple[Path, ...]
    unreadable: tuple[Path, ...]


def stories_of(
    connection: Connection, conversation_ids: Iterable[str], folder: Path = STORIES_FOLDER
) -> StoriesFound:
    """The files in which the customer of a story says what the customer of a conversation said.

    A story does not name the conversation that it was made of, and its personal data is made up.
    What the bot does in it may have been edited since; what the customer says may not. Stories that
    older versions made go on after a message that the bot did not understand.
    """
    wanted = set()
    for conversation_id in conversation_ids:
        try:
            turns = turns_of(connection, conversation_id)
        except StoryImpossible:
            continue  # then nobody has made one
        for those in (turns, understood(turns)):
            wanted.add(_said(chain.from_iterable(those)))
    wanted.discard(())
    if not wanted:
        return StoriesFound((), ())
    files, unreadable = [], []
    for path in sorted(folder.glob("*.yml")):
        try:
            stories: Sequence[Story] = read_stories(path)
        except StoryInvalid:
            unreadable.append(path)
            continue
        if any(_said(story.steps) in wanted for story in stories):
            files.append(path)
    return StoriesFound(tuple(files), tuple(unreadable))


def story_at(path: str, name: str, line: int = 0, folder: Path = STORIES_FOLDER) -> Story:
    """A story of a folder, by its file and its name.

    Args:
        line: which one, if several stories of the file have this name.

    Raises:
        StoryInvalid: the file is not a test story's.
        StoryImpossible: there is none.
    """
    files = {str(each): each for each in folder.glob("*.yml")}
    stories = read_stories(files[path]) if path in files else []
    found = same_story(stories, Story(name, (), line=line))
    if found is None:
        raise StoryImpossible(f"There is no story '{name}' in {path or 'no file'} any more.")
    return found


def story_named(given: str, folder: Path = STORIES_FOLDER) -> Story:
    """The story that somebody means: by its name, its file, or its file and line as "FILE:LINE".

    Raises:
        StoryInvalid: a file is not a test story's.
        StoryImpossible: there is none, or more than one.
    """
    path, _, line = given.rpartition(":")
    if line.isdecimal() and Path(path).is_file():
        found = [each for each in read_stories(Path(path)) if each.line == int(line)]
    elif Path(given).is_file():
        found = read_stories(Path(given))
    else:
        found = [each for each in read_folder(folder) if each.name == given]
    if len(found) == 1:
        return found[0]
    if not found:
        raise StoryImpossible(f"There is no test story '{given}'. `svara test list` shows them.")
    those = ", ".join(f"{each.path}:{each.line}" for each in found)
    raise StoryImpossible(f"'{given}' is more than one story: {those}. Name one of them.")


def _said(steps: Iterable[Step]) -> tuple[str, ...]:
    return tuple(step.text for step in steps if isinstance(step, Said))
