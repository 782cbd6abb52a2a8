"""Which test stories a conversation was made into."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import Connection

from bot.errors import StoryImpossible, StoryInvalid
from bot.trainer.stories.making import story_from
from bot.trainer.stories.reading import STORIES_FOLDER, read_stories
from bot.trainer.stories.story import Said, Story


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
    What the bot does in it may have been edited since; what the customer says may not.
    """
    wanted = set()
    for conversation_id in conversation_ids:
        try:
            wanted.add(_said(story_from(connection, conversation_id)))
        except StoryImpossible:
            continue  # then nobody has made one
    if not wanted:
        return StoriesFound((), ())
    files, unreadable = [], []
    for path in sorted(folder.glob("*.yml")):
        try:
            stories: Sequence[Story] = read_stories(path)
        except StoryInvalid:
            unreadable.append(path)
            continue
        if any(_said(story) in wanted for story in stories):
            files.append(path)
    return StoriesFound(tuple(files), tuple(unreadable))


def _said(story: Story) -> tuple[str, ...]:
    return tuple(step.text for step in story.steps if isinstance(step, Said))
