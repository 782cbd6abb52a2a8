"""Test stories deleted and changed: the rest of the file stays as it is, and all is taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from bot.errors import DataChanged, StoryImpossible, StoryInvalid, UndoImpossible
from bot.settings import Settings
from bot.trainer.stories import (
    Done,
    Part,
    Said,
    Story,
    as_yaml,
    change,
    changes,
    delete,
    read_stories,
    undo,
)
from bot.trainer.stories.editing import Plan, with_steps, without

FILE = """\
# Kept by hand.
version: "3.1"

stories:
# the first
- story: First   # its name
  steps:
  - user: |
      var är [NL-104823](order_number)?

    intent: order_status   # surely
  # what comes of it
  - action: order_form
  - active_loop: order_form
  - slot_was_set:
    - requested_slot: order_number

# the second
- story: "Second"
  metadata: {language: sv}
  steps:
    - user: hej
      intent: greet
    - action: utter_greet

# the third
- story: Third
  steps:
  - user: "hej då"
  - action: utter_goodbye
# the end
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path / "var")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    found = tmp_path / "stories.yml"
    found.write_text(FILE)
    return found


def names(path: Path) -> list[str]:
    return [story.name for story in read_stories(path)]


@pytest.mark.parametrize(
    ("name", "gone"),
    [
        ("First", FILE[FILE.index("- story: First") : FILE.index("\n# the second")]),
        ("Second", FILE[FILE.index('- story: "Second"') : FILE.index("\n# the third")]),
        ("Third", FILE[FILE.index("- story: Third") : FILE.index("# the end")]),
    ],
)
def test_a_story_is_deleted_and_comes_back_while_all_else_stays_byte_for_byte(
    settings: Settings, path: Path, name: str, gone: str
) -> None:
    (story,) = (each for each in read_stories(path) if each.name == name)
    done = delete(settings, story, "tove")
    assert path.read_text() == FILE.replace(gone, "")
    assert name not in names(path)
    assert (done.what, done.about, done.by, done.path) == ("deleted", name, "tove", str(path))
    assert changes(settings) == [done]
    back = undo(settings, done.id, "robin")
    assert path.read_text() == FILE
    assert (back.undone_by, change(settings, done.id)) == ("robin", back)
    with pytest.raises(UndoImpossible, match="already, by robin"):
        undo(settings, done.id, "tove")


@pytest.mark.parametrize("start", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_line_ends_and_the_mark_of_the_encoding_stay(
    settings: Settings, path: Path, start: bytes, newline: str
) -> None:
    whole = start + FILE.replace("\n", newline).encode()
    path.write_bytes(whole)
    delete(settings, read_stories(path)[1], "tove")
    gone = FILE[FILE.index('- story: "Second"') : FILE.index("\n# the third")]
    assert path.read_bytes() == start + FILE.replace(gone, "").replace("\n", newline).encode()
    undo(settings, 1, "tove")
    assert path.read_bytes() == whole


def test_the_file_goes_with_its_only_story_and_comes_back(settings: Settings, path: Path) -> None:
    path.write_text("# mine\n" + as_yaml(Story("Hej", (Said("hej", "greet"), Done("utter_greet")))))
    whole = path.read_bytes()
    done = delete(settings, read_stories(path)[0], "tove")
    assert not path.exists()
    assert done.files[0].after is None
    undo(settings, done.id, "tove")
    assert path.read_bytes() == whole


def test_nothing_is_put_back_over_what_was_changed_since(settings: Settings, path: Path) -> None:
    done = delete(settings, read_stories(path)[0], "tove")
    path.write_text(path.read_text() + "# and more\n")
    with pytest.raises(DataChanged, match="has been changed since") as refused:
        undo(settings, done.id, "tove")
    kept = Path(str(refused.value).split("kept in ")[1].rstrip("."))
    assert json.loads(kept.read_text())["files"][0]["before"] == FILE
    assert path.read_text().endswith("# and more\n")
    path.write_text(FILE)  # by hand
    assert undo(settings, done.id, "tove").undone_by == "tove"


def test_a_file_that_is_new_at_the_place_of_a_deleted_one_is_left(
    settings: Settings, path: Path
) -> None:
    path.write_text(as_yaml(Story("Hej", (Said("hej", "greet"),))))
    delete(settings, read_stories(path)[0], "tove")
    path.write_text(FILE)
    with pytest.raises(DataChanged):
        undo(settings, 1, "tove")
    assert path.read_text() == FILE


def test_the_latest_change_comes_first(settings: Settings, path: Path) -> None:
    for story in reversed(read_stories(path)):
        delete(settings, story, "tove")
    assert not path.exists()
    (settings.var / "stories/notes.json").write_text("mine")
    assert [each.about for each in changes(settings)] == ["First", "Second", "Third"]
    assert [each.id for each in changes(settings, 2)] == [3, 2]
    for each in (3, 2, 1):
        undo(settings, each, "tove")
    assert path.read_text() == FILE
    with pytest.raises(UndoImpossible, match="no change 4"):
        undo(settings, 4, "tove")


def test_a_story_that_is_gone_or_another_by_now_is_left(settings: Settings, path: Path) -> None:
    first = read_stories(path)[0]
    delete(settings, first, "tove")
    with pytest.raises(StoryImpossible, match="no story 'First' any more"):
        delete(settings, first, "tove")
    second = read_stories(path)[0]
    path.write_text(path.read_text().replace("utter_greet", "utter_thank"))
    with pytest.raises(StoryImpossible, match="changed meanwhile"):
        with_steps(second, list(enumerate(second.steps)))
    assert len(changes(settings)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "stories: [{story: a, steps: [{user: hi}]}, {story: b, steps: [{user: hi}]}]\n",
        "stories:\n-\n  story: a\n  steps: [{user: hi}]\n- story: b\n  steps: [{user: hi}]\n",
        "stories:\n- story: a\n  steps: &s [{user: hi}]\n- story: b\n  steps: *s\n",
    ],
)
def test_what_is_written_otherwise_is_left_to_be_changed_by_hand(
    settings: Settings, path: Path, text: str
) -> None:
    path.write_text(text)
    with pytest.raises((StoryImpossible, StoryInvalid)) as refused:
        delete(settings, read_stories(path)[0], "tove")
    assert "by hand" in str(refused.value) or "not YAML" in str(refused.value)
    assert path.read_text() == text
    assert changes(settings) == []


