"""Behavioural tests, run."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from xml.etree import ElementTree

import pytest
import report_data
from click.testing import CliRunner

from bot.cli import main
from bot.trainer.behaviour import testing
from bot.trainer.behaviour.changes import KINDS
from bot.trainer.behaviour.making import make_report
from bot.trainer.behaviour.testing import Trial
from bot.trainer.evaluation_report.making import STOPPED
from bot.trainer.intent_evaluation import Request
from bot.trainer.labelled import Labelled
from bot.trainer.thresholds import Thresholds

ROWS = report_data.labelled()
BY = Thresholds(0.5, 0.0, 0.0, 1.0)
SOME = [kind for kind in KINDS if kind.name in ("upper_case", "emoji")]


def test_equal_sentences_are_never_in_two_parts() -> None:
    rows = [*ROWS, Labelled(ROWS[0].text.upper(), "refund", "sv")]
    part = testing.folds(rows, 5, 1)
    assert part[0] == part[-1]
    assert set(part) == {0, 1, 2, 3, 4}
    assert part == testing.folds(rows, 5, 1)


def test_so_many_are_drawn_of_each_kind_intent_and_language() -> None:
    drawn = testing.draw(ROWS, KINDS, 2, 7)
    count = Counter(
        (one.kind.name, ROWS[one.place].intent, ROWS[one.place].language) for one in drawn
    )
    assert max(count.values()) == 2
    assert drawn == testing.draw(ROWS, KINDS, 2, 7)
    assert drawn != testing.draw(ROWS, KINDS, 2, 8)


def trial(*, understood: bool, acted: bool, passed: bool) -> Trial:
    return Trial("emoji", "a", "en", "x", "x 🙏", understood, "b", 0.9, acted, passed)


def test_only_sentences_that_are_understood_count() -> None:
    found = testing.rate(
        "emoji",
        [
            trial(understood=True, acted=True, passed=True),
            trial(understood=True, acted=True, passed=False),
            trial(understood=True, acted=False, passed=False),
            trial(understood=False, acted=True, passed=False),
        ],
    )
    assert found.passed is not None
    assert found.wrongly_acted is not None
    assert (found.passed.hits, found.passed.of, found.not_understood) == (1, 3, 1)
    assert found.wrongly_acted.hits == 1


def test_each_sentence_is_put_to_a_model_that_has_not_seen_it() -> None:
    # Of one intent in Latin a single sentence: nothing of it is known where it is left out.
    rows = [*ROWS, Labelled("quousque tandem abutere patientia nostra", "latin", "en")]
    trials = [
        t for some in testing.cross_test(rows, "oos", BY, lambda *_: None, kinds=SOME) for t in some
    ]
    alone = [one.understood for one in trials if one.intent == "latin"]
    assert alone == [False, False]
    assert len(trials) == len(testing.draw(rows, SOME, testing.PER, 42))


def test_a_negation_passes_when_the_bot_does_not_act_on_it() -> None:
    rows = [Labelled("I want to ask about the parcel now", "order", "en")]
    negation = [kind for kind in KINDS if kind.name == "negation"]
    drawn = testing.draw(rows, negation, 1, 1)
    never = testing.try_all(rows, drawn, ROWS, "oos", Thresholds(1.1, 0.0, 0.0, 1.0))
    always = testing.try_all(rows, drawn, ROWS, "oos", Thresholds(0.0, 0.0, 0.0, 1.0))
    assert never[0].text == "I do not want to ask about the parcel now"
    assert never[0].passed
    assert always[0].passed == (always[0].after != "order")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return report_data.write(tmp_path_factory.mktemp("behaviour") / "train.csv", ROWS)


def test_the_report_is_the_same_in_each_run(data: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        make_report(Request(train=data), tmp_path / name, lambda *_: None, kinds=SOME, per=1)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    content = json.loads((tmp_path / "one" / "behaviour.json").read_text(encoding="utf-8"))
    assert {one["name"] for one in content["kinds"]} == {"emoji", "upper_case"}
    root = ElementTree.parse(tmp_path / "one" / "junit.xml").getroot()
    assert root.get("failures") == "0"


def test_ctrl_c_leaves_the_parts_that_are_done(data: Path, tmp_path: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    made = make_report(Request(train=data), tmp_path, stop, kinds=SOME)
    assert made.stopped
    assert made.kinds
    assert STOPPED in (tmp_path / "behaviour.html").read_text(encoding="utf-8")


def test_the_command_says_what_failed(data: Path, tmp_path: Path) -> None:
    arguments = ["evaluate", "behaviour", "--train", str(data), "--output", str(tmp_path)]
    done = CliRunner().invoke(main, [*arguments, "--kind", "emoji", "--per", "1"])
    assert done.exit_code == 0, done.output
    assert "emoji" in done.output
    done = CliRunner().invoke(main, [*arguments, "--kind", "spelling"])
    assert done.exit_code == 2
    assert "There is no kind 'spelling'" in done.output
