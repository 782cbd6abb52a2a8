"""The model of today's data passes our test stories, and a story that it breaks is shown."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

pytestmark = [pytest.mark.scenario, pytest.mark.timeout(960)]

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 900
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


def svara_test_stories(var: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Trains a model first, if today's data has none."""
    return subprocess.run(
        [sys.executable, "-m", "bot.cli", "test", "stories", "--var", str(var), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
        cwd=ROOT,
    )


def test_the_model_of_todays_data_passes_our_stories(tmp_path: Path) -> None:
    junit = tmp_path / "stories.xml"
    done = svara_test_stories(tmp_path, "--junit", str(junit))
    assert done.returncode == 0, done.stdout + done.stderr
    suite = ElementTree.parse(junit).getroot()
    assert int(suite.get("tests") or 0) >= 6
    assert suite.get("failures") == "0"
    assert f"{suite.get('tests')} of {suite.get('tests')} stories passed" in done.stdout


def test_a_story_that_a_model_breaks_is_a_diff(tmp_path: Path) -> None:
    path = tmp_path / "wrong.yml"
    path.write_text(WRONG)
    done = svara_test_stories(tmp_path, str(path))
    assert done.returncode == 1, done.stdout + done.stderr
    said = done.stdout
    assert f"{path}:2  Wrong" in said
    assert "  - intent    refund_status\n  + intent    order_status" in said
    assert "  - action    action_answer\n  + action    order_form" in said
    assert "    intent    greet\n    action    utter_greet" in said, "the next turn, by itself"
    assert "  - action    action_listen\n  + action    utter_greet" in said
    assert "0 of 2 stories passed" in said
