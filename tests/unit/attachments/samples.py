"""Small files of each kind, real ones."""

from __future__ import annotations

import base64
import io
import zipfile

from PIL import Image

PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00heicmif1" + bytes(64)
MP4 = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00isommp42" + bytes(64)
EXE = b"MZ\x90\x00" + bytes(200)
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def picture(kind: str = "PNG", *, size: tuple[int, int] = (320, 200)) -> bytes:
    """A picture."""
    out = io.BytesIO()
    Image.new("RGB", size, (178, 60, 40)).save(out, kind)
    return out.getvalue()


_MADE = (2026, 1, 31, 12, 0, 0)


def archive(**entries: bytes | str) -> bytes:
    """A zip file; `__` in a name stands for a slash."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name, content in entries.items():
            # Not of now: tests are called by it, and are called alike in every process.
            made.writestr(zipfile.ZipInfo(name.replace("__", "/"), _MADE), content)
    return out.getvalue()


def word(*, macros: bool = False) -> bytes:
    """A Word document."""
    kind = "application/vnd.ms-word.document.macroEnabled" if macros else WORD
    types = (
        f'<Types><Override PartName="/word/document.xml" ContentType="{kind}.main+xml"/></Types>'
    )
    entries: dict[str, bytes | str] = {"[Content_Types].xml": types, "word/document.xml": "<w/>"}
    return archive(**entries, **({"word/vbaProject.bin": b"x"} if macros else {}))


def in_base64(content: bytes) -> str:
    """As it goes into JSON."""
    return base64.b64encode(content).decode()
