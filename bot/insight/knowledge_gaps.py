"""The gaps of the knowledge base, and drafts of the missing articles from what agents answered."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from bot.errors import SvaraError
from bot.insight.asking import asks
from bot.nlu.search_encoder import search_encoders
from bot.storage import conversations
from bot.storage.database import reading
from bot.storage.tables import messages
from bot.trainer.inbox.wording import says_something
from bot.trainer.redaction import redact
from kb_connector.feedback import Feedback
from kb_connector.gaps import MOST, UNANSWERED, Gap, find_gaps
from kb_connector.knowledge_base import KnowledgeBase
from kb_connector.sources.building import slug

DAYS = 30
_CONVERSATIONS = 20
_SHORTEST = 40
"""Characters of an agent's message that may be an answer; shorter ones are courtesies."""
_ANSWERS = 3
_AT_ONCE = 500
"""Conversations that a query asks for."""


def recent_gaps(base: KnowledgeBase, days: int = DAYS) -> list[Gap]:
    """The gaps of the last days, without what belongs to a person and what asks nothing.

    Raises:
        StoreError: the database cannot be used.
    """
    since = dt.datetime.now(dt.timezone.utc) - dt.timedelta(days=days)
    asked = [one for one in base.feedback(since) if one.verdict in UNANSWERED][-MOST:]
    with reading(base.store.engine) as connection:
        questions = _questions(connection, asked)
    return find_gaps(base, _redacted(questions), search_encoders()[0])


def _questions(connection: Connection, asked: Sequence[Feedback]) -> list[Feedback]:
    """Those that an article could answer: no greetings, commands, answers to a form, ..."""
    heard = _heard(connection, {one.conversation_id for one in asked if one.conversation_id})
    return [
        one for one in asked if asks(one.query, heard.get((one.conversation_id or "", one.query)))
    ]


def _heard(
    connection: Connection, conversation_ids: Iterable[str]
) -> dict[tuple[str, str], Mapping[str, Any]]:
    """What the model made of what customers said, by conversation and words."""
    ids, c, found = sorted(conversation_ids), messages.c, {}
    query = sa.select(c.conversation_id, c.text, c.nlu).where(c.speaker == "customer")
    for start in range(0, len(ids), _AT_ONCE):
        some = query.where(c.conversation_id.in_(ids[start : start + _AT_ONCE]), c.nlu.isnot(None))
        for row in connection.execute(some.order_by(c.id)):
            if row.nlu:
                found[row.conversation_id, row.text] = row.nlu
    return found


def _redacted(asked: Iterable[Feedback]) -> Iterator[Feedback]:
    """Questions without personal data; what was nothing else, as an address alone, is left out."""
    for one in asked:
        text = redact(one.query, one.lang).text
        if says_something(text):
            yield replace(one, query=text)


def agents_answers(connection: Connection, gap: Gap) -> list[str]:
    """What agents wrote in the gap's conversations after the customer had asked, longest first.

    Without what belongs to a person: it may become an article.
    """
    found: dict[str, None] = {}
    for conversation_id in gap.conversations[:_CONVERSATIONS]:
        for message in conversations.history(connection, conversation_id, speakers=["agent"]):
            if len(message.text) >= _SHORTEST:
                found.setdefault(redact(message.text.strip(), gap.lang).text)
    return sorted(found, key=len, reverse=True)[:_ANSWERS]


def write_drafts(base: KnowledgeBase, gaps: Sequence[Gap], folder: Path) -> list[Path]:
    """A file for each gap that agents have answered, for somebody to finish.

    A draft has the form of an article in the folder of Markdown files, for staff only; it is
    published by whoever moves it there and makes it public.

    Raises:
        SvaraError: the folder cannot be written.
    """
    written = []
    with reading(base.store.engine) as connection:
        for gap in gaps:
            answers = agents_answers(connection, gap)
            if not answers:
                continue
            path = folder / gap.lang / f"{slug('draft', gap.question)[:80].strip('-')}.md"
            try:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(_draft(gap, answers), encoding="utf-8")
            except OSError as error:
                raise SvaraError(
                    f"The draft {path} cannot be written: {error.strerror}. Give another folder."
                ) from error
            written.append(path)
    return written


def _draft(gap: Gap, answers: Sequence[str]) -> str:
    keywords = json.dumps([example for example in gap.examples if "," not in example])
    head = (
        f"title: {json.dumps(gap.question, ensure_ascii=False)}",
        "audience: staff",
        f"updated: {dt.datetime.now(dt.timezone.utc).date()}",
        f"keywords: {keywords}",
    )
    return "\n".join(["---", *head, "---", "\n\n".join(answers), ""])
