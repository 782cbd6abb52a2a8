"""What thresholds do, and which are chosen: arithmetic on a few rows."""

from __future__ import annotations

import numpy as np
import pytest

from bot.trainer.cross_validation import Predictions
from bot.trainer.thresholds import Decisions, Thresholds, Worth

FOUND = Predictions(
    intents=np.array(["a", "b", "c", "oos"]),
    shares=np.array(
        [
            [0.9, 0.1, 0.0, 0.0],  # right and sure
            [0.4, 0.35, 0.05, 0.2],  # right, the second near
            [0.3, 0.6, 0.1, 0.0],  # wrong, the right one offered
            [0.0, 0.3, 0.5, 0.2],  # wrong, the right one not offered
            [0.5, 0.1, 0.0, 0.4],  # out of scope, taken for a
            [0.1, 0.1, 0.0, 0.8],  # out of scope, known as such
        ]
    ),
    foreignness=np.array([0.1, 0.3, 0.3, 0.3, 0.7, 0.8]),
)
RIGHT = ["a", "a", "a", "a", "oos", "oos"]
ALL = Thresholds(act=0.0, lead=0.0, ask=0.0, foreign=1.0)


def decisions(worth: Worth | None = None) -> Decisions:
    return Decisions(FOUND, RIGHT, "oos", worth)


def test_without_thresholds_the_bot_acts_on_all_but_what_it_takes_for_out_of_scope() -> None:
    done = decisions().outcome(ALL)
    assert (done.coverage, done.right_kept, done.wrong_let, done.foreign_let) == (1, 1, 1, 0.5)
    assert done.accuracy == pytest.approx(2 / 5)
    assert (done.asked, done.asked_rightly, done.handed_over) == (0, None, 0)


def test_below_the_threshold_or_with_the_second_near_it_asks() -> None:
    act, ask = decisions().split(Thresholds(act=0.6, lead=0.0, ask=0.0, foreign=1.0))
    assert act.tolist() == [True, False, True, False, False, False]
    assert ask.tolist() == [False, True, False, True, True, False]
    act, _ = decisions().split(Thresholds(act=0.0, lead=0.15, ask=0.0, foreign=1.0))
    assert act.tolist() == [True, False, True, True, False, False]


def test_below_the_lower_threshold_or_out_of_scope_it_hands_over() -> None:
    done = decisions().outcome(Thresholds(act=0.6, lead=0.0, ask=0.5, foreign=0.5))
    assert done.coverage == pytest.approx(2 / 4)
    assert done.asked == pytest.approx(1 / 4)
    assert done.asked_rightly == 0
    assert done.handed_over == pytest.approx(1 / 4)
    assert done.foreign_let == 0


def test_a_decision_is_worth_what_it_is_worth_to_the_customer() -> None:
    worth = Worth(right=1, wrong=-1, offered=0.5, in_vain=-0.25)
    limits = Thresholds(act=0.6, lead=0.0, ask=0.0, foreign=1.0)
    # right, asked and offered, wrong, asked in vain, asked what is out of scope, handed over
    assert decisions(worth).worth(limits) == pytest.approx((1 + 0.5 - 1 - 0.25 - 0.25 + 0) / 6)


def test_no_other_threshold_alone_is_worth_more_than_those_chosen() -> None:
    chance = np.random.default_rng(1)
    shares = chance.dirichlet([0.3] * 4, 400)
    right = [str(chance.choice(FOUND.intents, p=row)) for row in shares]
    found = Predictions(FOUND.intents, shares, 1 - shares[:, :3].max(axis=1))
    measured = Decisions(found, right, "oos")
    best = measured.tune()
    assert best == measured.tune()
    assert 0.3 < best.act < 0.9
    assert best.ask <= best.act
    for act in np.arange(0, 1, 0.05):
        other = Thresholds(float(act), best.lead, min(best.ask, float(act)), best.foreign)
        assert measured.worth(other) <= measured.worth(best) + 1e-12


def test_who_pays_dearly_for_a_wrong_answer_acts_less() -> None:
    chance = np.random.default_rng(1)
    shares = chance.dirichlet([0.3] * 4, 400)
    right = [str(chance.choice(FOUND.intents, p=row)) for row in shares]
    found = Predictions(FOUND.intents, shares, 1 - shares[:, :3].max(axis=1))
    careful = Decisions(found, right, "oos", Worth(wrong=-20)).tune()
    assert careful.act > Decisions(found, right, "oos", Worth(wrong=0)).tune().act


def test_without_examples_the_limit_of_what_is_out_of_scope_keeps_95_of_100() -> None:
    scores = np.linspace(0, 1, 100)
    shares = np.tile([0.9, 0.1], (100, 1))
    found = Predictions(np.array(["a", "b"]), shares, scores)
    chosen = Decisions(found, ["a"] * 100, "oos").tune()
    assert (scores <= chosen.foreign).sum() == 95
