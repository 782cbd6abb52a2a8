"""A BERT sentence encoder as it is written down in papers, in float64."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from bot.nlu.encoder.weights import BertWeights, Floats, Linear, Norm

Doubles = NDArray[np.float64]


def full_precision(weights: BertWeights, tokens: Floats, layers: Sequence[int]) -> Doubles:
    """The means over the tokens after `layers`, as unit vectors side by side, of unit length."""
    x = norm(tokens.astype(np.float64), weights.embedding_norm, weights.epsilon)
    means = [x.mean(axis=0)]
    for layer in weights.layers:
        q, k, v = (
            np.stack(np.split(linear(x, part), weights.heads, axis=1))
            for part in (layer.query, layer.key, layer.value)
        )
        scores = np.exp(q @ k.transpose(0, 2, 1) / np.sqrt(q.shape[2]))
        attended = np.concatenate(scores / scores.sum(axis=2, keepdims=True) @ v, axis=1)
        attention = linear(attended, layer.attention_output)
        x = norm(x + attention, layer.attention_norm, weights.epsilon)
        outer = linear(gelu(linear(x, layer.inner)), layer.outer)
        x = norm(x + outer, layer.output_norm, weights.epsilon)
        means.append(x.mean(axis=0))
    row = np.concatenate([means[layer] / np.linalg.norm(means[layer]) for layer in layers])
    return row / np.linalg.norm(row)


def linear(x: Doubles, part: Linear) -> Doubles:
    return x @ part.weight.T + part.bias


def gelu(x: Doubles) -> Doubles:
    return x * (1 + erf(x / np.sqrt(2))) / 2


def norm(x: Doubles, part: Norm, epsilon: float) -> Doubles:
    centred = x - x.mean(axis=1, keepdims=True)
    spread = np.sqrt((centred**2).mean(axis=1, keepdims=True) + epsilon)
    return centred / spread * part.weight + part.bias
