"""Articles as agents send them: the article's own words, with its link."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kb_connector.answer import answer
from kb_connector.article import Passage
from kb_connector.knowledge_base import KnowledgeBase
from kb_connector.passages import passages


def as_reply(base: KnowledgeBase, title: str, url: str, question: str) -> str:
    """The text of a reply that answers with an article, as Markdown.

    Args:
        url: of the article, or of the passage in it that answers.
        question: what the customer wants to know; a long passage is shortened to its best part.

    Returns:
        The passage and a link to it; the link alone when there is no such public article.
    """
    link = f"[{title.replace('[', '(').replace(']', ')')}]({url})"
    passage = _passage(base, url)
    return link if passage is None else f"{answer(passage, question).text}\n\n{link}"


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
