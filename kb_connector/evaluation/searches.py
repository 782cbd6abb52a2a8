"""What is measured: our search, and the three that everybody has."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb_connector.article import Article
from kb_connector.evaluation.measures import Answered
from kb_connector.evaluation.questions import Query
from kb_connector.search.bm25 import load_bm25s
from kb_connector.search.encoder import Encoder
from kb_connector.search.index import SearchIndex

Array = NDArray[Any]
Ask = Callable[[Query], Answered]

_DEPTH = 50
"""Hits among which the right article is looked for; further down it helps nobody."""


def ours(index: SearchIndex) -> Ask:
    """Our search; the right article in another language counts as the right one, too."""
    slugs = {
        each.article.id: each.article.slug
        for shelf in index.shelves.values()
        for each in shelf.prepared
    }

    def ask(query: Query) -> Answered:
        began = time.perf_counter()
        hits = index.search(query.text, query.lang, limit=_DEPTH)
        taken = 1000 * (time.perf_counter() - began)
        right = slugs.get(query.article_id)
        places = [place for place, hit in enumerate(hits, 1) if hit.article.slug == right]
        return Answered(places[0] if places else None, hits[0].confidence if hits else 0.0, taken)

    return ask


def bm25(articles: Sequence[Article]) -> Ask:
    """BM25 (k1 1.2, b 0.75) over words in small letters."""
    bm25s = load_bm25s()
    index = bm25s.BM25(k1=1.2, b=0.75)
    tokens = bm25s.tokenize(_texts(articles), stopwords=None, show_progress=False)
    index.index(tokens, show_progress=False)

    def score(query: Query) -> Array:
        (words,) = bm25s.tokenize(
            [query.text], stopwords=None, show_progress=False, return_ids=False
        )
        known = [word for word in words if word in tokens.vocab]
        return np.asarray(index.get_scores(known) if known else np.zeros(len(articles)))

    return _ranked(articles, score)


def tfidf(articles: Sequence[Article]) -> Ask:
    """Cosine of TF-IDF: words and pairs of words, and groups of 2 to 5 letters."""
    from sklearn.feature_extraction.text import TfidfVectorizer  # noqa: PLC0415 (only those who measure pay for it)

    kinds = [
        TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
    ]
    columns = [kind.fit_transform(_texts(articles)).T.tocsr() for kind in kinds]

    def score(query: Query) -> Array:
        parts = [
            (kind.transform([query.text]) @ each).toarray()[0]
            for kind, each in zip(kinds, columns, strict=True)
        ]
        return np.asarray(np.sum(parts, axis=0))

    return _ranked(articles, score)


def plain_encoder(articles: Sequence[Article], encoder: Encoder) -> Ask:
    """Cosine of the sentence encoder's vectors, title and text as one."""
    vectors = encoder.encode(_texts(articles), articles[0].lang, keep=True)

    def score(query: Query) -> Array:
        return np.asarray(vectors @ encoder.encode([query.text], query.lang, keep=False)[0])

    return _ranked(articles, score)


def _ranked(articles: Sequence[Article], score: Callable[[Query], Array]) -> Ask:
    places = {article.id: number for number, article in enumerate(articles)}

    def ask(query: Query) -> Answered:
        began = time.perf_counter()
        scores = score(query)
        taken = 1000 * (time.perf_counter() - began)
        right = places.get(query.article_id)
        if right is None or not scores[right]:
            return Answered(None, 0.0, taken)
        # of articles with the same score, the first in the file comes first
        before = (scores > scores[right]).sum() + (scores[:right] == scores[right]).sum()
        return Answered(int(before) + 1, 0.0, taken)

    return ask


def _texts(articles: Sequence[Article]) -> list[str]:
    return [f"{article.title} {article.body_markdown}".strip() for article in articles]
