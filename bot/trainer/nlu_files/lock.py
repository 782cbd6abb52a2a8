"""One process at a time changes the training files."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import DataChanged, NluError

_PAUSE = 0.05


@contextmanager
def locked(folder: Path, timeout: float = 10.0) -> Iterator[None]:
    """Holds the lock of a folder: one on the folder itself, so that no file is left behind.

    The system lets go of it when a process ends, however it ends.

    Args:
        timeout: seconds to wait for another one.

    Raises:
        DataChanged: another process does not let go of it.
        NluError: there is no such folder, or its file system has no locks.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise NluError(f"{folder} cannot be opened: {error.strerror}.") from error
    try:
        _wait(descriptor, folder, time.monotonic() + timeout)
        yield
    finally:
        os.close(descriptor)


def _wait(descriptor: int, folder: Path, until: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() > until:
                raise DataChanged(
                    f"Somebody else is changing the files in {folder}. Nothing was written; "
                    "try again in a moment."
                ) from error
            time.sleep(_PAUSE)
        except OSError as error:
            raise NluError(f"{folder} cannot be locked: {error.strerror}.") from error
        else:
            return
