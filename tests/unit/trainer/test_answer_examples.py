"""Examples that a trainer writes on the page of an intent: added, told, removed, taken back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from answers_project import DOMAIN, everything, write_project

from bot.errors import DataChanged, IntentUnknown, NluDataInvalid, UndoImpossible
from bot.trainer.answers import Place, add_examples, last_of, remove_example, undo_examples
from bot.trainer.nlu_files import Remove, read_sources

TOVE = "tove"
FILE = """\
version: "3.1"
nlu:
- intent: {intent}
  examples: |
    # from the mails
    - {example}
"""


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = write_project(
        tmp_path, domain=DOMAIN.replace("actions:", "entities:\n- order_number\n\nactions:")
    )
    for language, intent, example in (
        ("en", "gift_wrap", "do you wrap gifts"),
        ("en", "shipping", "how long does it take"),
        ("sv", "shipping", "hur lång tid tar det"),
    ):
        path = tmp_path / "data/nlu" / language / f"{intent}.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_text(FILE.format(intent=intent, example=example))
    return place


def texts(place: Place, intent: str = "gift_wrap") -> list[tuple[str, str]]:
    return [
        (one.language, one.marked)
        for one in read_sources(place.project.nlu)
        if one.intent == intent
    ]


def test_several_lines_are_added_at_once_and_taken_back_at_once(
    place: Place, tmp_path: Path
) -> None:
    before = everything(tmp_path)
    written = "  can you wrap it \r\n\n- is [NL-104823](order_number) wrapped\nDo you wrap gifts?\n"
    done = add_examples(place, "gift_wrap", "en", written, TOVE)
    assert (done.added, done.there, done.refused) == (2, ("Do you wrap gifts?",), ())
    assert texts(place) == [
        ("en", "do you wrap gifts"),
        ("en", "can you wrap it"),
        ("en", "is [NL-104823](order_number) wrapped"),
    ]
    last = last_of(place, TOVE)
    assert last is not None
    assert last == done.change
    assert (last.what, last.about) == ("added", "gift_wrap")
    undo_examples(place, last.id, TOVE)
    assert everything(tmp_path) == before
    assert last_of(place, TOVE) is None
    with pytest.raises(UndoImpossible):
        undo_examples(place, last.id, TOVE)


def test_a_language_without_examples_of_the_intent_gets_its_file(place: Place) -> None:
    add_examples(place, "gift_wrap", "nb", "pakker dere inn gaver", TOVE)
    assert ("nb", "pakker dere inn gaver") in texts(place)
    assert last_of(place, "bo") is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("How long does it take?", r"an example of shipping already \(.*shipping\.yml, line 6\)"),
        ("wrap it in [red](colour)", "no entity colour; there are order_number"),
        ("wrap [it]{order_number}", "The mark of .it. is not JSON"),
        ("a\u2028b", "LINE SEPARATOR"),
        ("wrap " * 101, "4 characters more than 500"),
        ("mail me at anna.berg@gmail.com", "somebody's email.*anna.berg@gmail.com"),
        ("my card is 4556 7375 8689 9855", "somebody's card"),
    ],
)
def test_what_cannot_be_an_example_is_told_and_the_others_are_added(
    place: Place, line: str, said: str
) -> None:
    done = add_examples(place, "gift_wrap", "en", f"wrap this\n{line}\nwrap that", TOVE)
    assert done.added == 2
    assert [one.line for one in done.refused] == [line.strip()]
    assert re.search(said, done.refused[0].reason)
    assert len(texts(place)) == 3


def test_what_only_looks_personal_is_taken_when_it_is_said_to_be_invented(place: Place) -> None:
    lines = "mail me at anna.berg@gmail.com\nmy card is 4556 7375 8689 9855"
    done = add_examples(place, "gift_wrap", "en", lines, TOVE)
    assert [one.invented for one in done.refused] == [True, False]
    done = add_examples(place, "gift_wrap", "en", lines, TOVE, invented=True)
    assert done.added == 1
    assert [one.line[:7] for one in done.refused] == ["my card"]


def test_the_same_words_with_marks_get_them(place: Place) -> None:
    add_examples(place, "gift_wrap", "en", "is NL-1 wrapped", TOVE, invented=True)
    done = add_examples(place, "gift_wrap", "en", "is [NL-1](order_number) wrapped", TOVE)
    assert done.added == 1
    assert texts(place)[1:] == [("en", "is [NL-1](order_number) wrapped")]


def test_too_many_lines_at_once_are_kept_for_the_next_step(place: Place) -> None:
    done = add_examples(place, "gift_wrap", "en", "\n".join(f"w {n} x" for n in range(203)), TOVE)
    assert done.added == 200
    assert len(done.refused) == 3


def test_an_example_is_removed_and_put_back(place: Place, tmp_path: Path) -> None:
    before = everything(tmp_path)
    gone = Remove("en", "gift_wrap", "do you wrap gifts")
    change = remove_example(place, gone, TOVE)
    assert change is not None
    assert texts(place) == []
    assert "# from the mails" in (tmp_path / "data/nlu/en/gift_wrap.yml").read_text()
    with pytest.raises(DataChanged):
        remove_example(place, gone, TOVE)
    undo_examples(place, change.id, TOVE)
    assert everything(tmp_path) == before


def test_what_others_wrote_since_is_not_taken_away(place: Place, tmp_path: Path) -> None:
    done = add_examples(place, "gift_wrap", "en", "wrap this", TOVE)
    add_examples(place, "gift_wrap", "en", "wrap that", "bo")
    before = everything(tmp_path)
    assert done.change is not None
    with pytest.raises(DataChanged, match="has been changed since"):
        undo_examples(place, done.change.id, TOVE)
    assert everything(tmp_path) == before


def test_nothing_is_added_to_what_is_not_there(place: Place, tmp_path: Path) -> None:
    before = everything(tmp_path)
    for intent in ("gone", "nlu_fallback"):
        with pytest.raises(IntentUnknown, match="Nothing was added"):
            add_examples(place, intent, "en", "wrap this", TOVE)
    with pytest.raises(NluDataInvalid, match="'fi'"):
        add_examples(place, "gift_wrap", "fi", "wrap this", TOVE)
    with pytest.raises(NluDataInvalid, match=r"\.\./en"):
        remove_example(place, Remove("../en", "gift_wrap", "x"), TOVE)
    assert add_examples(place, "gift_wrap", "en", " \n", TOVE).change is None
    assert everything(tmp_path) == before
