"""Measuring a trained model on sentences that it has not seen."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from bot.commands import evaluate as command
from bot.errors import NluError
from bot.trainer.evaluation import Report, evaluate_assistant
from bot.trainer.interpreter import Interpreter, first_choice
from bot.trainer.labelled import Labelled

ROOT = Path(__file__).parents[3]
CONFIG = """
recipe: default.v1
assistant_id: test
language: en
pipeline:
- name: bot.nlu.components.EntityFinder
- name: bot.nlu.components.LanguageDetector
- name: bot.nlu.components.ToneTagger
- name: bot.nlu.intent_components.SentenceIntentClassifier
  ranking_length: 2
- name: bot.nlu.intent_components.UnsureClassifier
  threshold: 0.8
  ambiguity_threshold: 0.1
policies:
- name: RulePolicy
"""
DOMAIN = """
version: "3.1"
intents: [greet, order_status, refund_status]
entities: [language, order_number, product, tone]
responses:
  utter_hi: [{text: hi}]
"""
DATA = """
version: "3.1"
nlu:
- intent: greet
  examples: |
    - hello
    - hi there
    - hej
    - good morning
- intent: order_status
  examples: |
    - where is my parcel
    - track my order
    - var är mitt paket
    - when does my parcel arrive
- intent: refund_status
  examples: |
    - I want my money back
    - refund please
    - pengarna tillbaka
    - when do I get the refund
rules:
- rule: hello
  steps:
  - intent: greet
  - action: utter_hi
