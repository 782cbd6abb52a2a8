"""The numbers of an evaluation, and the learning of the ranking, on small examples."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from kb_connector.errors import CalibrationError, EvaluationError
from kb_connector.evaluation.evaluate import evaluate
from kb_connector.evaluation.measures import Answered, measure
from kb_connector.evaluation.questions import read_articles, read_queries
from kb_connector.evaluation.searches import bm25, tfidf
from kb_connector.search import SearchIndex
from kb_connector.search.learning import Exercise, LabelledQuestion, learn, threshold
from kb_connector.search.ranking import ABROAD, GUESSED, MEANING, OWN, SEEN, WORDS, load, shipped

TOPICS = ("returns", "delivery", "gift cards", "passwords", "refunds", "washing")


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    articles = [
        {"id": f"a{n}", "title": f"About {topic}", "body": f"All about {topic}.", "lang": "en"}
        for n, topic in enumerate(TOPICS)
    ]
    queries = [
        {"text": f"tell me about {topic}", "article_id": f"a{n}", "lang": "en", "split": split}
        for n, topic in enumerate(TOPICS)
        for split in ("train", "dev")
    ]
    paths = tmp_path / "articles.jsonl", tmp_path / "queries.jsonl"
    for path, rows in zip(paths, (articles, queries), strict=True):
        path.write_text("\n".join(json.dumps(row) for row in rows), "utf-8")
    return paths


def test_measures_are_arithmetic() -> None:
    found = [Answered(1, 0.9, 1.0), Answered(2, 0.8, 2.0), Answered(None, 0.3, 3.0)]
    measures = measure(found, answer_at=0.85, offer_at=0.5)
    assert measures.recall_at_1 == pytest.approx(1 / 3)
    assert measures.recall_at_3 == pytest.approx(2 / 3)
    assert measures.mrr == pytest.approx((1 + 0.5) / 3)
    assert (measures.answered, measures.precision) == (pytest.approx(1 / 3), 1.0)
    assert (measures.offered, measures.offered_right) == (pytest.approx(1 / 3), 1.0)
    assert measures.expected_calibration_error == pytest.approx((0.1 + 0.8 + 0.3) / 3)
    assert measures.p50_ms == 2.0


def test_without_answers_there_is_no_precision() -> None:
    assert measure([Answered(1, 0.1, 1.0)], answer_at=0.9, offer_at=0.5).precision is None


def test_an_evaluation_by_words_finds_what_says_the_words(files: tuple[Path, Path]) -> None:
    articles, queries = read_articles(files[0]), read_queries(files[1])
    found = evaluate(articles, queries)
    assert found.measures.questions == len(TOPICS)
    assert found.earlier_questions == len(TOPICS)
    assert found.measures.recall_at_1 == 1.0
    for peer in (bm25(articles), tfidf(articles)):
        assert all(peer(query).rank == 1 for query in queries)


def test_nothing_to_test_is_an_error(files: tuple[Path, Path]) -> None:
    articles, queries = read_articles(files[0]), read_queries(files[1])
    with pytest.raises(EvaluationError, match="split 'holdout'"):
        evaluate(articles, queries, split="holdout")
    with pytest.raises(EvaluationError, match="no questions to tune on"):
        evaluate(articles, [query for query in queries if query.split == "dev"], tune=True)


@pytest.mark.parametrize(
    ("line", "said"),
    [("{", "line 1: not JSON"), ("[]", "line 1: expected an object"), ('{"id": "x"}', "'lang'")],
)
def test_a_bad_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "articles.jsonl"
    path.write_text(line, "utf-8")
    with pytest.raises(EvaluationError, match=said):
        read_articles(path)
    with pytest.raises(EvaluationError, match="cannot be read"):
        read_articles(tmp_path / "nowhere.jsonl")


def test_a_threshold_is_the_lowest_from_which_enough_is_right() -> None:
    likely = np.linspace(1, 0, 200)
    right = np.arange(200) < 100
    at = threshold(likely, right, 0.9)
    assert right[likely >= at].mean() == pytest.approx(0.9, abs=0.01)
    assert threshold(likely, np.zeros(200, bool), 0.9) == 1.0


def test_learning_needs_right_and_wrong_hits(files: tuple[Path, Path]) -> None:
    index = SearchIndex(read_articles(files[0]))
    right = [LabelledQuestion("returns", "en", frozenset({"a0"}))]
    with pytest.raises(CalibrationError, match="both right and wrong"):
        learn([Exercise(WORDS, index, "en", right)])


def test_the_shipped_numbers_are_whole_and_never_speak_against_likeness() -> None:
    ranking = shipped()
    assert set(ranking.weights) == {WORDS, MEANING, OWN, ABROAD, GUESSED} == set(SEEN)
    assert all(weight >= 0 for kind in ranking.weights.values() for weight in kind.values())
    fitted = [each for kind in ranking.confidence.values() for each in kind.items()]
    assert all(weight >= 0 for name, weight in fitted if name != "intercept")
    assert 0 < ranking.offer_at < ranking.answer_at < 1


def test_numbers_are_read_back_and_a_damaged_file_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "ranking.json"
    shipped().save(path, {"by": "a test"})
    assert load(path) == shipped()
    path.write_text('{"weights": {}}', "utf-8")
    with pytest.raises(CalibrationError, match="Make it again"):
        load(path)
