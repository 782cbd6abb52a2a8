"""Turns what the index sees of a hit into the probability that it is the right article.

A logistic function of four features. Its numbers are in `calibration.json`, with how they were
found; `calibrate` finds them anew from questions whose right article is known.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from functools import lru_cache
from pathlib import Path

from kb_connector.errors import CalibrationError

_FILE = Path(__file__).with_name("calibration.json")


@dataclass(frozen=True)
class Features:
    """What the index sees of one hit.

    Attributes:
        score: fused score of the words (0..1), without the topics' part.
        margin: distance (-1..1) to the best other article, topics' part included.
        coverage: the part (0..1) of the query's words, weighted by rarity, that the article has.
        topic: 1 when one of the query's intents is the article's, -1 when there are intents and
            none is, 0 when the query came without any.
    """

    score: float
    margin: float
    coverage: float
    topic: float


@dataclass(frozen=True)
class Calibration:
    """A logistic function: one weight a feature, and an intercept."""

    intercept: float
    score: float
    margin: float
    coverage: float
    topic: float

    def confidence(self, features: Features) -> float:
        """Probability (0..1) that the hit answers the question."""
        total = self.intercept + sum(
            getattr(self, field.name) * getattr(features, field.name) for field in fields(features)
        )
        return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))

    def save(self, path: Path, notes: dict[str, object]) -> None:
        """Writes the numbers as JSON, with notes on where they come from."""
        content = {"coefficients": asdict(self), "fitted_on": notes}
        path.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n", "utf-8")


@lru_cache(maxsize=1)
def shipped() -> Calibration:
    """The calibration that comes with the package."""
    return load(_FILE)


def load(path: Path) -> Calibration:
    """Reads what `Calibration.save` wrote.

    Raises:
        CalibrationError: the file is missing or damaged.
    """
    try:
        numbers = json.loads(path.read_text("utf-8"))["coefficients"]
        return Calibration(**{name: float(number) for name, number in numbers.items()})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CalibrationError(
            f"The calibration in {path} cannot be read ({error}). Make it again with `calibrate`."
        ) from error


def fit(rows: Sequence[tuple[Features, bool]]) -> Calibration:
    """Fits the logistic function (L2-regularised) to hits that are known as right or wrong.

    Raises:
        CalibrationError: there are not both right and wrong hits.
    """
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415  as slow as in words.py

    if len({right for _, right in rows}) != 2:
        raise CalibrationError("Calibration needs both right and wrong hits; add more questions.")
    model = LogisticRegression(C=10.0, max_iter=1000)
    model.fit([astuple(features) for features, _ in rows], [right for _, right in rows])
    return Calibration(float(model.intercept_[0]), *(float(weight) for weight in model.coef_[0]))


def expected_error(confidences: Iterable[tuple[float, bool]], bins: int = 10) -> float:
    """Mean distance (0..1) between confidence and the share that was right, over equal bins."""
    by_bin: dict[int, list[tuple[float, bool]]] = {}
    for confidence, right in confidences:
        by_bin.setdefault(min(bins - 1, int(confidence * bins)), []).append((confidence, right))
    total = sum(len(rows) for rows in by_bin.values())
    off = (
        abs(sum(c for c, _ in rows) - sum(right for _, right in rows)) for rows in by_bin.values()
    )
    return sum(off) / total if total else 0.0