"""
TEST = """text,intent,lang,split
hello you,greet,en,train
where is my order,order_status,en,train
var är paketet,order_status,sv,dev
when does my money come back,refund_status,en,dev
xyzzy plugh,greet,en,dev
hello,greet,en,dev
what do you think of the weather,small_talk,en,dev
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from rasa.model_training import train  # noqa: PLC0415 (seconds)

    folder = tmp_path_factory.mktemp("model")
    for name, content in {"config": CONFIG, "domain": DOMAIN, "data": DATA}.items():
        (folder / f"{name}.yml").write_text(content, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        (folder / "data").mkdir()
        for shared in ("lookups", "tone"):
            (folder / "data" / shared).symlink_to(ROOT / "data" / shared)
        examples = folder / "data" / "nlu" / "en" / "greet.yml"
        examples.parent.mkdir(parents=True)
        examples.write_text("nlu:\n- intent: greet\n  examples: |\n    - Hello\n")
        result = train(
            domain="domain.yml",
            config="config.yml",
            training_files=["data.yml"],
            output="models",
            fixed_model_name="test",
        )
    assert result.code == 0
    return folder / result.model


@pytest.fixture
def _in_project(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the components find their lookup tables."""
    monkeypatch.chdir(model.parent.parent)


@pytest.fixture
def report(model: Path, tmp_path: Path, _in_project: None) -> Report:
    path = tmp_path / "test.csv"
    path.write_text(TEST, encoding="utf-8")
    return evaluate_assistant([path], tmp_path / "report.json", lambda _: None, model=model)


def test_a_model_is_read_without_its_dialogue_half(model: Path, _in_project: None) -> None:
    interpreter = Interpreter(model)
    assert {"greet", "order_status"} <= interpreter.intents
    parsed = interpreter.parse("var är mitt paket NL-104823")
    assert parsed["intent"]["name"] == "order_status"
    assert len(parsed["intent_ranking"]) == 2
    found = {entity["entity"]: entity["value"] for entity in parsed["entities"]}
    assert found == {"order_number": "NL-104823", "language": "sv"}


def test_the_first_choice_is_the_classifiers_own_where_the_bot_would_ask(
    model: Path, _in_project: None
) -> None:
    unsure = Interpreter(model).understand("xyzzy plugh")
    assert not unsure.answered
    assert unsure.intent != "nlu_fallback"
    assert unsure.confidence < 0.8


def test_a_first_choice_of_what_rasa_answers() -> None:
    first = {"name": "a", "confidence": 0.9}
    second = {"name": "b", "confidence": 0.05}
    fallback = {"name": "nlu_fallback", "confidence": 0.95}
    sure = first_choice({"intent": first, "intent_ranking": [first, second]})
    assert (sure.intent, sure.confidence, sure.answered) == ("a", 0.9, True)
    unsure = first_choice({"intent": fallback, "intent_ranking": [fallback, first, second]})
    assert (unsure.intent, unsure.confidence, unsure.answered) == ("a", 0.9, False)
    assert first_choice({}).intent == ""


@pytest.mark.parametrize("content", [b"", b"not a model", None])
def test_a_file_that_is_no_model_is_an_error(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "model.tar.gz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NluError, match=r"model\.tar\.gz.*svara train"):
        Interpreter(path)


def test_the_report_counts_by_file_language_and_split(report: Report) -> None:
    assert report.sentences == 7
    assert set(report.by_language) == {"en", "sv"}
    (file,) = report.files
    assert {name: s.sentences for name, s in file.by_split.items()} == {"train": 2, "dev": 5}
    assert file.all.sentences == 7
    swedish = report.by_language["sv"]
    assert (swedish.sentences, swedish.accuracy, swedish.language_right) == (1, 1.0, 1.0)


def test_accuracy_is_of_the_first_choice_and_answered_of_the_thresholds(report: Report) -> None:
    scores = report.files[0].all
    assert scores.accuracy == pytest.approx(
        sum(c.support * c.recall for c in scores.intents) / scores.sentences
    )
    assert 0 < scores.answered < 1
    assert scores.accuracy_answered >= scores.accuracy


def test_what_the_model_cannot_know_is_named_and_counts_as_wrong(report: Report) -> None:
    assert report.unknown_intents == ["small_talk"]
    talk = next(s for s in report.files[0].all.intents if s.intent == "small_talk")
    assert (talk.recall, talk.support) == (0, 1)
    confused = [c for c in report.files[0].all.confusions if c.intent == "small_talk"]
    assert confused[0].texts == ("what do you think of the weather",)


def test_sentences_that_are_training_examples_are_counted_apart(report: Report) -> None:
    assert report.trained_on == ["hello"]
    scores = report.files[0].all
    assert scores.trained_on == 1
    assert scores.accuracy_unseen is not None
    right = round(scores.accuracy * 7)
    assert scores.accuracy_unseen == pytest.approx((right - 1) / 6)


def test_the_report_is_written_as_json(report: Report, tmp_path: Path) -> None:
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert written["sentences"] == 7
    assert written["by_language"]["en"]["macro_f1"] == report.by_language["en"].macro_f1
    assert {"intent", "predicted", "count", "texts"} == set(
        written["files"][0]["all"]["confusions"][0]
    )


def test_each_sentence_is_gone_through_once_under_the_callers_eyes(
    model: Path, tmp_path: Path, _in_project: None
) -> None:
    path = tmp_path / "test.csv"
    path.write_text(TEST, encoding="utf-8")
    watched: list[Labelled] = []

    def watch(items: Sequence[Labelled]) -> Iterable[Labelled]:
        for item in items:
            watched.append(item)
            yield item

    output = tmp_path / "new" / "report.json"
    evaluate_assistant([path, path], output, lambda _: None, watch=watch, model=model)
    assert len(watched) == 7
    assert output.exists()


def test_a_report_that_cannot_be_written_is_an_error(
    model: Path, tmp_path: Path, _in_project: None
) -> None:
    path = tmp_path / "test.csv"
    path.write_text(TEST, encoding="utf-8")
    with pytest.raises(NluError, match="cannot be written"):
        evaluate_assistant([path], path / "report.json", lambda _: None, model=model)


def test_a_bad_file_is_an_error_before_the_model_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("text\nhello\n")
    with pytest.raises(NluError, match=r"bad\.csv"):
        evaluate_assistant([path], tmp_path / "out.json", lambda _: None, model=tmp_path)


def test_the_command_shows_a_table_by_language(
    report: Report, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("bot.trainer.evaluation.evaluate_assistant", lambda *_, **__: report)
    path = tmp_path / "test.csv"
    path.touch()
    result = CliRunner().invoke(
        command.assistant, ["--test", str(path), "--output", str(tmp_path / "out.json")]
    )
    assert result.exit_code == 0, result.output
    table = [line.split() for line in result.output.splitlines() if line.startswith("  ")]
    languages = [row[0] for row in table if row[0] in {"en", "sv"}]
    assert languages == ["en", "sv"]
    assert "taken for" in result.output
    assert "training examples: 1" in result.output
    assert "does not know: small_talk" in result.output
