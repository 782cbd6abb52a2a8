"""Trained models on disk: arrays and JSON in a folder, nothing that runs when it is read."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from bot.errors import NluError

_ARRAYS, _CONTENT = "arrays.npz", "content.json"


def save_stored(
    folder: Path, content: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]
) -> None:
    """Writes a model."""
    np.savez_compressed(folder / _ARRAYS, **dict(arrays))
    (folder / _CONTENT).write_text(json.dumps(content), encoding="utf-8")


def load_stored(folder: Path, kind: str) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Reads what `save_stored` wrote.

    Args:
        kind: what it is, for the message.

    Raises:
        NluError: it is missing, damaged, or something else.
    """
    try:
        content = json.loads((folder / _CONTENT).read_text(encoding="utf-8"))
        with (folder / _ARRAYS).open("rb") as file, np.load(file, allow_pickle=False) as arrays:
            read = {name: arrays[name] for name in arrays.files}
        if not isinstance(content, dict):
            raise ValueError("its JSON is not an object")
    except (OSError, EOFError, ValueError, BadZipFile) as error:
        raise NluError(
            f"The {kind} in '{folder}' cannot be read: {error}. Train a new model."
        ) from error
    return content, read
