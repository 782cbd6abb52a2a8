"""The intent classifier: arrays in, arrays out, and its files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import hstack
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from bot.errors import NluError
from bot.nlu.classifier import REGULARISATION, IntentClassifier

TEXTS = [
    *("where is my parcel", "track my order", "when does it arrive", "var är mitt paket"),
    *("I want my money back", "refund please", "when is the refund paid", "pengarna tillbaka"),
    *("hello", "hi there", "hej", "good morning"),
]
INTENTS = ["order_status"] * 4 + ["refund_status"] * 4 + ["greet"] * 4


@pytest.fixture(scope="module")
def model() -> IntentClassifier:
    return IntentClassifier().fit(TEXTS, INTENTS)


def test_it_tells_what_it_was_taught_with_probabilities_that_sum_to_one(
    model: IntentClassifier,
) -> None:
    assert list(model.predict(TEXTS)) == INTENTS
    assert model.classes_.tolist() == ["greet", "order_status", "refund_status"]
    assert np.allclose(model.predict_proba([*TEXTS, "", "qqq"]).sum(axis=1), 1)


def test_a_typing_error_and_an_ending_change_little(model: IntentClassifier) -> None:
    assert model.predict(["refundd plese", "paketet", "trackking"]).tolist() == [
        "refund_status",
        "order_status",
        "order_status",
    ]


def test_its_numbers_are_those_of_scikit_learn(model: IntentClassifier) -> None:
    words = TfidfVectorizer(sublinear_tf=True, ngram_range=(1, 2), token_pattern=r"(?u)\b\w+\b")
    pieces = TfidfVectorizer(sublinear_tf=True, analyzer="char_wb", ngram_range=(2, 4))
    stock = LogisticRegression(C=REGULARISATION, class_weight="balanced", solver="liblinear")
    stock.fit(hstack([words.fit_transform(TEXTS), pieces.fit_transform(TEXTS)]), INTENTS)
    asked = ["where is the refund refund", "hej där", "", "something else entirely 123"]
    scores = stock.decision_function(hstack([words.transform(asked), pieces.transform(asked)]))
    expected = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert np.allclose(model.predict_proba(asked), expected, atol=1e-5)


def test_words_never_seen_leave_it_undecided(model: IntentClassifier) -> None:
    assert model.predict_proba(["xyzzy"]).max() < 0.6


def test_it_is_the_same_when_read_back(model: IntentClassifier, tmp_path: Path) -> None:
    model.save(tmp_path)
    again = IntentClassifier.load(tmp_path)
    assert np.array_equal(again.predict_proba(TEXTS), model.predict_proba(TEXTS))


def test_it_writes_arrays_and_json_and_nothing_that_runs(
    model: IntentClassifier, tmp_path: Path
) -> None:
    model.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["features.json", "weights.npz"]
    with np.load(tmp_path / "weights.npz", allow_pickle=False) as arrays:
        assert all(arrays[name].dtype == np.float32 for name in arrays.files)


def test_a_damaged_file_is_an_error_never_an_untrained_model(
    model: IntentClassifier, tmp_path: Path
) -> None:
    model.save(tmp_path)
    whole = (tmp_path / "weights.npz").read_bytes()
    for damaged in (b"", whole[: len(whole) // 2], b"not an archive"):
        (tmp_path / "weights.npz").write_bytes(damaged)
        with pytest.raises(NluError, match="Train a new model"):
            IntentClassifier.load(tmp_path)


def test_weights_and_words_that_do_not_fit_together_are_an_error(
    model: IntentClassifier, tmp_path: Path
) -> None:
    model.save(tmp_path)
    content = json.loads((tmp_path / "features.json").read_text())
    content["features"]["words"].pop()
    (tmp_path / "features.json").write_text(json.dumps(content))
    with pytest.raises(NluError, match="do not fit together"):
        IntentClassifier.load(tmp_path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NluError):
        IntentClassifier.load(tmp_path)


def test_too_few_intents_are_an_error() -> None:
    with pytest.raises(NluError, match="three intents"):
        IntentClassifier().fit(["a", "b"], ["x", "y"])
