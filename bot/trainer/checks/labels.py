"""Labels that are probably wrong, and intents that are taken for each other."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bot.trainer.checks.data import Data, foreign
from bot.trainer.checks.findings import Finding, Fix, Grade, Place
from bot.trainer.nlu_files import Move

Array = NDArray[Any]

WRONG = "wrong-label"
CONFUSED = "confused-intents"
MIN_EXAMPLES = 20
"""Below, and with fewer than two intents, nothing can be said of labels."""
_LIKENESS = 10.0
"""What a cosine counts beside the probability's logarithm, in nats."""
SUSPECT, DOUBTFUL = 8.0, 9.0
"""From the first on a label is told, from the second on as a WARNING, in nats; docs/checks.md says
what that finds."""
_MOVABLE = 0.5
"""Least probability of the other intent for moving the example there to be offered; below it the
model does not know itself, and all that it told of our own data were right where they are."""
_LEAST_PAIR = 5
_LEAST_SHARE = 0.04
_WARNING_SHARE = 0.10
_SHOWN = 8


def wrong_labels(data: Data) -> Iterator[Finding]:
    """Examples whose label neither the classifier nor the examples near them bear out.

    Candidates are cleanlab's (Northcutt et al., Confident Learning, JAIR 2021), from what a model
    trained on all others says; of them those are reported whose own intent is least probable and
    whose nearest example of the own intent is far behind that of the other one.
    """
    if not _enough(data):
        return
    suspicion = _suspicion(data)
    best = data.unseen.shares.argmax(axis=1)
    found = np.flatnonzero(_candidates(data) & (suspicion >= SUSPECT))
    for place in found[np.argsort(-suspicion[found])].tolist():
        example, to = data.drawn[place], str(data.unseen.intents[best[place]])
        shares = data.unseen.shares[place]
        likely = float(shares[best[place]])
        movable = likely >= _MOVABLE
        yield Finding(
            check=WRONG,
            grade=Grade.WARNING if suspicion[place] >= DOUBTFUL else Grade.INFO,
            message=f"To a model that knows all other examples, “{example.text}” reads like {to} "
            f"({likely:.0%}), not like {example.intent} ({shares[data.given[place]]:.1%}).",
            advice=(f"Read it: if it asks for {to}, move it. " if movable else "")
            + "Where it is right as it is, it stands alone: write two or three more like it, or "
            "set the finding aside.",
            intent=example.intent,
            language=example.language,
            subject=example.text,  # and not `to`, which may be another tomorrow
            places=(Place.of(example), *_nearest_of(data, place, to)),
            fixes=(
                Fix(
                    f"Move it to {to}",
                    (Move(example.language, example.intent, to, example.marked),),
                ),
            )
            if movable
            else (),
        )


def confused_intents(data: Data) -> Iterator[Finding]:
    """Pairs of intents that are taken for each other, with the examples that are."""
    if not _enough(data):
        return
    best = data.unseen.shares.argmax(axis=1)
    pairs: dict[tuple[str, str], list[int]] = defaultdict(list)
    for place in np.flatnonzero(best != data.given).tolist():
        own, said = data.drawn[place].intent, str(data.unseen.intents[best[place]])
        pairs[min(own, said), max(own, said)].append(place)
    sizes = np.bincount(data.given, minlength=len(data.unseen.intents))
    size = dict(zip(data.unseen.intents.tolist(), sizes.tolist(), strict=True))
    for (one, two), places in sorted(pairs.items(), key=lambda item: -len(item[1])):
        share = len(places) / min(size[one], size[two])
        if len(places) < _LEAST_PAIR or share < _LEAST_SHARE:
            continue
        sure = data.unseen.shares.max(axis=1)
        worst = sorted(places, key=lambda place: -float(sure[place]))
        yield Finding(
            check=CONFUSED,
            grade=Grade.WARNING if share >= _WARNING_SHARE else Grade.INFO,
            message=f"{len(places)} examples of {one} and {two} are taken for the other one "
            f"({size[one]} and {size[two]} examples).",
            advice="Move what stands in the wrong one; give both more examples of what tells them "
            "apart; or make one intent of them if the answer is the same.",
            intent=one,
            other=two,
            places=tuple(Place.of(data.drawn[place]) for place in worst[:_SHOWN]),
        )


def _enough(data: Data) -> bool:
    return len(data.drawn) >= MIN_EXAMPLES and len({each.intent for each in data.drawn}) > 1


def _candidates(data: Data) -> Array:
    """Those that cleanlab holds for label errors, by confident learning's estimate of how many."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the libraries that it tries, and does not need here
        from cleanlab.filter import find_label_issues  # noqa: PLC0415 -- two seconds

        found: Array = find_label_issues(
            data.given,
            np.asarray(data.unseen.shares, dtype=np.float64),
            filter_by="low_self_confidence",
            n_jobs=1,
        )
    return found


def _suspicion(data: Data) -> Array:
    """How much speaks against each label (examples,), in nats."""
    rows = np.arange(len(data.drawn))
    own = data.unseen.shares[rows, data.given]
    best = data.unseen.shares.argmax(axis=1)
    to_own, to_best = data.closest(data.given), data.closest(best)
    found: Array = -np.log(np.maximum(own, 1e-9)) + _LIKENESS * (to_best - to_own)
    # what is about nothing known is unlike its fellows, and says nothing by that
    labels = data.unseen.intents
    outside = np.array([foreign(str(label)) for label in labels])
    found[outside[data.given] | (best == data.given)] = 0
    return found


def _nearest_of(data: Data, place: int, intent: str) -> tuple[Place, ...]:
    near, _ = data.neighbours
    those = [data.drawn[other] for other in near[place] if data.drawn[other].intent == intent]
    return tuple(Place.of(each) for each in those[:2])
