"""Understanding beside its peers, on public data: the tables of `docs/benchmarks.md`.

`make bench-nlu DATA=FOLDER`, or `python -m tests.bench.nlu --data FOLDER`. Every result is a file
in the output folder as soon as it is there, named by the data, the settings and the version that
it was measured with. A second run takes what is there and goes on with the rest.
"""

from __future__ import annotations

import argparse
import dataclasses
import hashlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

from tqdm import tqdm

from tests.bench import nlu_table
from tests.bench.nlu_jobs import TIMED_JOB, Job, jobs
from tests.bench.nlu_speed import interleaved
from tests.bench.servers import ROOT

PEERS = ("svara", "tfidf", "logreg", "diet")
DIET_EPOCHS = 100
_MEASURED_AS = 1
"""Raised when a result would be measured in another way, so that old ones no longer count."""
_ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
    "TF_INTRA_OP_PARALLELISM_THREADS",
    "TF_INTER_OP_PARALLELISM_THREADS",
)


@dataclass(frozen=True)
class Cell:
    """A classifier on a job.

    Attributes:
        epochs: DIET's.
    """

    job: Job
    peer: str
    epochs: int
    folder: Path

    @cached_property
    def name(self) -> str:
        """Of its files."""
        settings = [self.epochs] if self.peer == "diet" else []
        key = [_MEASURED_AS, self.job.hash(), self.peer, settings, _version(self.peer)]
        return f"{self.job.name}-{self.peer}-{_hash(json.dumps(key).encode())}"

    @property
    def path(self) -> Path:
        """The result."""
        return self.folder / f"{self.name}.json"

    @property
    def model(self) -> Path:
        """Rasa's archive, if there is one."""
        return self.folder / "models" / f"{self.name}.tar.gz"

    def result(self) -> dict[str, Any] | None:
        """What was measured, None if it has not been run."""
        if not self.path.exists():
            return None
        found: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        return found

    def run(self) -> None:
        """Measures in a process of its own, whose bars are seen.

        Raises:
            subprocess.CalledProcessError: it has failed; what it said is on stderr.
        """
        self.model.parent.mkdir(parents=True, exist_ok=True)
        order = {
            "peer": self.peer,
            "job": dataclasses.asdict(self.job),
            "model": str(self.model.resolve()),
            "epochs": self.epochs,
        }
        with tempfile.TemporaryDirectory() as name:
            file = Path(name) / "order.json"
            file.write_text(json.dumps(order), encoding="utf-8")
            command = [sys.executable, "-m", "tests.bench.nlu_cell", str(file)]
            subprocess.run(
                [*command, str(self.path.resolve())],
                cwd=ROOT,
                env=_environment(),
                stdout=subprocess.DEVNULL,
                check=True,
            )


