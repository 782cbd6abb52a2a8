"""One bar over several stages of work."""

from __future__ import annotations

import pytest

from bot.trainer.jobs.stages import TOTAL, Stages


@pytest.fixture
def told() -> list[tuple[str, int, int]]:
    return []


def stages(told: list[tuple[str, int, int]], **shares: float) -> Stages:
    return Stages(lambda *what: told.append(what), shares)


def test_a_stage_fills_its_share_of_the_whole(told: list[tuple[str, int, int]]) -> None:
    work = stages(told, training=75, gate=25)
    work.of("training")("Training", 0, 10)
    work.of("training")("Training", 5, 10)
    work.of("gate")("Asking", 0, 136)
    work.of("gate")("Asking", 136, 136)
    assert told == [
        ("Training", 0, TOTAL),
        ("Training", 375, TOTAL),
        ("Asking", 750, TOTAL),
        ("Asking", TOTAL, TOTAL),
    ]


def test_the_bar_never_falls_though_a_stage_begins_anew(told: list[tuple[str, int, int]]) -> None:
    work = stages(told, gate=1)
    for done in (0, 3, 0, 2, 3):
        work.of("gate")("Asking", done, 4)
    work.of("gate")("Loading", 0, 0)
    assert [done for _, done, _ in told] == [0, 750, 750, 750, 750, 750]


def test_stages_lie_within_a_stage(told: list[tuple[str, int, int]]) -> None:
    whole = stages(told, before=50, gate=50)
    inner = Stages(whole.of("gate"), {"old": 1, "new": 1})
    inner.of("old")("Asking the old", 1, 2)
    inner.of("new")("Asking the new", 1, 2)
    assert [done for _, done, _ in told] == [625, 875]


def test_a_stage_that_takes_nothing_and_one_told_past_its_end_are_no_trouble(
    told: list[tuple[str, int, int]],
) -> None:
    work = stages(told, nothing=0, rest=1)
    work.of("nothing")("None", 1, 1)
    work.of("rest")("Rest", 9, 3)
    assert [done for _, done, _ in told] == [0, TOTAL]
