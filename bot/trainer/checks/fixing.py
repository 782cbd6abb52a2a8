"""Making the change that a finding offers, and taking it back."""

from __future__ import annotations

from pathlib import Path

from bot.settings import Settings
from bot.trainer.checks.findings import Fix
from bot.trainer.checks.loading import Project
from bot.trainer.kept_changes import KeptChange, holding, make_changes, undo_change
from bot.trainer.nlu_files import apply
from bot.trainer.nlu_files.applying import planned
from bot.trainer.nlu_files.lock import locked

MENDED = "mended"


def apply_fix(fix: Fix, project: Project | None = None) -> list[Path]:
    """Makes a fix's changes: all of them, or none.

    Returns:
        The files that were changed.

    Raises:
        DataChanged: the lines are no longer as they were when they were checked.
        NluDataInvalid: a file is broken.
    """
    return apply(fix.changes, (project or Project()).nlu)


def mend(
    settings: Settings, fix: Fix, about: str, by: str, project: Project | None = None
) -> KeptChange | None:
    """Makes a fix's changes and keeps what the files held, in `var/checks`.

    Args:
        about: what is changed, for people.
        by: login of who does it.

    Returns:
        None when all is already as the fix makes it.

    Raises:
        DataChanged: the lines are no longer as they were when they were checked.
        NluDataInvalid: a file is broken.
        NluError: the disk does not take it.
    """
    folder = (project or Project()).nlu
    with holding(_folder(settings)), locked(folder):
        steps = planned(fix.changes, folder, {}, None)
        if not steps:
            return None
        return make_changes(_folder(settings), MENDED, about, by, steps)


def unmend(
    settings: Settings, change_id: int, by: str, project: Project | None = None
) -> KeptChange:
    """Puts back what the files held before a fix.

    Raises:
        UndoImpossible: there is no such change, or it was taken back already.
        DataChanged: a file has been changed since.
        NluError: the disk does not take it.
    """
    with holding(_folder(settings)), locked((project or Project()).nlu):
        return undo_change(_folder(settings), change_id, by)


def _folder(settings: Settings) -> Path:
    return settings.var / "checks"
