"""The intent classifier: texts and labels in, calibrated numbers out, and its files."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from bot.errors import NluError
from bot.nlu.classifier import IntentClassifier
from bot.nlu.encoder import EmbeddingCache
from bot.nlu.word_features import FittedWords
from bot.trainer.cross_validation import OUT_OF_SCOPE
from bot.trainer.examples import read_examples

TEXTS = [
    *("where is my parcel", "track my order", "when does it arrive", "var är mitt paket"),
    *("I want my money back", "refund please", "when is the refund paid", "pengarna tillbaka"),
    *("hello", "hi there", "hej", "good morning"),
]
INTENTS = ["order_status"] * 4 + ["refund_status"] * 4 + ["greet"] * 4
FOREIGN = ["who won the match yesterday", "vad blir det för väder", "write me a poem about the sea"]


@pytest.fixture(scope="module")
def model() -> IntentClassifier:
    return IntentClassifier().fit(TEXTS, INTENTS)


def test_it_tells_what_it_was_taught_with_probabilities_that_sum_to_one(
    model: IntentClassifier,
) -> None:
    assert list(model.predict(TEXTS)) == INTENTS
    assert model.classes_.tolist() == ["greet", "order_status", "refund_status"]
    assert np.allclose(model.predict_proba([*TEXTS, "", "qqq"]).sum(axis=1), 1)


def test_other_words_and_other_languages_with_the_same_meaning_are_understood(
    model: IntentClassifier,
) -> None:
    asked = [
        "my package has not shown up yet",
        "hvor er pakken min",
        "jeg vil have mine penge igen",
    ]
    assert model.predict(asked).tolist() == ["order_status", "order_status", "refund_status"]


def test_a_typing_error_changes_little(model: IntentClassifier) -> None:
    assert model.predict(["refundd plese", "where is my parcle"]).tolist() == [
        "refund_status",
        "order_status",
    ]


def test_what_is_foreign_scores_higher_than_what_is_known(model: IntentClassifier) -> None:
    known = model.out_of_scope(["where is my package", "give me a refund", "var är min order"])
    foreign = model.out_of_scope(["who won the match yesterday", "write me a poem about the sea"])
    assert foreign.min() > known.max()


def test_a_foreign_sentence_scores_higher_than_a_known_one_twice_as_often_as_not() -> None:
    # Of twelve sentences a foreign one can land on either side by how a processor rounds; of our
    # own in four languages, without their out-of-scope examples, it is .74 of the pairs.
    examples = read_examples()
    ours = [example for example in examples if example.intent != OUT_OF_SCOPE][::6]
    foreign = [example.text for example in examples if example.intent == OUT_OF_SCOPE][::2]
    taught = IntentClassifier().fit(
        [example.text for example in ours], [example.intent for example in ours]
    )
    known_scores, foreign_scores = taught.left_out_foreignness_, taught.out_of_scope(foreign)
    labels = [0] * len(known_scores) + [1] * len(foreign_scores)
    assert roc_auc_score(labels, [*known_scores, *foreign_scores]) > 2 / 3
    assert 0.04 < (known_scores > 0.95).mean() < 0.06


def test_out_of_scope_examples_make_the_like_of_them_foreign() -> None:
    taught = IntentClassifier().fit([*TEXTS, *FOREIGN], [*INTENTS, *["other"] * 3], foreign="other")
    assert taught.out_of_scope(["who won the game last night"])[0] > 0.9
    assert taught.out_of_scope(["where is my parcel now"])[0] < 0.9
    assert taught.predict(["who won the game last night"]).tolist() == ["other"]


def test_examples_are_predicted_without_themselves(model: IntentClassifier) -> None:
    lonely = IntentClassifier().fit([*TEXTS, "my invoice is wrong"], [*INTENTS, "invoice"])
    assert lonely.predict(["my invoice is wrong"]).tolist() == ["invoice"]
    assert lonely.classes_[lonely.left_out_[-1].argmax()] != "invoice"


def test_one_text_at_a_time_gives_the_same_numbers(model: IntentClassifier) -> None:
    together, foreign = model.predict_proba(TEXTS), model.out_of_scope(TEXTS)
    for row, text in enumerate(TEXTS):
        shares, foreignness = model.assess(text)
        assert np.allclose(shares, together[row], atol=1e-4)
        assert abs(foreignness - foreign[row]) <= 1 / (len(TEXTS) + 1) + 1e-9


def test_training_twice_gives_the_same_model(model: IntentClassifier) -> None:
    again = IntentClassifier().fit(TEXTS, INTENTS)
    assert (again.predict_proba(FOREIGN) == model.predict_proba(FOREIGN)).all()


def test_a_cache_on_disk_changes_nothing(model: IntentClassifier, tmp_path: Path) -> None:
    cached = IntentClassifier().fit(TEXTS, INTENTS, encode=EmbeddingCache(tmp_path).encode)
    assert np.allclose(cached.predict_proba(FOREIGN), model.predict_proba(FOREIGN), atol=1e-5)


def test_it_is_the_same_when_read_back(model: IntentClassifier, tmp_path: Path) -> None:
    model.save(tmp_path)
    again = IntentClassifier.load(tmp_path)
    asked = [*TEXTS, *FOREIGN, "", "😀"]
    assert np.allclose(again.predict_proba(asked), model.predict_proba(asked), atol=5e-3)
    assert (again.predict(asked) == model.predict(asked)).all()


@pytest.mark.parametrize("file", ["arrays.npz", "content.json"])
@pytest.mark.parametrize("damage", ["cut", "gone", "foreign"])
def test_a_damaged_file_says_train_again(
    model: IntentClassifier, tmp_path: Path, file: str, damage: str
) -> None:
    model.save(tmp_path)
    path = tmp_path / file
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[:100] if damage == "cut" else b'"a text"')
    with pytest.raises(NluError, match="Train a new model"):
        IntentClassifier.load(tmp_path)


def test_parts_of_two_models_do_not_make_one(model: IntentClassifier, tmp_path: Path) -> None:
    model.save(tmp_path)
    content = json.loads((tmp_path / "content.json").read_text())
    content["intents"].append("one_more")
    (tmp_path / "content.json").write_text(json.dumps(content))
    with pytest.raises(NluError, match="do not fit together"):
        IntentClassifier.load(tmp_path)


def test_a_model_of_another_encoder_is_refused(model: IntentClassifier, tmp_path: Path) -> None:
    model.save(tmp_path)
    content = json.loads((tmp_path / "content.json").read_text())
    (tmp_path / "content.json").write_text(json.dumps({**content, "encoder": "another"}))
    with pytest.raises(NluError, match="another sentence encoder"):
        IntentClassifier.load(tmp_path)


def test_one_intent_and_one_example_are_enough_to_run() -> None:
    single = IntentClassifier().fit(["hello"], ["greet"])
    assert single.predict(["anything"]).tolist() == ["greet"]
    assert single.predict_proba(["anything"]).tolist() == [[1.0]]


def test_no_examples_are_refused() -> None:
    with pytest.raises(NluError, match="at least one example"):
        IntentClassifier().fit([], [])


def test_an_example_without_an_intent_is_refused() -> None:
    with pytest.raises(NluError, match="without an intent"):
        IntentClassifier().fit(["a", "b"], ["x", ""])


def test_empty_texts_and_contradictory_labels_can_be_trained_on() -> None:
    odd = IntentClassifier().fit(["", " ", "same words", "same words"], ["a", "a", "a", "b"])
    assert np.allclose(odd.predict_proba(["same words"])[0], 0.5, atol=0.35)
    assert np.isfinite(odd.predict_proba(["", "\x00", "x" * 20_000])).all()


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_any_text_gives_finite_numbers(model: IntentClassifier, text: str) -> None:
    shares, foreignness = model.assess(text)
    assert abs(shares.sum() - 1) < 1e-5
    assert 0 <= foreignness <= 1


def test_the_words_kernel_is_the_same_in_blocks_and_whole() -> None:
    texts = [f"order {number % 7} of {number} parcels" for number in range(1100)]
    words = FittedWords(texts)
    rows = np.arange(1100)
    whole = sum((m @ m.T).toarray() for m in words.rows.values()) / 2
    assert np.allclose(words.kernel(rows, rows), whole, atol=1e-5)
    assert np.allclose(words.kernel(rows, rows[::3]), whole[:, ::3], atol=1e-5)


def test_capitals_and_missing_dots_change_little(model: IntentClassifier) -> None:
    shouted, plain = model.predict_proba(["WHERE IS MY PARCEL NOW", "where is my parcel now"])
    assert np.abs(shouted - plain).max() < 0.05
    assert model.predict(["VAR ÄR MITT PAKET", "var ar mitt paket"]).tolist() == [
        "order_status",
        "order_status",
    ]


def test_a_language_that_is_none_of_ours_is_understood_where_the_encoder_does(
    model: IntentClassifier,
) -> None:
    asked = ["Ich möchte mein Geld zurück", "Où est mon colis ?"]
    assert model.predict(asked).tolist() == ["refund_status", "order_status"]
