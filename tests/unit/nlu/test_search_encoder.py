"""The NLU's encoders as the search takes them, and English vectors of texts in other languages."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.errors import NluError
from bot.nlu.encoder import load_english_encoder
from bot.nlu.search_encoder import GUESS, EnglishSearchEncoder, Guess, search_encoders

ENGLISH = ["where is my parcel?", "how long is a gift card valid?", "my phone is broken"]
DANISH = ["hvor er min pakke?", "hvor længe gælder et gavekort?", "min telefon er gået i stykker"]


def test_the_english_encoder_guesses_danish_vectors_near_the_english_ones() -> None:
    _, english = search_encoders()
    assert english.guesses
    assert english.languages == {"en"}
    read = english.encode(ENGLISH, "en", keep=False)
    guessed = english.encode(DANISH, "da", keep=False)
    assert guessed.shape == read.shape
    assert np.allclose(np.linalg.norm(guessed, axis=1), 1, atol=1e-3)
    assert list((guessed @ read.T).argmax(axis=1)) == [0, 1, 2]


def test_a_guess_made_for_other_encoders_is_not_used() -> None:
    multilingual, english = search_encoders()
    assert Guess.load(GUESS, ("another", english.name)) is None
    multilingual.name = "another"
    assert not EnglishSearchEncoder(load_english_encoder(), multilingual).guesses


def test_a_guess_is_learned_saved_and_read_back(tmp_path: Path) -> None:
    multilingual, english = search_encoders()
    names = (multilingual.name, english.name)
    Guess.learn(ENGLISH, multilingual, english).save(tmp_path / "guess.npz")
    found = Guess.load(tmp_path / "guess.npz", names)
    assert found is not None
    rows = multilingual.encode(ENGLISH, "en", keep=False) - multilingual.centre("en")
    near = (found(rows) @ english.encode(ENGLISH, "en", keep=False).T).argmax(axis=1)
    assert list(near) == [0, 1, 2]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 damaged", b"\x80\x04not ours"])
def test_a_damaged_guess_is_an_error_that_says_what_to_do(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "guess.npz"
    path.write_bytes(content)
    with pytest.raises(NluError, match="Install Svara again"):
        Guess.load(path, ("a", "b"))
    with pytest.raises(NluError, match="Install Svara again"):
        Guess.load(tmp_path / "missing.npz", ("a", "b"))
