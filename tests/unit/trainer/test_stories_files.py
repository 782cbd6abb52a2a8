"""Test stories as files: read, refused, written, made of conversations."""

from __future__ import annotations

import json
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from rasa.shared.core.domain import Domain
from rasa.shared.core.training_data.story_reader.yaml_story_reader import YAMLStoryReader
from sqlalchemy.engine import Engine

from bot.errors import StoryImpossible, StoryInvalid
from bot.storage import conversations
from bot.storage.database import open_database, reading, transaction
from bot.storage.tables import events
from bot.trainer.stories import (
    Checked,
    Done,
    Loop,
    Part,
    Result,
    Said,
    SlotsSet,
    Story,
    as_yaml,
    difference,
    read_folder,
    read_stories,
    save,
    story_from,
    write_junit,
)

STORY = """\
version: "3.1"
stories:
- story: Where is it
  metadata: {language: sv}
  steps:
  - user: |
      var är [NL-104823](order_number)?
    intent: order_status
  - action: order_form
  - active_loop: order_form
  - slot_was_set:
    - requested_slot: order_number
  - intent: shipping_info
  - action: action_answer
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "story.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_story_is_read_with_its_lines(tmp_path: Path) -> None:
    path = written(tmp_path, STORY)
    (story,) = read_stories(path)
    assert (story.name, story.path, story.line) == ("Where is it", path, 3)
    assert story.about == {"language": "sv"}
    assert story.steps == (
        Said("var är NL-104823?", "order_status", 6),
        Done("order_form", 9),
        Loop("order_form", 10),
        SlotsSet({"requested_slot": "order_number"}, 11),
        Part("shipping_info", 13),
        Done("action_answer", 14),
    )


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("stories:\n- story: a\n\tsteps: []\n", 3, "tabs"),
        ("stories:\n- story: a\n  steps: [\n", 4, "not YAML"),
        ("stories:\n- story: a\n  steps:\n  - actoin: utter_greet\n", 4, "'actoin'"),
        ("stories:\n- story: a\n  steps:\n  - action: utter_greet\n", 2, "customer says"),
        ("stories:\n- story: a\n  steps:\n  - user: hi\n  - user:\n", 5, "'user' must be a text"),
        ("stories:\n- story: a\n", 2, "no 'steps:'"),
        ("stories:\n- steps: []\n", 2, "no 'story:'"),
        ("stories:\n  a: b\n", 2, "must be a list"),
        ("rules: []\n", 1, "'rules' is not for test stories"),
        ("stories:\n- story: a\n  story: b\n  steps: []\n", 3, "twice"),
        ("- a\n", 1, "keys and values"),
        ("stories:\n- story: a\n  steps:\n  - checkpoint: x\n", 4, "'checkpoint'"),
        ("stories:\n- story: a\n  steps:\n  - user: hi\n  - slot_was_set: [a]\n", 5, "names with"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    path = written(tmp_path, text)
    with pytest.raises(StoryInvalid, match=r"story\.yml") as refused:
        read_stories(path)
    assert refused.value.line == line, refused.value
    assert said in str(refused.value)


def test_another_encoding_a_missing_file_and_too_much_are_refused(tmp_path: Path) -> None:
    (tmp_path / "latin.yml").write_bytes("stories: # på".encode("latin-1"))
    with pytest.raises(StoryInvalid, match="UTF-8"):
        read_stories(tmp_path / "latin.yml")
    with pytest.raises(StoryInvalid, match="cannot be read"):
        read_stories(tmp_path / "none.yml")
    (tmp_path / "large.yml").write_text("#" * 1_000_001)
    with pytest.raises(StoryInvalid, match="bytes"):
        read_stories(tmp_path / "large.yml")
    laughs = "\n".join(
        f"  - &{b} [{', '.join(['*' + a] * 9)}]" for a, b in ["ab", "bc", "cd", "de"]
    )
    first = f"  - &a [{', '.join('1' * 40)}]"
    many = f"stories:\n- story: x\n  metadata:\n{first}\n{laughs}\n  steps: []\n"
    with pytest.raises(StoryInvalid, match="too much"):
        read_stories(written(tmp_path, many))


def test_an_empty_file_and_a_missing_folder_have_no_stories(tmp_path: Path) -> None:
    assert read_stories(written(tmp_path, "")) == []
    assert read_folder(tmp_path / "none") == []


_TEXTS = st.text(min_size=1, max_size=40).map(str.strip).filter(bool)
_NAMES = st.sampled_from(["order_form", "action_answer", "null", "yes", "order status"])
_STEPS = st.one_of(
    st.builds(Said, _TEXTS, st.none() | _NAMES),
    st.builds(Part, _NAMES),
    st.builds(Done, _NAMES),
    st.builds(Loop, st.none() | st.just("order_form")),
    st.builds(SlotsSet, st.dictionaries(_NAMES, st.none() | st.booleans() | _NAMES, min_size=1)),
)


@hypothesis_settings(max_examples=60, deadline=None)
@given(name=_TEXTS, first=st.builds(Said, _TEXTS, _NAMES), steps=st.lists(_STEPS, max_size=5))
def test_what_is_written_is_read_as_it_was(name: str, first: Said, steps: list[Any]) -> None:
    story = Story(name, (first, *steps))
    with TemporaryDirectory() as folder:
        (again,) = read_stories(written(Path(folder), as_yaml(story)))
    assert again.name == story.name
    assert as_yaml(again) == as_yaml(story)
    assert isinstance(again.steps[0], Said)
    assert again.steps[0].text == first.text


def test_rasa_reads_what_is_written(tmp_path: Path) -> None:
    path = written(tmp_path, as_yaml(read_stories(written(tmp_path, STORY))[0]))
    reader = YAMLStoryReader(Domain.load("domain.yml"))
    (step,) = reader.read_from_file(path)
    assert step.block_name == "Where is it"
    kinds = [event.type_name for event in step.events]
    assert kinds == ["user", "action", "active_loop", "slot", "user", "action"]


def test_the_same_story_is_not_written_twice_and_another_gets_its_own_file(tmp_path: Path) -> None:
    story = Story("Hej, då!", (Said("hej", "greet"), Done("utter_greet")))
    assert save(story, tmp_path) == tmp_path / "hej-da.yml"
    with pytest.raises(StoryImpossible, match="already"):
        save(story, tmp_path)
    other = Story("Hej då", (Said("hej då", "goodbye"), Done("utter_goodbye")))
    assert save(other, tmp_path) == tmp_path / "hej-da-2.yml"


@pytest.fixture
def database(tmp_path: Path) -> Engine:
    return open_database(f"sqlite:///{tmp_path / 'svara.db'}")


def keep(database: Engine, *spoken: dict[str, Any], name: str | None = None) -> None:
    with transaction(database) as connection:
        conversations.start(
            connection, "c1", "webchat", customer={"name": name} if name else {}, language="sv"
        )
        for event in spoken:
            connection.execute(
                events.insert().values(
                    sender_id="c1", type_name=event["event"], data=json.dumps(event)
                )
            )


def said(text: str, intent: str, **more: Any) -> dict[str, Any]:
    parsed = {"intent": {"name": intent}, "entities": [{"entity": "language", "value": "sv"}]}
    metadata = {"handoff": more.pop("handoff", False)}
    return {"event": "user", "text": text, "metadata": metadata, "parse_data": parsed | more}


def did(action: str) -> dict[str, Any]:
    return {"event": "action", "name": action}


def test_a_conversation_becomes_a_story_without_personal_data(database: Engine) -> None:
    keep(
        database,
        did("action_session_start"),
        {"event": "session_started"},
        did("action_listen"),
        said("jag heter Anna Berg, var är NL-104823?", "order_status"),
        {"event": "slot", "name": "order_number", "value": "NL-104823"},
        did("order_form"),
        {"event": "active_loop", "name": "order_form"},
        {"event": "slot", "name": "requested_slot", "value": "order_proof"},
        {"event": "bot", "text": "Och din e-post?"},
        did("action_listen"),
        said("anna.berg@mail.example, det gäller NL-104823", "nlu_fallback"),
        did("order_form"),
        {"event": "slot", "name": "requested_slot", "value": None},
        {"event": "slot", "name": "questions_left", "value": [{"text": "Anna Berg"}]},
        did("action_listen"),
        said("frakt?", "shipping_info", part=True),
        did("action_answer"),
        did("action_listen"),
        said("hallå", "greet", handoff="ho_1"),
        did("action_listen"),
    )
    with reading(database) as connection:
        story = story_from(connection, "c1")
    assert story.name == "jag heter Kim Exempelsson, var är NL-900001?"
    assert story.about is not None and story.about["channel"] == "webchat"
    assert story.steps == (
        Said("jag heter Kim Exempelsson, var är NL-900001?", "order_status"),
        Done("order_form"),
        Loop("order_form"),
        SlotsSet({"requested_slot": "order_proof"}),
        Said("kim@mail.example, det gäller NL-900001", "nlu_fallback"),
        Done("order_form"),
        SlotsSet({"requested_slot": None, "questions_left": True}),
        Part("shipping_info"),
        Done("action_answer"),
    )


def test_the_customers_own_name_is_replaced_wherever_it_stands(database: Engine) -> None:
    keep(database, said("Stone ringde", "greet"), did("utter_greet"), name="Kim Stone")
    with reading(database) as connection:
        story = story_from(connection, "c1", "A call")
    assert story.steps[0] == Said("Kim Exempelsson ringde", "greet")


def test_a_story_ends_before_the_first_message_that_was_not_understood(database: Engine) -> None:
    keep(
        database,
        said("hej", "greet"),
        did("utter_greet"),
        did("action_listen"),
        said("jag heter Anna Berg, qwerty", "nlu_fallback"),
        did("action_not_understood"),
        did("action_listen"),
        said("hej då", "goodbye"),
        did("utter_goodbye"),
    )
    with reading(database) as connection:
        story = story_from(connection, "c1")
    assert story.steps == (Said("hej", "greet"), Done("utter_greet"))
    assert story.before == "jag heter Kim Exempelsson, qwerty"


def test_an_order_number_alone_and_what_is_no_business_of_the_bot_are_understood(
    database: Engine,
) -> None:
    keep(
        database,
        said("NL-104823", "nlu_fallback"),
        did("order_form"),
        {"event": "active_loop", "name": "order_form"},
        did("action_listen"),
        said("anna@mail.example", "nlu_fallback"),
        did("order_form"),
        {"event": "active_loop", "name": None},
        did("action_listen"),
        said("vad blir det för väder?", "out_of_scope"),
        did("action_not_understood"),
    )
    with reading(database) as connection:
        story = story_from(connection, "c1")
    assert [step.intent for step in story.steps if isinstance(step, Said)] == [
        "nlu_fallback",
        "nlu_fallback",
        "out_of_scope",
    ]
    assert story.before is None


def test_a_part_of_a_message_that_was_not_understood_ends_the_story_before_the_message(
    database: Engine,
) -> None:
    keep(
        database,
        said("hej", "greet"),
        did("utter_greet"),
        said("frakt? och qwerty", "shipping_info"),
        did("action_next_question"),
        said("frakt?", "shipping_info", part=True),
        did("action_answer"),
        did("action_next_question"),
        said("qwerty", "nlu_fallback", part=True),
        did("action_not_understood"),
    )
    with reading(database) as connection:
        story = story_from(connection, "c1")
    assert [step.text for step in story.steps if isinstance(step, Said)] == ["hej"]
    assert story.before == "frakt? och qwerty"


@pytest.mark.parametrize("action", ["action_not_understood", "action_default_fallback"])
def test_of_a_first_message_that_was_not_understood_no_story_is_made(
    database: Engine, action: str
) -> None:
    keep(database, said("jag heter Anna Berg, qwerty", "nlu_fallback"), did(action))
    with reading(database) as connection, pytest.raises(StoryImpossible) as refused:
        story_from(connection, "c1")
    assert "did not understand “jag heter Kim Exempelsson, qwerty”" in str(refused.value)
    assert "Label the message" in str(refused.value)


def test_a_conversation_that_the_bot_had_no_part_in_is_refused(database: Engine) -> None:
    keep(database, said("hej", "greet", handoff="ho_1"), did("action_listen"))
    with reading(database) as connection:
        with pytest.raises(StoryImpossible, match="a person had it"):
            story_from(connection, "c1")
        with pytest.raises(StoryImpossible, match="no conversation 'c2'"):
            story_from(connection, "c2")
        assert connection.execute(sa.select(sa.func.count()).select_from(events)).scalar() == 2


def failed() -> Result:
    story = Story("Where", (Said("var är den", "order_status", 4),), Path("s.yml"), 3)
    return Result(
        story,
        (
            Checked("customer", "var är den", None, 4),
            Checked("intent", "order_status", "refund_status (0.61)", 4),
            Checked("action", "order_form", "action_answer", 6),
            Checked("action", "utter_greet", None, 7),
        ),
        0.25,
    )


def test_a_failure_is_a_diff(tmp_path: Path) -> None:
    assert not failed().passed
    assert difference(failed()).splitlines() == [
        "s.yml:3  Where",
        "    customer  var är den",
        "  - intent    order_status",
        "  + intent    refund_status (0.61)",
        "  - action    order_form",
        "  + action    action_answer",
        "    action    utter_greet",
    ]


def test_the_results_are_junit(tmp_path: Path) -> None:
    passed = Result(Story("Hej \x07", ()), (Checked("intent", "greet", "greet (0.9)", 1),), 0.1)
    assert passed.passed
    write_junit([failed(), passed], tmp_path / "out" / "stories.xml")
    suite = ElementTree.parse(tmp_path / "out" / "stories.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert "+ action    action_answer" in (suite.findtext("testcase/failure") or "")
