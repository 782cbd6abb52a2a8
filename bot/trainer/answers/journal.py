"""Who wrote which answer, and when: a line of JSON each, in a file that only grows.

An entry is written before the files are, so that nobody's work is without a name; one that the
files refused is followed by a line that says so.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bot.errors import NluError

FILE = Path("var/answers.jsonl")
ANSWERED, CHANGED, UNDONE = "answered", "changed", "undone"
_FAILED = "failed"


@dataclass(frozen=True)
class Piece:
    """Text that was put into a file.

    Attributes:
        file: `domain` or `rules`, wherever the project lies by now.
    """

    file: str
    text: str


@dataclass(frozen=True)
class Swap:
    """A rule that was changed.

    Attributes:
        file: its path below the folder of the conversations.
        before, after: the lines of the rule, without the last line's end.
    """

    file: str
    before: str
    after: str


@dataclass(frozen=True)
class Entry:
    """What somebody did.

    Attributes:
        what: ANSWERED, CHANGED or UNDONE.
        way: how the intent is answered, as `Answer.kind`.
        pieces: what was put into the files.
        response: whose texts were changed.
        scalars: of each language, the text before and after, as they are written.
        of: the entry that was taken back.
        title: the response that says the intent on a button, if it was written or changed.
        titles: as `scalars`, of that response, if it was there before.
        swaps: rules that were changed.
        was: how the intent was answered before, if it was otherwise.
    """

    what: str
    intent: str
    way: str
    by: str
    pieces: tuple[Piece, ...] = ()
    response: str = ""
    scalars: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    of: str = ""
    at: float = 0.0
    id: str = ""
    title: str = ""
    titles: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    swaps: tuple[Swap, ...] = ()
    was: str = ""


def begin(path: Path, entry: Entry) -> Entry:
    """Writes an entry, with its id and time. Call it with the files held.

    Raises:
        NluError: the disk does not take it.
    """
    made = Entry(**{**vars(entry), "id": uuid.uuid4().hex[:12], "at": time.time()})
    _append(path, asdict(made))
    return made


def fail(path: Path, entry: Entry) -> None:
    """Writes that nothing came of an entry.

    Raises:
        NluError: the disk does not take it.
    """
    _append(path, {_FAILED: entry.id})


def read_journal(path: Path) -> list[Entry]:
    """What was done, the oldest first.

    Raises:
        NluError: the file cannot be read.
    """
    try:
        content = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise NluError(f"{path} cannot be read: {error}") from error
    lines = [line for line in map(_parsed, content.split("\n")) if line is not None]
    failed = {line[_FAILED] for line in lines if _FAILED in line}
    entries = (_entry(line) for line in lines if _FAILED not in line)
    return [entry for entry in entries if entry is not None and entry.id not in failed]


def standing(entries: Sequence[Entry]) -> list[Entry]:
    """Those that were not taken back, the oldest first; the taking back is not among them."""
    undone = {entry.of for entry in entries if entry.what == UNDONE}
    return [entry for entry in entries if entry.what != UNDONE and entry.id not in undone]


def _append(path: Path, line: Mapping[str, Any]) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as stream:
            # A process that was killed may have left half a line.
            stream.seek(0, os.SEEK_END)
            if stream.tell():
                stream.seek(-1, os.SEEK_END)
                if stream.read(1) != b"\n":
                    stream.write(b"\n")
            stream.write(json.dumps(line, ensure_ascii=False).encode("utf-8") + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
    except OSError as error:
        raise NluError(f"{path} cannot be written: {error.strerror}.") from error


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None  # half a line
    return found if isinstance(found, dict) else None


def _entry(line: Mapping[str, Any]) -> Entry | None:
    try:
        pieces = tuple(Piece(**piece) for piece in line["pieces"])
        swaps = tuple(Swap(**swap) for swap in line.get("swaps", ()))
        scalars, titles = _scalars(line["scalars"]), _scalars(line.get("titles", {}))
        parts = {"pieces": pieces, "scalars": scalars, "titles": titles, "swaps": swaps}
        return Entry(**{**line, **parts})
    except (TypeError, ValueError, KeyError, AttributeError):
        return None  # of another Svara: who did what is lost, and nothing else


def _scalars(written: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    return {language: (before, after) for language, (before, after) in written.items()}