def speed(cells: dict[str, Cell], folder: Path, *, measure: bool) -> dict[str, Any] | None:
    """The time of a message in each whole pipeline, None if it has not been measured.

    Args:
        measure: if it has not been, do it now, where all models are there.
    """
    path = folder / f"speed-{_hash(''.join(cell.name for cell in cells.values()).encode())}.json"
    if path.exists():
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return found
    if not measure or not all(cell.model.exists() for cell in cells.values()):
        return None
    ((_, rows),) = next(iter(cells.values())).job.tests.items()
    texts = [row.text for row in rows]
    found = interleaved({name: c.model for name, c in cells.items()}, texts, _environment())
    path.write_text(json.dumps(found), encoding="utf-8")
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures what is missing, and writes the tables."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.nlu", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with intents/*.csv")
    parser.add_argument("--output", type=Path, default=Path("var/bench-nlu"), help="results")
    parser.add_argument("--only", type=_names, help="jobs, e.g. banking77,hwu64; default: all")
    parser.add_argument("--peers", type=_names, default=PEERS, help=f"of {','.join(PEERS)}")
    parser.add_argument("--diet-epochs", type=int, default=DIET_EPOCHS)
    parser.add_argument(
        "--speed", action="store_true", help="measure only the time of a message, side by side"
    )
    parser.add_argument(
        "--tables", action="store_true", help="measure nothing; tables of what is there"
    )
    parser.add_argument("--docs", type=Path, default=ROOT / "docs" / "benchmarks.md")
    parser.add_argument("--no-docs", action="store_true", help="print the tables, write no page")
    given = parser.parse_args(arguments)
    known = jobs(given.data)
    if not known:
        parser.error(f"no sets that are known in {given.data / 'intents'}")
    unknown = {*(given.only or ())} - {*known} | {*given.peers} - {*PEERS}
    if unknown:
        parser.error(f"not known: {', '.join(sorted(unknown))}; there are: {', '.join(known)}")
    given.output.mkdir(parents=True, exist_ok=True)
    every = {
        (name, peer): Cell(job, peer, given.diet_epochs, given.output)
        for name, job in known.items()
        for peer in PEERS
    }
    chosen = [every[name, peer] for peer in given.peers for name in given.only or known]
    failed = [] if given.tables or given.speed else run(chosen)
    side_by_side = None
    if TIMED_JOB in known:
        pipelines = _pipelines(every)
        asked = {*PEERS} <= {*given.peers} and TIMED_JOB in (given.only or known)
        measure = not given.tables and (given.speed or asked)
        failed += run(list(pipelines.values())) if measure else []
        side_by_side = speed(pipelines, given.output, measure=measure)
    found = {place: cell.result() for place, cell in every.items()}
    text = nlu_table.render(found, side_by_side, given.diet_epochs)
    print(text)
    if not given.no_docs:
        nlu_table.put(text, given.docs)
    for line in dict.fromkeys(failed):
        print(f"Failed: {line}", file=sys.stderr)
    return 1 if failed else 0


def run(cells: Sequence[Cell]) -> list[str]:
    """Measures those that have not been; the names of those that failed."""
    failed = []
    waiting = [cell for cell in cells if not cell.path.exists()]
    bar = tqdm(waiting, unit=" cells", disable=not waiting)
    for cell in bar:
        bar.set_description(f"{cell.peer} on {cell.job.name}")
        try:
            cell.run()
        except subprocess.CalledProcessError as error:
            failed.append(f"{cell.peer} on {cell.job.name}: code {error.returncode}")
    return failed


def _pipelines(every: dict[tuple[str, str], Cell]) -> dict[str, Cell]:
    """The whole pipelines whose speed is compared, Svara's first.

    How long DIET was trained makes no difference to how fast it answers: unless the whole training
    has been done, one epoch must do.
    """
    diet = every[TIMED_JOB, "diet"]
    quick = dataclasses.replace(diet, epochs=1)
    return {
        "svara": dataclasses.replace(every[TIMED_JOB, "svara"], peer="svara_pipeline"),
        "logreg": every[TIMED_JOB, "logreg"],
        "diet": diet if diet.path.exists() else quick,
    }


def _version(peer: str) -> list[str]:
    """Of what a result depends on beside the data."""
    if peer == "tfidf":
        return [version("scikit-learn")]
    if not peer.startswith("svara"):
        return [version("rasa"), version("scikit-learn")]
    files = sorted((ROOT / "bot" / "nlu").rglob("*.py"))
    if peer == "svara_pipeline":
        files += [ROOT / "config.yml", *sorted((ROOT / "data" / "lookups").rglob("*.yml"))]
    return [_hash(b"".join(file.read_bytes() for file in files))]


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:12]


def _environment() -> dict[str, str]:
    """One thread for every library that computes."""
    return {**os.environ, **dict.fromkeys(_ONE_THREAD, "1")}


def _names(text: str) -> tuple[str, ...]:
    return tuple(name for name in text.split(",") if name)


if __name__ == "__main__":
    sys.exit(main())
