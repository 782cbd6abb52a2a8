"""What differs among examples of one intent counts less in the meaning of a sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from bot.trainer.whitening import whiten

Array = NDArray[Any]
DIMENSIONS = 20
TOPIC, POLITENESS, UNKNOWN = np.eye(DIMENSIONS)[:3]


def examples(intents: int = 2, each: int = 20) -> tuple[Array, list[str]]:
    """Two intents that differ a little in their topic, and much in themselves in politeness."""
    chance = np.random.default_rng(1)
    names = [f"intent_{number}" for number in range(intents) for _ in range(each)]
    topics = np.repeat(np.linspace(-0.5, 0.5, intents), each)[:, None] * TOPIC
    manner = chance.normal(size=(len(names), 1)) * POLITENESS
    rest = 0.1 * chance.normal(size=(len(names), DIMENSIONS)) * (1 - UNKNOWN)
    return topics + manner + rest, names


def test_sentences_of_one_intent_come_nearer_to_each_other_than_to_those_of_another() -> None:
    plain, polite = TOPIC, TOPIC + 1.5 * POLITENESS
    other = 1.5 * POLITENESS - 0.2 * TOPIC
    vectors = np.stack([plain, polite, other])
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    before = vectors @ vectors.T
    assert before[1, 2] > before[1, 0]
    found = whiten(vectors, *examples())
    after = found @ found.T
    assert after[1, 0] > after[1, 2]
    assert np.linalg.norm(found, axis=1) == pytest.approx(np.ones(3))


def test_a_direction_that_no_example_knows_is_kept() -> None:
    vectors = np.stack([TOPIC, (TOPIC + UNKNOWN) / np.sqrt(2)])
    found = whiten(vectors, *examples())
    assert found[0] @ found[1] == pytest.approx(vectors[0] @ vectors[1], abs=0.05)


def test_without_two_examples_of_an_intent_sentences_are_as_they_are() -> None:
    vectors = np.eye(3)
    assert whiten(vectors, np.zeros((0, 3)), []) is vectors
    assert whiten(vectors, np.eye(3), ["a", "b", "c"]) is vectors


def test_there_may_be_no_sentences_and_the_precision_is_theirs() -> None:
    nothing = np.zeros((0, DIMENSIONS))
    assert whiten(nothing, *examples()).shape == (0, DIMENSIONS)
    assert whiten(np.eye(DIMENSIONS, dtype=np.float32), *examples()).dtype == np.float32


def test_as_many_intents_as_examples_are_needed() -> None:
    with pytest.raises(ValueError, match="2 intents of 3 examples"):
        whiten(np.eye(3), np.eye(3), ["a", "b"])
