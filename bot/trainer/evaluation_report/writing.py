"""Files of a report: each is written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.errors import NluError

_TEMPLATES = (Path(__file__).parent, Path(__file__).parent.parent / "behaviour")


def render(template: str, **values: Any) -> str:
    """A page; everything put into it is escaped."""
    return _templates().get_template(template).render(**values)


def put(path: Path, content: str | bytes) -> None:
    """Writes a file, so that a reader finds the old one or the new one.

    Raises:
        NluError: it cannot be written.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as stream:
            try:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
                Path(stream.name).chmod(0o644)
                Path(stream.name).replace(path)
            except BaseException:
                Path(stream.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise NluError(f"The report cannot be written to '{path}': {error.strerror}.") from error


@cache
def _templates() -> Environment:
    return Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
