"""How long a message takes in whole pipelines, side by side.

Each model is in a process of its own (`python -m tests.bench.nlu_speed MODEL.tar.gz`) and they take
turns in short blocks, so that what else the machine does hits all alike.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from bot.server import quiet
from tests.bench.servers import ROOT

ROUNDS, BLOCK = 9, 40


def interleaved(
    models: Mapping[str, Path], texts: Sequence[str], environment: Mapping[str, str]
) -> dict[str, Any]:
    """Milliseconds of a message for each model, and of the first model relative to the others.

    Args:
        texts: at least `ROUNDS + 1` blocks of them.
    """
    workers = {name: _start(model, environment) for name, model in models.items()}
    try:
        for worker in workers.values():
            _ask(worker, texts[:BLOCK])  # waits until it is ready, and warms it up
        rounds: dict[str, list[list[float]]] = {name: [] for name in workers}
        for number in tqdm(range(1, ROUNDS + 1), desc="One message", unit=" rounds", leave=False):
            block = texts[number * BLOCK : (number + 1) * BLOCK]
            for name in workers if number % 2 else reversed(workers):
                rounds[name].append(_ask(workers[name], block))
    finally:
        for worker in workers.values():
            worker.kill()
            worker.wait()
    first, *others = rounds
    medians = {name: [statistics.median(block) for block in done] for name, done in rounds.items()}
    ratios = {
        name: [ours / theirs for ours, theirs in zip(medians[first], medians[name], strict=True)]
        for name in others
    }
    every = {name: [ms for block in done for ms in block] for name, done in rounds.items()}
    return {
        "messages": ROUNDS * BLOCK,
        "p50_ms": {name: float(np.percentile(ms, 50)) for name, ms in every.items()},
        "p99_ms": {name: float(np.percentile(ms, 99)) for name, ms in every.items()},
        "ratio_to": {name: statistics.median(each) for name, each in ratios.items()},
        "ratio_range": {name: [min(each), max(each)] for name, each in ratios.items()},
    }


def _start(model: Path, environment: Mapping[str, str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.bench.nlu_speed", str(model)],
        cwd=ROOT,
        env=dict(environment),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _ask(worker: subprocess.Popen[str], texts: Sequence[str]) -> list[float]:
    if worker.stdin is None or worker.stdout is None:
        raise RuntimeError("the worker has no pipes")
    worker.stdin.write(json.dumps(texts) + "\n")
    worker.stdin.flush()
    for line in worker.stdout:
        if line.startswith("["):
            milliseconds: list[float] = json.loads(line)
            return milliseconds
    raise RuntimeError(f"a worker has ended: code {worker.wait()}")


def main(model: Path) -> None:
    """Answers lists of texts, a line each, with the milliseconds of each text."""
    quiet.prepare("ERROR")
    from bot.trainer.interpreter import Interpreter  # noqa: PLC0415 (after the warnings are set)

    interpreter = Interpreter(model)
    for line in sys.stdin:
        taken = []
        for text in json.loads(line):
            began = time.perf_counter()
            interpreter.parse(text)
            taken.append(1000 * (time.perf_counter() - began))
        print(json.dumps(taken), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
