"""How good predictions are: labels in, numbers out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import roc_auc_score

TEXTS_SHOWN = 5
BINS = 15
COVERAGE = 0.95
Floats = NDArray[Any]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class IntentScore:
    """How well one intent is told from the others; 0 where nothing is there to divide by.

    Attributes:
        support: sentences that mean it.
    """

    intent: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Confusion:
    """Sentences that mean one intent and were taken for another."""

    intent: str
    predicted: str
    count: int
    texts: tuple[str, ...]


def accuracy(right: Sequence[str], predicted: Sequence[str]) -> float:
    """Share of predictions that are right, 0 to 1; 0 for none at all."""
    return sum(r == p for r, p in zip(right, predicted, strict=True)) / len(right) if right else 0.0


def by_intent(right: Sequence[str], predicted: Sequence[str]) -> list[IntentScore]:
    """The score of each intent that occurs in `right`, in alphabetical order."""
    meant, said = Counter(right), Counter(predicted)
    hits = Counter(r for r, p in zip(right, predicted, strict=True) if r == p)
    return [
        IntentScore(
            intent=intent,
            precision=_share(hits[intent], said[intent]),
            recall=_share(hits[intent], meant[intent]),
            f1=_share(2 * hits[intent], meant[intent] + said[intent]),
            support=meant[intent],
        )
        for intent in sorted(meant)
    ]


def macro_f1(scores: Sequence[IntentScore]) -> float:
    """Mean F1 of the intents, each counting the same."""
    return sum(score.f1 for score in scores) / len(scores) if scores else 0.0


def confusions(
    texts: Sequence[str], right: Sequence[str], predicted: Sequence[str]
) -> list[Confusion]:
    """The pairs that were confused, the most frequent first."""
    found: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for text, r, p in zip(texts, right, predicted, strict=True):
        if r != p:
            found[r, p].append(text)
    return [
        Confusion(*pair, len(those), tuple(those[:TEXTS_SHOWN]))
        for pair, those in sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    ]


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


@dataclass(frozen=True)
class Scores:
    """How good a classifier is on some sentences; shares are 0 to 1, None where nothing is there.

    In scope are the sentences that have one of the assistant's intents; the others are foreign.

    Attributes:
        accuracy: share of all sentences whose likeliest intent is right; for a foreign sentence
            the label of what is foreign.
        macro_f1: mean F1 of the intents that occur, foreign included.
        in_scope_accuracy: share of the sentences in scope whose likeliest intent is right.
        out_of_scope_auroc: how often a foreign sentence has a higher out-of-scope score than one
            in scope (area under the ROC curve).
        out_of_scope_recall_at_95_coverage: share of the foreign ones that are above the score
            which 95 % of the sentences in scope do not exceed.
        expected_calibration_error: of the highest probability, in scope; see `calibration_error`.
        adaptive_calibration_error: the same in bins of equally many sentences.
    """

    sentences: int
    in_scope: int
    accuracy: float
    macro_f1: float
    in_scope_accuracy: float | None
    out_of_scope_auroc: float | None
    out_of_scope_recall_at_95_coverage: float | None
    expected_calibration_error: float | None
    adaptive_calibration_error: float | None


def score(
    right: Sequence[str],
    predicted: Sequence[str],
    confidence: Floats,
    foreignness: Floats,
    foreign_label: str,
) -> Scores:
    """The numbers of some predictions.

    Args:
        confidence: highest probability of each sentence, 0 to 1.
        foreignness: out-of-scope score of each, higher for what is more foreign.
        foreign_label: what is out of scope has this intent.
    """
    foreign = np.array([intent == foreign_label for intent in right], dtype=bool)
    hits = np.array([r == p for r, p in zip(right, predicted, strict=True)], dtype=bool)
    ours = ~foreign
    both, some = foreign.any() and ours.any(), ours.any()
    return Scores(
        sentences=len(right),
        in_scope=int(ours.sum()),
        accuracy=accuracy(right, predicted),
        macro_f1=macro_f1(by_intent(right, predicted)),
        in_scope_accuracy=float(hits[ours].mean()) if some else None,
        out_of_scope_auroc=float(roc_auc_score(foreign, foreignness)) if both else None,
        out_of_scope_recall_at_95_coverage=(
            recall_at_coverage(foreign, foreignness) if both else None
        ),
        expected_calibration_error=calibration_error(confidence[ours], hits[ours]),
        adaptive_calibration_error=calibration_error(confidence[ours], hits[ours], adaptive=True),
    )


def calibration_error(
    confidence: Floats, right: Mask, *, bins: int = BINS, adaptive: bool = False
) -> float | None:
    """Mean distance between confidence and accuracy over bins, weighted by their sentences.

    Guo et al. 2017, On Calibration of Modern Neural Networks, equation 3; with `adaptive`, the
    bins of Nguyen and O'Connor 2015 (Posterior calibration and exploratory analysis).

    Args:
        confidence: highest probability of each sentence, 0 to 1.
        right: whether the likeliest intent was right.
        bins: how many: of equal width, (0, 1/n], (1/n, 2/n], ...
        adaptive: bins of equally many sentences instead, in the order of their confidence.

    Returns:
        0 to 1; None without sentences.
    """
    if not len(confidence):
        return None
    if adaptive:
        number = np.empty(len(confidence), dtype=int)
        number[np.argsort(confidence, kind="stable")] = (
            np.arange(len(confidence)) * bins // len(confidence)
        )
    else:
        number = np.clip(np.ceil(np.asarray(confidence) * bins).astype(int) - 1, 0, bins - 1)
    gaps = np.bincount(number, weights=right.astype(float) - confidence, minlength=bins)
    return float(np.abs(gaps).sum() / len(confidence))


def recall_at_coverage(foreign: Mask, foreignness: Floats, coverage: float = COVERAGE) -> float:
    """Share of what is foreign above the lowest score that keeps `coverage` of the rest.

    A sentence in scope is kept when its score is not above the limit.
    """
    return float((foreignness[foreign] > coverage_limit(foreignness[~foreign], coverage)).mean())


def coverage_limit(foreignness: Floats, coverage: float = COVERAGE) -> float:
    """The lowest score that at least a share `coverage` of the scores does not exceed."""
    return float(np.quantile(foreignness, coverage, method="inverted_cdf"))
