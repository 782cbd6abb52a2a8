"""One `svara up` at a time in one folder."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path

from bot.errors import SupervisorError

FILE = "svara.pid"
_POLL_SECONDS = 0.1


def claim(var: Path, *, patience: float, waiting: Callable[[], None] = lambda: None) -> int:
    """Claims a folder for this process.

    The claim lasts until every process that has the descriptor has ended: the guard has it too, so
    that after a kill the next run begins when the last one's processes are gone.

    Args:
        patience: seconds to wait for the processes of a run whose supervisor was killed.
        waiting: called once if that is so.

    Returns:
        The open descriptor; closing it ends the claim.

    Raises:
        SupervisorError: Svara is running there already, or the folder cannot be written.
    """
    path = var / FILE
    try:
        var.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise SupervisorError(
            f"Cannot write to the folder '{var}': {error.strerror}. "
            "Make it writable, or choose another with --var."
        ) from error
    deadline = time.monotonic() + patience
    told = False
    while not _lock(descriptor):
        owner = running(var)
        if owner is not None or time.monotonic() >= deadline:
            os.close(descriptor)
            raise SupervisorError(
                f"Svara is already running in the folder '{var}'"
                + (f" (process {owner})" if owner else "")
                + ". Stop it first, or choose another folder with --var and other ports."
            )
        if not told:
            waiting()
            told = True
        time.sleep(_POLL_SECONDS)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def running(var: Path) -> int | None:
    """Process id of the `svara up` that runs in this folder, None when there is none."""
    try:
        with (var / FILE).open("rb") as file:
            if _lock(file.fileno()):
                return None
            owner = int(file.read(20))
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return None
    try:
        os.kill(owner, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return owner  # another user's process: it is there
    return owner


def _lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in {errno.EAGAIN, errno.EACCES}:
            return False
        raise
    return True
