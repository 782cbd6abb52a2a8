"""What a BERT sentence encoder is made of, whatever file it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Linear:
    """A matrix and what is added.

    Attributes:
        weight: (outputs, inputs).
        bias: (outputs,).
        large: inputs that grow many times larger than the others. They are multiplied apart in
            floating point, so that the int8 scale of the others stays fine (LLM.int8(), Dettmers
            et al. 2022, arXiv:2208.07339).
    """

    weight: Floats
    bias: Floats
    large: tuple[int, ...] = ()


@dataclass(frozen=True)
class Norm:
    """A layer normalisation's scale and shift, each (width,)."""

    weight: Floats
    bias: Floats


@dataclass(frozen=True)
class Layer:
    """One transformer layer: attention, then two matrices with a GELU between."""

    query: Linear
    key: Linear
    value: Linear
    attention_output: Linear
    attention_norm: Norm
    inner: Linear
    outer: Linear
    output_norm: Norm


@dataclass(frozen=True)
class BertWeights:
    """All of a BERT but its word table, which is looked up outside the graph.

    Attributes:
        heads: attention heads of each layer.
        epsilon: what layer normalisation adds to the variance.
        embedding_norm: normalisation of the summed word, position and type vectors.
        layers: in order.
    """

    heads: int
    epsilon: float
    embedding_norm: Norm
    layers: Sequence[Layer]

    @property
    def width(self) -> int:
        """Length of a token's vector."""
        return len(self.embedding_norm.weight)
