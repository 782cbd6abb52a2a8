"""How good predictions are: labels in, numbers out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

TEXTS_SHOWN = 5


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
