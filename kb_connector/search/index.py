"""The search index: articles in memory, a shelf for each language. Never changes once made."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb_connector.article import PUBLIC, Article, Passage
from kb_connector.search.encoder import Encoder, reads
from kb_connector.search.follow_up import with_what_it_follows
from kb_connector.search.meaning import centred
from kb_connector.search.prepared import Prepared, Vocabularies, prepare
from kb_connector.search.ranking import TOPIC, Ranking, shipped
from kb_connector.search.shelf import Asked, Question, Ranked, Shelf
from kb_connector.text import MAX_QUERY, words

Array = NDArray[Any]

FALLBACK_LANG = "en"
_LANGUAGES_REMEMBERED = 64
LEAST = 0.02
"""Hits that are less likely are not shown."""


@dataclass(frozen=True)
class Hit:
    """One article found.

    Attributes:
        passage: the article's passage that fits the query best.
        query: what was searched for: the query, with the one before it where it goes on from that.
        confidence: calibrated probability (0..1) that this article answers the query.
        score: what the hits of one language are ordered by.
        features: what the score was computed from.
    """

    article: Article
    passage: Passage
    query: str
    confidence: float
    score: float
    features: Mapping[str, float]

    @property
    def lang(self) -> str:
        """Language of the article; another than asked for when there was none in that language."""
        return self.article.lang


@dataclass(frozen=True)
class EarlierQuestion:
    """A question that an article has answered."""

    text: str
    lang: str
    article_id: str


@dataclass
class _Kept:
    """What one index hands to the next one, so that only what is new is prepared."""

    prepared: dict[str, Prepared] = field(default_factory=dict)
    vocabularies: dict[str, Vocabularies] = field(default_factory=dict)


class SearchIndex:
    """Searches articles by words and, with encoders, by meaning.

    Args:
        articles: of all languages and audiences.
        encoders: one that reads all languages, and perhaps one for a single language; none for a
            search by words alone.
        ranking: weights and calibration; None for those that come with the package.
        asked: questions that articles have answered before.
        before: an earlier index with the same encoders: articles that are as they were need not
            be prepared again.
    """

    def __init__(
        self,
        articles: Iterable[Article],
        *,
        encoders: Sequence[Encoder] = (),
        ranking: Ranking | None = None,
        asked: Sequence[EarlierQuestion] = (),
        before: SearchIndex | None = None,
    ) -> None:
        self.ranking = ranking or shipped()
        self._encoders = tuple(encoders)
        self._kept = _Kept()
        by_lang: dict[str, list[Article]] = {}
        for article in articles:
            by_lang.setdefault(article.lang, []).append(article)
        known = before._kept if before else _Kept()
        prepared = {
            lang: self._prepare(lang, found, known) for lang, found in sorted(by_lang.items())
        }
        places = {
            each.article.id: (lang, number)
            for lang, found in prepared.items()
            for number, each in enumerate(found)
        }
        earlier = self._earlier(asked, places)
        self.shelves = {
            lang: Shelf(found, self._kept.vocabularies[lang], self._encoders, earlier.get(lang))
            for lang, found in prepared.items()
        }
        self._reach = lru_cache(_LANGUAGES_REMEMBERED)(self._find_reach)

    def search(
        self,
        query: str,
        lang: str,
        *,
        topics: Collection[str] = (),
        audience: str = PUBLIC,
        limit: int = 3,
        exclude: Collection[str] = (),
        before: str = "",
    ) -> tuple[Hit, ...]:
        """The articles that fit a query, best first, each with its best passage.

        Articles in the query's language, and those of other languages that it lacks, English
        first. Without an encoder words mean nothing in another language: then other languages are
        searched only where the query's has no article for the audience at all.

        Args:
            query: the customer's words; only the first 1000 characters count.
            lang: language code of the query.
            topics: intents of the query; articles for one of them get a boost.
            audience: `public`, or `staff` to search the staff's articles too.
            limit: most hits to return.
            exclude: ids of articles that are not to be found (shown before, say).
            before: the customer's question before this one, which "and for Norway?" goes on from.
        """
        text = with_what_it_follows(query[:MAX_QUERY], before[:MAX_QUERY], lang)
        if limit <= 0 or not (words(text) or topics):
            return ()
        question = self.question(text, lang, topics)
        # "and for Norway?" is about the delivery, but asks for the passage about Norway
        asked = question if text == query[:MAX_QUERY] else self.question(query[:MAX_QUERY], lang)
        found: list[Hit] = []
        for shelf, reached in self._reach(lang, audience, bool(question.vectors)):
            allowed = reached.copy()
            allowed[[n for each in exclude if (n := shelf.number(each)) is not None]] = False
            found += self._hits(shelf, question, asked, allowed, limit)
        found.sort(key=lambda hit: -hit.confidence)
        return tuple(found[:limit])

    def hit(self, article_id: str, query: str, lang: str) -> Hit | None:
        """One public article, with the passage that fits a query best.

        Returns:
            None if there is no such article; its confidence is 1, since it was chosen.
        """
        question = self.question(query[:MAX_QUERY], lang)
        for shelf in self.shelves.values():
            number = shelf.number(article_id)
            if number is not None and shelf.visible(PUBLIC)[number]:
                passage = shelf.passage(number, question)
                return Hit(passage.article, passage, question.text, 1.0, 0.0, {})
        return None

    def begun(self, typed: str, lang: str) -> list[Article]:
        """Public articles with a title that has a word beginning like what was typed."""
        shelf = self.shelves.get(lang)
        if shelf is None:
            return []
        public = shelf.visible(PUBLIC)
        return [shelf.prepared[n].article for n in shelf.begun(typed) if public[n]]

    def completed(self, typed: str, lang: str) -> str:
        """The text with its last word as the commonest one of the articles that begins like it."""
        *before, last = typed.split()
        shelf = self.shelves.get(lang)
        word = shelf.completed(last) if shelf else None
        return " ".join([*before, word or last])

    def _find_reach(self, lang: str, audience: str, across: bool) -> list[tuple[Shelf, Array]]:
        """The shelves that a question in a language is searched in, with which articles of each.

        Args:
            across: whether there is an encoder that understands other languages.
        """
        found: list[tuple[Shelf, Array]] = []
        seen: set[str] = set()
        for code in self._order(lang):
            if seen and code != lang and not across:
                break
            shelf = self.shelves[code]
            visible = shelf.visible(audience)
            slugs = [each.article.slug for each in shelf.prepared]
            visible &= np.array([slug not in seen for slug in slugs], dtype=bool)
            seen |= {slug for slug, here in zip(slugs, visible, strict=True) if here}
            if visible.any():
                found.append((shelf, visible))
        return found

    def _order(self, lang: str) -> list[str]:
        """Languages in the order in which articles are taken from them."""
        preferred = [code for code in dict.fromkeys((lang, FALLBACK_LANG)) if code in self.shelves]
        return [*preferred, *(code for code in self.shelves if code not in preferred)]

    def question(self, text: str, lang: str, topics: Collection[str] = ()) -> Question:
        """A question as the shelves see it."""
        vectors: dict[str, Array] = {}
        if words(text):
            for encoder in self._encoders:
                if reads(encoder, lang) or encoder.guesses:
                    (vectors[encoder.name],) = centred(encoder, [text], [lang], keep=False)
        return Question(text, lang, frozenset(topics), vectors)

    def _hits(
        self, shelf: Shelf, question: Question, asked: Question, allowed: Array, limit: int
    ) -> list[Hit]:
        if not allowed.any():
            return []
        ranked = shelf.rank(question, allowed, self.ranking)
        hits = []
        for place in range(min(limit, len(ranked.articles))):
            number = int(ranked.articles[place])
            confidence = self.ranking.probability(ranked.kind, seen_of(ranked, place))
            if confidence < LEAST or ranked.scores[place] <= 0:
                continue
            passage = shelf.passage(number, asked)
            features = {name: float(each[place]) for name, each in ranked.features.items()}
            hits.append(
                Hit(
                    passage.article,
                    passage,
                    question.text,
                    confidence,
                    float(ranked.scores[place]),
                    features,
                )
            )
        return hits

    def _prepare(self, lang: str, articles: Sequence[Article], known: _Kept) -> list[Prepared]:
        vocabularies = known.vocabularies.get(lang) or Vocabularies()
        self._kept.vocabularies[lang] = vocabularies
        # compared one by one: those that were not read anew are the same objects
        new = [
            a for a in articles if a.id not in known.prepared or known.prepared[a.id].article != a
        ]
        made = {each.article.id: each for each in prepare(new, vocabularies, self._encoders)}
        found = [made.get(each.id) or known.prepared[each.id] for each in articles]
        self._kept.prepared |= {each.article.id: each for each in found}
        # an article without any text has no passage to show
        return [each for each in found if each.passages]

    def _earlier(
        self, asked: Sequence[EarlierQuestion], places: Mapping[str, tuple[str, int]]
    ) -> dict[str, Asked]:
        """Earlier questions by the language of the article."""
        encoder = next((each for each in self._encoders if each.languages is None), None)
        asked = [each for each in asked if each.article_id in places]
        if encoder is None or not asked:
            return {}
        texts, langs = [each.text for each in asked], [each.lang for each in asked]
        vectors = centred(encoder, texts, langs, keep=True)
        rows: dict[str, list[int]] = {}
        for row, each in enumerate(asked):
            rows.setdefault(places[each.article_id][0], []).append(row)
        return {
            lang: Asked(np.array([places[asked[row].article_id][1] for row in mine]), vectors[mine])
            for lang, mine in rows.items()
        }


def seen_of(ranked: Ranked, place: int) -> dict[str, float]:
    """What the confidence in an article is computed from; see `ranking.CONFIDENCE`."""
    scores, features = ranked.scores, ranked.features
    others = scores[0] if place else (scores[1] if len(scores) > 1 else 0.0)
    pieces = [features[name][place] for name in ("pieces", "pieces_own") if name in features]
    return {
        "score": float(scores[place]),
        "margin": float(scores[place] - others),
        "meaning": float(np.mean(pieces)) if pieces else 0.0,
        "words": float(features["bm25"][place]) if "bm25" in features else 0.0,
        TOPIC: float(features[TOPIC][place]),
    }
