"""Plays all test stories as the console's long work, and keeps what came of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bot.settings import Settings
from bot.trainer.jobs import Progress
from bot.trainer.stories.reading import STORIES_FOLDER, read_folder
from bot.trainer.stories.running import run
from bot.trainer.stories.showing import difference
from bot.trainer.training import model_to_start


def run_job(
    settings: Settings, arguments: Mapping[str, Any], progress: Progress
) -> Mapping[str, Any]:
    """Plays the stories of a folder to the model that answers customers.

    Args:
        arguments: `folder`, default `tests/stories`; `model`, a file, default the live one.

    Returns:
        `model`, `at` (seconds since the epoch) and `stories`: of each `path`, `line`, `name`,
        `passed`, and `difference` of one that failed.

    Raises:
        StoryInvalid: a file of the folder is not a test story's.
    """
    folder = Path(str(arguments.get("folder") or STORIES_FOLDER))
    given = arguments.get("model")
    model = (
        Path(str(given)) if given else model_to_start(settings, lambda line: progress(line, 0, 0))
    )
    found = [
        {
            "path": str(result.story.path),
            "line": result.story.line,
            "name": result.story.name,
            "passed": result.passed,
            "difference": "" if result.passed else difference(result),
        }
        for result in run(read_folder(folder), model, progress)
    ]
    return {"model": model.name, "at": time.time(), "stories": found}
