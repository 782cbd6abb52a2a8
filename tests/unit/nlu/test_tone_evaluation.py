"""Measuring the detection of tones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commands.evaluate_tone import tone
from bot.errors import NluError
from bot.trainer.tone_evaluation import ToneReport, evaluate_tone

ROOT = Path(__file__).parents[3]
SENTENCES = {
    "upset": "you lied to me;worst shop ever;I am furious;sick of your excuses;what a disgrace",
    "neutral": "where is my order;can I pay by card;how do I wash it;is it warm;which size",
    "pleased": "thank you so much;I love it;wonderful;perfect fit, so happy;you made my day",
    "urgent": "hurry please;I need it today;we leave tomorrow;it must come by noon;quick please",
}
INTENTS = """
version: "3.1"
nlu:
- intent: complaint
  examples: |
    - I am furious
    - this is the worst shop, you lied to me
- intent: order_status
  examples: |
    - where is my parcel
    - can I pay by invoice
"""
TEST = "text,tone,lang\nI love this shop so much,pleased,en\nI am so furious,upset,\n"


@pytest.fixture(scope="module")
def _in_project(tmp_path_factory: pytest.TempPathFactory) -> object:
    folder = tmp_path_factory.mktemp("project")
    (folder / "data" / "tone").mkdir(parents=True)
    (folder / "data" / "nlu" / "en").mkdir(parents=True)
    (folder / "data" / "lookups").symlink_to(ROOT / "data" / "lookups")
    (folder / "data" / "nlu" / "en" / "all.yml").write_text(INTENTS)
    lists = {name: texts.split(";") for name, texts in SENTENCES.items()}
    (folder / "data" / "tone" / "en.yml").write_text(json.dumps(lists), encoding="utf-8")
    (folder / "test.csv").write_text(TEST)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        yield


@pytest.fixture(scope="module")
def report(_in_project: None) -> ToneReport:
    return evaluate_tone(Path("test.csv"), Path("new/report.json"), lambda _: None)


def test_each_example_is_judged_once_by_a_detector_that_had_not_seen_it(
    report: ToneReport,
) -> None:
    found = report.cross_validated.detector
    assert found.sentences == report.examples == 20
    assert {score.intent: score.support for score in found.tones} == dict.fromkeys(SENTENCES, 5)
    assert found.by_language == {"en": found.accuracy}
    assert report.cross_validated.words.sentences == 20
    assert report.cross_validated.signs.intent == "upset"


def test_a_test_file_is_judged_by_a_detector_of_all_examples(report: ToneReport) -> None:
    assert report.test is not None
    assert report.test.detector.sentences == 2
    assert set(report.test.detector.by_language) == {"", "en"}
    assert report.test.detector.accuracy == 1


def test_ordinary_messages_are_those_that_are_neither_complaints_nor_examples(
    report: ToneReport,
) -> None:
    assert report.ordinary.messages == 2
    assert sum(report.ordinary.shares.values()) == pytest.approx(1)
    assert report.ordinary.complaints_upset == 1  # of the one that is no example


def test_the_report_is_written_as_json(report: ToneReport) -> None:
    written = json.loads(Path("new/report.json").read_text(encoding="utf-8"))
    assert written["threshold"] == report.threshold


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("text,intent\nhello,greet\n", "row 2"),
        ("text,tone\nhello,angry\n", "row 2.*upset, urgent"),
        ("text,tone\nfine,neutral\n,neutral\n", "row 3"),
        ("text,tone\n", "no sentences"),
        ('text,tone\n"a', "CSV"),
    ],
)
def test_a_bad_file_is_an_error_that_says_where(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content)
    with pytest.raises(NluError, match=rf"bad\.csv.*{said}"):
        evaluate_tone(path, None, lambda _: None)


def test_a_report_that_cannot_be_written_is_an_error(_in_project: None, tmp_path: Path) -> None:
    with pytest.raises(NluError, match="cannot be written"):
        evaluate_tone(None, tmp_path, lambda _: None)


def test_the_command_shows_the_numbers(_in_project: None) -> None:
    result = CliRunner().invoke(tone, ["--test", "test.csv", "--output", "report.json"])
    assert result.exit_code == 0, result.output
    for shown in ("Cross-validation:", "test.csv: 100.0% of 2", "signs alone", "ordinary messages"):
        assert shown in result.output
    assert "The report is in report.json." in result.output
