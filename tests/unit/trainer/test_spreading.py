"""What a classifier thinks of a sentence is also what it thinks of those that mean the same."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.trainer.spreading import spread


def around(centres: NDArray[np.float64], each: int) -> NDArray[np.float64]:
    """Unit vectors, so many round each of the centres."""
    chance = np.random.default_rng(1)
    found = np.repeat(centres, each, axis=0) + chance.normal(scale=0.05, size=(each * 2, 8))
    scaled: NDArray[np.float64] = found / np.linalg.norm(found, axis=1, keepdims=True)
    return scaled


def test_a_sentence_that_is_not_understood_is_taken_as_those_that_mean_the_same() -> None:
    vectors = around(np.eye(8)[:2], 20)
    shares = np.repeat([[0.9, 0.1], [0.1, 0.9]], 20, axis=0)
    shares[3] = [0.2, 0.8]
    found = spread(shares, vectors)
    assert found[3].argmax() == 0
    assert (found[:20].argmax(axis=1) == 0).all()
    assert (found[20:].argmax(axis=1) == 1).all()


def test_probabilities_remain_probabilities() -> None:
    vectors = around(np.eye(8)[:2], 30)
    shares = np.random.default_rng(2).dirichlet(np.ones(5), 60)
    found = spread(shares, vectors)
    assert found.shape == (60, 5)
    assert found.min() >= 0
    assert found.sum(axis=1) == pytest.approx(np.ones(60), abs=1e-5)


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_a_few_sentences_are_enough(count: int) -> None:
    shares = np.full((count, 2), 0.5)
    assert spread(shares, np.eye(8)[:count]) == pytest.approx(shares)
