"""The model of today's data passes our test stories, and a story that it breaks is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import Settings
from bot.trainer.stories import broken_by, read_folder, run
from bot.trainer.training import ensure_model

pytestmark = pytest.mark.scenario

WRONG = """\
stories:
- story: Wrong
  steps:
  - user: where is my parcel?
    intent: refund_status
  - action: action_answer
  - user: hi!
    intent: greet
  - action: utter_greet
- story: Too talkative
  steps:
  - user: hi!
    intent: greet
  - user: hi!
"""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return ensure_model(Settings(var=tmp_path_factory.mktemp("var")), lambda line: None)


def test_the_model_of_todays_data_passes_our_stories(model: Path) -> None:
    assert len(read_folder()) >= 6
    broken = broken_by(model)
    assert not broken, "\n\n".join(each.difference for each in broken)


def test_a_story_that_a_model_breaks_is_a_diff(model: Path, tmp_path: Path) -> None:
    path = tmp_path / "wrong.yml"
    path.write_text(WRONG)
    wrong, talkative = broken_by(model, tmp_path)
    assert (wrong.story, wrong.path, wrong.line) == ("Wrong", path, 2)
    assert "  - intent    refund_status\n  + intent    order_status" in wrong.difference
    assert "  - action    action_answer\n  + action    order_form" in wrong.difference
    assert wrong.difference.count("+ ") == 2, "the next turn is judged by itself"
    assert "  - action    action_listen\n  + action    utter_greet" in talkative.difference


def test_progress_is_told_and_no_stories_need_no_model() -> None:
    assert run([], Path("none.tar.gz")) == []
