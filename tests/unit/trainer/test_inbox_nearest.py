"""Intents by the meaning of their examples."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import inbox_world
import pytest

from bot.errors import NluError
from bot.trainer.inbox.nearest import nearest_intents


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inbox_world.write_files(tmp_path)
    return tmp_path / "nlu"


def test_the_intent_whose_examples_mean_the_same_comes_first(folder) -> None:
    first, *others = nearest_intents("how can I give the jacket back", "en", folder)
    assert first.intent == "return_item"
    assert first.example == "how do i return a jacket"
    assert first.language == "en"
    assert {one.intent for one in others} == {"order_status", "refund_status"}
    assert first.likeness > others[0].likeness >= others[1].likeness


def test_a_language_without_examples_is_compared_with_all(folder) -> None:
    assert nearest_intents("jeg vil sende jakken tilbake", "nb", folder)[0].intent == "return_item"


def test_redacted_places_are_read_with_values(folder) -> None:
    asked: list[str] = []

    def encode(texts: Sequence[str]) -> Any:
        asked.extend(texts)
        return inbox_world.letters(texts)

    nearest_intents("where is [order number]", "en", folder, encode=encode)
    assert asked[-1].startswith("where is NL-900")


def test_a_new_example_counts_at_once(folder) -> None:
    before = nearest_intents("do you wrap presents", "en", folder)
    (folder / "en" / "gift.yml").write_text(
        'version: "3.1"\nnlu:\n- intent: gift\n  examples: |\n    - do you wrap gifts\n'
    )
    assert "gift" not in {one.intent for one in before}
    assert nearest_intents("do you wrap presents", "en", folder)[0].intent == "gift"


def test_without_an_encoder_or_examples_there_is_none(folder, tmp_path) -> None:
    def broken(texts: Sequence[str]) -> Any:
        raise NluError("There is no sentence encoder.")

    assert nearest_intents("hello", "en", folder, encode=broken) == ()
    (tmp_path / "empty").mkdir()
    assert nearest_intents("hello", "en", tmp_path / "empty") == ()


def test_only_intents_that_may_be_said_are_offered(folder) -> None:
    found = nearest_intents("how can I give it back", "en", folder, offered={"order_status"})
    assert {one.intent for one in found} == {"order_status"}
