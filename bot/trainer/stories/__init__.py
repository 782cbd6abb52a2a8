"""Test stories: conversations that a model must not break."""

from bot.trainer.stories.gate import Failure, broken_by
from bot.trainer.stories.reading import STORIES_FOLDER, read_folder, read_stories
from bot.trainer.stories.running import Checked, Result, run
from bot.trainer.stories.showing import as_junit, difference
from bot.trainer.stories.story import Done, Loop, Part, Said, SlotsSet, Step, Story

__all__ = [
    "STORIES_FOLDER",
    "Checked",
    "Done",
    "Failure",
    "Loop",
    "Part",
    "Result",
    "Said",
    "SlotsSet",
    "Step",
    "Story",
    "as_junit",
    "broken_by",
    "difference",
    "read_folder",
    "read_stories",
    "run",
]
