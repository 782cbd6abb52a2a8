"""The confidence is a probability: fitted, shipped, and checked against what is right."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb_connector import KnowledgeBase
from kb_connector.calibrate import Question, calibrate, hits
from kb_connector.calibration import (
    Calibration,
    Features,
    expected_error,
    fit,
    load,
    shipped,
)
from kb_connector.errors import CalibrationError
from kb_connector.index import SearchIndex

FOREIGN = {
    "en": ["who won the match", "tell me a joke", "weather tomorrow", "book me a table"],
    "sv": ["vem vann matchen", "berätta ett skämt", "hur blir vädret", "boka ett bord"],
}


def test_the_logistic_function_is_what_it_says() -> None:
    calibration = Calibration(intercept=0, score=1, margin=2, coverage=0, topic=0)
    assert calibration.confidence(Features(0, 0, 1, 1)) == 0.5
    assert calibration.confidence(Features(1, 0.5, 0, 0)) == pytest.approx(0.8807970779778823)
    assert 0 <= calibration.confidence(Features(-1e9, 0, 0, 0)) < 1e-9


def test_more_of_every_feature_makes_a_shipped_confidence_higher() -> None:
    calibration = shipped()
    low = calibration.confidence(Features(0.3, 0.0, 0.5, 0))
    assert calibration.confidence(Features(0.6, 0.0, 0.5, 0)) > low
    assert calibration.confidence(Features(0.3, 0.3, 0.5, 0)) > low
    assert calibration.confidence(Features(0.3, 0.0, 0.9, 0)) > low
    assert calibration.confidence(Features(0.3, 0.0, 0.5, 1)) > low


def test_a_fit_finds_the_share_that_was_right() -> None:
    strong, weak = Features(0.9, 0.5, 1, 0), Features(0.1, -0.1, 0.2, 0)
    rows = [(strong, n < 90) for n in range(100)] + [(weak, n < 10) for n in range(100)]
    fitted = fit(rows)
    assert fitted.confidence(strong) == pytest.approx(0.9, abs=0.03)
    assert fitted.confidence(weak) == pytest.approx(0.1, abs=0.03)


def test_a_fit_needs_right_and_wrong_hits() -> None:
    with pytest.raises(CalibrationError, match="both"):
        fit([(Features(1, 1, 1, 1), True)])


def test_a_knowledge_base_calibrates_itself(base: KnowledgeBase, tmp_path: Path) -> None:
    articles = [each for lang in ("en", "sv", "da", "nb") for each in base.articles(lang)]
    calibration = calibrate(articles, FOREIGN)
    path = tmp_path / "calibration.json"
    calibration.save(path, {"articles": len(articles)})
    assert load(path) == calibration
    index = SearchIndex(articles, calibration)
    (sure, *_) = index.search("forgotten my password", "en", topics=["reset_password"])
    unsure = [hit.confidence for text in FOREIGN["en"] for hit in index.search(text, "en")]
    assert sure.confidence > max(unsure, default=0.0)


def test_hits_are_right_when_their_slug_is(base: KnowledgeBase) -> None:
    index = SearchIndex(base.articles("en"))
    question = Question("forgotten my password", "en", frozenset({"reset-password"}))
    assert next(hits(index, [question]))[1] is True
    assert next(hits(index, [Question("forgotten my password", "en")]))[1] is False


def test_the_expected_error_is_the_distance_to_the_truth() -> None:
    assert expected_error([(0.95, True), (0.05, False)]) == pytest.approx(0.05)
    assert expected_error([(0.9, False)] * 3) == pytest.approx(0.9)
    assert expected_error([]) == 0.0


@pytest.mark.parametrize("content", ["", "{}", '{"coefficients": {"score": "x"}}', "[1]"])
def test_a_damaged_file_is_refused(tmp_path: Path, content: str) -> None:
    path = tmp_path / "calibration.json"
    path.write_text(content, "utf-8")
    with pytest.raises(CalibrationError, match="cannot be read"):
        load(path)
