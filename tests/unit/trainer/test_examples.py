"""Reading the training examples."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import NluError
from bot.settings import LANGUAGES
from bot.trainer.examples import Example, read_examples

ROOT = Path(__file__).parents[3]


def write(folder: Path, name: str, content: str) -> None:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def test_texts_are_read_without_their_entity_marks(tmp_path: Path) -> None:
    write(
        tmp_path,
        "sv/return_item.yml",
        "nlu:\n- intent: return_item\n  examples: |\n"
        '    - byta [Sarek Shell Jacket](product) köpt [1/10]{"entity": "date"}\n'
        "    - retur\n\n",
    )
    assert read_examples(tmp_path) == [
        Example("byta Sarek Shell Jacket köpt 1/10", "return_item", "sv"),
        Example("retur", "return_item", "sv"),
    ]


def test_brackets_that_mark_nothing_stay(tmp_path: Path) -> None:
    write(tmp_path, "en/a.yml", "nlu:\n- intent: a\n  examples: |\n    - hi [you] (there)\n")
    assert read_examples(tmp_path)[0].text == "hi [you] (there)"


def test_lookup_tables_and_synonyms_are_no_examples(tmp_path: Path) -> None:
    write(tmp_path, "en/a.yml", "nlu:\n- intent: a\n- intent: b\n  examples: |\n    - hi\n")
    assert [example.intent for example in read_examples(tmp_path)] == ["b"]


@pytest.mark.parametrize("content", ["", "nlu: 3", "rules: []", "nlu:\n- examples: |\n    - a\n"])
def test_a_file_of_another_shape_is_an_error_that_names_it(tmp_path: Path, content: str) -> None:
    write(tmp_path, "en/wrong.yml", content)
    with pytest.raises(NluError, match=r"wrong\.yml"):
        read_examples(tmp_path)


def test_the_shops_examples_cover_every_intent_in_every_language() -> None:
    examples = read_examples(ROOT / "data" / "nlu")
    both = {(example.intent, example.language) for example in examples}
    assert both == {(intent, language) for intent, _ in both for language in LANGUAGES}
