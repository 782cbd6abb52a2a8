"""A new intent in `domain.yml`: one line more."""

from __future__ import annotations

import difflib
import shutil
from pathlib import Path

import pytest

from bot.errors import IntentUnknown, NluDataInvalid
from bot.trainer.nlu_files import add_intent, domain_intents
from bot.trainer.nlu_files.domain import domain_entities

ROOT = Path(__file__).parents[3]


def test_the_shops_domain_gets_one_line(tmp_path: Path) -> None:
    path = tmp_path / "domain.yml"
    shutil.copy(ROOT / "domain.yml", path)
    before = path.read_text(encoding="utf-8")
    intents = domain_intents(path)
    assert "order_status" in intents
    assert "order_number" in domain_entities(path)
    assert add_intent("gift_card", path)
    lines = difflib.unified_diff(
        before.split("\n"), path.read_text(encoding="utf-8").split("\n"), n=0
    )
    assert [line for line in lines if line[0] in "+-"][2:] == ["+- gift_card"]
    assert domain_intents(path) == [*intents, "gift_card"]
    assert not add_intent("gift_card", path)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("intents:\r\n  - a\r\nslots: {}\r\n", "intents:\r\n  - a\r\n  - new\r\nslots: {}\r\n"),
        ("intents:\n- a", "intents:\n- a\n- new"),
        (
            "intents:\n- a:\n    use_entities:\n    - x\n# end\n",
            "intents:\n- a:\n    use_entities:\n    - x\n- new\n# end\n",
        ),
        (
            "intents:\n- a: {ignore_entities: [x,\n    y]}\n",
            "intents:\n- a: {ignore_entities: [x,\n    y]}\n- new\n",
        ),
    ],
)
def test_it_comes_after_the_last_one(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "domain.yml"
    path.write_bytes(before.encode())
    add_intent("new", path)
    assert path.read_bytes().decode() == after


@pytest.mark.parametrize(
    "content", ["intents: [a, b]\n", "slots: {}\n", "", "- a\n", "intents:\n\t- a\n"]
)
def test_a_list_that_is_written_otherwise_is_left_to_be_changed_by_hand(
    tmp_path: Path, content: str
) -> None:
    path = tmp_path / "domain.yml"
    path.write_text(content)
    with pytest.raises(NluDataInvalid, match=r"domain\.yml"):
        add_intent("new", path)
    assert path.read_text() == content


@pytest.mark.parametrize("name", ["", "a b", "null", "5", "a:", "å"])
def test_what_cannot_be_a_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(IntentUnknown):
        add_intent(name, tmp_path / "domain.yml")
