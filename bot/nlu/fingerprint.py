"""What a trained component depends on besides Rasa's training data, so that Rasa trains it anew."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

_CODE = Path(__file__).parent


def fingerprint(*names: str, files: Iterable[Path] = ()) -> str:
    """A digest of this package's code, of files it learns from and of names.

    Args:
        names: such as the encoder's.
        files: those that are missing are left out; whoever reads them says so.
    """
    digest = hashlib.sha256("\n".join(names).encode())
    for path in (*sorted(_CODE.rglob("*.py")), *sorted(_CODE.glob("reference/*")), *files):
        if path.is_file():
            digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
