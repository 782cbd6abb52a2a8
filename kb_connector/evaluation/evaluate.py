"""One evaluation of the search."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from kb_connector.article import Article
from kb_connector.errors import EvaluationError
from kb_connector.evaluation.measures import Answered, Measures, measure
from kb_connector.evaluation.questions import TRAIN, Query, to_test
from kb_connector.evaluation.searches import Ask, ours
from kb_connector.search.encoder import Encoder
from kb_connector.search.index import EarlierQuestion, SearchIndex
from kb_connector.search.learning import RIGHT_OF_TEN, threshold

Progress = Callable[[Sequence[Query]], Iterable[Query]]
"""Shows how far a list has been gone through."""


@dataclass(frozen=True)
class Evaluation:
    """What was measured.

    Attributes:
        index_seconds: making the index, vectors of the articles included where they were new.
        answer_at: confidence from which the first article was the answer.
        offer_at: confidence from which articles were offered.
        earlier_questions: of the split `train`, which the articles have answered before.
    """

    articles: int
    earlier_questions: int
    index_seconds: float
    answer_at: float
    offer_at: float
    measures: Measures


def evaluate(
    articles: Sequence[Article],
    queries: Sequence[Query],
    *,
    encoders: Sequence[Encoder] = (),
    split: str | None = None,
    tune: bool = False,
    progress: Progress = list,
) -> Evaluation:
    """Measures the search on questions whose right article is known.

    Questions of the split `train` are questions that the articles have answered before.

    Args:
        split: which questions are tested; None for all but those of `train`.
        tune: choose the threshold for answers on `train`, each question without itself.

    Raises:
        EvaluationError: there is nothing to test, or nothing to tune on.
    """
    tested = to_test(queries, split)
    if not articles or not tested:
        raise EvaluationError(
            f"There are {len(articles)} articles and {len(tested)} questions to test"
            f"{f' in the split {split!r}' if split else ''}; give at least one of each."
        )
    train = [query for query in queries if query.split == TRAIN]
    earlier = [EarlierQuestion(one.text, one.lang, one.article_id) for one in train]
    began = time.perf_counter()
    index = SearchIndex(articles, encoders=encoders, asked=earlier if split != TRAIN else ())
    taken = time.perf_counter() - began
    answer_at, offer_at = index.ranking.answer_at, index.ranking.offer_at
    if tune:
        answer_at = _tuned(articles, train, encoders, progress)
        offer_at = min(offer_at, answer_at)
    ask = ours(index)
    found = [ask(query) for query in progress(tested)]
    return Evaluation(
        len(articles), len(earlier), taken, answer_at, offer_at, measure(found, answer_at, offer_at)
    )


def ask_all(ask: Ask, queries: Sequence[Query]) -> list[Answered]:
    """What a search finds for each question."""
    return [ask(query) for query in queries]


def _tuned(
    articles: Sequence[Article],
    train: Sequence[Query],
    encoders: Sequence[Encoder],
    progress: Progress,
) -> float:
    """The confidence from which nine of ten answers to the `train` questions are right."""
    if not train:
        raise EvaluationError(
            f"There are no questions to tune on: mark some with the split {TRAIN!r}."
        )
    ask = ours(SearchIndex(articles, encoders=encoders))
    found = [ask(query) for query in progress(train)]
    likely = np.array([each.confidence for each in found])
    right = np.array([each.rank == 1 for each in found])
    return threshold(likely, right, RIGHT_OF_TEN)
