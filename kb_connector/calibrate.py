"""Finds the numbers of `calibration.json` from questions whose right article is known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from kb_connector.article import STAFF, Article
from kb_connector.calibration import Calibration, Features, fit
from kb_connector.index import SearchIndex

FOLDS = 4
_WRONG_TOPIC = 8  # one question in so many comes with an intent that is not its own
_HITS = 3


@dataclass(frozen=True)
class Question:
    """A question with what is known about it.

    Attributes:
        right: slugs of the articles that answer it; none for a question out of scope.
        topics: intents to search with.
    """

    text: str
    lang: str
    right: frozenset[str] = frozenset()
    topics: tuple[str, ...] = ()


def calibrate(
    articles: Sequence[Article],
    out_of_scope: Mapping[str, Sequence[str]],
    labelled: Sequence[Question] = (),
) -> Calibration:
    """Fits the confidence to a knowledge base.

    The articles ask for themselves: every title and keyword is a question whose answer is its own
    article, searched in an index that lacks just that title or keyword. Each is asked without
    intents and with its article's, now and then with a wrong one.

    Args:
        out_of_scope: by language, questions that no article answers.
        labelled: further questions, searched in the whole index.

    Raises:
        CalibrationError: there are not both right and wrong hits among the results.

    >>> calibrate(articles, {"en": ["what is the capital of Peru"]})  # doctest: +SKIP
    Calibration(intercept=-2.1, ...)
    """
    rows: list[tuple[Features, bool]] = []
    for fold in range(FOLDS):
        index = SearchIndex(_without(article, fold) for article in articles)
        rows += hits(index, _own_questions(articles, fold))
    index = SearchIndex(articles)
    rows += hits(index, _foreign_questions(articles, out_of_scope))
    rows += hits(index, labelled)
    return fit(rows)


def hits(index: SearchIndex, questions: Iterable[Question]) -> Iterator[tuple[Features, bool]]:
    """The hits that an index has for questions, and whether each is right."""
    for each in questions:
        found = index.search(each.text, each.lang, topics=each.topics, audience=STAFF, limit=_HITS)
        for hit in found:
            yield hit.features, hit.article.slug in each.right


def _without(article: Article, fold: int) -> Article:
    keywords = tuple(word for n, word in enumerate(article.keywords) if n % FOLDS != fold)
    title = "" if _title_fold(article) == fold else article.title
    return replace(article, keywords=keywords, title=title)


def _title_fold(article: Article) -> int:
    return sum(article.slug.encode()) % FOLDS


def _own_questions(articles: Sequence[Article], fold: int) -> Iterator[Question]:
    intents = sorted({intent for article in articles for intent in article.intents})
    count = 0
    for article in articles:
        texts = [word for n, word in enumerate(article.keywords) if n % FOLDS == fold]
        if _title_fold(article) == fold:
            texts.append(article.title)
        for text in texts:
            count += 1
            question = Question(text, article.lang, frozenset({article.slug}))
            yield question
            if not intents:
                continue
            if count % _WRONG_TOPIC:
                yield replace(question, topics=article.intents)
            else:
                yield replace(question, topics=(intents[count % len(intents)],))


def _foreign_questions(
    articles: Sequence[Article], out_of_scope: Mapping[str, Sequence[str]]
) -> Iterator[Question]:
    intents = sorted({intent for article in articles for intent in article.intents})
    for lang, texts in out_of_scope.items():
        for count, text in enumerate(texts):
            yield Question(text, lang)
            if intents and count % 2:
                yield Question(text, lang, topics=(intents[count % len(intents)],))
