"""What words say of a language: the file, and how words are taken out of a text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.errors import NluError
from bot.nlu.language_model import (
    MAX_WORDS,
    MODEL,
    LanguageModel,
    hashed,
    load_model,
    pieces_of,
    words_of,
)
from bot.settings import LANGUAGES


@pytest.fixture
def small() -> LanguageModel:
    """Knows `hej` in the first of two own languages and `hallo` in a third."""
    words = np.array([hashed("hej"), hashed("hallo")], np.uint32)
    order = words.argsort()
    return LanguageModel(
        languages=("sv", "da", "de"),
        own=2,
        words=words[order],
        values=np.array([[100, 0, 0], [0, 0, 40]], np.uint8)[order],
        pieces=np.tile(np.array([[2, -2]], np.int8), (8, 1)),
        piece_step=0.5,
    )


def test_known_words_say_how_frequent_they_are_and_unknown_ones_speak_by_pieces(
    small: LanguageModel,
) -> None:
    known, pieces = small.evidence(["hej", "hej"])
    assert known.tolist() == [10.0, 0.0, 0.0]
    assert pieces.tolist() == [0.0, 0.0]
    known, pieces = small.evidence(["ox", "hallo"])
    assert known.tolist() == [0.0, 0.0, 2.0]
    count = len([*pieces_of("ox"), *pieces_of("hallo")])
    assert pieces.tolist() == [count, -count]


def test_no_words_say_nothing(small: LanguageModel) -> None:
    known, pieces = small.evidence([])
    assert not known.any()
    assert not pieces.any()


def test_a_model_is_read_back_as_it_was_written(small: LanguageModel, tmp_path: Path) -> None:
    small.save(tmp_path / "model.npz")
    again = load_model(tmp_path / "model.npz")
    assert again.languages == small.languages
    assert again.evidence(["hej", "ox"])[0].tolist() == small.evidence(["hej", "ox"])[0].tolist()
    assert again.evidence(["hej", "ox"])[1].tolist() == small.evidence(["hej", "ox"])[1].tolist()


def test_the_model_that_comes_with_svara_is_small_and_begins_with_our_languages() -> None:
    model = load_model()
    assert model.languages[: model.own] == LANGUAGES
    assert MODEL.stat().st_size < 2_500_000
    assert sum(array.nbytes for array in (model.words, model.values, model.pieces)) < 12_000_000


@pytest.mark.parametrize("damage", ["missing", "cut", "foreign", "other shape"])
def test_a_damaged_model_is_an_error_that_says_what_to_do(
    small: LanguageModel, tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "model.npz"
    if damage == "other shape":
        LanguageModel(("sv",), 1, small.words, small.values, small.pieces, 1.0).save(path)
    elif damage == "foreign":
        np.savez(path, weights=np.zeros(3))
    elif damage == "cut":
        small.save(path)
        path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(NluError, match=r"model\.npz.*bot\.trainer\.languages"):
        load_model(path)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hej, var är paketet?", ["hej", "var", "är", "paketet"]),
        ("a\u030ater", ["åter"]),
        ("pa\u00adket\u200bet", ["paketet"]),
        ("<b>hej</b> du", ["hej", "du"]),
        (
            "skriv till kim@mail.example eller www.nordlys.example nu",
            ["skriv", "till", "eller", "nu"],
        ),
        ("ＨＥＪ", ["hej"]),
        ("104823 _ 👍", []),
    ],
)
def test_words_are_taken_in_lower_case_without_addresses_and_markup(
    text: str, words: list[str]
) -> None:
    assert words_of(text) == words


def test_only_the_beginning_of_a_long_text_is_looked_at() -> None:
    assert len(words_of("hej " * 1000)) == MAX_WORDS


def test_a_words_borders_are_among_its_pieces() -> None:
    assert list(pieces_of("ja")) == ["<", "j", "a", ">", "<j", "ja", "a>", "<ja", "ja>", "<ja>"]
