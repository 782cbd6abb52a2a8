"""Questions and answers in one file: CSV or JSONL."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from kb_connector.article import (
    AUDIENCES,
    PUBLIC,
    Article,
    Change,
    Checkpoint,
    Cleaned,
    Failed,
    Listing,
    article_id,
)
from kb_connector.errors import ArticleInvalid, SourceError
from kb_connector.html import to_markdown
from kb_connector.sources.building import Seen, slug
from kb_connector.sources.languages import language

MAX_BYTES = 20_000_000
_OTHER_NAMES = {
    "question": "title",
    "answer": "body",
    "group": "id",
    "language": "lang",
    "tags": "keywords",
}
_TAG = re.compile(r"</?(?:p|br|div|ul|ol|li|table|h[1-6]|a|b|strong|em|i|span)\b[^>]*>", re.I)
_CURSOR_VERSION = 1


class FaqSource:
    """Reads a file whose rows are `question` (or `title`) and `answer` (or `body`).

    Further columns: `id` (or `group`, the same in each language), `lang`, `url`, `audience`,
    `keywords` (separated by commas), `summary`. An answer is Markdown, or HTML.

    Args:
        path: ends in `.csv` or `.jsonl`.
        lang: of rows that name none.
        name: name of the source; part of every article's id.
    """

    def __init__(self, path: Path, *, lang: str, name: str = "faq") -> None:
        self.name = name
        self._path, self._lang = Path(path), lang

    def changes(self, since: str | None) -> Iterator[Change]:
        """New and changed rows since the cursor, and all that are there; see `KnowledgeSource`."""
        known = self._known(since)
        day = dt.date.today()
        hashes: dict[str, str] = {}
        seen = Seen()
        for line, row in self._rows():
            where = f"{self._path}, line {line}"
            try:
                identity, made, notes = self._article(row, day)
            except ArticleInvalid as error:
                yield Failed(where, f"{where}: {error}")
                continue
            if not seen.first(identity):
                yield Failed(where, f"{where}: the id '{made.slug}' came before; keep one")
                continue
            digest = hashlib.sha256(json.dumps(row, sort_keys=True).encode()).hexdigest()
            hashes[identity] = digest
            if known.get(identity) != digest:
                yield made
                if notes:
                    yield Cleaned(identity, f"taken out: {', '.join(notes)}")
        yield Listing(frozenset(hashes))
        yield Checkpoint(json.dumps({"version": _CURSOR_VERSION, "rows": hashes}, sort_keys=True))

    def _article(
        self, row: Mapping[str, str], day: dt.date
    ) -> tuple[str, Article, tuple[str, ...]]:
        title, body = row.get("title", "").strip(), row.get("body", "").strip()
        if not title or not body:
            missing = "question" if not title else "answer"
            raise ArticleInvalid(f"there is no {missing}")
        audience = row.get("audience", "").strip() or PUBLIC
        if audience not in AUDIENCES:
            allowed = ", ".join(AUDIENCES)
            raise ArticleInvalid(f"the audience is {audience!r}; it must be one of {allowed}")
        notes: tuple[str, ...] = ()
        if _TAG.search(body):
            made = to_markdown(body, base_url=row.get("url") or None)
            body, notes = made.text, made.notes
            if not body:
                raise ArticleInvalid("there is no text in the answer")
        lang = language(row.get("lang", "").strip() or self._lang)
        named = slug(self.name, row.get("id", "").strip() or title)[:180]
        identity = article_id(self.name, lang, named)
        keywords = [word.strip() for word in row.get("keywords", "").split(",") if word.strip()]
        article = Article(
            id=identity,
            slug=named,
            lang=lang,
            title=title,
            summary=row.get("summary", "").strip(),
            body_markdown=body,
            audience=audience,
            updated=day,
            intents=(),
            keywords=tuple(dict.fromkeys(keywords)),
            source=self.name,
            url=row.get("url", "").strip() or None,
        )
        return identity, article, notes

    def _rows(self) -> Iterator[tuple[int, dict[str, str]]]:
        text = self._text()
        if self._path.suffix.lower() in (".jsonl", ".ndjson"):
            yield from self._json_rows(text)
        else:
            yield from self._csv_rows(text)

    def _json_rows(self, text: str) -> Iterator[tuple[int, dict[str, str]]]:
        for number, line in enumerate(text.splitlines(), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as error:
                raise SourceError(
                    f"{self._path}, line {number}: not JSON ({error}). One object a line."
                ) from error
            if not isinstance(row, dict):
                raise SourceError(f"{self._path}, line {number}: expected an object.")
            yield number, _named({name: _flat(value) for name, value in row.items()})

    def _csv_rows(self, text: str) -> Iterator[tuple[int, dict[str, str]]]:
        first = text.partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        reader = csv.DictReader(io.StringIO(text), delimiter=delimiter)
        names = {_OTHER_NAMES.get(_name(name), _name(name)) for name in reader.fieldnames or ()}
        if not {"title", "body"} <= names:
            raise SourceError(
                f"{self._path}: the first line must name the columns, 'question' and 'answer' "
                f"among them; it has {', '.join(sorted(names)) or 'nothing'}."
            )
        try:
            for row in reader:
                yield (
                    reader.line_num,
                    _named({name: value or "" for name, value in row.items() if name}),
                )
        except csv.Error as error:
            raise SourceError(f"{self._path}, line {reader.line_num}: {error}.") from error

    def _text(self) -> str:
        try:
            if self._path.stat().st_size > MAX_BYTES:
                raise SourceError(f"{self._path} is larger than {MAX_BYTES:,} bytes; divide it.")
            content = self._path.read_bytes()
        except OSError as error:
            raise SourceError(
                f"{self._path} cannot be read ({error.strerror}). Check that it is there."
            ) from error
        try:
            return content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            line = content[: error.start].count(b"\n") + 1
            raise SourceError(
                f"{self._path}, line {line}: not UTF-8. Save the file as UTF-8 (in Excel: 'CSV "
                "UTF-8')."
            ) from error

    def _known(self, since: str | None) -> dict[str, str]:
        if since is None:
            return {}
        try:
            rows = json.loads(since)["rows"]
            return {str(each): str(digest) for each, digest in rows.items()}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise SourceError(
                f"The cursor of the source {self.name!r} is damaged; sync it again with `full`."
            ) from error


def _named(row: Mapping[str, str]) -> dict[str, str]:
    return {_OTHER_NAMES.get(_name(name), _name(name)): value for name, value in row.items()}


def _name(name: str) -> str:
    return name.strip().lower()


def _flat(value: object) -> str:
    if isinstance(value, list):
        return ",".join(str(each) for each in value)
    return "" if value is None else str(value)
