"""What `make bench-nlu` trains and tests on: public sets from a folder that the user names."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from bot.settings import LANGUAGES
from bot.trainer.examples import read_examples
from bot.trainer.labelled import Labelled, read_labelled, rows_to_test_on, rows_to_train_on

FOREIGN, SHOP_FOREIGN = "oos", "out_of_scope"
TIMED_JOB = "banking77"
"""The one whose training and parsing times are compared."""


@dataclass(frozen=True)
class Job:
    """A training set and the sets that its model is tested on.

    Attributes:
        foreign: label of what is out of scope.
        tests: by name.
    """

    name: str
    foreign: str
    train: list[Labelled]
    tests: dict[str, list[Labelled]]

    def hash(self) -> str:
        """Of every sentence and label."""
        sets = [self.train, *(self.tests[name] for name in sorted(self.tests))]
        content = [
            self.foreign,
            sorted(self.tests),
            *([(r.text, r.intent) for r in s] for s in sets),
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()


def jobs(data: Path) -> dict[str, Job]:
    """All jobs whose files are there, by name, the quickest first.

    Args:
        data: folder with `intents/`.
    """
    folder = data / "intents"
    few = {
        f"{name}_10shot": (folder / "fewshot" / f"{name}_10shot.csv", [name])
        for name in ("banking77", "hwu64")
    }
    full = {
        name: (folder / f"{name}.csv", [name])
        for name in ("banking77", "hwu64", "clinc150_oos", "massive_sv", "massive_da", "massive_nb")
    }
    across = {"massive_en": (folder / "massive_en.csv", [f"massive_{lang}" for lang in LANGUAGES])}
    found = {}
    for name, (train, names) in (few | full | across).items():
        tests = [folder / f"{test}.csv" for test in names]
        if all(path.exists() for path in (train, *tests)):
            found[name] = _public(name, train, tests)
    if "clinc150_oos" in found:
        found["clinc150_blind"] = _without_foreign(found["clinc150_oos"])
    shop = [folder / f"cs_nordic_{lang}.csv" for lang in LANGUAGES]
    if all(path.exists() for path in shop):
        found["cs_nordic"] = _shop(shop)
    return found


def _public(name: str, train: Path, tests: list[Path]) -> Job:
    return Job(
        name,
        FOREIGN,
        rows_to_train_on(train, read_labelled(train)),
        {path.stem: rows_to_test_on(path, read_labelled(path)) for path in tests},
    )


def _without_foreign(job: Job) -> Job:
    """Nobody has told the classifier what foreign sentences look like."""
    ours = [row for row in job.train if row.intent != job.foreign]
    return dataclasses.replace(job, name="clinc150_blind", train=ours)


def _shop(paths: list[Path]) -> Job:
    """The demo shop's own examples; nothing of these files is trained on, so all rows count."""
    return Job(
        "cs_nordic",
        SHOP_FOREIGN,
        [Labelled(one.text, one.intent, one.language) for one in read_examples()],
        {path.stem: read_labelled(path) for path in paths},
    )
