"""Finds the numbers of `ranking.json` from questions whose right article is known."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from kb_connector.article import STAFF
from kb_connector.errors import CalibrationError
from kb_connector.search.index import SearchIndex, seen_of
from kb_connector.search.ranking import CONFIDENCE, SEEN, TOPIC, Ranking
from kb_connector.search.shelf import Ranked

Array = NDArray[Any]

RIGHT_OF_TEN = 0.9
"""Of the answers given, how many are to be right."""
_WORTH_OFFERING = 0.25
_PENALTY = 1e-4
_CONFIDENCE_PENALTY = 10.0
_SURE = 30
"""Answers on which a threshold stands at least."""


@dataclass(frozen=True)
class LabelledQuestion:
    """A question with what is known about it.

    Attributes:
        right: ids of the articles that answer it; none for a question that no article answers.
        topics: intents to search with.
        hidden: ids of articles that are not there when it is asked; see `unanswerable`.
    """

    text: str
    lang: str
    right: frozenset[str] = frozenset()
    topics: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()


def unanswerable(question: LabelledQuestion) -> LabelledQuestion:
    """The question as it is asked of a knowledge base that lacks just the articles for it.

    That is how a question without an answer looks most often: near to what there is, with one
    article or another ahead of the rest.
    """
    return dataclasses.replace(question, right=frozenset(), hidden=question.right)


@dataclass(frozen=True)
class Exercise:
    """Questions to an index.

    Attributes:
        kind: the set of weights that it teaches, see `kb_connector.search.ranking`.
        shelf: language of the articles that are searched.
    """

    kind: str
    index: SearchIndex
    shelf: str
    questions: Sequence[LabelledQuestion]


@dataclass(frozen=True)
class Seen:
    """What was seen of the first of an exercise's articles, and whether it was right."""

    kind: str
    values: Mapping[str, float]
    right: bool


def even(answer_at: float = 0.5, offer_at: float = 0.2) -> Ranking:
    """A ranking to begin with: everything counts the same."""
    weights = {kind: dict.fromkeys((*names, TOPIC), 1.0) for kind, names in SEEN.items()}
    confidence = {kind: dict.fromkeys(("intercept", *CONFIDENCE), 1.0) for kind in SEEN}
    return Ranking(weights, confidence, answer_at, offer_at)


def learn(exercises: Sequence[Exercise]) -> Ranking:
    """Weights by which the right articles come first, and a confidence that means what it says.

    The weights are those of a listwise softmax regression (Cao et al., 2007, ListNet's loss),
    none of them negative: likeness never speaks against an article.

    Raises:
        CalibrationError: there is no question with a right and a wrong article for some kind.
    """
    start = even()
    weights = {kind: dict(start.weights[kind]) for kind in SEEN}
    for kind in SEEN:
        mine = [each for each in exercises if each.kind == kind]
        lists = [rows for each in mine if (rows := _lists(each, start))]
        if lists:
            weights[kind] = _fit_weights(kind, lists)
    ranking = dataclasses.replace(start, weights=weights)
    seen = [first_hits(each, ranking) for each in exercises]
    every = [one for each in seen for one in each]
    confidence = {kind: _fit_confidence(kind, every) for kind in SEEN}
    ranking = dataclasses.replace(ranking, confidence=confidence)
    return _tuned(ranking, exercises, seen)


def _tuned(
    ranking: Ranking, exercises: Sequence[Exercise], seen: Sequence[Sequence[Seen]]
) -> Ranking:
    """The ranking with thresholds: nine of ten answers right in every knowledge base.

    Taken together they would be right in fewer in some: which kind the next one is, nobody knows.
    """
    bases = {id(each.index): (list[float](), list[bool]()) for each in exercises}
    for exercise, hits in zip(exercises, seen, strict=True):
        likely, right = bases[id(exercise.index)]
        likely += [ranking.probability(one.kind, one.values) for one in hits]
        right += [one.right for one in hits]
    each_alone = [
        threshold(np.array(likely), np.array(right), RIGHT_OF_TEN)
        for likely, right in bases.values()
    ]
    every = np.concatenate([likely for likely, _ in bases.values()])
    were_right = np.concatenate([right for _, right in bases.values()])
    answer_at = max(each_alone)
    offer_at = min(answer_at, threshold(every, were_right, _WORTH_OFFERING, ending=True))
    return dataclasses.replace(ranking, answer_at=round(answer_at, 3), offer_at=round(offer_at, 3))


