"""What is merely strewn in is none of the topics; a new topic is one, however few its messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.trainer.cross_validation import OUT_OF_SCOPE
from bot.trainer.discovery import Discovery, Message, find_topics
from bot.trainer.discovery.clustering import groups
from bot.trainer.discovery.oddness import ODD, is_odd, oddness
from bot.trainer.examples import Example

NOW = 1_795_000_000.0
WIDTH = 64
AXES = np.eye(WIDTH)
LOOSE, TIGHT = 1.8, 0.6
"""Spreads with a mean cosine of about .25 and .75."""

Array = NDArray[Any]


def around(axis: int, messages: int, spread: float, seed: int) -> Array:
    """Unit vectors scattered round an axis (messages, dimensions)."""
    scatter = np.random.default_rng(seed).normal(size=(messages, WIDTH)) / np.sqrt(WIDTH)
    found = AXES[axis] + spread * scatter
    scaled: Array = found / np.linalg.norm(found, axis=1, keepdims=True)
    return scaled


def alikeness(rows: Array) -> float:
    """Mean cosine of different ones."""
    return float((rows @ rows.T)[np.triu_indices(len(rows), 1)].mean())


SHOP = np.concatenate([around(axis, 60, 1.0, axis) for axis in range(8)])
"""Examples of what customers of the shop say, in 8 of 64 directions."""
STREWN_IN = around(40, 8, LOOSE, 100)
NEW_TOPIC = around(41, 4, TIGHT, 101)
MORE_OF_THE_SHOP = around(2, 30, 1.0, 102)


def discovery(parts: Sequence[Array], known: Array, foreign: Array | None = None) -> Discovery:
    """Topics of messages, beside known examples and those of what is out of scope."""
    messages = [
        Message(number, 1, f"words {number}", "en", (NOW - 60,))
        for number in range(sum(map(len, parts)))
    ]
    others = np.zeros((0, WIDTH)) if foreign is None else foreign
    intents = ["order_status"] * len(known) + [OUT_OF_SCOPE] * len(others)
    examples = [Example(f"example {at}", intent, "en") for at, intent in enumerate(intents)]
    rows = np.concatenate([*parts, known, others])
    return find_topics(messages, examples, NOW, vectors=lambda _: rows)


def members(found: Discovery) -> list[set[int]]:
    return [{review for review, _ in topic.messages} for topic in found.topics]


def test_messages_strewn_in_are_none_of_the_topics_though_grouping_joins_them() -> None:
    joined = groups(np.concatenate([MORE_OF_THE_SHOP, STREWN_IN]))[30:]
    assert np.bincount(joined).max() >= 3
    found = discovery([MORE_OF_THE_SHOP, STREWN_IN], SHOP)
    assert members(found) == [set(range(30))]
    assert found.none_of_these == len(STREWN_IN)


def test_a_new_topic_of_few_messages_is_a_topic() -> None:
    found = discovery([MORE_OF_THE_SHOP, NEW_TOPIC], SHOP)
    assert {30, 31, 32, 33} in members(found)
    assert found.none_of_these == 0


def test_messages_that_are_no_more_alike_are_a_topic_when_they_are_what_the_shop_is_about() -> None:
    loose = around(2, 8, 5.0, 103)
    loose[:, 8:] = 0  # the directions of the shop
    loose /= np.linalg.norm(loose, axis=1, keepdims=True)
    assert alikeness(loose) < alikeness(STREWN_IN) + 0.05
    strange = oddness(STREWN_IN, ["en"] * 8, [1] * 8, SHOP, ["en"] * len(SHOP))
    usual = oddness(loose, ["en"] * 8, [1] * 8, SHOP, ["en"] * len(SHOP))
    assert is_odd(STREWN_IN, strange)
    assert not is_odd(loose, usual)


def test_what_is_odd_stays_odd_when_there_is_much_of_it() -> None:
    many = np.concatenate([around(axis, 6, LOOSE, axis) for axis in range(20, 50)])
    found = discovery([MORE_OF_THE_SHOP, many], SHOP)
    assert found.none_of_these > 0.9 * len(many)
    assert set(range(30)) in members(found)


def test_the_out_of_scope_examples_make_nothing_usual() -> None:
    known = around(40, 300, LOOSE, 104)
    assert oddness(STREWN_IN, ["en"] * 8, [1] * 8, known, ["en"] * 300).mean() < ODD
    found = discovery([MORE_OF_THE_SHOP, STREWN_IN], SHOP, foreign=known)
    assert found.none_of_these == len(STREWN_IN)


def test_what_comes_often_is_not_odd() -> None:
    languages, known = ["en"] * 8, ["en"] * len(SHOP)
    once = oddness(STREWN_IN, languages, [1] * 8, SHOP, known)
    often = oddness(STREWN_IN, languages, [40] * 8, SHOP, known)
    assert once.mean() > ODD > often.mean()


def test_a_language_is_measured_by_itself() -> None:
    """A language that the encoder sees less clearly is not odd as a whole."""
    blurred = around(2, 60, LOOSE, 105)
    rows, known = np.concatenate([MORE_OF_THE_SHOP, blurred]), ["en"] * len(SHOP)
    alone = oddness(rows, ["en"] * 30 + ["sv"] * 60, [1] * 90, SHOP, known)
    together = oddness(rows, ["en"] * 90, [1] * 90, SHOP, known)
    assert abs(float(np.median(alone[30:]))) < 0.01
    assert together[30:].mean() > alone[30:].mean() + 1


def test_a_lone_message_of_a_language_without_examples_is_usual() -> None:
    found = oddness(STREWN_IN[:1], ["da"], [1], SHOP, ["en"] * len(SHOP))
    assert found.tolist() == [0.0]
    assert oddness(np.zeros((0, 3)), [], [], np.zeros((0, 3)), []).tolist() == []
