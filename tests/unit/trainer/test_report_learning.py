"""What more examples would be worth."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import report_data

from bot.nlu.classifier import IntentClassifier
from bot.nlu.meaning import encode_kept
from bot.trainer.evaluation_report import learning
from bot.trainer.evaluation_report.learning import Measured
from bot.trainer.evaluation_report.leaving_out import LeavingOut

ROWS = report_data.labelled()
TEXTS, INTENTS = [row.text for row in ROWS], [row.intent for row in ROWS]


@pytest.fixture(scope="module")
def model() -> LeavingOut:
    return LeavingOut(TEXTS, INTENTS, "oos")


def test_leaving_out_one_says_what_the_classifier_says_of_it(model: LeavingOut) -> None:
    fitted = IntentClassifier().fit(TEXTS, INTENTS, encode=encode_kept)
    said = [int(model.said(np.array([at]))[0]) for at in range(len(TEXTS))]
    assert said == fitted.left_out_.argmax(axis=1).tolist()


def test_leaving_out_many_is_nearly_training_again(model: LeavingOut) -> None:
    out = np.arange(0, len(TEXTS), 4)
    kept = [at for at in range(len(TEXTS)) if at not in set(out.tolist())]
    trained = IntentClassifier().fit(
        [TEXTS[at] for at in kept], [INTENTS[at] for at in kept], encode=encode_kept
    )
    again = trained.predict([TEXTS[at] for at in out])
    same = np.mean(model.intents[model.said(out)] == again)
    assert same >= 0.9


def fallen(start: float, times: np.ndarray | float, power: float) -> Any:
    odds = start / (1 - start) * times**-power
    return odds / (1 + odds)


def measured(power: float, start: float, examples: int = 200) -> Measured:
    """Each example is wrong as often as a power law of the odds says."""
    sizes = np.array([40, 70, 100, 130, 160, 180, 199])
    errors = fallen(start, sizes / 40, power)
    return Measured("intent", examples, sizes, np.tile(errors, (examples, 1)))


def test_a_power_law_is_carried_on() -> None:
    one = measured(0.5, 0.4)
    (found,) = learning.carry_on([one], [200])
    now = fallen(0.4, 199 / 40, 0.5)
    assert found.now == pytest.approx(1 - now)
    assert found.power == pytest.approx(0.5, abs=0.05)
    assert found.gain == pytest.approx(now - fallen(now, 2.0, 0.5), abs=0.01)
    assert found.low < found.gain < found.high


def test_an_intent_without_errors_gains_next_to_nothing() -> None:
    perfect = measured(0.0, 0.0)
    (_, found) = learning.carry_on([measured(0.5, 0.4), perfect], [20, 20])
    assert found.gain < 0.001


def test_no_more_is_promised_than_is_wrong() -> None:
    chance = np.random.default_rng(3)
    sizes = measured(0.5, 0.4).sizes
    found = []
    for share in (0.02, 0.1, 0.4, 0.8):
        wrong = (chance.random((12, 7)) < share).astype(float)
        found.append(Measured(f"{share}", 12, sizes, wrong))
    made = learning.carry_on(found, [200] * len(found))
    for one in made:
        assert one.low <= one.gain <= one.high <= 1 - one.now


def test_few_examples_leave_the_gain_uncertain() -> None:
    chance = np.random.default_rng(1)
    many = measured(0.5, 0.4)
    drawn = Measured("many", 200, many.sizes, (chance.random((200, 7)) < many.wrong).astype(float))
    few = Measured("few", 20, many.sizes, drawn.wrong[:20])
    (sure, unsure) = learning.carry_on([drawn, few], [20, 20])
    assert unsure.high - unsure.low > sure.high - sure.low


def test_every_intent_gets_its_curve_and_the_same_one_again() -> None:
    first = list(learning.curves(ROWS, "oos", lambda *_: None, more=5))
    assert [one.intent for one in first] == ["login", "order", "refund"]
    assert all(one.points[-1].examples == 15 for one in first)
    assert first == list(learning.curves(ROWS, "oos", lambda *_: None, more=5))


def test_what_was_measured_before_ctrl_c_is_kept() -> None:
    def stop(what: str, done: int, total: int) -> None:
        if done == 2:
            raise KeyboardInterrupt

    found = []
    with pytest.raises(KeyboardInterrupt):
        for curve in learning.curves(ROWS, "oos", stop):
            found.append(curve)
    assert [one.intent for one in found] == ["login", "order"]
