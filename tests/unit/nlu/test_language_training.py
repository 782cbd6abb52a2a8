"""How the language model is made from word lists and the project's texts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bot.errors import NluError
from bot.nlu.language_model import STEP, LanguageModel, hashed, load_model
from bot.settings import LANGUAGES
from bot.trainer import languages
from bot.trainer.languages import (
    EXTRA,
    OTHERS_WORDS,
    UNKNOWN,
    best_weights,
    extra_words,
    other_frequencies,
    own_frequencies,
    own_texts,
    piece_table,
    word_table,
)

SAMPLES = (
    {"the": 0.05, "order": 1e-4, "money": 2e-4, "return": 1e-4, "with": 1e-2},
    {"jag": 0.02, "beställning": 1e-5, "pengar": 1e-4, "skicka": 1e-4, "och": 3e-2},
    {"jeg": 0.02, "bestilling": 1e-5, "penge": 1e-4, "afsende": 1e-4, "og": 3e-2},
    {"jeg": 0.02, "bestilling": 1e-5, "penger": 1e-4, "utsendt": 1e-4, "og": 3e-2},
)


def test_own_words_are_mixed_into_the_list() -> None:
    plain = own_frequencies("da", [])
    mixed = own_frequencies("da", ["opsig min nordlysboks"] * 3)
    assert "nordlysboks" not in plain
    assert mixed["nordlysboks"] > 0.01
    assert mixed["og"] == pytest.approx(plain["og"])


def test_letters_that_hurried_people_leave_out_may_be_missing() -> None:
    found = own_frequencies("da", [])
    assert found["naar"] > 0
    assert found["hvornar"] > 0
    assert found["hvornar"] < found["hvornår"] / 10


def test_words_that_the_list_lacks_count_as_common_ones() -> None:
    assert own_frequencies("nb", [], ["ikkje"])["ikkje"] >= EXTRA


def test_the_extra_words_are_read_and_a_wrong_file_is_refused(tmp_path: Path) -> None:
    assert "ikkje" in extra_words()["nb"]
    wrong = tmp_path / "languages.yml"
    wrong.write_text("words: [a, b]", encoding="utf-8")
    with pytest.raises(NluError, match=r"languages\.yml"):
        extra_words(wrong)


def test_examples_and_articles_are_read_in_every_language() -> None:
    articles, everything = own_texts(examples=False), own_texts()
    assert set(articles) == set(everything) == set(LANGUAGES)
    assert all(len(everything[lang]) > len(articles[lang]) + 1000 for lang in LANGUAGES)


@pytest.mark.parametrize("language", ["de", "fil", "ru"])
def test_other_languages_give_their_commonest_words_without_initials(language: str) -> None:
    found = other_frequencies(language)
    assert len(found) == OTHERS_WORDS
    assert not {"a", "e", "o", "y", "s"} & set(found)


def test_the_table_holds_log_frequencies_and_english_is_borrowed_from() -> None:
    hashes, values = word_table([*SAMPLES, {"und": 0.02}], own=4)
    assert (np.diff(hashes.astype(np.int64)) > 0).all()
    row = values[hashes.tolist().index(hashed("the"))] * STEP
    assert row[0] == pytest.approx(np.log(0.05 / UNKNOWN), abs=STEP)
    assert row[1:4].tolist() == pytest.approx([row[0] + np.log(0.03)] * 3, abs=STEP)
    assert row[4] == 0
    assert values[hashes.tolist().index(hashed("und"))].tolist()[:4] == [0, 0, 0, 0]


def test_pieces_learn_the_look_of_a_language(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(languages, "PIECES_EXAMPLES", 20)  # as few as they are
    pieces, step = piece_table(SAMPLES, buckets=2**10)
    assert pieces.dtype == np.int8
    assert step > 0
    nothing = np.zeros((1, 4), np.uint8)
    model = LanguageModel(LANGUAGES, 4, np.array([0], np.uint32), nothing, pieces, step)
    said = {
        word: LANGUAGES[int(model.evidence([word])[1].argmax())]
        for word in ("returning", "beställningar", "afsendes", "utsendte")
    }
    assert said == dict(zip(said, LANGUAGES, strict=True))


def test_weights_are_those_that_fit_the_texts() -> None:
    """Habits that are always right weigh more than habits that are wrong half of the time."""
    model = load_model()
    right = [("kan i hjelpe", "da"), ("hvor er pakken min", "nb"), ("var är mitt paket", "sv")]
    wrong = [("kan i hjelpe", "nb"), ("hvor er pakken min", "da"), ("var är mitt paket", "sv")]
    assert best_weights(model, right)[1] > best_weights(model, wrong)[1]
