"""Unhandled messages become proposals for intents, and what is alone is none of these."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from inbox_world import a_world, nlu
from numpy.typing import NDArray

from bot.trainer.discovery import Message, discover, find_topics, topics
from bot.trainer.discovery.clustering import doubtful, groups, how_apart
from bot.trainer.discovery.trends import WEEK
from bot.trainer.examples import Example

NOW = 1_795_000_000.0
MEANT = ("gift wrap present inslagning", "store butik open", "parcel paket order", "poem weather")


def by_words(texts: Sequence[str]) -> NDArray[Any]:
    """Unit vectors by what a few words mean, in two languages: enough to tell topics apart."""
    rows = [
        [sum(word in text.lower() for word in each.split()) for each in MEANT] for text in texts
    ]
    found = np.array(rows, dtype=float) + 1e-3 * np.arange(1, 5)
    scaled: NDArray[Any] = found / np.linalg.norm(found, axis=1, keepdims=True)
    return scaled


def message(number: int, text: str, language: str = "en", times: int = 1) -> Message:
    return Message(number, 1, text, language, tuple(NOW - 3600 * n for n in range(times)))


GIFTS = [
    message(1, "do you gift wrap", times=4),
    message(2, "gift wrap my order please"),
    message(3, "kan jag få inslagning som present", "sv"),
]
STORES = [message(4, "is the store open"), message(5, "var ligger butik", "sv", times=2)]
ALONE = message(6, "write me a poem")
KNOWN = [Example("where is my parcel", "order_status", "en")]


def test_topics_are_found_over_languages_the_commonest_first() -> None:
    found = find_topics([*GIFTS, *STORES, ALONE], KNOWN, NOW, vectors=by_words)
    gifts, stores = found.topics
    assert (gifts.name, gifts.count, gifts.languages) == ("gift_wrap", 6, {"en": 5, "sv": 1})
    assert (stores.count, set(stores.messages)) == (3, {(4, 1), (5, 1)})
    assert gifts.weeks[-1] + gifts.weeks[-2] == 6


def test_what_is_like_no_other_is_none_of_these() -> None:
    found = find_topics([*GIFTS, ALONE], KNOWN, NOW, vectors=by_words)
    assert (found.unhandled, found.none_of_these, len(found.topics)) == (7, 1, 1)


def test_the_intent_that_a_topic_looks_like_is_named() -> None:
    parcels = [message(n, f"parcel {n}") for n in range(3)]
    (topic,) = find_topics(parcels, KNOWN, NOW, vectors=by_words).topics
    assert topic.near is not None
    assert (topic.near.intent, topic.near.same) == ("order_status", True)
    (gifts,) = find_topics(GIFTS, KNOWN, NOW, vectors=by_words).topics
    assert gifts.near is not None
    assert not gifts.near.same


def test_no_name_is_given_twice_or_is_an_intent_already() -> None:
    taken = [Example("where is my parcel", "gift_wrap", "en")]
    (topic,) = find_topics(GIFTS, taken, NOW, vectors=by_words).topics
    assert topic.name == "gift_wrap_2"


def test_a_topic_that_rises_is_an_alert() -> None:
    old = [NOW - WEEK * (back + 0.5) for back in range(1, 8) for _ in range(10)]
    handled = {"order_status": [*old, *(NOW - 60.0 * n for n in range(10))]}
    found = find_topics(GIFTS, KNOWN, NOW, handled=handled, vectors=by_words)
    assert found.alerts == ["gift_wrap"]
    assert found.topics[0].rise is not None
    assert found.topics[0].rise.now == 6


def test_what_is_none_of_the_topics_is_an_alert_when_it_rises() -> None:
    old = [NOW - WEEK * (back + 0.5) for back in range(1, 8) for _ in range(10)]
    handled = {"order_status": [*old, *(NOW - 60.0 * n for n in range(10))]}
    odd = message(7, "write me a poem", times=10)
    found = find_topics([odd], KNOWN, NOW, handled=handled, vectors=by_words)
    assert (found.none_of_these, found.alerts) == (10, ["none of these"])
    assert found.rest.rise is not None
    assert (found.rest.rise.now, sum(found.rest.weeks)) == (10, 10)
    assert [each.review for each in found.rest.examples] == [7]
    calm = find_topics([ALONE], KNOWN, NOW, handled=handled, vectors=by_words)
    assert calm.alerts == []


def test_messages_that_were_too_many_to_look_at_are_not_none_of_these(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(topics, "MOST", 1)
    found = find_topics([message(7, "write me a poem", times=9), ALONE], [], NOW, vectors=by_words)
    assert (found.none_of_these, found.unhandled, found.left_out) == (9, 10, 1)


def test_nothing_is_found_in_nothing() -> None:
    found = find_topics([], [], NOW, vectors=by_words)
    assert (found.topics, found.unhandled, found.alerts) == ((), 0, [])
    assert find_topics([ALONE], [], NOW, vectors=by_words).none_of_these == 1


def test_as_many_groups_as_are_asked_for() -> None:
    vectors = by_words(["gift", "wrap", "store", "butik", "parcel"])
    assert list(groups(vectors)[:2]) == [groups(vectors)[0]] * 2
    assert len(set(groups(vectors))) == 3
    assert len(set(groups(vectors, count=2))) == 2
    assert len(groups(vectors[:1])) == 1
    assert len(groups(vectors[:0])) == 0


def around(centre: Sequence[float], messages: int, spread: float, seed: int) -> NDArray[Any]:
    """Unit vectors scattered round one."""
    scatter = np.random.default_rng(seed).normal(size=(messages, len(centre)))
    found = np.asarray(centre, dtype=float) + spread * scatter / np.sqrt(len(centre))
    scaled: NDArray[Any] = found / np.linalg.norm(found, axis=1, keepdims=True)
    return scaled


def test_a_broad_topic_and_a_narrow_one_are_each_a_group() -> None:
    axes = np.eye(64)
    narrow, broad = around(axes[0], 40, 0.3, 1), around(axes[1], 40, 0.9, 2)
    # as far from the narrow one as the broad one's messages are from each other
    close = around(0.6 * axes[0] + 0.8 * axes[2], 40, 0.3, 3)
    numbers = groups(np.concatenate([narrow, close, broad]))
    assert [len(set(part)) for part in np.split(numbers, 3)] == [1, 1, 1]
    assert len(set(numbers)) == 3


def test_what_two_languages_say_of_the_same_is_a_group_though_their_vectors_lie_apart() -> None:
    axes = np.eye(64)
    here, there = 0.7 * axes[10], 0.7 * axes[11]
    parts = [around(axes[at] + here, 15, 0.5, at) for at in range(4)]
    parts += [around(axes[at] + there, 15, 0.5, 10 + at) for at in range(4)]
    languages = ["en"] * 60 + ["sv"] * 60
    numbers = groups(np.concatenate(parts), languages)
    english, swedish = numbers[:60], numbers[60:]
    assert len(set(numbers)) == 4
    assert list(english) == list(swedish)


def test_what_is_less_like_the_others_of_its_group_is_doubtful() -> None:
    axes = np.eye(64)
    alike, two = around(axes[0], 20, 0.3, 1), around(axes[5], 2, 1.5, 4)
    other = around(0.4 * axes[0] + 0.9 * axes[1], 1, 0.3, 3)
    apart = how_apart(np.concatenate([alike, other, two]), ["en"] * 23)
    found = doubtful(apart, np.repeat([0, 1], [21, 2]))
    assert found[20]
    assert not found[:20].any()
    assert not found[21:].any()  # two alone are a group, however far apart
    assert not doubtful(how_apart(alike[:1], ["en"]), np.zeros(1, dtype=int)).any()


def test_the_least_typical_messages_of_a_topic_are_told_apart(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(topics, "doubtful", lambda apart, _: np.arange(len(apart)) == 1)
    (topic,) = find_topics(GIFTS, KNOWN, NOW, vectors=by_words).topics
    assert topic.doubtful == (2,)
    assert [each.review for each in topic.examples if each.review == 2] == [2]


@pytest.fixture
def world(tmp_path):
    return a_world(tmp_path)


def test_the_inbox_is_where_unhandled_messages_come_from(world) -> None:
    for text in ("do you gift wrap", "gift wrap it please", "a present in gift wrap"):
        world.say(text, nlu("return_item", 0.2))
    world.say("where is my parcel now", nlu("order_status", 0.99, fell_back=False))
    world.collect()
    found = discover(world.engine, world.folder / "nlu", now=time.time(), vectors=by_words)
    assert [topic.name for topic in found.topics] == ["gift_wrap"]
    assert found.unhandled == 3
    as_json = json.loads(json.dumps(found.as_json()))
    assert as_json["topics"][0]["examples"][0]["review"] > 0
