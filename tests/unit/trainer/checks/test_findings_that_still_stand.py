"""Findings of some time ago are left out once somebody has mended them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.trainer.checks import Grade, still_standing
from bot.trainer.checks.findings import Finding, Fix, Place
from bot.trainer.nlu_files import Remove

INTENTS = ("greet", "goodbye")


def _write(intent: str, texts: list[str]) -> str:
    path = Path(f"data/nlu/en/{intent}.yml")
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = "".join(f"    - {text}\n" for text in texts)
    path.write_text(f'version: "3.1"\nnlu:\n- intent: {intent}\n  examples: |\n{lines}')
    return path.as_posix()


@pytest.fixture
def finding(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Finding:
    """The same words, letter for letter, in two intents."""
    monkeypatch.chdir(tmp_path)
    places = tuple(
        Place(_write(intent, ["so long", "until then"]), 5, "so long", intent) for intent in INTENTS
    )
    fixes = tuple(Fix("", (Remove("en", intent, "so long"),)) for intent in INTENTS)
    return Finding(
        check="same-text", grade=Grade.ERROR, message="", advice="", places=places, fixes=fixes
    )


def test_it_stands_while_both_are_there(finding: Finding) -> None:
    assert still_standing([finding]) == [finding]


@pytest.mark.parametrize("intent", INTENTS)
def test_it_is_mended_when_one_of_them_is_gone(finding: Finding, intent: str) -> None:
    _write(intent, ["until then"])
    assert still_standing([finding]) == []
