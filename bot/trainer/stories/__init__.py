"""Test stories: conversations that a model must not break."""

from bot.trainer.stories.changing import change, changes, delete, undo
from bot.trainer.stories.finding import story_at, story_named
from bot.trainer.stories.gate import Failure, broken_by
from bot.trainer.stories.making import story_from
from bot.trainer.stories.reading import STORIES_FOLDER, read_folder, read_stories
from bot.trainer.stories.renewing import expect
from bot.trainer.stories.running import Checked, Player, Result, run
from bot.trainer.stories.showing import diff, difference, read_diff, write_junit
from bot.trainer.stories.story import Done, Loop, Part, Said, SlotsSet, Step, Story
from bot.trainer.stories.writing import as_yaml, save

__all__ = [
    "STORIES_FOLDER",
    "Checked",
    "Done",
    "Failure",
    "Loop",
    "Part",
    "Player",
    "Result",
    "Said",
    "SlotsSet",
    "Step",
    "Story",
    "as_yaml",
    "broken_by",
    "change",
    "changes",
    "delete",
    "diff",
    "difference",
    "expect",
    "read_diff",
    "read_folder",
    "read_stories",
    "run",
    "save",
    "story_at",
    "story_from",
    "story_named",
    "undo",
    "write_junit",
]
