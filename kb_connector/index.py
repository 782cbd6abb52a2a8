"""The search index: passages in memory, by language. Never changes once made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kb_connector.article import PUBLIC, Article, Passage
from kb_connector.calibration import Calibration, Features, shipped
from kb_connector.markdown import plain_text
from kb_connector.passages import passages
from kb_connector.store import may_see
from kb_connector.text import MAX_QUERY, phrase, stems
from kb_connector.words import Scores, WordIndex

FALLBACK_LANG = "en"
_TOPIC_PART = 0.3  # what a matching intent adds to a score of 0..1
_PHRASE_PART = 0.15  # what it adds that the query has the very words of a title or a keyword
_LEAD_PART = 0.06  # by how much another passage must beat an article's first, which has its gist
_LEAST = 0.06  # hits below this score (0..1) are not shown


@dataclass(frozen=True)
class Hit:
    """One article found.

    Attributes:
        passage: the article's passage that fits the query best.
        confidence: calibrated probability (0..1) that this article answers the query.
        score: what the hits are ordered by, at least 0; comparable within one search only.
        features: what the confidence was computed from.
    """

    article: Article
    passage: Passage
    confidence: float
    score: float
    features: Features

    @property
    def lang(self) -> str:
        """Language of the article; another than asked for when there was none in that language."""
        return self.article.lang


class SearchIndex:
    """Searches articles by words, in the language that they are written in.

    Args:
        articles: of all languages and audiences.
        calibration: for the confidence; None for the one that comes with the package.
    """

    def __init__(self, articles: Iterable[Article], calibration: Calibration | None = None) -> None:
        self._calibration = calibration or shipped()
        by_lang: dict[str, list[Article]] = {}
        for article in articles:
            by_lang.setdefault(article.lang, []).append(article)
        self._languages = {lang: _Language(found) for lang, found in by_lang.items()}

    def search(
        self,
        query: str,
        lang: str,
        *,
        topics: Collection[str] = (),
        audience: str = PUBLIC,
        limit: int = 3,
        exclude: Collection[str] = (),
    ) -> tuple[Hit, ...]:
        """The articles that fit a query, best first, each with its best passage.

        Args:
            query: the customer's words; only the first 1000 characters count.
            lang: language code; searched in English when it has no article for the audience.
            topics: intents of the query; articles for one of them get a boost.
            audience: `public`, or `staff` to search the staff's articles too.
            limit: most hits to return.
            exclude: ids of articles that are not to be found (shown before, say).
        """
        hidden = set(exclude)
        for code in dict.fromkeys((lang, FALLBACK_LANG)):
            language = self._languages.get(code)
            visible = language.visible(audience) if language else ()
            if language and visible:
                wanted = [
                    number for number in visible if language.articles[number].id not in hidden
                ]
                found = language.search(query[:MAX_QUERY], topics, wanted, self._calibration)
                return found[: max(0, limit)]
        return ()


class _Language:
    """The passages of one language."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self.articles = articles
        self._passages = [
            (number, passage)
            for number, article in enumerate(articles)
            for passage in passages(article)
        ]
        self._groups = np.array([number for number, _ in self._passages], dtype=int)
        documents = [_fields(passage) for _, passage in self._passages]
        self._words = WordIndex(documents, self._groups.tolist())
        self._phrases = [_phrases(article) for article in articles]

    def visible(self, audience: str) -> list[int]:
        """Numbers of the articles that an audience may see."""
        return [n for n, article in enumerate(self.articles) if may_see(article, audience)]

    def search(
        self, query: str, topics: Collection[str], wanted: Sequence[int], calibration: Calibration
    ) -> tuple[Hit, ...]:
        """Hits among the articles with the wanted numbers, best first."""
        text, coverage = self._words.score(stems(query, self.articles[0].lang))
        text = text + _PHRASE_PART * self._has_phrase(query)[self._groups]
        best = self._best_places(text)
        shown = dict(best.values())
        ranked = []
        for number in wanted:
            if number in best:
                place = best[number][0]
                topic = _topic(self.articles[number], topics)
                ranked.append((float(text[place]) + _TOPIC_PART * (topic > 0), place, topic))
        ranked.sort(key=lambda each: (-each[0], each[1]))
        tops = [score for score, _, _ in ranked[:2]] + [0.0, 0.0]
        hits = []
        for rank, (score, place, topic) in enumerate(ranked):
            if score < _LEAST:
                break
            margin = score - tops[0 if rank else 1]
            features = Features(float(text[place]), margin, float(coverage[place]), float(topic))
            passage = self._passages[shown[place]][1]
            confidence = calibration.confidence(features)
            hits.append(Hit(passage.article, passage, confidence, score, features))
        return tuple(hits)

    def _has_phrase(self, query: str) -> Scores:
        """By article number, 1 when the query has one of the article's phrases, else 0.

        Titles such as "Where is my order?" have nearly nothing but words that the rest of the
        search leaves out.
        """
        asked = phrase(query)
        found = [any(each in asked for each in phrases) for phrases in self._phrases]
        return np.array(found, dtype=float)

    def _best_places(self, text: Scores) -> dict[int, tuple[int, int]]:
        """By article number, the places of its best scored passage and of the one to show."""
        best: dict[int, tuple[int, int]] = {}
        first: dict[int, int] = {}
        for place, number in enumerate(self._groups.tolist()):
            lead = first.setdefault(number, place)
            if number not in best or text[place] > text[best[number][0]]:
                best[number] = (place, place if text[place] > text[lead] + _LEAD_PART else lead)
        return best


def _topic(article: Article, topics: Collection[str]) -> int:
    if not topics:
        return 0
    return 1 if set(topics) & set(article.intents) else -1


def _phrases(article: Article) -> list[str]:
    """Title and keywords of two words or more; a single word is left to the word index."""
    texts = (phrase(text) for text in (article.title, *article.keywords))
    return [text for text in texts if text.strip().count(" ")]


def _fields(passage: Passage) -> dict[str, list[str]]:
    article, lang = passage.article, passage.article.lang
    return {
        "title": stems(article.title, lang),
        "keywords": stems("\n".join(article.keywords), lang),
        "heading": stems(passage.heading, lang),
        "summary": stems(article.summary, lang),
        "body": stems(plain_text(passage.text), lang),
    }
