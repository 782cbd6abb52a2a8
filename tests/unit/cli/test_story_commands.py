"""`svara test list`, `show`, `delete`, `undo` and `add`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import small_model
from click.testing import CliRunner

from bot.cli import main
from bot.settings import Settings
from bot.storage import conversations
from bot.storage.database import open_database, transaction
from bot.storage.tables import events
from bot.trainer.stories import changes

HEJ = """\
- story: Hej
  steps:
  - user: hej
    intent: greet
  - action: utter_greet
"""
ORDER = """\
- story: An order
  steps:
  - user: where is it?
    intent: order_status
  - action: order_form
  - active_loop: order_form
  - slot_was_set:
    - requested_slot: order_number
  - user: NL-900001
    intent: nlu_fallback
  - action: order_form
  - active_loop: null
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    found = tmp_path / "tests/stories"
    found.mkdir(parents=True)
    (found / "all.yml").write_text("stories:\n" + HEJ + ORDER)
    yield found
    open_database.cache_clear()


def svara(*words: str, code: int = 0) -> str:
    result = CliRunner().invoke(main, ["test", *words])
    assert result.exit_code == code, result.output
    return str(result.output)


def test_the_stories_are_listed_and_read_as_conversations(folder: Path) -> None:
    assert svara("list") == "tests/stories/all.yml:2  Hej\ntests/stories/all.yml:7  An order\n"
    assert svara("show", "An order").splitlines() == [
        "tests/stories/all.yml:7  An order",
        "customer  where is it?",
        "   means  Order status  (order_status)",
        "     bot  Asks about the order  (order_form)",
        "     bot  Waits for: order number  (order_number)",
        "customer  NL-900001",
        "     bot  Asks about the order  (order_form)",
        "     bot  Asks no more  (active_loop: null)",
    ]
    assert svara("show", "tests/stories/all.yml:2").startswith("tests/stories/all.yml:2  Hej")
    (folder / "all.yml").unlink()
    assert "no test stories" in svara("list")


def test_a_story_is_deleted_and_brought_back(folder: Path) -> None:
    path = folder / "all.yml"
    said = svara("delete", "Hej", "--by", "tove")
    assert said == ("Deleted 'Hej' from tests/stories/all.yml. `svara test undo` brings it back.\n")
    assert path.read_text() == "stories:\n" + ORDER
    svara("delete", "tests/stories/all.yml", "--by", "tove")
    assert not path.exists()
    assert "as it was before it was deleted: tests/stories/all.yml" in svara("undo")
    assert path.read_text() == "stories:\n" + ORDER
    svara("undo", "1")
    assert path.read_text() == "stories:\n" + HEJ + ORDER
    assert "nothing to take back" in svara("undo")
    assert [each.by for each in changes(Settings(var=Path("var")))] == ["tove", "tove"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["show", "Nothing"], "no test story 'Nothing'"),
        (["delete", "tests/stories/all.yml"], "more than one story: tests/stories/all.yml:2, "),
        (["show", "tests/stories/all.yml:3"], "no test story"),
        (["undo", "7"], "no change 7"),
        (["expect", "Hej", "--model", "svara-none"], "svara-none"),
    ],
)
def test_what_is_not_there_is_said(folder: Path, words: list[str], told: str) -> None:
    result = CliRunner().invoke(main, ["test", *words])
    assert result.exit_code != 0
    assert told in str(result.exception) + result.output
    assert (folder / "all.yml").read_text() == "stories:\n" + HEJ + ORDER


def test_a_story_that_a_model_breaks_is_made_to_expect_what_it_does(folder: Path) -> None:
    model = str(small_model.train(folder.parents[1] / "small"))
    path = folder / "all.yml"
    path.write_text("stories:\n" + HEJ.replace("user: hej", "user: weather"))
    said = svara("stories", "--model", model, code=1)
    assert "  + action    action_answer" in said
    assert "`svara test expect STORY` makes a story expect it" in said
    assert "Changed: tests/stories/all.yml" in svara("expect", "Hej", "--model", model)
    assert "  - action: action_answer\n" in path.read_text()
    assert "1 of 1 stories passed" in svara("stories", "--model", model)
    assert "expects what the model does already" in svara("expect", "Hej", "--model", model)
    svara("undo")
    assert "  - action: utter_greet\n" in path.read_text()


def test_a_story_that_ends_where_the_bot_did_not_understand_is_said_to(folder: Path) -> None:
    Path("var").mkdir()
    with transaction(open_database("sqlite:///var/svara.db")) as connection:
        conversations.start(connection, "web-1", "webchat", language="sv")
        for event in (
            {"event": "user", "text": "hej", "parse_data": {"intent": {"name": "greet"}}},
            {"event": "action", "name": "utter_greet"},
            {"event": "user", "text": "qwerty", "parse_data": {"intent": {"name": "nlu_fallback"}}},
            {"event": "action", "name": "action_not_understood"},
        ):
            row = {"sender_id": "web-1", "type_name": event["event"]}
            connection.execute(events.insert().values(**row, data=json.dumps(event)))
    said = svara("add", "web-1")
    assert "hej.yml, up to “qwerty”, which the bot did not understand" in said
