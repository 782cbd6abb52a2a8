"""Articles as agents send them: the article's own words, with its link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.console.transcript import safe_url
from kb_connector.answer import answer
from kb_connector.article import PUBLIC, STAFF, Passage
from kb_connector.knowledge_base import KnowledgeBase
from kb_connector.passages import passages

MAX_FOUND = 5
MAX_QUERY_CHARS = 200


@dataclass(frozen=True)
class Found:
    """An article that an agent looked for.

    Attributes:
        text: a reply that answers with it; None when customers may not see it.
    """

    title: str
    url: str | None
    text: str | None
    language: str


def as_reply(base: KnowledgeBase, title: str, url: str, question: str) -> str:
    """The text of a reply that answers with an article, as Markdown.

    Args:
        url: of the article, or of the passage in it that answers.
        question: what the customer wants to know; a long passage is shortened to its best part.

    Returns:
        The passage and a link to it; the link alone when there is no such public article.
    """
    passage = _passage(base, url)
    link = _link(title, url)
    return link if passage is None else f"{answer(passage, question).text}\n\n{link}"


def find(base: KnowledgeBase, query: str, language: str) -> list[Found]:
    """Articles for an agent who looks for one, the best first, at most five."""
    hits = base.search(query[:MAX_QUERY_CHARS], language, audience=STAFF, limit=MAX_FOUND)
    return [_found(hit.passage, query) for hit in hits]


def _found(passage: Passage, query: str) -> Found:
    article, url = passage.article, safe_url(passage.url)
    text = None
    if article.audience == PUBLIC and url is not None:
        text = f"{answer(passage, query).text}\n\n{_link(article.title, url)}"
    return Found(article.title, url, text, article.lang)


def _link(title: str, url: str) -> str:
    return f"[{title.replace('[', '(').replace(']', ')')}]({url})"


def question_of(context: Mapping[str, Any]) -> str:
    """What a context's customer wants to know, as far as it is known."""
    reason = context.get("reason")
    evidence = reason.get("evidence") if isinstance(reason, Mapping) else None
    asked = evidence.get("question") if isinstance(evidence, Mapping) else None
    return str(asked or context.get("summary") or "")


def _passage(base: KnowledgeBase, url: str) -> Passage | None:
    article = base.at(url)
    parts = passages(article) if article is not None else ()
    return next((part for part in parts if part.url == url), parts[0] if parts else None)
