"""What customers ask and no intent is for: topics, their trends, and which rise."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Engine

from bot.settings import Settings
from bot.storage.database import open_database, reading
from bot.trainer.discovery.topics import (
    Discovery,
    Message,
    Near,
    Progress,
    Rest,
    Topic,
    Vectors,
    find_topics,
)
from bot.trainer.discovery.trends import WEEK, WEEKS, Rise
from bot.trainer.discovery.unhandled import recognised, unhandled
from bot.trainer.examples import NLU_FOLDER, read_examples

__all__ = [
    "Discovery",
    "Message",
    "Near",
    "Rest",
    "Rise",
    "Topic",
    "discover",
    "find_topics",
    "run_job",
]


def discover(
    engine: Engine,
    folder: Path = NLU_FOLDER,
    *,
    weeks: int = WEEKS,
    now: float | None = None,
    vectors: Vectors | None = None,
    progress: Progress = lambda *_: None,
) -> Discovery:
    """The topics of what the inbox holds and nobody has handled.

    Args:
        engine: the database; its inbox must have been collected.
        folder: with the training files, for what is known already.
        weeks: how far to look back.
        now: seconds since the epoch; default the clock's.
        vectors: as of `find_topics`.

    Raises:
        NluError: a training file cannot be read, or there is no sentence encoder.
    """
    now = time.time() if now is None else now
    since = now - weeks * WEEK
    with reading(engine) as connection:
        messages, handled = unhandled(connection, since), recognised(connection, since)
    return find_topics(
        messages,
        read_examples(folder),
        now,
        handled=handled,
        weeks=weeks,
        vectors=vectors,
        progress=progress,
    )


def run_job(
    settings: Settings, arguments: Mapping[str, Any], progress: Progress
) -> Mapping[str, Any]:
    """The same as work that the console starts; `arguments` may have `weeks`."""
    engine = open_database(settings.database)
    weeks = int(arguments.get("weeks", WEEKS))
    return discover(engine, weeks=weeks, progress=progress).as_json()
