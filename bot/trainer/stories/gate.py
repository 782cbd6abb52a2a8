"""Which test stories a model breaks: what the gate asks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.trainer.stories.reading import STORIES_FOLDER, read_folder
from bot.trainer.stories.running import Progress, run
from bot.trainer.stories.showing import Line, diff


@dataclass(frozen=True)
class Failure:
    """A story that a model breaks.

    Attributes:
        line: of the story in its file.
        difference: what was expected ("-") and what the model does ("+"), line by line.
    """

    story: str
    path: Path
    line: int
    difference: tuple[Line, ...]


def broken_by(
    model: Path,
    folder: Path = STORIES_FOLDER,
    progress: Progress = lambda what, done, total: None,
) -> list[Failure]:
    """The test stories of a folder that a model breaks.

    Args:
        model: a trained model, `models/....tar.gz`.
        progress: told of each story.

    Raises:
        StoryInvalid: a file of the folder is not a test story's.
        NluError: the file is not a model that this version can use.
    """
    return [
        Failure(
            result.story.name,
            result.story.path or folder,
            result.story.line,
            tuple(diff(result)),
        )
        for result in run(read_folder(folder), model, progress)
        if not result.passed
    ]
