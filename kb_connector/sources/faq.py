"""Questions and answers in one file: CSV or JSONL."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Iterator
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
from kb_connector.sources.building import MAX_HTML_BYTES, MAX_TITLE, Seen, slug
from kb_connector.sources.languages import language
from kb_connector.sources.rows import Row, read_rows
from kb_connector.sources.web.addresses import origin

_NAMES = {"title": "question", "body": "answer", "language": "lang", "tags": "keywords"}
_TAG = re.compile(r"</?(?:p|div|ul|ol|li|table|h[1-6]|a|b|strong|em|i|span)\b[^>]*>", re.I)
_BREAK = re.compile(r"<br\s*/?>\n?", re.I)
_CODE = re.compile(r"```.*?```|`[^`\n]*`", re.DOTALL)
_LONGEST_SLUG = 180


class FaqSource:
    """Reads a file whose rows are `question` (or `title`) and `answer` (or `body`).

    Further columns: `id`, `group` (the same for a question in several languages; without it `id`
    is), `lang`, `url`, `audience`, `keywords` (separated by commas), `category`, `summary`. An
    answer is Markdown, or HTML.

    Args:
        path: ends in `.csv` or `.jsonl`.
        lang: of rows that name none.
        name: name of the source; part of every article's id.
    """

    def __init__(self, path: Path, *, lang: str, name: str = "faq") -> None:
        self.name = name
        self._path, self._lang = Path(path), lang

    def changes(self, since: str | None) -> Iterator[Change]:
        """New and changed rows since the cursor, and all that are there; see `KnowledgeSource`.

        A row that cannot be used keeps the article that it was. While there is one that cannot
        even be told from the others, nothing counts as gone.
        """
        known = self._known(since)
        hashes: dict[str, str] = {}
        slugs, ids = Seen(), Seen()
        all_told = True
        for row in read_rows(self._path, _NAMES, {"question", "answer"}):
            where = f"{self._path}, line {row.line}"
            try:
                lang, named = self._identity(row)
            except ArticleInvalid as error:
                all_told = False
                yield Failed(where, f"{where}: {error}")
                continue
            identity = article_id(self.name, lang, named)
            own = row.fields.get("id", "").strip()
            if not slugs.first(identity) or (own and not ids.first(f"{lang} {own}")):
                yield Failed(where, f"{where}: {own or named!r} came before; keep one")
                continue
            try:
                article, notes = self._article(row, identity, lang, named)
            except ArticleInvalid as error:
                hashes[identity] = ""
                yield Failed(identity, f"{where}: {error}")
                continue
            digest = hashlib.sha256(json.dumps(row.fields, sort_keys=True).encode()).hexdigest()
            hashes[identity] = digest
            if known.get(identity) != digest:
                yield article
                if notes:
                    yield Cleaned(identity, f"taken out: {', '.join(notes)}")
        if all_told:
            yield Listing(frozenset(hashes))
        yield Checkpoint(json.dumps({"rows": hashes}, sort_keys=True))

    def _identity(self, row: Row) -> tuple[str, str]:
        """Language and slug of a row's article."""
        if row.trouble:
            raise ArticleInvalid(row.trouble)
        lang = language(row.fields.get("lang", "").strip() or self._lang)
        if not re.fullmatch("[a-z]{2,3}", lang):
            raise ArticleInvalid(f"the language is {lang!r}; it must be a code, as in sv")
        named = (row.fields.get(name, "").strip() for name in ("group", "id", "question"))
        given = next(filter(None, named), "")
        if not given:
            raise ArticleInvalid("there is no question")
        made = slug(self.name, given)[:_LONGEST_SLUG].rstrip("-")
        if made == slug(self.name, ""):
            raise ArticleInvalid(f"{given!r} has no letters for a name; give it an id that has")
        return lang, made

    def _article(
        self, row: Row, identity: str, lang: str, named: str
    ) -> tuple[Article, tuple[str, ...]]:
        fields = {name: value.strip() for name, value in row.fields.items()}
        for needed in ("question", "answer"):
            if not fields.get(needed):
                raise ArticleInvalid(f"there is no {needed}")
        audience = fields.get("audience") or PUBLIC
        if audience not in AUDIENCES:
            allowed = ", ".join(AUDIENCES)
            raise ArticleInvalid(f"the audience is {audience!r}; it must be one of {allowed}")
        url = fields.get("url") or None
        if url and not origin(url):
            raise ArticleInvalid(f"{url!r} is no web address")
        body, notes = _markdown(fields["answer"], url)
        keywords = [fields.get("category", ""), *fields.get("keywords", "").split(",")]
        article = Article(
            id=identity,
            slug=named,
            lang=lang,
            title=" ".join(fields["question"].split())[:MAX_TITLE],
            summary=" ".join(fields.get("summary", "").split()),
            body_markdown=body,
            audience=audience,
            updated=dt.datetime.now(dt.timezone.utc).date(),
            intents=(),
            keywords=tuple(dict.fromkeys(word.strip() for word in keywords if word.strip())),
            source=self.name,
            url=url,
        )
        return article, notes

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


def _markdown(answer: str, url: str | None) -> tuple[str, tuple[str, ...]]:
    """The answer as Markdown, and what was taken out of it."""
    size = len(answer.encode())
    if size > MAX_HTML_BYTES:
        raise ArticleInvalid(
            f"the answer has {size:,} bytes, more than {MAX_HTML_BYTES:,}; cut it into several"
        )
    if not _TAG.search(_CODE.sub("", answer)):
        return _BREAK.sub("  \n", answer), ()
    made = to_markdown(answer, base_url=url)
    if not made.text:
        raise ArticleInvalid("there is no text in the answer")
    return made.text, made.notes
