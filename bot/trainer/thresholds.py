"""From which confidence the bot should act: what each threshold keeps and what it lets through.

`python -m bot.trainer.thresholds` prints the table for the training examples, cross-validated.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click
import numpy as np
from numpy.typing import NDArray

from bot.trainer.cross_validation import Predictions, predict_unseen
from bot.trainer.examples import read_examples

OUT_OF_SCOPE = "out_of_scope"
THRESHOLDS = (0.0, 0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6)
AMBIGUITIES = (0.0, 0.05, 0.1)


@dataclass(frozen=True)
class Choice:
    """A pair of thresholds, and what it does; shares are 0 to 1.

    Attributes:
        threshold: least confidence of the first choice.
        ambiguity: least lead of the first choice over the second.
        answered: share of all messages that the bot acts on.
        right_kept: of the right first choices, share that it acts on.
        wrong_let: of the wrong ones, share that it acts on.
        foreign_let: of what is out of scope, share that it acts on as if it were not.
        accuracy: share of what it acts on that is right.
    """

    threshold: float
    ambiguity: float
    answered: float
    right_kept: float
    wrong_let: float
    foreign_let: float
    accuracy: float


def choices(
    found: Predictions,
    thresholds: Iterable[float] = THRESHOLDS,
    ambiguities: Sequence[float] = AMBIGUITIES,
) -> list[Choice]:
    """What each pair does. A message predicted as out of scope is not acted on at any."""
    order = np.sort(found.shares, axis=1)
    first, lead = order[:, -1], order[:, -1] - order[:, -2]
    predicted = found.intents[found.shares.argmax(axis=1)]
    foreign, ours = found.right == OUT_OF_SCOPE, predicted != OUT_OF_SCOPE
    right, wrong = (predicted == found.right) & ours, (predicted != found.right) & ours & ~foreign
    made = []
    for threshold in thresholds:
        for ambiguity in ambiguities:
            acted = (first >= threshold) & (lead >= ambiguity) & ours
            made.append(
                Choice(
                    threshold,
                    ambiguity,
                    answered=float(acted.mean()),
                    right_kept=_share(acted & right, right),
                    wrong_let=_share(acted & wrong, wrong),
                    foreign_let=_share(acted & foreign, foreign),
                    accuracy=_share(acted & right, acted),
                )
            )
    return made


def _share(part: NDArray[np.bool_], whole: NDArray[np.bool_]) -> float:
    return float(part.sum() / whole.sum()) if whole.any() else 0.0


def main() -> int:
    """Prints the table."""
    found = predict_unseen(read_examples(), progress=lambda line: click.echo(line, err=True))
    click.echo("threshold  ambiguity  answered  right kept  wrong let  out of scope let  accuracy")
    for one in choices(found):
        click.echo(
            f"{one.threshold:9.2f}{one.ambiguity:11.2f}{one.answered:10.1%}{one.right_kept:12.1%}"
            f"{one.wrong_let:11.1%}{one.foreign_let:18.1%}{one.accuracy:10.1%}"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