def test_of_two_stories_with_one_name_the_one_that_is_meant_goes(
    settings: Settings, path: Path
) -> None:
    path.write_text(FILE.replace("story: Third", "story: First"))
    delete(settings, read_stories(path)[2], "tove")
    assert [story.line for story in read_stories(path)] == [6, 19]


def renewed(path: Path, name: str, *plan: tuple[int | None, Done | Said | Part]) -> str:
    """The file with the steps that a story keeps (by number), changes, and gets."""
    (story,) = (each for each in read_stories(path) if each.name == name)
    kept: Plan = [(at, step or story.steps[at or 0]) for at, step in plan]
    after = with_steps(story, kept).after
    assert after is not None
    return after.decode()


def test_only_the_lines_change_that_have_to(path: Path) -> None:
    first = read_stories(path)[0].steps
    text = renewed(
        path,
        "First",
        (0, Said("var är NL-104823?", "shipping_info")),
        (1, Done("action_answer")),
        (None, Done("utter_greet")),
        (None, Part("greet")),
    )
    assert first[0] == Said("var är NL-104823?", "order_status", 8)
    assert text == FILE.replace("order_status   # surely", "shipping_info   # surely").replace(
        "  - action: order_form\n  - active_loop: order_form\n  - slot_was_set:\n"
        "    - requested_slot: order_number\n",
        "  - action: action_answer\n  - action: utter_greet\n  - intent: greet\n",
    )


def test_what_is_added_stands_as_the_others_do_also_after_a_last_line_without_an_end(
    path: Path,
) -> None:
    text = renewed(
        path,
        "Second",
        (0, Said("hej", "greet")),
        (1, Done("utter_greet")),
        (None, Done("utter_help")),
    )
    assert text == FILE.replace("utter_greet\n", "utter_greet\n    - action: utter_help\n")
    path.write_text(FILE.removesuffix("\n# the end\n"))
    text = renewed(
        path, "Third", (0, Said("hej då", None)), (1, Done("utter_goodbye")), (None, Done("a_b"))
    )
    assert text.endswith("  - action: utter_goodbye\n  - action: a_b\n")


_TEXTS = st.text(min_size=1, max_size=30).map(str.strip).filter(bool)
_STORIES = st.builds(
    Story,
    _TEXTS,
    st.builds(
        lambda text, rest: (Said(text, "greet"), *rest),
        _TEXTS,
        st.lists(st.builds(Done, st.sampled_from(["utter_greet", "null", "action x"])), max_size=3),
    ),
)


@hypothesis_settings(max_examples=60, deadline=None)
@given(stories=st.lists(_STORIES, min_size=2, max_size=4, unique_by=lambda story: story.name))
def test_whatever_is_said_in_them_the_other_stories_stay(
    tmp_path_factory: pytest.TempPathFactory, stories: list[Story]
) -> None:
    path = tmp_path_factory.mktemp("any") / "any.yml"
    texts = [as_yaml(story).split("stories:\n")[1] for story in stories]
    path.write_bytes(("stories:\n" + "".join(texts)).encode())
    for place, story in enumerate(read_stories(path)):
        others = [text for each, text in enumerate(texts) if each != place]
        assert without(story).after == ("stories:\n" + "".join(others)).encode()
