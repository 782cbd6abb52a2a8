"""Changes of files that can be taken back: who made each, when, and what the files held.

Each change is a file of a folder. It is written before the files are, so that a process that dies
in between loses nothing.
"""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.errors import DataChanged, NluError, UndoImpossible
from bot.trainer.nlu_files.lock import locked
from bot.trainer.nlu_files.writing import Written, write_all
from bot.whole_files import write_whole

_DIGITS = 6


@dataclass(frozen=True)
class KeptFile:
    """A file that was changed.

    Attributes:
        before: what it held; None: it was not there.
        after: what it held then; None: it was deleted.
    """

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class KeptChange:
    """What somebody did.

    Attributes:
        what: in a word, as `deleted`.
        about: what it was done to, for people.
        at: seconds since the epoch.
    """

    id: int
    what: str
    about: str
    by: str
    at: float
    files: tuple[KeptFile, ...]
    undone_at: float | None = None
    undone_by: str | None = None

    @property
    def path(self) -> str:
        """Of the first file."""
        return self.files[0].path


def make_change(folder: Path, what: str, about: str, by: str, file: KeptFile) -> KeptChange:
    """Changes a file, or deletes it, and keeps what it held. Call it with `holding(folder)`.

    Raises:
        DataChanged: the file is not what it was before; nothing was changed.
        NluError: the disk does not take it; nothing was changed.
    """
    move = (Path(file.path), _bytes(file.before), _bytes(file.after))
    return _kept(folder, what, about, by, [file], write=lambda: _put([move]))


def make_changes(
    folder: Path, what: str, about: str, by: str, steps: Sequence[Written]
) -> KeptChange:
    """Changes several files, step by step, and keeps what they held before the first one.

    Call it with `holding(folder)`.

    Raises:
        DataChanged: a file is not what it was before; nothing was changed.
        NluError: the disk does not take it; nothing was changed.
    """
    before: dict[Path, bytes | None] = {}
    for step in steps:
        before.setdefault(step.path, step.old)
    after = {step.path: step.new for step in steps}
    files = [
        KeptFile(str(path), None if old is None else old.decode(), after[path].decode())
        for path, old in before.items()
    ]
    return _kept(folder, what, about, by, files, write=lambda: write_all(steps))


def undo_change(folder: Path, change_id: int, by: str) -> KeptChange:
    """Puts back what files held before a change. Call it with `holding(folder)`.

    Raises:
        UndoImpossible: there is no such change, or it was taken back already.
        DataChanged: a file has been changed since; nothing was put back.
        NluError: the disk does not take it.
    """
    found = read_change(folder, change_id)
    if found.undone_at is not None:
        raise UndoImpossible(f"This was taken back already, by {found.undone_by}.")
    back = []
    for file in found.files:
        path, before, after = Path(file.path), _bytes(file.before), _bytes(file.after)
        now = path.read_bytes() if path.exists() else None
        if now not in (before, after):
            raise DataChanged(
                f"{path} has been changed since, so that nothing was put back. What it held before "
                f"is kept in {kept_in(folder, change_id)}."
            )
        if now != before:
            back.append((path, now, before))
    _put(back)
    return _write(folder, dataclasses.replace(found, undone_at=time.time(), undone_by=by))


def list_changes(folder: Path, limit: int | None = None) -> list[KeptChange]:
    """What was done, the latest first.

    Args:
        limit: so many at most.

    Raises:
        NluError: what is kept of a change cannot be read.
    """
    return [_read(path) for path in sorted(_files(folder), reverse=True)[:limit]]


def read_change(folder: Path, change_id: int) -> KeptChange:
    """One change.

    Raises:
        UndoImpossible: there is none with this id.
        NluError: what is kept of it cannot be read.
    """
    path = kept_in(folder, change_id)
    if not path.exists():
        raise UndoImpossible(f"There is no change {change_id} that could be taken back.")
    return _read(path)


@contextmanager
def holding(folder: Path) -> Iterator[None]:
    """Nobody else makes or takes back changes of this folder meanwhile; it is made if need be.

    Raises:
        DataChanged: somebody else does not let go of it.
        NluError: it cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NluError(f"{folder} cannot be made: {error.strerror}.") from error
    with locked(folder):
        yield


def kept_in(folder: Path, change_id: int) -> Path:
    """The file of a change."""
    return folder / f"{change_id:0{_DIGITS}}.json"


def _kept(
    folder: Path,
    what: str,
    about: str,
    by: str,
    files: Sequence[KeptFile],
    *,
    write: Callable[[], None],
) -> KeptChange:
    number = 1 + max((int(path.stem) for path in _files(folder)), default=0)
    done = KeptChange(number, what, about, by, time.time(), tuple(files))
    _write(folder, done)
    try:
        write()
    except NluError:
        kept_in(folder, done.id).unlink(missing_ok=True)
        raise
    return done


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.glob("*.json") if path.stem.isdecimal()]


def _put(files: Sequence[tuple[Path, bytes | None, bytes | None]]) -> None:
    """Writes files, with what they hold now and what they shall hold; then deletes the others."""
    write_all([Written(path, old, new) for path, old, new in files if new is not None])
    for path, old, new in files:
        if new is not None:
            continue
        try:
            if path.read_bytes() != old:
                raise DataChanged(f"{path} was changed at this very moment; try again.")
            path.unlink()
        except OSError as error:
            raise NluError(f"{path} cannot be deleted: {error.strerror}.") from error


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else text.encode("utf-8")


def _write(folder: Path, what: KeptChange) -> KeptChange:
    path = kept_in(folder, what.id)
    try:
        write_whole(path, json.dumps(dataclasses.asdict(what), ensure_ascii=False, indent=1))
    except OSError as error:
        raise NluError(f"{path} cannot be written: {error.strerror}.") from error
    return what


def _read(path: Path) -> KeptChange:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        files = tuple(KeptFile(**file) for file in content.pop("files"))
        return KeptChange(**content, files=files)
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise NluError(f"{path} cannot be read: {error}.") from error
