"""What a knowledge base is made of: articles and their passages."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import asdict, dataclass

from kb_connector.markdown import fragment

PUBLIC = "public"
STAFF = "staff"
AUDIENCES = (PUBLIC, STAFF)


@dataclass(frozen=True)
class Article:
    """One article in one language.

    Attributes:
        id: unique in the whole knowledge base; see `article_id`.
        slug: the same in every language, so that (slug, lang) are translations of one article.
        lang: language code, as in `sv`.
        body_markdown: the text, without front matter.
        audience: `public`, or `staff` for what customers may not see.
        updated: the day on which its author last changed it.
        intents: names of the customer intents that it answers.
        keywords: words and phrases that customers use for it.
        source: name of the source that it came from.
        url: where customers read it; None when the help centre shows it.
    """

    id: str
    slug: str
    lang: str
    title: str
    summary: str
    body_markdown: str
    audience: str
    updated: dt.date
    intents: tuple[str, ...]
    keywords: tuple[str, ...]
    source: str
    url: str | None = None

    @property
    def in_help_centre(self) -> bool:
        """Whether customers read it in our help centre, which has it under `/<lang>/<slug>`."""
        return self.url is None or self.url.endswith(f"/{self.lang}/{self.slug}")


@dataclass(frozen=True)
class Removed:
    """An article that its source no longer has, or no longer shows to anybody."""

    id: str


@dataclass(frozen=True)
class Failed:
    """An article that its source has and we cannot use; the version synced before stays.

    Attributes:
        id: the article's id, where it is known; else what names the trouble, as a file path.
        reason: what is wrong and what to do, for the person who runs the sync.
    """

    id: str
    reason: str


@dataclass(frozen=True)
class Cleaned:
    """Something was taken out of an article that is used all the same.

    Attributes:
        id: the article's, which came before.
        reason: what was taken out, for the person who runs the sync.
    """

    id: str
    reason: str


@dataclass(frozen=True)
class Listing:
    """Ids of all articles that the source has now: what is not among them is gone."""

    ids: frozenset[str]


@dataclass(frozen=True)
class Checkpoint:
    """All that came before may be kept for good, and the next sync begins here.

    A source ends with one. A long first sync has more of them, so that an interrupted one goes on.
    """

    cursor: str


Change = Article | Removed | Failed | Cleaned | Listing | Checkpoint


@dataclass(frozen=True)
class Passage:
    """A part of an article that answers one question.

    Attributes:
        heading: plain text; empty for the part before the first heading.
        anchor: id of the heading in our help centre's page; empty for the first part.
        text: Markdown, without the heading.
        page_id: id of the heading in the page at the article's own address, where that is not in
            our help centre; empty where it has none.
    """

    article: Article
    heading: str
    anchor: str
    text: str
    page_id: str = ""

    @property
    def url(self) -> str | None:
        """Address of this very passage; None when the article has no address.

        Where the page names no place for the passage, or the address is of a place in a page
        already, it is the article's.
        """
        url = self.article.url
        place = self.anchor if self.article.in_help_centre else self.page_id
        return f"{url}#{fragment(place)}" if url and place and "#" not in url else url


def article_id(source: str, lang: str, slug: str) -> str:
    """The id of an article.

    >>> article_id("markdown", "sv", "track-order")
    'markdown:sv/track-order'
    """
    return f"{source}:{lang}/{slug}"


def content_hash(article: Article) -> str:
    """SHA-256 (hexadecimal) over everything in the article; equal hash, nothing to do."""
    content = json.dumps(asdict(article), sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(content.encode()).hexdigest()
