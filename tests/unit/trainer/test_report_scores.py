"""Shares with their uncertainty, and the numbers of a report."""

from __future__ import annotations

import math
from xml.etree import ElementTree

import numpy as np
import pytest

from bot.trainer.cross_validation import Predictions
from bot.trainer.evaluation_report import limits, scores
from bot.trainer.evaluation_report.intervals import share
from bot.trainer.evaluation_report.limits import Case, Limits
from bot.trainer.evaluation_report.scores import Content
from bot.trainer.labelled import Labelled
from bot.trainer.thresholds import Thresholds

ROWS = [
    Labelled("a1", "a", "en"),
    Labelled("a2", "a", "sv"),
    Labelled("b1", "b", "en"),
    Labelled("b2", "b", "sv"),
    Labelled("o1", "oos", "sv"),
]
SHARES = [[0.9, 0.1, 0.0], [0.3, 0.6, 0.1], [0.2, 0.8, 0.0], [0.1, 0.9, 0.0], [0.7, 0.2, 0.1]]


def content() -> Content:
    said = Predictions(np.array(["a", "b", "oos"]), np.array(SHARES), np.zeros(5))
    by = Thresholds(0.75, 0.0, 0.0, 0.99)
    return scores.score(ROWS, said, by, how="test", source="x.csv", foreign="oos")


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    [
        (8, 10, 0.4902, 0.9433),
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (81, 263, 0.2553, 0.3662),
    ],
)
def test_the_interval_is_wilsons(hits: int, of: int, low: float, high: float) -> None:
    found = share(hits, of)
    assert found is not None
    assert math.isclose(found.low, low, abs_tol=1e-4)
    assert math.isclose(found.high, high, abs_tol=1e-4)


def test_there_is_no_share_of_nothing() -> None:
    assert share(0, 0) is None


def test_an_intent_has_its_shares_by_language_too() -> None:
    a, b, oos = content().intents
    assert (a.understood.hits, a.understood.of) == (1, 2)
    assert a.precision is not None
    assert (a.precision.hits, a.precision.of) == (1, 2)
    assert {name: one.share for name, one in a.by_language.items()} == {"en": 1.0, "sv": 0.0}
    assert (b.understood.share, oos.understood.share) == (1.0, 0.0)


def test_the_sentences_behind_a_confusion_are_kept_the_surest_first() -> None:
    (foreign, other) = sorted(content().confused, key=lambda one: one.predicted)
    assert (foreign.intent, foreign.predicted) == ("oos", "a")
    assert [one.text for one in other.mistakes] == ["a2"]
    assert other.mistakes[0].confidence == 0.6
    assert not other.mistakes[0].acted


def test_what_the_chosen_threshold_does_is_told() -> None:
    chosen = content().chosen
    assert chosen.coverage is not None
    assert chosen.accuracy is not None
    assert (chosen.coverage.hits, chosen.coverage.of) == (3, 4)
    assert (chosen.accuracy.hits, chosen.accuracy.of) == (3, 3)


def test_acting_on_what_is_out_of_scope_counts_as_wrong() -> None:
    lowest = content().table[0]
    assert lowest.accuracy is not None
    assert (lowest.accuracy.hits, lowest.accuracy.of) == (3, 5)


def test_reliability_has_bins_of_equally_many_sentences() -> None:
    sure = np.linspace(0.1, 1.0, 20)
    bins = scores.reliability(sure, sure > 0.5, 5)
    assert [one.right.of for one in bins] == [4] * 5
    assert bins[0].right.share == 0.0
    assert bins[-1].right.share == 1.0


def test_there_are_no_bins_of_nothing() -> None:
    assert scores.reliability(np.zeros(0), np.zeros(0, dtype=bool)) == ()


def test_a_limit_is_missed_only_when_chance_cannot_explain_it() -> None:
    cases = limits.hold(content(), Limits(intent=0.6, all=1.0))
    missed = {(one.suite, one.name) for one in cases if one.missed}
    assert missed == {("all", "all sentences")}
    few = next(one for one in cases if (one.suite, one.name) == ("intent", "a"))
    assert "too few sentences to be sure" in few.said


def test_junit_has_a_case_of_each_intent_and_language() -> None:
    text = limits.as_junit("svara", limits.hold(content(), Limits(all=1.0)))
    root = ElementTree.fromstring(text.encode())
    names = [(case.get("classname"), case.get("name")) for case in root.iter("testcase")]
    assert ("svara.intent", "oos") in names
    assert ("svara.language", "sv") in names
    assert ("svara.intent and language", "a sv") in names
    assert (root.get("tests"), root.get("failures")) == ("11", "1")
    assert len(list(root.iter("failure"))) == 1


def test_junit_survives_characters_that_xml_cannot_have() -> None:
    text = limits.as_junit("s", [Case("k", "n\x00", True, "bad \x08 & <b>\nsecond \ud800 line")])
    root = ElementTree.fromstring(text.encode())
    assert next(root.iter("failure")).get("message") == "bad  & <b>"
