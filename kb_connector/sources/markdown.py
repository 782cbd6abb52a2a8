"""A folder of Markdown files with front matter: `<folder>/<lang>/<slug>.md`."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from kb_connector.article import (
    AUDIENCES,
    PUBLIC,
    Article,
    Change,
    Checkpoint,
    Failed,
    Listing,
    article_id,
)
from kb_connector.errors import ArticleInvalid, SourceError

MAX_BYTES = 1_000_000
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?)\n---[ \t]*(?:\n|\Z)(.*)\Z", re.DOTALL)
_LANG = re.compile(r"[a-z]{2,3}")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class MarkdownSource:
    """Reads articles from a folder. Its cursor is a list of the files' hashes.

    Args:
        folder: has one folder a language (`sv`), with one file an article (`track-order.md`).
        name: name of the source; part of every article's id.
    """

    def __init__(self, folder: Path, name: str = "markdown") -> None:
        self.folder = Path(folder)
        self.name = name

    def changes(self, since: str | None) -> Iterator[Change]:
        """New, changed, removed and unusable files since the cursor; see `KnowledgeSource`."""
        known = _read_cursor(since)
        cursor: dict[str, str] = {}
        for path in self._files():
            lang, slug = path.parent.name, path.stem
            identity = article_id(self.name, lang, slug)
            try:
                content = _read(path)
                digest = hashlib.sha256(content).hexdigest()
                if known.get(identity) != digest:
                    yield read_article(content, lang, slug, self.name)
                cursor[identity] = digest
            except ArticleInvalid as error:
                yield Failed(identity, f"{path}: {error}")
                # an old hash keeps the old article, and has the file read again next time
                cursor[identity] = known.get(identity, "")
        yield Listing(frozenset(cursor))
        yield Checkpoint(json.dumps(cursor, sort_keys=True))

    def _files(self) -> list[Path]:
        try:
            folders = [path for path in self.folder.iterdir() if _LANG.fullmatch(path.name)]
            return sorted(path for folder in folders for path in folder.iterdir() if _is_page(path))
        except OSError as error:
            raise SourceError(
                f"The articles' folder {self.folder} cannot be read ({error.strerror}). "
                "Check that it exists and that we may read it."
            ) from error


def read_article(content: bytes, lang: str, slug: str, source: str) -> Article:
    """Reads one file: front matter between `---` lines, then Markdown.

    Raises:
        ArticleInvalid: what is wrong with it.
    """
    if not _SLUG.fullmatch(slug):
        raise ArticleInvalid("the file's name may have only a-z, 0-9 and single hyphens")
    try:
        text = content.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        raise ArticleInvalid(f"not UTF-8 (byte {error.start}); save it as UTF-8") from error
    found = _FRONT_MATTER.match(text)
    if not found:
        raise ArticleInvalid("no front matter; begin with a line `---`, fields, a line `---`")
    try:
        fields = yaml.safe_load(found[1])
    except yaml.YAMLError as error:
        raise ArticleInvalid(f"the front matter is not YAML: {error}") from error
    if not isinstance(fields, dict):
        raise ArticleInvalid("the front matter has no fields; give at least a title")
    body = found[2].strip()
    if not body:
        raise ArticleInvalid("there is no text after the front matter")
    return Article(
        id=article_id(source, lang, slug),
        slug=slug,
        lang=lang,
        title=_text(fields, "title", required=True),
        summary=_text(fields, "summary"),
        body_markdown=body,
        audience=_audience(fields),
        updated=_date(fields),
        intents=_list(fields, "intents"),
        keywords=_list(fields, "keywords"),
        source=source,
        url=_text(fields, "url") or None,
    )


def _is_page(path: Path) -> bool:
    return path.suffix == ".md" and not path.name.startswith(".") and path.is_file()


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ArticleInvalid(f"larger than {MAX_BYTES} bytes; cut it into several articles")
        return path.read_bytes()
    except OSError as error:
        raise ArticleInvalid(f"cannot be read ({error.strerror})") from error


def _read_cursor(since: str | None) -> dict[str, str]:
    try:
        known = json.loads(since or "{}")
    except ValueError as error:
        raise SourceError(
            "The cursor of the Markdown source is damaged; sync again with `full`."
        ) from error
    return {str(identity): str(digest) for identity, digest in known.items()}


def _text(fields: dict[str, Any], name: str, *, required: bool = False) -> str:
    value = fields.get(name)
    if value is None and not required:
        return ""
    if not isinstance(value, str | int | float) or not str(value).strip():
        raise ArticleInvalid(f"`{name}` must be a text")
    return str(value).strip()


def _list(fields: dict[str, Any], name: str) -> tuple[str, ...]:
    value = fields.get(name) or []
    if not isinstance(value, list) or any(isinstance(item, dict | list) for item in value):
        raise ArticleInvalid(f"`{name}` must be a list of texts, as in [one, two]")
    return tuple(dict.fromkeys(str(item).strip() for item in value))


def _audience(fields: dict[str, Any]) -> str:
    # a page for staff with a slip of the pen here must not become public: no guess, an error
    value = str(fields.get("audience", PUBLIC))
    if value not in AUDIENCES:
        raise ArticleInvalid(f"`audience` is {value!r}; it must be one of {', '.join(AUDIENCES)}")
    return value


def _date(fields: dict[str, Any]) -> dt.date:
    value = fields.get("updated")
    if isinstance(value, dt.datetime):
        return value.date()
    if not isinstance(value, dt.date):
        raise ArticleInvalid("`updated` must be a date, as in 2026-03-31")
    return value
