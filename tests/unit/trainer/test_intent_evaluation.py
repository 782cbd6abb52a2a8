"""`svara evaluate intents`: the classifier on any labelled sentences."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from bot.cli import main
from bot.errors import NluError
from bot.trainer.intent_evaluation import Report, Request, evaluate_intents

WORDS = {
    "order": ("parcel", "delivery", "package", "shipment"),
    "refund": ("money", "refund", "repayment", "cash"),
    "login": ("password", "account", "login", "username"),
    "oos": ("weather", "football", "poem", "recipe"),
}
FRAMES = ("where is my {}", "tell me about the {}", "I need help with the {} now", "the {} please")
ASKED = "hi, a question about my {}"
Rows = Iterable[Sequence[str]]
COLUMNS = ("text", "intent", "split", "lang")


def write(path: Path, rows: Rows, columns: Sequence[str] = COLUMNS) -> Path:
    with path.open("w", encoding="utf-8", newline="") as stream:
        csv.writer(stream).writerows([columns, *rows])
    return path


def train_rows(split: str = "train") -> list[tuple[str, str, str, str]]:
    return [
        (frame.format(word), intent, split, "en" if number % 2 else "sv")
        for intent, words in WORDS.items()
        for number, frame in enumerate(FRAMES)
        for word in words
    ]


def asked_rows(split: str = "dev") -> list[tuple[str, str, str, str]]:
    return [
        (ASKED.format(word), intent, split, "en" if number % 2 else "sv")
        for intent, words in WORDS.items()
        for number, word in enumerate(words)
    ]


def evaluate(folder: Path, request: Request) -> Report:
    return evaluate_intents(request, folder / "report.json", lambda *_: None)


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> tuple[Report, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("intents")
    path = write(folder / "both.csv", [*train_rows(), *asked_rows()])
    report = evaluate(folder, Request(train=path, test=path, tune=True))
    return report, json.loads((folder / "report.json").read_text(encoding="utf-8"))


def test_one_file_is_trained_on_its_train_rows_and_tested_on_its_dev_rows(
    measured: tuple[Report, dict[str, Any]],
) -> None:
    report, _ = measured
    assert report.tested is not None
    trained, tested = report.trained, report.tested.sentences
    assert (trained.used, trained.intents, trained.out_of_scope, trained.left_out) == (
        64,
        3,
        16,
        16,
    )
    assert (tested.used, tested.intents, tested.out_of_scope, tested.left_out) == (16, 3, 4, 64)
    assert report.tested.trained_on == 0


def test_the_report_has_all_numbers_on_top(measured: tuple[Report, dict[str, Any]]) -> None:
    report, written = measured
    assert report.tested is not None
    assert written["accuracy"] == report.tested.scores.accuracy > 0.6
    for share in (
        "macro_f1",
        "in_scope_accuracy",
        "out_of_scope_auroc",
        "out_of_scope_recall_at_95_coverage",
        "expected_calibration_error",
        "adaptive_calibration_error",
    ):
        assert 0 <= written[share] <= 1, share
    for amount in (
        "train_seconds",
        "train_seconds_again",
        "train_seconds_one_more",
        "p50_ms",
        "p99_ms",
        "model_mb",
    ):
        assert written[amount] > 0, amount
    assert written["p50_ms"] <= written["p99_ms"]
    assert 30 < written["peak_memory_mb"] < 20_000


def test_the_languages_and_intents_of_the_test_are_told_apart(
    measured: tuple[Report, dict[str, Any]],
) -> None:
    tested = measured[1]["tested"]
    assert {name: one["sentences"] for name, one in tested["by_language"].items()} == {
        "en": 8,
        "sv": 8,
    }
    assert {one["intent"]: one["support"] for one in tested["intents"]} == dict.fromkeys(WORDS, 4)


def test_examples_of_what_is_out_of_scope_are_tried_with_and_without(
    measured: tuple[Report, dict[str, Any]],
) -> None:
    report, written = measured
    assert report.tested is not None
    without = report.tested.without_foreign
    assert without is not None
    assert without.out_of_scope_auroc is not None
    assert without.accuracy <= 12 / 16  # it cannot say "oos"
    assert written["tested"]["without_foreign"]["in_scope_accuracy"] == without.in_scope_accuracy


def test_thresholds_are_chosen_on_the_training_data_and_tried_on_the_test(
    measured: tuple[Report, dict[str, Any]],
) -> None:
    tuned = measured[1]["tuned"]
    assert tuned["cross_validated"]["sentences"] == 64
    assert set(tuned["thresholds"]) == {"act", "lead", "ask", "foreign"}
    for outcome in (tuned["on_training"], tuned["on_test"]):
        assert outcome["coverage"] + outcome["asked"] + outcome["handed_over"] == pytest.approx(1)
    assert len(tuned["table"]) == 10


def test_the_test_has_no_say_in_the_thresholds(tmp_path: Path) -> None:
    train = write(tmp_path / "train.csv", train_rows())
    ours = write(tmp_path / "ours.csv", asked_rows("test"))
    wrong = write(tmp_path / "wrong.csv", [(row[0], "order", "", "en") for row in asked_rows()])
    chosen = [
        evaluate(tmp_path, Request(train=train, test=test, tune=True)).tuned
        for test in (ours, wrong)
    ]
    assert chosen[0] is not None
    assert chosen[1] is not None
    assert chosen[0].thresholds == chosen[1].thresholds
    assert chosen[0].on_test != chosen[1].on_test


def test_two_runs_have_the_same_scores(tmp_path: Path) -> None:
    train = write(tmp_path / "train.csv", train_rows(""))
    test = write(tmp_path / "test.csv", asked_rows("holdout"))
    first, second = (
        evaluate(tmp_path, Request(train=train, test=test, shots=5, seed=7)) for _ in range(2)
    )
    assert first.tested is not None
    assert second.tested is not None
    assert first.trained.used == 20
    assert first.tested.scores == second.tested.scores


def test_the_label_of_what_is_out_of_scope_can_be_told(tmp_path: Path) -> None:
    path = write(tmp_path / "both.csv", [*train_rows(), *asked_rows()])
    other = evaluate(tmp_path, Request(train=path, test=path, oos_label="login"))
    assert other.oos_label == "login"
    assert other.trained.out_of_scope == 16
    none = evaluate(tmp_path, Request(train=path, test=path, oos_label="nothing"))
    assert none.tested is not None
    assert none.tested.scores.out_of_scope_auroc is None
    assert none.tested.without_foreign is None


def test_what_cannot_be_known_and_what_proves_nothing_is_told(tmp_path: Path) -> None:
    train = write(tmp_path / "train.csv", train_rows())
    rows = [("Where is  my parcel", "order", "", ""), ("good morning", "greet", "", "")]
    report = evaluate(tmp_path, Request(train=train, test=write(tmp_path / "test.csv", rows)))
    assert report.tested is not None
    assert report.tested.unknown_intents == ["greet"]
    assert report.tested.trained_on == 1
    assert report.tested.by_language == {}


def test_labels_that_contradict_each_other_are_trained_on_and_named(tmp_path: Path) -> None:
    rows = [*train_rows(), ("where is my parcel", "refund", "train", "en")]
    train = write(tmp_path / "train.csv", rows)
    report = evaluate(tmp_path, Request(train=train, tune=True))
    assert any("'where is my parcel' (order, refund)" in line for line in report.warnings)


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("a", "x"), ("b", "x")], "all examples mean 'x'. Add examples of another intent"),
        ([("a", "x")], "all examples mean 'x'"),
        ([("a", "oos")], "every example is out of scope"),
        ([(" ", "x"), ("b", "y")], "line 2: the column text is empty"),
        ([], "no sentences"),
        ([("a", "x"), ("b", "y"), ("c", "z")], "two intents at least have two each"),
    ],
)
def test_data_that_cannot_be_trained_on_is_an_error_that_says_what_to_change(
    tmp_path: Path, rows: Rows, said: str
) -> None:
    train = write(tmp_path / "bad.csv", rows, ("text", "intent"))
    with pytest.raises(NluError, match=rf"bad\.csv.*{said}"):
        evaluate(tmp_path, Request(train=train, tune=True))


def test_one_file_without_splits_is_not_tested_on_what_it_was_trained_on(tmp_path: Path) -> None:
    path = write(tmp_path / "one.csv", [row[:2] for row in train_rows()], ("text", "intent"))
    with pytest.raises(NluError, match=r"one\.csv.*every row needs a split"):
        evaluate(tmp_path, Request(train=path, test=path))


def test_an_intent_with_a_single_example_works(tmp_path: Path) -> None:
    rows = [*train_rows(), ("good morning", "greet", "train", "en"), *asked_rows()]
    path = write(tmp_path / "one.csv", rows)
    report = evaluate(tmp_path, Request(train=path, test=path, tune=True))
    assert any("single example" in line and "greet" in line for line in report.warnings)


def test_a_report_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    train = write(tmp_path / "train.csv", train_rows())
    with pytest.raises(NluError, match="cannot be written"):
        evaluate_intents(Request(train=train, tune=True), train / "report.json", lambda *_: None)


def test_every_step_is_told_with_how_many_there_are(tmp_path: Path) -> None:
    path = write(tmp_path / "both.csv", [*train_rows(), *asked_rows()])
    told: list[tuple[str, int, int]] = []

    def progress(what: str, done: int, total: int) -> None:
        told.append((what, done, total))

    request = Request(train=path, test=path, tune=True)
    evaluate_intents(request, tmp_path / "report.json", progress)
    assert [done for _, done, _ in told] == list(range(len(told)))
    assert {total for *_, total in told} == {len(told)}


def test_the_command_prints_the_numbers_and_the_thresholds(tmp_path: Path) -> None:
    path = write(tmp_path / "both.csv", [*train_rows(), *asked_rows()])
    output = tmp_path / "new" / "report.json"
    options = ["--train", str(path), "--test", str(path), "--tune", "--output", str(output)]
    result = CliRunner().invoke(main, ["evaluate", "intents", *options])
    assert result.exit_code == 0, result.output
    for shown in ("accuracy in scope", "AUROC", "calibration error", "one message", "act from"):
        assert shown in result.output
    assert "config.yml" not in result.output
    assert output.exists()


def test_without_a_file_the_projects_examples_are_tuned_for_config_yml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for intent, words in WORDS.items():
        label = "out_of_scope" if intent == "oos" else intent
        lines = [f"    - {frame.format(word)}" for frame in FRAMES for word in words]
        file = tmp_path / "data" / "nlu" / "en" / f"{label}.yml"
        file.parent.mkdir(parents=True, exist_ok=True)
        head = f"nlu:\n- intent: {label}\n  examples: |\n"
        file.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["evaluate", "intents", "--tune", "--output", "report.json"])
    assert result.exit_code == 0, result.output
    assert "- name: bot.nlu.intent_components.UnsureClassifier" in result.output
    written = json.loads(Path("report.json").read_text(encoding="utf-8"))
    assert written["oos_label"] == "out_of_scope"
    assert f"threshold: {written['tuned']['thresholds']['act']:.2f}" in result.output


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "Give a file with --test, or --tune"),
        (["--test", "nothing.csv"], "'nothing.csv' does not exist"),
        (["--tune", "--shots", "0"], "--shots"),
        (["--tune"], "There are no examples in 'data/nlu'"),
    ],
)
def test_the_command_says_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, options: list[str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["evaluate", "intents", *options, "--output", "out.json"])
    assert result.exit_code == 2
    assert said in result.output
