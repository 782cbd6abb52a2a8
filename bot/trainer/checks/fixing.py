"""Making the change that a finding offers."""

from __future__ import annotations

from pathlib import Path

from bot.trainer.checks.findings import Fix
from bot.trainer.checks.loading import Project
from bot.trainer.nlu_files import apply


def apply_fix(fix: Fix, project: Project | None = None) -> list[Path]:
    """Makes a fix's changes: all of them, or none.

    Returns:
        The files that were changed.

    Raises:
        DataChanged: the lines are no longer as they were when they were checked.
        NluDataInvalid: a file is broken.
    """
    return apply(fix.changes, (project or Project()).nlu)
