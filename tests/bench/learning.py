"""How right the learning curves are: carried on from half of an intent's examples to all of them.

    python -m tests.bench.learning ../shared/datasets/intents/massive_sv.csv

Of each intent a half is drawn. Its curve is measured as if the other half was not there, and
carried on; what the other half is worth in truth is measured on the same sentences. The rest
of the data stays as it is.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from bot.trainer.evaluation_report import learning
from bot.trainer.evaluation_report.leaving_out import LeavingOut
from bot.trainer.labelled import read_labelled, rows_to_train_on

FOREIGN = "oos"
SEED = 42
MAX_SENTENCES = 5_000


class WithoutHalf:
    """A model without one half of an intent's examples."""

    def __init__(self, model: LeavingOut, other: learning.Array) -> None:
        self._model, self._other = model, other

    def wrong(self, out: learning.Array) -> learning.Array:
        """Whether those that are left out with the other half are taken for another intent."""
        return self._model.wrong(np.concatenate([out, self._other]))[: len(out)]


def main(paths: Sequence[str]) -> None:
    """Prints the errors of each file."""
    for path in paths:
        began = time.perf_counter()
        rows = rows_to_train_on(Path(path), read_labelled(Path(path)))
        chance = np.random.default_rng(SEED)
        rows = [rows[at] for at in np.sort(chance.permutation(len(rows))[:MAX_SENTENCES])]
        model = LeavingOut([row.text for row in rows], [row.intent for row in rows], FOREIGN)
        measured, truths = [], []
        for number, intent in enumerate(model.intents):
            places = np.flatnonzero(model.right == number)
            mine, other = np.split(chance.permutation(places), [len(places) // 2])
            if intent == FOREIGN or len(mine) < learning.LEAST:
                continue
            half = WithoutHalf(model, other)
            one = learning.measure(half, str(intent), mine, chance)  # type: ignore[arg-type]
            all_there = [float(model.wrong(mine[at : at + 1])[0]) for at in range(len(mine))]
            measured.append(one)
            truths.append((len(other), one.wrong[:, -1].mean() - np.mean(all_there)))
        found = learning.carry_on(measured, [more for more, _ in truths], SEED)
        said = np.array([one.gain for one in found])
        true = np.array([gain for _, gain in truths])
        inside = np.mean(
            [one.low <= gain <= one.high for one, (_, gain) in zip(found, truths, strict=True)]
        )
        weight = np.array([one.examples for one in found])
        sys.stdout.write(
            f"{Path(path).name}: {len(rows)} sentences, {len(found)} intents, "
            f"{np.median(weight):.0f} examples (median) doubled\n"
            f"  gain: {100 * true.mean():.2f} points in truth, {100 * said.mean():.2f} predicted\n"
            f"  mean distance of an intent: {100 * np.abs(said - true).mean():.2f} points; "
            f"predicting no gain: {100 * np.abs(true).mean():.2f}; "
            f"the mean for all: {100 * np.abs(true - true.mean()).mean():.2f}\n"
            f"  rank correlation {_ranks(said, true):.2f}; "
            f"in the interval of 80 %: {inside:.0%}; {time.perf_counter() - began:.0f} s\n"
        )


def _ranks(one: learning.Array, other: learning.Array) -> float:
    ranks = [each.argsort().argsort() for each in (one, other)]
    return float(np.corrcoef(*ranks)[0, 1])


if __name__ == "__main__":
    main(sys.argv[1:])
