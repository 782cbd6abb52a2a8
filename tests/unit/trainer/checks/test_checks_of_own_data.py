"""The project's own data: no errors, checked in time; how often the checks are right."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest

from bot.trainer.checks import Grade, Project, Report, check, planting
from bot.trainer.checks.data import Data
from bot.trainer.nlu_files import read_sources

ROOT = Path(__file__).parents[4]
SECONDS = 20.0
"""Of the processor, with the sentences' vectors on disk, as they are after the first run."""
SEEDS = (7, 1, 2, 3)
"""Twenty of each are planted by each: where they fall goes by chance, and by every new example."""

pytestmark = pytest.mark.timeout(900)  # on a machine with much else to do


@pytest.fixture(scope="module")
def report() -> tuple[Report, float]:
    made, seconds = timed()
    if seconds >= SECONDS:  # it may have encoded sentences for the first time
        made, seconds = timed()
    return made, seconds


def timed() -> tuple[Report, float]:
    started = time.process_time()
    made = check(Project.at(ROOT))
    return made, time.process_time() - started


def test_our_own_data_has_no_error(report: tuple[Report, float]) -> None:
    errors = [each for each in report[0].findings if each.grade is Grade.ERROR]
    assert [(each.message, each.places) for each in errors] == []
    assert report[0].compared == report[0].examples > 5000


def test_the_whole_data_is_checked_in_under_twenty_seconds(report: tuple[Report, float]) -> None:
    assert report[1] < SECONDS, f"{report[1]:.1f} s"


def test_what_is_planted_without_a_model_is_found_and_nothing_else() -> None:
    examples = read_sources(ROOT / "data/nlu")
    others = [example.intent for example in examples[1:]] + [examples[0].intent]
    checks = {"same-text", "wrong-language", "personal-data"}
    before = list(planting.found_by(Data(tuple(examples)), checks))
    found: Counter[str] = Counter()
    false = 0
    for seed in SEEDS:
        planted = planting.plant(examples, others, seed=seed)
        of_these, wrongly = planting.outcome(planted, before, checks)
        found += of_these
        false += len(wrongly)
    assert found["same text"] == 20 * len(SEEDS)
    assert found["language, any other"] >= 18 * len(SEEDS)
    assert found["personal data"] >= 17 * len(SEEDS)
    assert false <= len(SEEDS)
