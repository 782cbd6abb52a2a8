"""All training examples with the file and line in which each stands."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.errors import NluDataInvalid
from bot.trainer.nlu_files.document import MAX_FILE_BYTES, Document, read_document
from bot.trainer.nlu_files.marks import Entity

NLU_FOLDER = Path("data/nlu")
_ENDS = (".yml", ".yaml")


@dataclass(frozen=True)
class SourceExample:
    """An example and where it stands.

    Attributes:
        text: without entity marks.
        marked: as it is written, with them.
        language: the name of the folder, e.g. `sv`.
        line: counted from 1.
    """

    text: str
    marked: str
    intent: str
    language: str
    path: Path
    line: int
    entities: tuple[Entity, ...] = ()


def read_sources(folder: Path = NLU_FOLDER) -> list[SourceExample]:
    """Reads the files of all languages, `<language>/<intent>.yml` or any other name.

    Raises:
        NluDataInvalid: a file is not one that Rasa would understand; it names file and line.
    """
    return [
        SourceExample(
            found.text, found.marked, block.intent, language, path, found.line, found.entities
        )
        for language, path in source_files(folder)
        for block in read_file(path).blocks
        for found in block.examples
    ]


def source_files(folder: Path, language: str | None = None) -> list[tuple[str, Path]]:
    """Language and path of each file, in the order of their names.

    Args:
        language: only the files of this one.

    Raises:
        NluDataInvalid: a file with examples lies in no language's folder.
    """
    found = []
    for path in sorted(_files(folder)):
        first, *rest = path.relative_to(folder).parts
        if not rest:
            if read_file(path).blocks:
                raise NluDataInvalid(
                    path, 0, f"lies in no language's folder; move it to {folder}/<language>/."
                )
        elif language in (None, first):
            found.append((first, path))
    return found


def fingerprints(folder: Path = NLU_FOLDER) -> dict[Path, str]:
    """A hash of each file: what a page has seen, to give back to `apply`.

    Raises:
        NluDataInvalid: a file cannot be read.
    """
    return {path: fingerprint(read_bytes(path)) for _, path in source_files(folder)}


def fingerprint(content: bytes) -> str:
    """SHA-256 of a file's content."""
    return hashlib.sha256(content).hexdigest()


def read_file(path: Path) -> Document:
    """What a file holds.

    Raises:
        NluDataInvalid: it cannot be read, or Rasa would not understand it.
    """
    return read_document(path, read_bytes(path))


def read_bytes(path: Path) -> bytes:
    """A file's content.

    Raises:
        NluDataInvalid: it cannot be read.
    """
    try:
        with path.open("rb") as stream:
            return stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise NluDataInvalid(path, 0, f"cannot be read: {error.strerror}.") from error


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        if path.suffix in _ENDS and not hidden and path.is_file():
            yield path
