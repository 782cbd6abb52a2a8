"""Embeddings of training data on disk."""

from __future__ import annotations

import hashlib
import multiprocessing
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bot.nlu.encoder.cache import EmbeddingCache
from bot.nlu.encoder.weights import Floats


class Hashing:
    """An encoder without meaning: quick, deterministic, and it knows what it was asked."""

    blocks = 1

    def __init__(self, name: str = "hashing", dimensions: int = 384) -> None:
        self.name, self.dimensions = name, dimensions
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> Floats:
        self.asked += texts
        rows = [hashlib.shake_128(text.encode()).digest(self.dimensions) for text in texts]
        found = np.array([list(row) for row in rows], np.float32)
        return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.fixture
def encoder() -> Hashing:
    return Hashing()


@pytest.fixture
def cache(tmp_path: Path) -> EmbeddingCache:
    return EmbeddingCache(tmp_path / "cache")


def test_only_new_texts_are_encoded(cache: EmbeddingCache, encoder: Hashing) -> None:
    first = cache.encode(encoder, ["a", "b", "a"])
    assert encoder.asked == ["a", "b"]
    again = EmbeddingCache(cache.path.parent).encode(encoder, ["c", "b", "a"])
    assert encoder.asked == ["a", "b", "c"]
    np.testing.assert_array_equal(first, Hashing().encode(["a", "b", "a"]))
    np.testing.assert_array_equal(again, Hashing().encode(["c", "b", "a"]))
    assert cache.encode(encoder, []).shape == (0, 384)


def test_encoders_do_not_share_vectors(cache: EmbeddingCache, encoder: Hashing) -> None:
    cache.encode(encoder, ["a"])
    other = Hashing("other", 16)
    assert cache.encode(other, ["a"]).shape == (1, 16)
    assert other.asked == ["a"]
    changed = Hashing(encoder.name, 16)
    assert cache.encode(changed, ["a"]).shape == (1, 16)


def test_progress_is_told_of_new_texts(cache: EmbeddingCache, encoder: Hashing) -> None:
    cache.encode(encoder, ["0", "1"])
    told: list[tuple[int, int]] = []
    cache.encode(
        encoder, [str(i) for i in range(600)], lambda done, all_: told.append((done, all_))
    )
    assert told[-1] == (598, 598)
    assert len(told) > 1
    assert told == sorted(told)


def test_a_retrain_with_one_new_example_is_quick(cache: EmbeddingCache, encoder: Hashing) -> None:
    texts = [f"text {i}" for i in range(10_000)]
    cache.encode(encoder, texts)
    encoder.asked.clear()
    started = time.process_time()
    cache.encode(encoder, [*texts, "one more"])
    assert encoder.asked == ["one more"]
    assert time.process_time() - started < 1


def test_what_is_unused_for_longest_is_dropped(tmp_path: Path, encoder: Hashing) -> None:
    cache = EmbeddingCache(tmp_path, limit=3)
    cache.encode(encoder, ["a", "b", "c"])
    with sqlite3.connect(cache.path) as database:
        database.execute("UPDATE vectors SET used = used - 200000")
    cache.encode(encoder, ["a"])
    cache.encode(encoder, ["d", "e"])
    encoder.asked.clear()
    cache.encode(encoder, ["a", "d", "e"])
    assert encoder.asked == []
    cache.encode(encoder, ["b", "c"])
    assert encoder.asked == ["b", "c"]


def test_more_texts_than_are_kept_are_encoded_all_the_same(
    tmp_path: Path, encoder: Hashing
) -> None:
    texts = [str(i) for i in range(700)]
    found = EmbeddingCache(tmp_path, limit=10).encode(encoder, texts)
    np.testing.assert_array_equal(found, Hashing().encode(texts))


@pytest.mark.parametrize(
    "content",
    [b"not a database, but long enough to look at" * 100, b"SQLite format 3\0" + b"x" * 5000],
)
def test_a_file_that_is_no_cache_is_set_aside(
    cache: EmbeddingCache, encoder: Hashing, caplog: pytest.LogCaptureFixture, content: bytes
) -> None:
    cache.path.parent.mkdir()
    cache.path.write_bytes(content)
    np.testing.assert_array_equal(cache.encode(encoder, ["a"]), Hashing().encode(["a"]))
    assert "set aside" in caplog.text
    assert cache.path.with_suffix(".damaged").read_bytes() == content
    cache.encode(encoder, ["a"])
    assert encoder.asked == ["a"]


def test_another_programs_database_is_set_aside(
    cache: EmbeddingCache, encoder: Hashing, caplog: pytest.LogCaptureFixture
) -> None:
    cache.path.parent.mkdir()
    with sqlite3.connect(cache.path) as database:
        database.execute("CREATE TABLE vectors (something TEXT)")
    cache.encode(encoder, ["a"])
    assert "set aside" in caplog.text


def test_a_cache_cut_short_is_made_anew(
    cache: EmbeddingCache, encoder: Hashing, caplog: pytest.LogCaptureFixture
) -> None:
    texts = [str(i) for i in range(500)]
    cache.encode(encoder, texts)
    whole = cache.path.read_bytes()
    cache.path.write_bytes(whole[: len(whole) // 2])
    np.testing.assert_array_equal(cache.encode(encoder, texts), Hashing().encode(texts))
    assert "set aside" in caplog.text


def test_a_changed_vector_is_noticed(
    cache: EmbeddingCache, encoder: Hashing, caplog: pytest.LogCaptureFixture
) -> None:
    cache.encode(encoder, ["a", "b"])
    with sqlite3.connect(cache.path) as database:
        database.execute("UPDATE vectors SET vector = zeroblob(1536) WHERE rowid = 1")
    np.testing.assert_array_equal(cache.encode(encoder, ["a", "b"]), Hashing().encode(["a", "b"]))
    assert encoder.asked == ["a", "b", "a"]
    assert "damaged vector" in caplog.text


def test_a_folder_that_cannot_be_written_costs_time_only(
    tmp_path: Path, encoder: Hashing, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    cache = EmbeddingCache(tmp_path / "file")
    np.testing.assert_array_equal(cache.encode(encoder, ["a"]), Hashing().encode(["a"]))
    assert "not kept" in caplog.text


def fill(folder: Path, start: int) -> None:
    EmbeddingCache(folder).encode(Hashing(), [str(i) for i in range(start, start + 1500)])


def test_processes_may_write_at_once(cache: EmbeddingCache, encoder: Hashing) -> None:
    context = multiprocessing.get_context("fork")
    starts = [0, 500, 1000]
    processes = [context.Process(target=fill, args=(cache.path.parent, s)) for s in starts]
    for process in processes:
        process.start()
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    texts = [str(i) for i in range(2500)]
    np.testing.assert_array_equal(cache.encode(encoder, texts), Hashing().encode(texts))
    assert encoder.asked == []
