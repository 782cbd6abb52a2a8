"""A BERT's weights as an ONNX graph with int8 matrices: token vectors in, one unit vector out.

The graph takes one sentence a run. onnxruntime quantises activations with one scale for the whole
tensor, so that sentences in one run would change each other's vectors; alone, a sentence's vector
depends on its words only, and neither padding nor a mask is needed.

Weights are 8 bit with a scale for each output (unsigned around 128, which overflows in no x86
instruction set); attention, normalisation and GELU are onnxruntime's fused operators.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from bot.errors import NluError
from bot.nlu.encoder.weights import BertWeights, Floats, Layer, Linear, Norm

INPUT, OUTPUT = "tokens", "vector"
_OPSET, _IR_VERSION = 17, 8
_FUSED = "com.microsoft"
_ZERO = 128


def build_graph(weights: BertWeights, layers: Sequence[int]) -> bytes:
    """The serialised model.

    Input `tokens`: (1, tokens, width), the sums of word, position and type vectors. Output
    `vector`: (1, width * len(layers)): the mean over the tokens after each of `layers` as unit
    vectors side by side, together of unit length.

    Args:
        weights: the encoder.
        layers: after which layers to take the mean; 0 is before the first.

    Raises:
        NluError: there is no such layer.
    """
    if not layers or not all(0 <= layer <= len(weights.layers) for layer in layers):
        raise NluError(
            f"This encoder has the layers 0 to {len(weights.layers)}; asked for {tuple(layers)}."
        )
    graph = _Graph(weights.epsilon)
    states = [graph.norm(INPUT, weights.embedding_norm)]
    for layer in weights.layers[: max(layers)]:
        states.append(_layer(graph, layer, states[-1], weights.heads))
    means = [graph.node("ReduceMean", [states[layer]], axes=[1], keepdims=0) for layer in layers]
    units = [graph.node("LpNormalization", [mean], axis=-1, p=2) for mean in means]
    joined = graph.node("Concat", units, axis=-1)
    graph.node("LpNormalization", [joined], outputs=[OUTPUT], axis=-1, p=2)
    return graph.serialised(weights.width, weights.width * len(layers))


def _layer(graph: _Graph, layer: Layer, before: str, heads: int) -> str:
    attended = graph.attention(before, (layer.query, layer.key, layer.value), heads)
    attention = graph.matmul(attended, layer.attention_output)
    between = graph.add_and_norm(
        before, attention, layer.attention_output.bias, layer.attention_norm
    )
    inner = graph.matmul(between, layer.inner)
    active = graph.fused("BiasGelu", [inner, graph.constant(layer.inner.bias)])
    outer = graph.matmul(active, layer.outer)
    return graph.add_and_norm(between, outer, layer.outer.bias, layer.output_norm)


class _Graph:
    """Nodes and constants as they are added; every method returns the name of its result."""

    def __init__(self, epsilon: float) -> None:
        self._epsilon = epsilon
        self._nodes: list[Any] = []
        self._constants: list[Any] = []

    def constant(self, values: NDArray[Any]) -> str:
        name = f"c{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(
        self, operator: str, inputs: Sequence[str], outputs: Sequence[str] = (), **attributes: Any
    ) -> str:
        names = list(outputs) or [f"n{len(self._nodes)}"]
        self._nodes.append(helper.make_node(operator, inputs, names, **attributes))
        return names[0]

    def fused(self, operator: str, inputs: Sequence[str], **attributes: Any) -> str:
        return self.node(operator, inputs, domain=_FUSED, **attributes)

    def norm(self, values: str, norm: Norm) -> str:
        inputs = [values, self.constant(norm.weight), self.constant(norm.bias)]
        return self.node("LayerNormalization", inputs, axis=-1, epsilon=self._epsilon)

    def add_and_norm(self, before: str, change: str, bias: Floats, norm: Norm) -> str:
        constants = [self.constant(part) for part in (norm.weight, norm.bias, bias)]
        return self.fused(
            "SkipLayerNormalization", [before, change, *constants], epsilon=self._epsilon
        )

    def matmul(self, values: str, linear: Linear) -> str:
        """The product without the bias."""
        large = list(linear.large)
        if not large:
            return self.fused("DynamicQuantizeMatMul", [values, *self._quantised(linear.weight)])
        others = np.ones(linear.weight.shape[1], np.float32)
        others[large] = 0
        masked = self.node("Mul", [values, self.constant(others)])
        rest = self.fused(
            "DynamicQuantizeMatMul", [masked, *self._quantised(linear.weight * others)]
        )
        picked = self.node("Gather", [values, self.constant(np.array(large))], axis=-1)
        apart = self.node("MatMul", [picked, self.constant(linear.weight[:, large].T)])
        return self.node("Add", [rest, apart])

    def attention(self, values: str, projections: Sequence[Linear], heads: int) -> str:
        """Attention; query, key and value have the same large inputs, being of the same values."""
        bias = self.constant(np.concatenate([linear.bias for linear in projections]))
        weights = np.concatenate([linear.weight for linear in projections])
        if large := projections[0].large:
            joined = self.matmul(values, Linear(weights, np.zeros(0, np.float32), large))
            parts = [f"n{len(self._nodes)}{part}" for part in "qkv"]
            self.node("Split", [joined], parts, axis=-1)
            return self.fused("MultiHeadAttention", [*parts, bias], num_heads=heads)
        weight, scale, zero = self._quantised(weights)
        number = len(self._nodes)
        quantised, quantised_scale, quantised_zero = (f"n{number}{part}" for part in "qsz")
        self.node("DynamicQuantizeLinear", [values], [quantised, quantised_scale, quantised_zero])
        no_mask = ""
        return self.fused(
            "QAttention",
            [quantised, weight, bias, quantised_scale, scale, no_mask, quantised_zero, zero],
            num_heads=heads,
        )

    def _quantised(self, weight: Floats) -> tuple[str, str, str]:
        """Weight (inputs, outputs) in 8 bits, scale and zero point of each output."""
        scale = np.maximum(np.abs(weight).max(axis=1), np.finfo(np.float32).tiny) / 127
        steps = np.rint(weight / scale[:, None]) + _ZERO
        return (
            self.constant(steps.T.astype(np.uint8)),
            self.constant(scale.astype(np.float32)),
            self.constant(np.full(len(scale), _ZERO, np.uint8)),
        )

    def serialised(self, width: int, dimensions: int) -> bytes:
        graph = helper.make_graph(
            self._nodes,
            "sentence encoder",
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, [1, "tokens", width])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, [1, dimensions])],
            self._constants,
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", _OPSET), helper.make_opsetid(_FUSED, 1)],
            ir_version=_IR_VERSION,
        )
        content: bytes = model.SerializeToString()
        return content
