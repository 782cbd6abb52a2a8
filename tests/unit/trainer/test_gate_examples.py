"""Two models on their own examples: neither is asked about a sentence that it has seen."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest

from bot.errors import ModelUnknown, NluError
from bot.trainer.gate import Outcome, compare_examples
from bot.trainer.models.notes import unseen_path
from bot.trainer.models.unseen import Limits, limits, unseen

Row = tuple[str, str, str, str, float, float]


def model(folder: Path, name: str, rows: list[Row], threshold: float = 0.75) -> Path:
    """A model's file as far as the gate reads it here: its limits, and what is kept beside it."""
    path = folder / f"svara-{name}.tar.gz"
    config = {"threshold": threshold, "foreign": 0.999}
    nodes = {"unsure": {"uses": "bot.nlu.intent_components.UnsureClassifier", "config": config}}
    content = json.dumps({"predict_schema": {"nodes": nodes}}).encode()
    with tarfile.open(path, "w:gz") as archive:
        member = tarfile.TarInfo("metadata.json")
        member.size = len(content)
        archive.addfile(member, io.BytesIO(content))
    unseen_path(path).write_text(json.dumps(rows))
    return path


def test_examples_of_both_are_compared_left_out_and_new_labels_kept_apart(tmp_path: Path) -> None:
    old = model(
        tmp_path,
        "old",
        [
            ("Where is it?", "order_status", "en", "order_status", 0.9, 0.1),
            ("Money back", "refund_status", "en", "order_status", 0.8, 0.1),
            ("gone since", "greet", "en", "greet", 0.9, 0.1),
            ("Hej", "goodbye", "sv", "greet", 0.95, 0.1),
        ],
    )
    new = model(
        tmp_path,
        "new",
        [
            ("Where is it?", "order_status", "en", "order_status", 0.7, 0.1),
            ("money back", "refund_status", "en", "refund_status", 0.8, 0.1),
            ("Hej", "greet", "sv", "greet", 0.95, 0.1),
        ],
    )
    both, since = compare_examples(old, new)
    assert [(p.text, p.old.outcome, p.new.outcome) for p in both.pairs] == [
        ("Where is it?", Outcome.RIGHT, Outcome.ASKED),
        ("money back", Outcome.WRONG, Outcome.RIGHT),
    ]
    assert [(p.text, p.old.outcome) for p in since.pairs] == [("Hej", Outcome.RIGHT)]


def test_the_same_words_in_two_languages_are_two_examples(tmp_path: Path) -> None:
    rows = [
        ("hej hej", "goodbye", "da", "goodbye", 0.9, 0.1),
        ("hej hej", "greet", "sv", "greet", 0.9, 0.1),
    ]
    both, since = compare_examples(model(tmp_path, "old", rows), model(tmp_path, "new", rows))
    assert len(both.pairs) == 2 and not since.pairs


def test_each_model_asks_back_by_its_own_limits(tmp_path: Path) -> None:
    row: Row = ("Where is it?", "order_status", "en", "order_status", 0.6, 0.1)
    old, new = model(tmp_path, "old", [row]), model(tmp_path, "new", [row], threshold=0.5)
    (pair,) = compare_examples(old, new)[0].pairs
    assert (pair.old.outcome, pair.new.outcome) == (Outcome.ASKED, Outcome.RIGHT)


def test_a_sentence_like_nothing_known_is_asked_back() -> None:
    assert Limits(0.5, 0.99).asks(0.9, 0.995)
    assert not Limits(0.5, 0.99).asks(0.5, 0.99)


def test_a_model_without_its_examples_is_told(tmp_path: Path) -> None:
    path = model(tmp_path, "old", [])
    unseen_path(path).unlink()
    with pytest.raises(ModelUnknown, match="svara train --force"):
        unseen(path, lambda _what, _done, _total: None)


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    path = tmp_path / "svara-x.tar.gz"
    path.write_bytes(b"not one")
    with pytest.raises(NluError, match="not a model that can be read"):
        limits(path)
