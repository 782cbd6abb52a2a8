"""Files of a report: each is written whole or not at all."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.errors import NluError
from bot.whole_files import write_whole

_TEMPLATES = (Path(__file__).parent, Path(__file__).parent.parent / "behaviour")


def render(template: str, **values: Any) -> str:
    """A page; everything put into it is escaped."""
    return _templates().get_template(template).render(**values)


def put(path: Path, content: str | bytes) -> None:
    """Writes a file, so that a reader finds the old one or the new one.

    Raises:
        NluError: it cannot be written.
    """
    try:
        write_whole(path, content)
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
