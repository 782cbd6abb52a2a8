"""How sure the bot must be to act, to ask "Did you mean", or to hand over to a person.

Thresholds are chosen on predictions for sentences that the model has not seen, so that what the
decisions are worth to customers is the most; `Worth` says what a decision is worth.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from bot.trainer.cross_validation import Predictions
from bot.trainer.measures import Floats, Mask, coverage_limit

SHOWN = 2
"""How many intents "Did you mean" offers."""
_STEPS = tuple(round(0.05 * step, 2) for step in range(20))
_LEADS = (0.0, 0.05, 0.1, 0.15, 0.2)
_KEPT = (1.0, 0.99, 0.98, 0.97, 0.96, 0.95, 0.925, 0.9, 0.85, 0.8, 0.7, 0.6, 0.5)
_ROUNDS = 3


@dataclass(frozen=True)
class Thresholds:
    """What the bot does by how sure it is.

    A sentence whose out-of-scope score is above `foreign`, or whose likeliest intent is what is
    out of scope, is handed over. With the rest the bot acts on the likeliest intent if that has a
    probability of `act` at least, and `lead` more than the second; else it asks "Did you mean" if
    the likeliest has `ask` at least; else it hands over.
    """

    act: float
    lead: float
    ask: float
    foreign: float


@dataclass(frozen=True)
class Worth:
    """What a decision is worth to a customer; handing over to a person is 0.

    Attributes:
        right: acting on the right intent.
        wrong: acting on a wrong one, or on what is out of scope.
        offered: asking, and the right intent is among those offered.
        in_vain: asking, and it is not.
    """

    right: float = 1.0
    wrong: float = -1.0
    offered: float = 0.5
    in_vain: float = -0.25


@dataclass(frozen=True)
class Outcome:
    """What thresholds do to some sentences; shares are 0 to 1, None of nothing.

    Attributes:
        coverage: of the sentences in scope, share that the bot acts on.
        accuracy: of all that it acts on, share that is right.
        right_kept: of the right first choices, share that it acts on.
        wrong_let: of the wrong ones in scope, share that it acts on.
        foreign_let: of what is out of scope, share that it acts on as if it were not.
        asked: of the sentences in scope, share that it answers by "Did you mean".
        asked_rightly: of these, share with the right intent among those offered.
        handed_over: of the sentences in scope, share that goes to a person.
        worth: mean worth of a decision.
    """

    coverage: float | None
    accuracy: float | None
    right_kept: float | None
    wrong_let: float | None
    foreign_let: float | None
    asked: float | None
    asked_rightly: float | None
    handed_over: float | None
    worth: float


class Decisions:
    """What thresholds do to some predictions.

    Args:
        right: intent of each sentence.
        foreign: label of what is out of scope.
    """

    def __init__(
        self, found: Predictions, right: Sequence[str], foreign: str, worth: Worth | None = None
    ) -> None:
        meant = np.array(right)
        order = np.sort(found.shares, axis=1)
        self.first: Floats = found.confidence
        self.lead: Floats = order[:, -1] - order[:, -2] if order.shape[1] > 1 else order[:, -1]
        self.foreignness: Floats = found.foreignness
        self.foreign: Mask = meant == foreign
        self._taken_for_ours: Mask = found.predicted != foreign
        self._right: Mask = (found.predicted == meant) & ~self.foreign
        ours = found.shares[:, found.intents != foreign]
        offered = found.intents[found.intents != foreign][ours.argsort(axis=1)[:, -SHOWN:]]
        self._offered: Mask = (offered == meant[:, None]).any(axis=1)
        self._worth = worth or Worth()

    def split(self, by: Thresholds) -> tuple[Mask, Mask]:
        """The sentences that the bot acts on, and those that it asks about."""
        open_ = self._taken_for_ours & (self.foreignness <= by.foreign)
        act = open_ & (self.first >= by.act) & (self.lead >= by.lead)
        return act, open_ & ~act & (self.first >= by.ask)

    def worth(self, by: Thresholds) -> float:
        """Mean worth of the decisions."""
        act, ask = self.split(by)
        paid = np.where(self._right, self._worth.right, self._worth.wrong)[act].sum()
        paid += np.where(self._offered, self._worth.offered, self._worth.in_vain)[ask].sum()
        return float(paid / len(act))

    def outcome(self, by: Thresholds) -> Outcome:
        """What the thresholds do."""
        act, ask = self.split(by)
        ours = ~self.foreign
        return Outcome(
            coverage=_share(act, ours),
            accuracy=_share(self._right, act),
            right_kept=_share(act, self._right & self._taken_for_ours),
            wrong_let=_share(act, ~self._right & self._taken_for_ours & ours),
            foreign_let=_share(act, self.foreign),
            asked=_share(ask, ours),
            asked_rightly=_share(self._offered, ask & ours),
            handed_over=_share(~act & ~ask, ours),
            worth=self.worth(by),
        )

    def tune(self) -> Thresholds:
        """The thresholds whose decisions are worth the most, each chosen in turn.

        Without foreign sentences nothing can be learned from them: then `foreign` is the score
        that 95 % of the sentences do not exceed.
        """
        ours = self.foreignness[~self.foreign]
        grid: dict[str, Sequence[float]] = {"act": _STEPS, "lead": _LEADS, "ask": _STEPS}
        if self.foreign.any():
            grid["foreign"] = [_rounded_up(coverage_limit(ours, kept)) for kept in _KEPT]
        best = Thresholds(0.5, 0.0, 0.0, _rounded_up(coverage_limit(ours)))
        for _ in range(_ROUNDS):
            for name, values in grid.items():
                best = max((replace(best, **{name: one}) for one in values), key=self.worth)
        return replace(best, ask=min(best.ask, best.act))


def _rounded_up(score: float) -> float:
    return math.ceil(score * 10_000) / 10_000


def _share(part: Mask, whole: Mask) -> float | None:
    return float((part & whole).sum() / whole.sum()) if whole.any() else None
