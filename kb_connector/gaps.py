"""Knowledge gaps: what customers asked and no article answered, grouped by meaning."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb_connector.feedback import ASKED_FOR_A_PERSON, NO_ANSWER, NOT_HELPED, Feedback
from kb_connector.knowledge_base import KnowledgeBase
from kb_connector.markdown import fold
from kb_connector.search.encoder import Encoder
from kb_connector.search.meaning import centred
from kb_connector.text import words

Array = NDArray[Any]

UNANSWERED = (NO_ANSWER, NOT_HELPED, ASKED_FOR_A_PERSON)
MOST = 3_000
"""Questions that are grouped, the newest: the work grows with their square."""
MOST_GAPS = 200
"""Gaps that are told of, the most asked for; each is looked up in the other languages."""
EXAMPLES = 5
_ALIKE = 0.25
"""Mean likeness of the questions of a group, centred cosine. On the demo shop's own examples groups
are like its intents most at .15; a gap is one question, and so a little finer."""


@dataclass(frozen=True)
class Gap:
    """Questions about the same thing that no article has answered.

    Attributes:
        question: the one most like all the others.
        count: how often it was asked.
        examples: other ways it was asked, the commonest first.
        languages: how often in each.
        verdicts: how often there was no answer, one that did not help, or a person was asked for.
        rejected: ids of articles that did not help.
        elsewhere: title of an article that may answer it, by the other language that has it.
        conversations: ids of the conversations, the newest first.
    """

    question: str
    lang: str
    count: int
    examples: tuple[str, ...]
    languages: Mapping[str, int]
    verdicts: Mapping[str, int]
    rejected: tuple[str, ...]
    elsewhere: Mapping[str, str]
    conversations: tuple[str, ...]


def find_gaps(
    base: KnowledgeBase, asked: Iterable[Feedback], encoder: Encoder | None = None
) -> list[Gap]:
    """The gaps, the most asked for first, `MOST_GAPS` at most.

    Args:
        base: searched for articles in other languages.
        asked: verdicts, oldest first; only those of `UNANSWERED` count.
        encoder: one that reads all languages; without it only the same words are the same question.
    """
    unanswered = [one for one in asked if one.verdict in UNANSWERED and words(one.query)][-MOST:]
    by_text: dict[tuple[str, str], list[Feedback]] = {}
    for one in unanswered:
        by_text.setdefault((fold(" ".join(words(one.query))), one.lang), []).append(one)
    questions = list(by_text.values())
    if not questions:
        return []
    vectors = _vectors([each[0] for each in questions], encoder)
    groups: dict[int, list[int]] = {}
    for place, group in enumerate(_groups(vectors)):
        groups.setdefault(group, []).append(place)
    asked_most = sorted(groups.values(), key=lambda mine: -sum(len(questions[n]) for n in mine))
    found = [
        _gap(base, [questions[n] for n in mine], vectors[mine]) for mine in asked_most[:MOST_GAPS]
    ]
    return sorted(found, key=lambda gap: (-gap.count, gap.question))


def as_csv(gaps: Sequence[Gap]) -> str:
    """The gaps as a table, for a spreadsheet."""
    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(["count", "question", "language", "languages", "examples", "elsewhere"])
    for gap in gaps:
        table.writerow(
            [
                gap.count,
                _cell(gap.question),
                gap.lang,
                " ".join(f"{lang}:{count}" for lang, count in gap.languages.items()),
                _cell(" | ".join(gap.examples)),
                _cell(" | ".join(f"{lang}: {title}" for lang, title in gap.elsewhere.items())),
            ]
        )
    return out.getvalue()


def _vectors(questions: Sequence[Feedback], encoder: Encoder | None) -> Array:
    if encoder is None:
        return np.eye(len(questions), dtype=np.float32)
    texts, langs = [one.query for one in questions], [one.lang for one in questions]
    return centred(encoder, texts, langs, keep=True)


def _groups(vectors: Array) -> list[int]:
    """A group number for each question: average linkage down to `_ALIKE`."""
    if len(vectors) == 1:
        return [0]
    from sklearn.cluster import AgglomerativeClustering  # noqa: PLC0415 (slow to import)

    distances = np.clip(1 - vectors @ vectors.T, 0, None)
    model = AgglomerativeClustering(
        n_clusters=None, affinity="precomputed", linkage="average", distance_threshold=1 - _ALIKE
    )
    return [int(label) for label in model.fit(distances).labels_]


def _gap(base: KnowledgeBase, questions: Sequence[Sequence[Feedback]], vectors: Array) -> Gap:
    weights = np.array([len(each) for each in questions], dtype=np.float32)
    middle = int((vectors @ (weights @ vectors)).argmax())
    order = sorted(range(len(questions)), key=lambda n: (-len(questions[n]), n))
    every = [one for each in questions for one in each]
    chosen = questions[middle][-1]
    newest = sorted(every, key=lambda one: one.time, reverse=True)
    return Gap(
        question=chosen.query,
        lang=chosen.lang,
        count=len(every),
        examples=tuple(questions[n][-1].query for n in order if n != middle)[:EXAMPLES],
        languages=dict(Counter(one.lang for one in every).most_common()),
        verdicts=dict(Counter(one.verdict for one in every).most_common()),
        rejected=tuple(dict.fromkeys(one.article_id for one in newest if one.article_id)),
        elsewhere=_elsewhere(base, chosen),
        conversations=tuple(
            dict.fromkeys(one.conversation_id for one in newest if one.conversation_id)
        ),
    )


def _elsewhere(base: KnowledgeBase, question: Feedback) -> dict[str, str]:
    """Articles in other languages than the question's that may answer it."""
    hits = base.search(question.query, question.lang, limit=5)
    found: dict[str, str] = {}
    for hit in hits:
        if hit.lang != question.lang and hit.confidence >= base.ranking.offer_at:
            found.setdefault(hit.lang, hit.article.title)
    return found


def _cell(text: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