def threshold(likely: Array, right: Array, least: float, *, ending: bool = False) -> float:
    """The lowest confidence from which on a share of the hits is right; 1 if there is none.

    Args:
        least: the share.
        ending: of the hits right at the threshold (the nearest hundred), not of all above it.
    """
    order = np.argsort(-likely, kind="stable")
    hits = right[order].astype(float)
    if ending:
        share = np.convolve(hits, np.ones(100) / 100, mode="same")
    else:
        share = np.cumsum(hits) / np.arange(1, len(hits) + 1)
        share[:_SURE] = 0
    kept = np.flatnonzero(share >= least)
    return float(likely[order][kept[-1]]) if len(kept) else 1.0


def first_hits(exercise: Exercise, ranking: Ranking) -> list[Seen]:
    """The first article for each question, whether it is right, and what was seen of it."""
    found = []
    for question in exercise.questions:
        ranked = _ranked(exercise, question, ranking)
        if len(ranked.articles):
            first = _id(exercise, ranked, 0)
            found.append(Seen(exercise.kind, seen_of(ranked, 0), first in question.right))
    return found


def _ranked(exercise: Exercise, question: LabelledQuestion, ranking: Ranking) -> Ranked:
    shelf = exercise.index.shelves[exercise.shelf]
    asked = exercise.index.question(question.text, question.lang, question.topics)
    allowed = shelf.visible(STAFF)
    allowed[[n for each in question.hidden if (n := shelf.number(each)) is not None]] = False
    return shelf.rank(asked, allowed, ranking, kind=exercise.kind)


def _id(exercise: Exercise, ranked: Ranked, place: int) -> str:
    prepared = exercise.index.shelves[exercise.shelf].prepared
    return prepared[int(ranked.articles[place])].article.id


def _lists(exercise: Exercise, ranking: Ranking) -> list[tuple[Array, Array]]:
    """For each question that has one, features (articles, names) and which articles are right."""
    names = (*SEEN[exercise.kind], TOPIC)
    found = []
    for question in exercise.questions:
        ranked = _ranked(exercise, question, ranking)
        right = np.array(
            [_id(exercise, ranked, place) in question.right for place in range(len(ranked.scores))]
        )
        if right.any() and not right.all():
            rows = np.stack([ranked.features[name] for name in names], axis=1)
            found.append((rows.astype(np.float64), right))
    return found


def _fit_weights(kind: str, exercises: Sequence[Sequence[tuple[Array, Array]]]) -> dict[str, float]:
    from scipy.optimize import minimize  # noqa: PLC0415 (only those who learn pay for it)

    names = (*SEEN[kind], TOPIC)

    def loss(weights: Array) -> tuple[float, Array]:
        total, slope = _PENALTY * weights @ weights, 2 * _PENALTY * weights
        for lists in exercises:  # each counts the same, however many questions it has
            for rows, right in lists:
                scores = rows @ weights
                shares = np.exp(scores - scores.max())
                shares /= shares.sum()
                mine = shares * right
                part = max(float(mine.sum()), 1e-12)
                total -= np.log(part) / len(lists) / len(exercises)
                slope += (shares - mine / part) @ rows / len(lists) / len(exercises)
        return float(total), slope

    bounds = [(0.0, None)] * len(names)
    found = minimize(loss, np.ones(len(names)), jac=True, method="L-BFGS-B", bounds=bounds)
    return {name: round(float(weight), 4) for name, weight in zip(names, found.x, strict=True)}


def _fit_confidence(kind: str, seen: Sequence[Seen]) -> dict[str, float]:
    """A logistic regression (ridge) without weights below zero.

    Otherwise what says nearly the same is weighed against each other, and an article that has no
    word of the question in common with it gains by that.
    """
    from scipy.optimize import minimize  # noqa: PLC0415 (only those who learn pay for it)

    mine = [one for one in seen if one.kind == kind]
    if len({one.right for one in mine}) != 2:
        raise CalibrationError(
            f"The confidence of '{kind}' needs both right and wrong hits; add more questions."
        )
    rows = np.array([[one.values[name] for name in CONFIDENCE] for one in mine])
    signs = np.array([1.0 if one.right else -1.0 for one in mine])

    def loss(given: Array) -> tuple[float, Array]:
        margins = signs * (given[0] + rows @ given[1:])
        slopes = -signs / (1 + np.exp(np.clip(margins, -30, 30)))
        weights = np.concatenate([[0.0], given[1:]])
        total = np.logaddexp(0, -margins).sum() + weights @ weights / 2 / _CONFIDENCE_PENALTY
        slope = np.concatenate([[slopes.sum()], slopes @ rows]) + weights / _CONFIDENCE_PENALTY
        return float(total), slope

    bounds = [(None, None), *[(0.0, None)] * len(CONFIDENCE)]
    found = minimize(loss, np.zeros(len(bounds)), jac=True, method="L-BFGS-B", bounds=bounds)
    names = ("intercept", *CONFIDENCE)
    return {name: round(float(value), 4) for name, value in zip(names, found.x, strict=True)}
