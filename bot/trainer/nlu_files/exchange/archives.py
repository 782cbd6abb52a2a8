"""The files of an export: a zip, a folder or a single one. Nothing is unpacked to the disk."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.errors import NluDataInvalid, NluError

MAX_FILES = 20_000
MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_BYTES = 256 * 1024 * 1024
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Member:
    """A file of an export.

    Attributes:
        name: its path in the export, with `/`.
        where: for messages: with the export's own name.
    """

    name: str
    where: str
    content: bytes

    def text(self) -> str:
        """Its text.

        Raises:
            NluDataInvalid: it is not UTF-8; it names the line.
        """
        try:
            return self.content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = self.content[: error.start].count(b"\n") + 1
            raise NluDataInvalid(
                Path(self.where),
                line,
                f"not UTF-8 (byte 0x{self.content[error.start]:02x}). Save it as UTF-8; in Excel: "
                "'CSV UTF-8'.",
            ) from error

    def json(self) -> Any:
        """Its content.

        Raises:
            NluDataInvalid: it is not JSON; it names the line.
        """
        try:
            return json.loads(self.text())
        except json.JSONDecodeError as error:
            raise NluDataInvalid(
                Path(self.where), error.lineno, f"not readable as JSON: {error.msg}."
            ) from error
        except RecursionError as error:
            raise NluDataInvalid(Path(self.where), 0, "nested too deeply.") from error


def members(path: Path, ends: Collection[str]) -> list[Member]:
    """The files of an export whose names end so, in the order of their names.

    Args:
        path: a zip, a folder or a file.
        ends: e.g. `.json`.

    Raises:
        NluError: it cannot be read, or is larger than we take.
    """
    try:
        if path.is_dir():
            found = list(_of_folder(path, ends))
        elif zipfile.is_zipfile(path):
            found = list(_of_zip(path, ends))
        else:
            found = [Member(path.name, str(path), _limited(path))]
    except OSError as error:
        raise NluError(f"{path} cannot be read: {error.strerror}.") from error
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        raise NluError(f"{path} cannot be read as a zip: {error}") from error
    if not found:
        raise NluError(f"{path}: there is no file in it that ends with {' or '.join(ends)}.")
    return sorted(found, key=lambda member: member.name)


def _of_folder(path: Path, ends: Collection[str]) -> Iterator[Member]:
    total = 0
    # Links to files elsewhere are not followed: an export of somebody else may hold any.
    inside = [f for f in path.rglob("*") if f.suffix in ends and f.is_file() and not f.is_symlink()]
    _check_count(path, len(inside))
    for file in inside:
        content = _limited(file)
        total += len(content)
        _check_total(path, total)
        yield Member(file.relative_to(path).as_posix(), str(file), content)


def _of_zip(path: Path, ends: Collection[str]) -> Iterator[Member]:
    total = 0
    with zipfile.ZipFile(path) as archive:
        infos = archive.infolist()
        _check_count(path, len(infos))
        for info in infos:
            if info.is_dir() or Path(info.filename).suffix not in ends:
                continue
            with archive.open(info) as stream:
                content = b""
                # What a zip says of its sizes may be a lie.
                while chunk := stream.read(_CHUNK):
                    content += chunk
                    total += len(chunk)
                    if len(content) > MAX_FILE_BYTES:
                        raise _too_large(f"{path}: {info.filename}", MAX_FILE_BYTES)
                    _check_total(path, total)
            yield Member(info.filename, f"{path}: {info.filename}", content)


def _limited(path: Path) -> bytes:
    with path.open("rb") as stream:
        content = stream.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise _too_large(str(path), MAX_FILE_BYTES)
    return content


def _check_count(path: Path, count: int) -> None:
    if count > MAX_FILES:
        raise NluError(f"{path} has {count} files; at most {MAX_FILES} are taken.")


def _check_total(path: Path, total: int) -> None:
    if total > MAX_BYTES:
        raise _too_large(str(path), MAX_BYTES)


def _too_large(what: str, limit: int) -> NluError:
    return NluError(f"{what} is larger than {limit // 2**20} MB; split it.")
