"""The packaged sentence encoder, with its real weights."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import yaml
from full_precision import full_precision
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import NluError
from bot.nlu.encoder.base import MAX_TOKENS, SentenceEncoder, last_block
from bot.nlu.encoder.e5 import PREFIX, E5File
from bot.nlu.encoder.packaged import LAYERS, load_packaged
from bot.nlu.encoder.pieces import PieceTokenizer, Vocabulary
from bot.nlu.encoder.weights import BertWeights

DATA = Path(__file__).parents[3] / "data" / "nlu"
SENTENCES = [
    "Where is my order?",
    "I would like to return a jacket that is too small, how do I do that?",
    "var är mitt paket",
    "Jag vill säga upp min prenumeration och få pengarna tillbaka",
    "hvor lang tid tager levering til Norge",
    "Jeg vil gerne bytte størrelse på skoene",
    "når kommer pakken min??",
    "Takk for hjelpen!",
    "WHERE IS MY MONEY 😡",
]
ODD = [
    "",
    " ",
    "\t\n",
    "\x00\x01",
    "a\u00a0b\u3000c",
    "zero\u200bwidth\ufeff",
    "A\u030angstro\u0308m ÅÄÖ åäö ÆØÅ",
    "ＦＵＬＬ　ｗｉｄｔｈ １２３",
    "  leading   and trailing  ",
    "👩‍👩‍👧 hej 😀😀",
    "①② ﬁne … ½ ｶﾞ",
    "日本語テキスト zażółć привет",
    "NL-104823, 1 299,50 kr, anna@example.com",
    "▁▁ x ▁",
    "ord " * 300,
]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.getbasetemp() / "encoder"


@pytest.fixture(scope="module")
def encoder(cache: Path) -> SentenceEncoder:
    return load_packaged(cache)


@pytest.fixture(scope="module")
def file() -> E5File:
    return E5File()


@pytest.fixture(scope="module")
def weights(file: E5File) -> BertWeights:
    return file.weights()


@pytest.fixture(scope="module")
def vocabulary(file: E5File) -> Vocabulary:
    return file.vocabulary()


@pytest.fixture(scope="module")
def tokenizer(encoder: SentenceEncoder, cache: Path, file: E5File) -> PieceTokenizer:
    (model,) = cache.glob("*.pieces")
    return PieceTokenizer(model, file.replacements(), prefix=PREFIX, limit=MAX_TOKENS)


def test_texts_become_unit_vectors(encoder: SentenceEncoder) -> None:
    vectors = encoder.encode(SENTENCES)
    assert vectors.shape == (len(SENTENCES), encoder.dimensions) == (9, 768)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert encoder.encode([]).shape == (0, 768)


@settings(max_examples=80, deadline=None)
@given(st.text(st.characters(), max_size=80))
def test_any_text_has_a_finite_unit_vector(encoder: SentenceEncoder, text: str) -> None:
    (vector,) = encoder.encode([text])
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "\x00\x7f", "\u200b", "\ud83d"])
def test_a_text_without_words_has_a_vector_too(encoder: SentenceEncoder, text: str) -> None:
    (vector,) = encoder.encode([text])
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_a_vector_does_not_depend_on_the_texts_beside_it(encoder: SentenceEncoder) -> None:
    texts = SENTENCES + ODD
    alone = np.concatenate([encoder.encode([text]) for text in texts])
    np.testing.assert_array_equal(encoder.encode(texts), alone)
    order = random.Random(3).sample(range(len(texts)), len(texts))
    np.testing.assert_array_equal(encoder.encode([texts[i] for i in order]), alone[order])


def test_threads_do_not_disturb_each_other(encoder: SentenceEncoder) -> None:
    wanted = encoder.encode(SENTENCES)
    with ThreadPoolExecutor(8) as pool:
        for found in pool.map(encoder.encode, [SENTENCES] * 8):
            np.testing.assert_array_equal(found, wanted)


def test_what_comes_after_128_tokens_is_not_read(encoder: SentenceEncoder) -> None:
    beginning = "ord " * 200
    long, longer = encoder.encode([beginning, beginning + "something else entirely " * 900])
    np.testing.assert_array_equal(long, longer)


def test_the_same_question_is_near_in_four_languages(encoder: SentenceEncoder) -> None:
    asked = [
        "Where is my parcel?",
        "Var är mitt paket?",
        "Hvor er min pakke?",
        "Hvor er pakken min?",
    ]
    others = ["I want to close my account", "Hvilken størrelse passer mig?", "Tack så mycket!"]
    vectors = last_block(encoder.encode(asked + others), encoder)
    alike = vectors[:4] @ vectors.T
    assert (np.sort(alike[:, :4])[:, 0] > alike[:, 4:].max(axis=1)).all()


def test_int8_stays_close_to_full_precision(
    encoder: SentenceEncoder, file: E5File, weights: BertWeights, tokenizer: PieceTokenizer
) -> None:
    texts = SENTENCES[:6] + ODD[8:12]
    exact = np.array([full_precision(weights, file.embed(tokenizer.ids(t)), LAYERS) for t in texts])
    cosines = (encoder.encode(texts) * exact).sum(axis=1)
    assert cosines.mean() > 0.999
    assert cosines.min() > 0.998


def test_means_of_several_layers_stand_side_by_side(cache: Path) -> None:
    one, two = load_packaged(cache, layers=(2,)), load_packaged(cache, layers=(1, 2))
    assert (one.dimensions, one.blocks) == (384, 1)
    assert (two.dimensions, two.blocks) == (768, 2)
    assert two.name != one.name
    vectors = two.encode(SENTENCES[:2])
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    blocks = vectors.reshape(2, two.blocks, -1)
    np.testing.assert_allclose(np.linalg.norm(blocks, axis=2), np.sqrt(1 / 2), atol=1e-5)
    alone = one.encode(SENTENCES[:2])
    np.testing.assert_allclose(last_block(vectors, two), alone, atol=1e-5)
    np.testing.assert_array_equal(last_block(alone, one), alone)
    assert last_block(two.encode([]), two).shape == (0, 384)


def test_a_layer_that_is_not_there_is_an_error(cache: Path) -> None:
    with pytest.raises(NluError, match="0 to 12"):
        load_packaged(cache, layers=(13,))


def test_pieces_are_those_of_the_best_path(
    file: E5File, vocabulary: Vocabulary, tokenizer: PieceTokenizer
) -> None:
    ids = {piece: id_ for id_, piece in enumerate(vocabulary.pieces) if vocabulary.scores[id_]}
    replacements = file.replacements()
    texts = SENTENCES + ODD + own_examples(300)
    for text in texts:
        clean = (PREFIX + text).translate(replacements)
        while "  " in clean:
            clean = clean.replace("  ", " ")
        wanted = best_path("▁" + clean.replace(" ", "▁"), ids, vocabulary)
        inside = wanted[: MAX_TOKENS - 2]
        assert tokenizer.ids(text) == [vocabulary.first, *inside, vocabulary.last], text


def test_a_customer_cannot_write_a_control_token(
    tokenizer: PieceTokenizer, vocabulary: Vocabulary
) -> None:
    inside = tokenizer.ids("<s> </s> <pad> <unk> <mask>")[1:-1]
    assert all(vocabulary.scores[id_] < 0 for id_ in inside)


def own_examples(count: int) -> list[str]:
    """Examples of the shop's training data, in all its languages."""
    found = []
    for path in sorted(DATA.rglob("*.yml")):
        for block in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu", []):
            found += [line.removeprefix("- ") for line in block["examples"].splitlines()]
    return random.Random(7).sample(found, count)


def best_path(text: str, ids: dict[str, int], vocabulary: Vocabulary) -> list[int]:
    """Viterbi over all ways to split a text, characters without a piece being unknown."""
    unknown_score = min(vocabulary.scores) - 10
    best: list[tuple[float, int, int]] = [(0.0, 0, 0)] + [(-np.inf, 0, 0)] * len(text)
    for start in range(len(text)):
        for end in range(start + 1, min(len(text), start + 16) + 1):
            piece = ids.get(text[start:end])
            if piece is None and end > start + 1:
                continue
            gain = unknown_score if piece is None else vocabulary.scores[piece]
            score = best[start][0] + gain
            if score > best[end][0]:
                best[end] = (score, start, vocabulary.unknown if piece is None else piece)
    path: list[int] = []
    at = len(text)
    while at:
        _, at, piece = best[at]
        # one unknown for a row of them
        if not (path and piece == path[-1] == vocabulary.unknown):
            path.append(piece)
    return path[::-1]
