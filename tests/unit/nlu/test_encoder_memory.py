"""One message, asked about by several, is encoded once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from bot.nlu.encoder.base import Encoder, SentenceEncoder
from bot.nlu.encoder.memory import Remembering
from bot.nlu.encoder.weights import Floats


class Counting:
    """An encoder that knows what it was asked."""

    name, dimensions, blocks = "counting", 3, 1

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._inner = SentenceEncoder(self.name, 3, lambda text: np.full(3, len(text), np.float32))

    def encode(self, texts: Sequence[str]) -> Floats:
        self.asked += texts
        return self._inner.encode(texts)


@pytest.fixture
def counting() -> Counting:
    return Counting()


def test_a_message_is_encoded_once(counting: Counting) -> None:
    encoder: Encoder = Remembering(counting)
    for _ in range(3):
        assert encoder.encode(["hello"]).tolist() == [[5, 5, 5]]
    assert counting.asked == ["hello"]
    assert (encoder.name, encoder.dimensions, encoder.blocks) == ("counting", 3, 1)


def test_what_a_caller_does_to_a_vector_changes_no_other(counting: Counting) -> None:
    encoder = Remembering(counting)
    encoder.encode(["hello"])[:] = 0
    assert encoder.encode(["hello"]).tolist() == [[5, 5, 5]]


def test_the_last_used_messages_are_remembered(counting: Counting) -> None:
    encoder = Remembering(counting, size=2)
    for text in ["a", "b", "a", "c", "a", "b"]:
        encoder.encode([text])
    assert counting.asked == ["a", "b", "c", "b"]


def test_many_texts_pass_by(counting: Counting) -> None:
    encoder = Remembering(counting)
    assert encoder.encode(["a", "bb"]).tolist() == [[1, 1, 1], [2, 2, 2]]
    assert encoder.encode([]).shape == (0, 3)
    encoder.encode(["a"])
    assert counting.asked == ["a", "bb", "a"]
