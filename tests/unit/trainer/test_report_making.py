"""`svara evaluate report`: a folder with a page, pictures, JSON and JUnit."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import report_data
from click.testing import CliRunner

from bot.cli import main
from bot.errors import NluError
from bot.trainer.evaluation_report.making import STOPPED, Made, make_report
from bot.trainer.evaluation_report.served import served_thresholds
from bot.trainer.intent_evaluation import Request
from bot.trainer.labelled import Labelled

FILES = {"report.html", "report.json", "junit.xml", "intents.png", "confusion.png"} | {
    "coverage.png",
    "reliability.png",
}
ODD = Labelled("<script>alert(1)</script> where is my parcel", "refund", "en")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    return report_data.write(folder / "train.csv", [*report_data.labelled(), ODD])


@pytest.fixture(scope="module")
def made(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Made, Path]:
    folder = tmp_path_factory.mktemp("report")
    return make_report(Request(train=data), folder, lambda *_: None), folder


def test_the_folder_has_all_that_was_promised(made: tuple[Made, Path]) -> None:
    assert {path.name for path in made[1].iterdir()} == FILES | {"learning.png"}
    assert (made[1] / "coverage.png").read_bytes().startswith(b"\x89PNG")


def test_the_page_needs_nothing_from_elsewhere(made: tuple[Made, Path]) -> None:
    page = (made[1] / "report.html").read_text(encoding="utf-8")
    assert page.count("<svg") == 5
    for outside in ("src=", "<script", "<link", "@import", "url(http"):
        assert outside not in page
    assert "&lt;script&gt;alert(1)" in page


def test_two_runs_give_the_same_bytes(data: Path, made: tuple[Made, Path], tmp_path: Path) -> None:
    make_report(Request(train=data), tmp_path, lambda *_: None)
    for path in tmp_path.iterdir():
        assert path.read_bytes() == (made[1] / path.name).read_bytes(), path.name


def test_the_json_has_what_the_page_says(made: tuple[Made, Path]) -> None:
    content = json.loads((made[1] / "report.json").read_text(encoding="utf-8"))
    assert content["all"]["understood"]["of"] == 49
    assert content["how"] == "cross-validation"
    assert {one["intent"] for one in content["learning"]} == set(report_data.WORDS)
    assert next(one["name"] for one in content["pictures"]) == "intents"


def test_ctrl_c_leaves_what_is_done(data: Path, tmp_path: Path) -> None:
    def stop(what: str, done: int, total: int) -> None:
        if what.startswith("Learning curve of") and done == 1:
            raise KeyboardInterrupt

    found = make_report(Request(train=data), tmp_path, stop)
    assert found.stopped
    assert [one.intent for one in found.learning] == ["login"]
    assert STOPPED in (tmp_path / "report.html").read_text(encoding="utf-8")


def test_a_test_file_is_a_blind_test(data: Path, tmp_path: Path) -> None:
    tests = [Labelled("hi, where is the parcel", "order", "en"), report_data.labelled()[0]]
    request = Request(train=data, test=report_data.write(tmp_path / "test.csv", tests))
    found = make_report(request, tmp_path / "report", lambda *_: None, more=None)
    assert (found.content.how, found.content.all.understood.of) == ("test", 2)
    assert found.notes == ("1 sentences of the test are training examples: they prove nothing.",)
    assert not (tmp_path / "report" / "learning.png").exists()


def test_a_missed_limit_is_the_exit_code(data: Path, tmp_path: Path) -> None:
    arguments = ["evaluate", "report", "--train", str(data), "--output", str(tmp_path / "out")]
    done = CliRunner().invoke(main, [*arguments, "--no-learning", "--min-all", "1.0"])
    assert done.exit_code == 1, done.output
    assert "Missed: all all sentences" in done.output
    done = CliRunner().invoke(main, [*arguments, "--no-learning", "--min-intent", "0.1"])
    assert done.exit_code == 0, done.output
    assert "No limit is missed" in (tmp_path / "out" / "report.html").read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_is_told(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(NluError, match="cannot be written"):
        make_report(Request(train=data), tmp_path / "file" / "x", lambda *_: None, more=None)


def test_the_thresholds_are_those_of_the_pipeline(tmp_path: Path) -> None:
    config = tmp_path / "config.yml"
    config.write_text(
        "pipeline:\n- name: bot.nlu.intent_components.UnsureClassifier\n"
        "  threshold: 0.6\n  foreign: 0.9\n"
    )
    found = served_thresholds(config)
    assert (found.act, found.lead, found.foreign) == (0.6, 0.0, 0.9)
    config.write_text("pipeline: []\n")
    with pytest.raises(NluError, match="the thresholds cannot be read"):
        served_thresholds(config)
