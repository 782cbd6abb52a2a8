"""Several files written together: each is whole at every moment, and all are written or none."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bot.errors import DataChanged, NluError
from bot.trainer.nlu_files.sources import read_bytes

_END = ".svara-new"


@dataclass(frozen=True)
class Written:
    """A file to be written.

    Attributes:
        old: what it must hold just before; None when it must not exist.
    """

    path: Path
    old: bytes | None
    new: bytes


def write_all(files: Sequence[Written]) -> None:
    """Writes files, in this order, after all of them lie ready beside their places.

    A file may be there several times, with what it holds after each step.

    Raises:
        DataChanged: one is not what it was; nothing was written.
        NluError: the disk does not take them; nothing was written.
    """
    ready: list[tuple[Written, Path]] = []
    try:
        for number, file in enumerate(files):
            ready.append((file, _prepare(file, number)))
        for file in reversed({file.path: file for file in reversed(files)}.values()):
            _check(file)
        _replace(ready)
    except OSError as error:
        raise NluError(
            f"{error.filename or files[0].path} cannot be written: {error.strerror}. "
            "Nothing was changed."
        ) from error
    finally:
        for _, temporary in ready:
            temporary.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Deletes what a killed process had prepared and not put in its place. Call it locked."""
    for path in folder.rglob(f".*{_END}"):
        path.unlink(missing_ok=True)


def _prepare(file: Written, number: int = 0) -> Path:
    # Where a link leads, so that the link stays one.
    place = file.path.resolve()
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = place.with_name(f".{place.name}.{number}{_END}")
    try:
        with temporary.open("wb") as stream:
            stream.write(file.new)
            stream.flush()
            with suppress(FileNotFoundError):
                os.fchmod(stream.fileno(), place.stat().st_mode & 0o7777)
            os.fsync(stream.fileno())
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _check(file: Written) -> None:
    try:
        found = file.path.read_bytes()
    except FileNotFoundError:
        found = None
    if found != file.old:
        raise DataChanged(
            f"{file.path} was changed by somebody else at this very moment. Nothing was written; "
            "try again."
        )


def _replace(ready: Iterable[tuple[Written, Path]]) -> None:
    done: list[Written] = []
    try:
        for file, temporary in ready:
            _check(file)
            temporary.replace(file.path.resolve())
            done.append(file)
            _sync(file.path.resolve().parent)
    except BaseException:
        for file in reversed(done):
            _undo(file)
        raise


def _undo(file: Written) -> None:
    if read_bytes(file.path) != file.new:
        return  # already changed again by somebody else
    if file.old is None:
        file.path.unlink(missing_ok=True)
        return
    back = Written(file.path, file.new, file.old)
    _prepare(back).replace(file.path.resolve())


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
