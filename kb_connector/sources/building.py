"""An article from what another system sends: the rules that hold for all of them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator

from kb_connector.article import Article, Cleaned, Failed, article_id
from kb_connector.html import to_markdown
from kb_connector.markdown import fold

MAX_HTML_BYTES = 2_000_000
MAX_TITLE = 500


class Seen:
    """The ids of one run, so that the same one twice is noticed."""

    def __init__(self) -> None:
        self._ids: set[str] = set()

    def first(self, identity: str) -> bool:
        """Whether an id comes for the first time."""
        new = identity not in self._ids
        self._ids.add(identity)
        return new


def slug(source: str, remote_id: str) -> str:
    """The name of an article that another system calls by an id; the same in each language.

    >>> slug("shop_help", "360001")
    'shop-help-360001'
    """
    return re.sub(r"[^a-z0-9]+", "-", fold(f"{source}-{remote_id}")).strip("-")


def identity(source: str, lang: str, remote_id: str) -> str:
    """Our id of another system's article in a language."""
    return article_id(source, lang, slug(source, remote_id))


def build(
    source: str,
    remote_id: str,
    *,
    lang: str,
    title: str,
    html: str,
    audience: str,
    updated: dt.date,
    url: str | None,
    keywords: Iterable[str] = (),
    summary: str = "",
    base_url: str | None = None,
) -> Iterator[Article | Failed | Cleaned]:
    """The article, or why it cannot be used; and what was taken out of it.

    Args:
        source: name of the source.
        remote_id: the other system's id, the same for all languages of the article.
        lang: our code, see `languages.language`.
        base_url: what links in the text are relative to; default `url`.
    """
    named = identity(source, lang, remote_id)
    title = " ".join(_storable(title).split())[:MAX_TITLE]
    html = _storable(html)
    size = len(html.encode())
    if not title:
        yield Failed(named, "it has no title; give it one")
        return
    if size > MAX_HTML_BYTES:
        yield Failed(
            named, f"its text has {size:,} bytes, more than {MAX_HTML_BYTES:,}; cut it into several"
        )
        return
    made = to_markdown(html, base_url=base_url or url)
    if not made.text:
        yield Failed(named, "there is no text in it")
        return
    yield Article(
        id=named,
        slug=slug(source, remote_id),
        lang=lang,
        title=title,
        summary=" ".join(_storable(summary).split()),
        body_markdown=made.text,
        audience=audience,
        updated=updated,
        intents=(),
        keywords=tuple(dict.fromkeys(_storable(word).strip() for word in keywords if word.strip())),
        source=source,
        url=url,
    )
    if made.notes:
        yield Cleaned(named, f"taken out: {', '.join(made.notes)}")


def _storable(text: str) -> str:
    """Without what a database cannot keep: zero bytes, halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()
