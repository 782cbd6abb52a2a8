"""Plays all test stories as the console's long work, and keeps what came of it."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.errors import DataChanged, StoryImpossible
from bot.settings import Settings
from bot.trainer.jobs import Progress
from bot.trainer.models.registry import find_model
from bot.trainer.stories.finding import story_at
from bot.trainer.stories.reading import STORIES_FOLDER, read_folder
from bot.trainer.stories.renewing import expect
from bot.trainer.stories.running import Player, run
from bot.trainer.stories.showing import diff
from bot.trainer.training import model_to_start


def run_job(
    settings: Settings, arguments: Mapping[str, Any], progress: Progress
) -> Mapping[str, Any]:
    """Plays the stories of a folder to a model, once one of them was made to expect what it does.

    Args:
        arguments: `folder`, default `tests/stories`; `model`, a file or its name, default the one
            that answers customers; `expect`: the `path`, `name` and `line` of the story that is to
            expect what the model does, and `by`, the login of who wants it.

    Returns:
        `model`, `at` (seconds since the epoch) and `stories`: of each `path`, `line`, `name`,
        `passed`, and `difference` of one that failed, as `showing.diff` has it. With `expect` also
        `expected`: `name`, `path`, `change` (None: it passed already), `refused` if it was.

    Raises:
        StoryInvalid: a file of the folder is not a test story's.
        NluError: there is no such model, or it cannot be used.
    """
    folder = Path(str(arguments.get("folder") or STORIES_FOLDER))
    given = arguments.get("model")
    model = (
        find_model(str(given))
        if given
        else model_to_start(settings, lambda line: progress(line, 0, 0))
    )
    progress("Loading the model", 0, 0)
    player = Player(model)
    told: dict[str, Any] = {"model": model.name}
    if arguments.get("expect"):
        progress("Looking what the model does", 0, 0)
        told["expected"] = _expect(settings, arguments["expect"], player, folder)
    found = [
        {
            "path": str(result.story.path),
            "line": result.story.line,
            "name": result.story.name,
            "passed": result.passed,
            "difference": (
                [] if result.passed else [dataclasses.asdict(line) for line in diff(result)]
            ),
        }
        for result in run(read_folder(folder), player, progress)
    ]
    return {**told, "at": time.time(), "stories": found}


def _expect(
    settings: Settings, wanted: Mapping[str, Any], player: Player, folder: Path
) -> dict[str, Any]:
    path, name = str(wanted["path"]), str(wanted["name"])
    told: dict[str, Any] = {"path": path, "name": name, "change": None, "refused": ""}
    try:
        story = story_at(path, name, int(wanted.get("line") or 0), folder)
        done = expect(settings, story, player, str(wanted["by"]))
    except (StoryImpossible, DataChanged) as error:
        return {**told, "refused": str(error)}
    return {**told, "change": done.id if done else None}
