"""Names of files, as they are shown and as a browser saves them."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

from bot.attachments.kinds import Kind

MAX_CHARS = 120
_SEPARATORS = re.compile(r"[/\\]")
_RESERVED = re.compile(r'[<>:"|?*\[\]]')
_NOT_ASCII = re.compile(r"[^A-Za-z0-9._ -]")


def shown_name(given: str, kind: Kind) -> str:
    """A customer's name for a file, made harmless: its last part, with an ending that is true.

    >>> from bot.attachments.kinds import TEXT
    >>> shown_name("C:\\\\Users\\\\Anna\\\\faktura.exe", TEXT)
    'faktura.exe.txt'
    """
    name = unicodedata.normalize("NFC", _SEPARATORS.split(given)[-1])
    # Control and format characters: one of them turns the text round, and shows gpj.exe as exe.jpg.
    name = "".join(c if unicodedata.category(c)[0] != "C" else " " for c in name)
    name = " ".join(_RESERVED.sub(" ", name).split()).rstrip(" .")
    ending = next((each for each in kind.endings if name.lower().endswith(each)), "")
    stem = name[: len(name) - len(ending)].strip(" .") or "file"
    ending = ending or kind.endings[0]
    return stem[: MAX_CHARS - len(ending)].rstrip(" .") + ending


def disposition(name: str) -> str:
    """The header `Content-Disposition` by which a browser saves a file, and never opens it."""
    plain = _NOT_ASCII.sub("_", name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
