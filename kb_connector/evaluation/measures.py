"""Numbers of an evaluation, from what was found for each question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BINS = 10


@dataclass(frozen=True)
class Answered:
    """What a search found for one question.

    Attributes:
        rank: place of the right article, from 1; None when it was not found.
        confidence: of the first article; 0 when nothing was found.
        milliseconds: that it took.
    """

    rank: int | None
    confidence: float
    milliseconds: float


@dataclass(frozen=True)
class Measures:
    """How good a search is; shares are 0 to 1.

    Attributes:
        recall_at_1: share of questions whose right article came first.
        recall_at_3: ... was among the first three.
        mrr: mean of 1 / place of the right article, 0 where it was not found.
        answered: share of questions whose first article is sure enough to be the answer.
        precision: share of those answers that were right; None without answers.
        offered: share of questions that are not answered but get articles to choose from.
        offered_right: share of those with the right article among the three; None without any.
        expected_calibration_error: mean distance between the confidence in the first article and
            the share that was right, over ten bins of equal width.
        p50_ms: half of the questions were faster.
        p99_ms: 99 of 100 were.
    """

    questions: int
    recall_at_1: float
    recall_at_3: float
    mrr: float
    answered: float
    precision: float | None
    offered: float
    offered_right: float | None
    expected_calibration_error: float
    p50_ms: float
    p99_ms: float


def measure(found: Sequence[Answered], answer_at: float, offer_at: float) -> Measures:
    """The numbers.

    Args:
        found: at least one.
        answer_at: confidence from which the first article is the answer.
        offer_at: confidence from which articles are offered.
    """
    sure = [each for each in found if each.confidence >= answer_at]
    offered = [each for each in found if offer_at <= each.confidence < answer_at]
    times = sorted(each.milliseconds for each in found)
    return Measures(
        questions=len(found),
        recall_at_1=_share(found, 1),
        recall_at_3=_share(found, 3),
        mrr=sum(1 / each.rank for each in found if each.rank) / len(found),
        answered=len(sure) / len(found),
        precision=_share(sure, 1) if sure else None,
        offered=len(offered) / len(found),
        offered_right=_share(offered, 3) if offered else None,
        expected_calibration_error=_calibration_error(found),
        p50_ms=times[len(times) // 2],
        p99_ms=times[min(len(times) - 1, int(0.99 * len(times)))],
    )


def _share(found: Sequence[Answered], place: int) -> float:
    return sum(each.rank is not None and each.rank <= place for each in found) / len(found)


def _calibration_error(found: Sequence[Answered]) -> float:
    bins: dict[int, list[tuple[float, bool]]] = {}
    for each in found:
        place = min(BINS - 1, int(each.confidence * BINS))
        bins.setdefault(place, []).append((each.confidence, each.rank == 1))
    off = (
        abs(sum(confidence for confidence, _ in rows) - sum(right for _, right in rows))
        for rows in bins.values()
    )
    return sum(off) / len(found)
