"""One classifier on one job, in a process of its own, so that its memory is its own:
`python -m tests.bench.nlu_cell ORDER.json RESULT.json`, as `tests.bench.nlu` calls it.
"""

from __future__ import annotations

import dataclasses
import json
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from bot.server import quiet
from bot.trainer.costs import WARM_UP, peak_memory_mb
from bot.trainer.labelled import Labelled
from bot.trainer.measures import score
from tests.bench.nlu_jobs import Job


def measure(peer: str, job: Job, model: Path, epochs: int) -> dict[str, Any]:
    """Trains, and then asks about each sentence of the tests, one at a time."""
    from tests.bench.nlu_peers import PEERS, Said  # noqa: PLC0415 (after the warnings are set)

    trained = PEERS[peer](job, model, epochs)
    for row in job.train[:WARM_UP]:
        trained.ask(row.text)
    tests: dict[str, Any] = {}
    for name, rows in job.tests.items():
        said: list[Said] = []
        milliseconds = []
        for row in tqdm(rows, desc=f"{peer} on {name}", unit=" sentences", leave=False):
            began = time.perf_counter()
            said.append(trained.ask(row.text))
            milliseconds.append(1000 * (time.perf_counter() - began))
        scores = score(
            [row.intent for row in rows],
            [one.intent for one in said],
            np.array([one.confidence for one in said]),
            np.array([one.foreignness for one in said]),
            job.foreign,
        )
        p50, p99 = np.percentile(milliseconds, [50, 99])
        tests[name] = {
            **dataclasses.asdict(scores),
            "p50_ms": float(p50),
            "p99_ms": float(p99),
            "predictions": [dataclasses.astuple(one) for one in said],
        }
    return {
        "train_rows": len(job.train),
        "first": dataclasses.asdict(trained.first),
        "one_more": trained.one_more and dataclasses.asdict(trained.one_more),
        "model_mb": trained.model_mb,
        "peak_memory_mb": peak_memory_mb(),
        "tests": tests,
    }


def main(order: Path, result: Path) -> None:
    """Measures what the order says and writes the result, all of it or nothing."""
    quiet.prepare("ERROR")
    given = json.loads(order.read_text(encoding="utf-8"))
    job = given["job"]
    found = measure(
        given["peer"],
        Job(
            job["name"],
            job["foreign"],
            [Labelled(**row) for row in job["train"]],
            {name: [Labelled(**row) for row in rows] for name, rows in job["tests"].items()},
        ),
        Path(given["model"]),
        given["epochs"],
    )
    written = result.with_suffix(".new")
    written.write_text(json.dumps(found), encoding="utf-8")
    written.replace(result)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
