"""What teaches most comes first."""

from __future__ import annotations

import time

import numpy as np
import pytest

from bot.trainer.ordering import teaching_order, uncertainty

SURE, UNSURE = [0.98, 0.01, 0.01], [0.45, 0.44, 0.11]
ONES = np.ones(3)
APART = np.eye(3)


def test_the_one_that_the_classifier_wavers_about_comes_first() -> None:
    order = teaching_order(np.array([SURE, UNSURE, SURE]), APART, ONES, ONES)
    assert order[0] == 1


def test_of_two_that_are_alike_the_second_waits() -> None:
    shares = np.array([UNSURE, UNSURE, [0.1, 0.46, 0.44]])
    vectors = np.array([[1, 0, 0], [1, 0, 0], [0, 1, 0]])
    order = teaching_order(shares, vectors, ONES, ONES)
    assert sorted(order[:2]) in ([0, 2], [1, 2])


def test_one_that_stands_for_many_comes_before_a_strange_one() -> None:
    vectors = np.array([[1, 0], [0.99, 0.141], [0.99, -0.141], [0, 1]])
    order = teaching_order(np.array([UNSURE] * 4), vectors, np.ones(4), np.ones(4))
    assert order[0] == 0


def test_impact_and_number_count() -> None:
    shares = np.array([UNSURE] * 3)
    assert teaching_order(shares, APART, np.array([1, 1, 5]), ONES)[0] == 2
    assert teaching_order(shares, APART, ONES, np.array([1, 40, 1]))[0] == 1


def test_every_sentence_has_its_place_and_the_order_is_always_the_same() -> None:
    chance = np.random.default_rng(1)
    vectors = chance.normal(size=(700, 8))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    arrays = chance.dirichlet(np.ones(5), 700), vectors, np.ones(700), np.ones(700)
    order = teaching_order(*arrays)
    assert sorted(order) == list(range(700))
    assert list(order) == list(teaching_order(*arrays))


def test_there_may_be_nothing_or_a_single_intent() -> None:
    nothing = np.zeros(0)
    assert len(teaching_order(np.zeros((0, 3)), np.zeros((0, 4)), nothing, nothing)) == 0
    assert list(uncertainty(np.ones((2, 1)))) == [1, 1]
    assert sorted(teaching_order(np.ones((3, 1)), APART, ONES, ONES)) == [0, 1, 2]


def test_arrays_of_other_sentences_are_refused() -> None:
    with pytest.raises(ValueError, match="not of the same sentences"):
        teaching_order(np.array([SURE]), APART, ONES, ONES)


def test_ten_thousand_messages_take_little_time() -> None:
    chance = np.random.default_rng(1)
    vectors = chance.normal(size=(10_000, 384)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    shares = chance.dirichlet(np.full(40, 0.1), 10_000)
    started = time.process_time()
    teaching_order(shares, vectors, np.ones(10_000), np.ones(10_000))
    assert time.process_time() - started < 12  # of the processors' time; about 4 s on two
