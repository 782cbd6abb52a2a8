"""What a classifier costs: seconds of training, milliseconds of a sentence, memory, disk."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from bot.nlu.classifier import IntentClassifier
from bot.nlu.encoder import EmbeddingCache
from bot.nlu.meaning import Encode, encode_kept
from bot.trainer.labelled import Labelled

TIMED, WARM_UP = 1000, 20
_MB = 1_000_000
Result = TypeVar("Result")


@dataclass(frozen=True)
class Time:
    """How long something took: seconds on the clock, and of the processor over all threads."""

    seconds: float
    cpu_seconds: float


@dataclass(frozen=True)
class Training:
    """What training costs.

    Attributes:
        first: nothing of the sentences is known from before.
        again: the same sentences again: their embeddings are in the cache.
        one_more: the same with one example more.
        model_mb: on disk, without the sentence encoder, which comes with the installation.
    """

    first: Time
    again: Time
    one_more: Time
    model_mb: float


def timed(run: Callable[[], Result]) -> tuple[Result, Time]:
    """What `run` returns, and how long it took, child processes included."""
    began, cpu = time.perf_counter(), _cpu_seconds()
    result = run()
    return result, Time(time.perf_counter() - began, _cpu_seconds() - cpu)


def train(
    rows: Sequence[Labelled], foreign: str, progress: Callable[[str], None]
) -> tuple[IntentClassifier, Training]:
    """A model as it is read back from its files, and what it cost.

    Args:
        foreign: label of what is out of scope.
        progress: told before each step.
    """
    IntentClassifier()  # loads the encoders, once for all
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as empty:
        folder, cache = Path(name), EmbeddingCache(Path(empty))
        progress("Training for the first time")
        model, first = timed(lambda: fit(rows, foreign, cache.encode))
        model.save(folder)
        progress("Training again")
        again = timed(lambda: fit(rows, foreign, cache.encode))[1]
        progress("Training with one example more")
        one_more = timed(lambda: fit(with_one_more(rows), foreign, cache.encode))[1]
        return IntentClassifier.load(folder), Training(first, again, one_more, megabytes(folder))


def fit(rows: Sequence[Labelled], foreign: str, encode: Encode = encode_kept) -> IntentClassifier:
    """A classifier that has learned from the rows.

    Args:
        foreign: label of what is out of scope.
        encode: how the rows are encoded; default with the cache on disk.
    """
    texts, intents = [row.text for row in rows], [row.intent for row in rows]
    return IntentClassifier().fit(texts, intents, foreign=foreign, encode=encode)


def with_one_more(rows: Sequence[Labelled]) -> list[Labelled]:
    """The rows and an example that is not among them."""
    return [*rows, replace(rows[0], text=f"{rows[0].text} ({len(rows)})")]


def milliseconds(
    ask: Callable[[str], object], texts: Sequence[str], warm_up: Sequence[str]
) -> tuple[float, float]:
    """The median and the 99th percentile of the time for one text, in ms.

    Args:
        warm_up: other texts, which are asked about first.
    """
    for text in warm_up[:WARM_UP]:
        ask(text)
    taken = []
    for text in texts[:TIMED]:
        began = time.perf_counter()
        ask(text)
        taken.append(1000 * (time.perf_counter() - began))
    p50, p99 = np.percentile(taken, [50, 99])
    return float(p50), float(p99)


def peak_memory_mb() -> float:
    """The most memory that this process has held so far."""
    status = Path("/proc/self/status")
    if status.exists():  # getrusage counts what the parent held when it started this process
        (line,) = (line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) * 1024 / _MB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / _MB if sys.platform == "darwin" else peak * 1024 / _MB


def megabytes(path: Path) -> float:
    """The size of a file, or of all in a folder."""
    files = [path] if path.is_file() else [p for p in path.rglob("*") if p.is_file()]
    return sum(file.stat().st_size for file in files) / _MB


def _cpu_seconds() -> float:
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime
