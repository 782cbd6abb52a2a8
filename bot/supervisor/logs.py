"""Log files of the supervised processes."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

MAX_BYTES = 10 * 1024 * 1024
_TAIL_BYTES = 4096
_LINE_CHARACTERS = 300


def open_log(path: Path, max_bytes: int = MAX_BYTES) -> BinaryIO:
    """Opens a log to append to; one that is over `max_bytes` becomes `<name>.log.1` first."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > max_bytes:
        path.replace(path.with_name(path.name + ".1"))
    return path.open("ab")


def last_line(path: Path, since: int = 0) -> str:
    """The last line of a log that is not blank, shortened; empty when there is none.

    Args:
        since: looks only at what was written from this byte on.
    """
    try:
        with path.open("rb") as log:
            size = log.seek(0, 2)
            log.seek(max(since, size - _TAIL_BYTES))
            lines = log.read(_TAIL_BYTES).decode(errors="replace").splitlines()
    except FileNotFoundError:
        return ""
    written = [line.strip() for line in lines if line.strip()]
    return written[-1][:_LINE_CHARACTERS] if written else ""
