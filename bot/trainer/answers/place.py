"""Where an answer is written, and where it is kept who wrote it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.trainer.answers.journal import FILE
from bot.trainer.checks.loading import Project


@dataclass(frozen=True)
class Place:
    """Where the files are, and the journal of who wrote what."""

    project: Project = Project()
    journal: Path = FILE

    @property
    def kept(self) -> Path:
        """Folder for what files of examples held before they were changed here."""
        return self.journal.parent / "examples"
