"""Encoders from a model folder of the user's own, with small models made here."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from bot.errors import NluError
from bot.nlu.encoder.folder import load_folder
from bot.nlu.encoder.load import load_encoder

WORDS = ["[UNK]", "[CLS]", "[SEP]", "where", "is", "my", "order", "query:"]
WIDTH = 4
TABLE = np.random.default_rng(5).normal(size=(len(WORDS), WIDTH)).astype(np.float32)
TYPES = np.array([[1, 0, 0, 0], [0, 0, 0, 9]], np.float32)


def write_tokenizer(folder: Path, *, ends: bool = True) -> None:
    tokenizer = Tokenizer(models.WordLevel({w: i for i, w in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    if ends:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 1), ("[SEP]", 2)]
        )
    tokenizer.enable_padding(length=20)
    tokenizer.save(str(folder / "tokenizer.json"))


def write_model(
    path: Path,
    *,
    integers: int = TensorProto.INT64,
    types: bool = False,
    rank: int = 3,
    scale: float = 1.0,
    extra_input: str | None = None,
) -> None:
    """Looks words up; `types` adds a vector a token type; rank 2 gives the largest of each axis."""
    names = ["input_ids", "attention_mask"] + ["token_type_ids"] * types
    names += [extra_input] if extra_input else []
    nodes = [helper.make_node("Gather", ["table", "input_ids"], ["words"])]
    if types:
        nodes.append(helper.make_node("Gather", ["types", "token_type_ids"], ["typed"]))
    nodes.append(helper.make_node("Add", ["words", "typed" if types else "zero"], ["sum"]))
    nodes.append(helper.make_node("Mul", ["sum", "scale"], ["last_hidden_state"]))
    nodes.append(helper.make_node("ReduceMax", ["sum"], ["pooler_output"], axes=[1], keepdims=0))
    outputs = [helper.make_tensor_value_info("pooler_output", TensorProto.FLOAT, None)]
    if rank == 3:
        outputs.append(helper.make_tensor_value_info("last_hidden_state", TensorProto.FLOAT, None))
    if rank == 1:
        nodes.append(helper.make_node("ReduceMax", ["sum"], ["all"], axes=[0, 1, 2], keepdims=0))
        outputs = [helper.make_tensor_value_info("all", TensorProto.FLOAT, None)]
    constants = {"table": TABLE, "types": TYPES, "zero": np.zeros(1), "scale": np.full(1, scale)}
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info(name, integers, ["batch", "tokens"]) for name in names],
        outputs,
        [numpy_helper.from_array(v.astype(np.float32), k) for k, v in constants.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(model.SerializeToString())


def write_json(folder: Path, **files: Any) -> None:
    for name, content in files.items():
        path = folder / f"{name}.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_tokenizer(tmp_path)
    write_model(tmp_path / "model.onnx")
    return tmp_path


def unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)


def rows(*words: str) -> np.ndarray:
    return TABLE[[WORDS.index(word) for word in words]]


def vector_of(folder: Path, text: str) -> np.ndarray:
    return load_folder(folder).encode([text])[0]


def test_the_mean_of_all_tokens_is_the_default(folder: Path) -> None:
    wanted = unit(rows("[CLS]", "my", "order", "[SEP]").mean(axis=0))
    np.testing.assert_allclose(vector_of(folder, "my order"), wanted, atol=1e-6)


@pytest.mark.parametrize("integers", [TensorProto.INT64, TensorProto.INT32])
def test_token_types_are_given_to_models_that_want_them(folder: Path, integers: int) -> None:
    write_model(folder / "model.onnx", integers=integers, types=True)
    wanted = unit((rows("[CLS]", "my", "[SEP]") + TYPES[0]).mean(axis=0))
    np.testing.assert_allclose(vector_of(folder, "my"), wanted, atol=1e-6)


def test_a_model_may_give_the_sentence_itself(folder: Path) -> None:
    write_model(folder / "model.onnx", rank=2)
    wanted = unit(rows("[CLS]", "my", "[SEP]").max(axis=0))
    np.testing.assert_allclose(vector_of(folder, "my"), wanted, atol=1e-6)


def test_the_model_may_lie_in_a_folder_of_its_own(folder: Path) -> None:
    before = vector_of(folder, "my order")
    (folder / "onnx").mkdir()
    (folder / "model.onnx").rename(folder / "onnx" / "model.onnx")
    np.testing.assert_array_equal(vector_of(folder, "my order"), before)


def test_svara_json_names_model_prefix_and_pooling(folder: Path) -> None:
    write_model(folder / "onnx" / "model_quantized.onnx", scale=-1)
    write_json(
        folder,
        svara={"model": "onnx/model_quantized.onnx", "prefix": "query: ", "pooling": "cls"},
        config_sentence_transformers={"prompts": {"query": "is "}},
    )
    np.testing.assert_allclose(vector_of(folder, "my"), unit(-rows("[CLS]")[0]), atol=1e-6)
    write_json(folder, svara={"prefix": "query: "})
    wanted = unit(rows("[CLS]", "query:", "my", "[SEP]").mean(axis=0))
    np.testing.assert_allclose(vector_of(folder, "my"), wanted, atol=1e-6)


def test_files_of_sentence_transformers_are_heeded(folder: Path) -> None:
    steps = ["Transformer", "Pooling", "Normalize"]
    write_json(
        folder,
        modules=[{"type": f"sentence_transformers.models.{step}"} for step in steps],
        config_sentence_transformers={"prompts": {"query": "is "}, "default_prompt_name": None},
        sentence_bert_config={"max_seq_length": 4},
        **{"1_Pooling/config": {"word_embedding_dimension": 4, "pooling_mode_mean_tokens": True}},
    )
    wanted = unit(rows("[CLS]", "is", "my", "[SEP]").mean(axis=0))
    np.testing.assert_allclose(vector_of(folder, "my order where"), wanted, atol=1e-6)
    write_json(
        folder,
        config_sentence_transformers={
            "prompts": {"query": "is ", "chat": "where "},
            "default_prompt_name": "chat",
        },
    )
    wanted = unit(rows("[CLS]", "where", "my", "[SEP]").mean(axis=0))
    np.testing.assert_allclose(vector_of(folder, "my"), wanted, atol=1e-6)


def test_long_texts_are_cut(folder: Path) -> None:
    np.testing.assert_array_equal(
        vector_of(folder, "my " * 126), vector_of(folder, "my " * 126 + "order " * 100)
    )


def test_the_name_tells_models_and_settings_apart(folder: Path) -> None:
    names = {load_folder(folder).name}
    assert load_folder(folder).name in names
    write_json(folder, svara={"prefix": "query: "})
    names.add(load_folder(folder).name)
    write_json(folder, svara={"pooling": "cls"})
    names.add(load_folder(folder).name)
    write_model(folder / "model.onnx", scale=2)
    names.add(load_folder(folder).name)
    assert len(names) == 4


@settings(max_examples=50, deadline=None)
@given(text=st.text(st.characters(), max_size=50))
def test_any_text_has_a_unit_vector(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = tmp_path_factory.getbasetemp() / "small"
    if not folder.exists():
        folder.mkdir()
        write_tokenizer(folder)
        write_model(folder / "model.onnx")
    (vector,) = load_encoder(folder).encode([text])
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("scale", [0.0, 1.0])
def test_no_token_and_no_length_give_the_first_axis(folder: Path, scale: float) -> None:
    write_tokenizer(folder, ends=False)
    write_model(folder / "model.onnx", scale=scale)
    assert vector_of(folder, "  ").tolist() == [1, 0, 0, 0]
    if not scale:
        assert vector_of(folder, "my order").tolist() == [1, 0, 0, 0]


def test_numbers_that_are_not_finite_are_an_error(folder: Path) -> None:
    write_model(folder / "model.onnx", scale=float("nan"))
    with pytest.raises(NluError, match="not finite"):
        vector_of(folder, "my")


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NluError, match=r"does not exist.*docs/encoder\.md"):
        load_encoder(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("file", "content", "says"),
    [
        ("model.onnx", None, "There is no .*Put the ONNX model there"),
        ("model.onnx", b"no model", "damaged or not a model"),
        ("tokenizer.json", None, "Copy tokenizer.json"),
        ("tokenizer.json", b"{}", "Copy tokenizer.json"),
        ("svara.json", b"{", "is damaged"),
        ("svara.json", b"[]", "no JSON object"),
        ("svara.json", b'{"prefx": "query: "}', "'prefx' is not one of"),
        ("svara.json", b'{"prefix": 1}', "'prefix' is not one of"),
        ("svara.json", b'{"pooling": "max"}', "'mean' or 'cls', not 'max'"),
        ("svara.json", b'{"model": "other.onnx"}', "other.onnx"),
        ("modules.json", b'[{"type": "models.Dense"}]', "'Dense'"),
        ("modules.json", b"{}", "no list"),
        ("1_Pooling/config.json", b'{"pooling_mode_max_tokens": true}', "pooling_mode_max_tokens"),
        ("config_sentence_transformers.json", b"\xff", "is damaged"),
    ],
)
def test_a_file_that_does_not_do_is_named(
    folder: Path, file: str, content: bytes | None, says: str
) -> None:
    path = folder / file
    path.parent.mkdir(exist_ok=True)
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    with pytest.raises(NluError, match=says) as caught:
        load_folder(folder)
    assert str(folder) in str(caught.value)


def test_a_model_that_wants_something_else_is_an_error(folder: Path) -> None:
    write_model(folder / "model.onnx", extra_input="pixel_values")
    with pytest.raises(NluError, match="'pixel_values'"):
        load_folder(folder)


def test_a_model_that_gives_something_else_is_an_error(folder: Path) -> None:
    write_model(folder / "model.onnx", rank=1)
    with pytest.raises(NluError, match="neither"):
        load_folder(folder)


def test_a_tokenizer_of_another_model_is_an_error(folder: Path) -> None:
    vocabulary = {word: index + 50 for index, word in enumerate(WORDS)}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.save(str(folder / "tokenizer.json"))
    with pytest.raises(NluError, match="Take both from the same model"):
        load_folder(folder)
