"""Which files are taken: told by what is in them, whatever they are called."""

from __future__ import annotations

import errno
import zipfile
from dataclasses import dataclass
from pathlib import Path

import filetype  # type: ignore[import-untyped]

_READ_BYTES = 1024 * 1024
_MAX_ENTRIES = 10_000
_TEXT_CONTROLS = frozenset(map(chr, range(32))) - set("\t\n\r\f")
_MARKUP_OR_SCRIPT = ("<", "#!")


@dataclass(frozen=True)
class Kind:
    """A kind of file.

    Attributes:
        type: media type that it is handed out as.
        endings: that its name may have; the first is added to a name with another.
        picture: every browser shows it.
    """

    type: str
    endings: tuple[str, ...]
    picture: bool = False


_OFFICE = "application/vnd.openxmlformats-officedocument"
_OPEN = "application/vnd.oasis.opendocument"
TEXT = Kind("text/plain", (".txt", ".csv", ".log"))
DOCX = Kind(f"{_OFFICE}.wordprocessingml.document", (".docx",))
XLSX = Kind(f"{_OFFICE}.spreadsheetml.sheet", (".xlsx",))
ODT = Kind(f"{_OPEN}.text", (".odt",))
ODS = Kind(f"{_OPEN}.spreadsheet", (".ods",))
# As `filetype` tells them by their first bytes.
_BY_SIGNATURE = {
    kind.type: kind
    for kind in (
        Kind("image/jpeg", (".jpg", ".jpeg"), picture=True),
        Kind("image/png", (".png",), picture=True),
        Kind("image/gif", (".gif",), picture=True),
        Kind("image/webp", (".webp",), picture=True),
        Kind("image/heic", (".heic", ".heif")),
        Kind("application/pdf", (".pdf",)),
        Kind("video/mp4", (".mp4", ".m4v")),
        Kind("video/quicktime", (".mov",)),
    )
}
KINDS = (*_BY_SIGNATURE.values(), TEXT, DOCX, XLSX, ODT, ODS)
PICTURES = frozenset(kind.type for kind in KINDS if kind.picture)
ENDINGS = tuple(ending for kind in KINDS for ending in kind.endings)
_MAIN_PARTS = {f"{kind.type}.main+xml": kind for kind in (DOCX, XLSX)}


def kind_of(path: Path) -> Kind | None:
    """What a file is; None when it is nothing that is taken.

    Raises:
        OSError: it cannot be read.
    """
    guessed = filetype.guess(str(path))
    if guessed is not None and guessed.mime in _BY_SIGNATURE:
        return _BY_SIGNATURE[guessed.mime]
    if zipfile.is_zipfile(path):
        return _document(path)
    return TEXT if guessed is None and _is_text(path) else None


def _document(path: Path) -> Kind | None:
    """An office document, by what it says it consists of; never one with macros."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if len(names) > _MAX_ENTRIES or any("vbaproject" in name.lower() for name in names):
                return None
            if "[Content_Types].xml" in names:
                parts = _entry(archive, "[Content_Types].xml")
                found = [kind for part, kind in _MAIN_PARTS.items() if part in parts]
                return found[0] if found and "macroEnabled" not in parts else None
            if "mimetype" in names:
                said = _entry(archive, "mimetype").strip()
                macros = any(name.startswith("Basic/") for name in names)
                return next((k for k in (ODT, ODS) if k.type == said and not macros), None)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError):
        return None  # damaged, encrypted, or packed in a way nobody else could open
    except OSError as error:
        if error.errno != errno.EINVAL:
            raise
        return None  # it says of a part that it begins before the file does
    return None


def _entry(archive: zipfile.ZipFile, name: str) -> str:
    with archive.open(name) as entry:  # a part of it: it may unpack to any size
        return entry.read(_READ_BYTES).decode("utf-8", "replace")


def _is_text(path: Path) -> bool:
    """Words in UTF-8; neither a page nor a drawing nor a script, as far as that can be told."""
    begun = False
    with path.open(encoding="utf-8-sig", newline="") as text:
        try:
            while part := text.read(_READ_BYTES):
                if not _TEXT_CONTROLS.isdisjoint(part):
                    return False
                if not begun and part.lstrip().startswith(_MARKUP_OR_SCRIPT):
                    return False
                begun = begun or bool(part.strip())
        except UnicodeDecodeError:
            return False
    return begun
