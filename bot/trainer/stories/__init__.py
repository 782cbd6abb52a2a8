"""Test stories: conversations that a model must not break."""

from bot.trainer.stories.gate import Failure, broken_by
from bot.trainer.stories.making import story_from
from bot.trainer.stories.reading import STORIES_FOLDER, read_folder, read_stories
from bot.trainer.stories.running import Checked, Result, run
from bot.trainer.stories.showing import difference, write_junit
from bot.trainer.stories.story import Done, Loop, Part, Said, SlotsSet, Step, Story
from bot.trainer.stories.writing import as_yaml, save

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
    "as_yaml",
    "broken_by",
    "difference",
    "read_folder",
    "read_stories",
    "run",
    "save",
    "story_from",
    "write_junit",
]
