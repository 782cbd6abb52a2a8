"""The models of a folder, with what is known of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import Connection

from bot.errors import ModelUnknown
from bot.trainer.models.live import live, previous
from bot.trainer.models.notes import SUFFIX, Notes, read_notes, remove

MODELS = Path("models")
KEPT = 5
SHIPPED_KEPT = 3
"""Of the models that were ever shipped, by whichever installation, so many of the last are kept."""


@dataclass(frozen=True)
class Model:
    """A trained model.

    Attributes:
        live: it answers customers.
        previous: going back leads to it.
        trained_at: seconds since the epoch; of the file when the notes do not say.
    """

    path: Path
    notes: Notes
    live: bool
    previous: bool
    trained_at: float

    @property
    def name(self) -> str:
        """Its short name, as in `svara gate`."""
        return self.path.name.removesuffix(SUFFIX)


def list_models(connection: Connection, folder: Path = MODELS) -> list[Model]:
    """The models of a folder, the newest first.

    Raises:
        NluError: notes beside a model cannot be read.
    """
    now, before = live(connection), previous(connection)
    models = []
    for path in _files(folder):
        notes = read_notes(path)
        models.append(
            Model(
                path,
                notes,
                now is not None and path.name == now.model,
                before is not None and path.name == before.model,
                notes.trained_at or path.stat().st_mtime,
            )
        )
    return sorted(models, key=lambda each: -each.trained_at)


def find_model(name: str, folder: Path = MODELS) -> Path:
    """A model by its path, its file's name, or the beginning of its short name.

    Raises:
        ModelUnknown: there is none, or more than one.
    """
    if Path(name).is_file():
        return Path(name)
    files = list(_files(folder))
    found = [path for path in files if path.name == name] or [
        path
        for path in files
        if path.name.startswith(name) or path.name.removeprefix("svara-").startswith(name)
    ]
    if len(found) == 1:
        return found[0]
    those = ", ".join(sorted(path.name.removesuffix(SUFFIX) for path in found or files)) or "none"
    told = f"'{name}' is not one model in '{folder}'"
    raise ModelUnknown(f"{told}: there is {those}. `svara train` makes one.")


def forget_old(newest: Path, connection: Connection | None, *, kept: int = KEPT) -> None:
    """Deletes models beyond the newest few; never one that is live or could be gone back to.

    Args:
        newest: stays, whatever its age.
        connection: of this installation's database, if there is one.
    """
    files = sorted(_files(newest.parent), key=lambda path: path.stat().st_mtime, reverse=True)
    at = {path: max((s["at"] for s in read_notes(path).shipped), default=0.0) for path in files}
    safe = {newest, *sorted((p for p in files if at[p]), key=lambda p: -at[p])[:SHIPPED_KEPT]}
    if connection is not None:
        names = {each.model for each in (live(connection), previous(connection)) if each}
        safe |= {path for path in files if path.name in names}
    for old in [path for path in files if path not in safe][max(kept - 1, 0) :]:
        remove(old)


def _files(folder: Path) -> Iterator[Path]:
    return folder.glob(f"svara-*{SUFFIX}")
