"""Articles and questions from JSONL files."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb_connector.article import PUBLIC, Article
from kb_connector.errors import EvaluationError

TRAIN, DEV = "train", "dev"


@dataclass(frozen=True)
class Query:
    """A question and the article that answers it.

    Attributes:
        article_id: empty for a question that no article answers.
        split: `train` for one that may be learned from; empty where the file says nothing.
    """

    text: str
    article_id: str
    lang: str
    split: str


def read_articles(path: Path) -> list[Article]:
    """Reads articles: `id`, `title`, `body` (Markdown), `lang`, and perhaps `url`, `group`.

    `group` is the same for the same article in other languages.

    Raises:
        EvaluationError: the file cannot be read, or a line is not an article.
    """
    found = []
    for number, row in _rows(path):
        identity = _text(path, number, row, "id")
        slug = str(row.get("group") or identity)
        found.append(
            Article(
                id=identity,
                slug=slug,
                lang=_text(path, number, row, "lang"),
                title=_text(path, number, row, "title", empty=True),
                summary="",
                body_markdown=_text(path, number, row, "body"),
                audience=PUBLIC,
                updated=dt.date(2000, 1, 1),
                intents=(),
                keywords=(),
                source="file",
                url=row.get("url"),
            )
        )
    return found


def read_queries(path: Path) -> list[Query]:
    """Reads questions: `text`, `article_id`, `lang`, and perhaps `split`.

    Raises:
        EvaluationError: the file cannot be read, or a line is not a question.
    """
    return [
        Query(
            _text(path, number, row, "text"),
            _text(path, number, row, "article_id", empty=True),
            _text(path, number, row, "lang"),
            str(row.get("split") or ""),
        )
        for number, row in _rows(path)
    ]


def to_test(queries: Sequence[Query], split: str | None) -> list[Query]:
    """Those that are tested: of the split; without one, all that are not for training."""
    if split is None:
        return [query for query in queries if query.split != TRAIN]
    return [query for query in queries if query.split == split]


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with path.open(encoding="utf-8-sig") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise EvaluationError(f"{path}, line {number}: expected an object.")
                    yield number, row
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path} cannot be read: {error}.") from error
    except ValueError as error:
        raise EvaluationError(f"{path}, line {number}: not JSON ({error}).") from error


def _text(path: Path, number: int, row: dict[str, Any], name: str, *, empty: bool = False) -> str:
    value = row.get(name)
    if value is None and empty:
        return ""
    if not isinstance(value, str) or not (value.strip() or empty):
        raise EvaluationError(f"{path}, line {number}: '{name}' must be a text.")
    return value
