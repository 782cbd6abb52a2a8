"""Files that are made once and kept, with their SHA-256 beside them."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

from bot.whole_files import write_whole

logger = logging.getLogger(__name__)


def kept(path: Path, make: Callable[[], bytes]) -> Path | bytes:
    """A file with what `make` makes: the one from before, or a new one if it is not whole.

    Files appear whole or not at all, and `make` gives the same each time, so that several
    processes may make the same one at once.

    Returns:
        The file's path; the content itself where the folder cannot be written, which costs memory
        and time at every start and is logged.
    """
    seal = path.with_name(f"{path.name}.sha256")
    try:
        if seal.read_text(encoding="ascii") == _seal(path.name, path.read_bytes()):
            return path
        logger.warning("%s is damaged and is made anew.", path)
    except (OSError, ValueError):
        logger.info("%s is made.", path)
    content = make()
    try:
        write_whole(path, content)
        write_whole(seal, _seal(path.name, content).encode("ascii"))
    except OSError as error:
        logger.warning(
            "%s cannot be kept (%s) and is made again at every start. "
            "Make the folder writable, or choose another one for the encoder's cache.",
            path,
            error.strerror,
        )
        return content
    return path


def _seal(name: str, content: bytes) -> str:
    """A line as `sha256sum -c` takes it."""
    return f"{hashlib.sha256(content).hexdigest()}  {name}\n"
