"""Entity marks, and what can be an example at all."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.errors import NluDataInvalid
from bot.trainer.nlu_files import Entity, mark, one_line, read_marks
from bot.trainer.nlu_files.marks import example


@pytest.mark.parametrize(
    ("marked", "text", "entities"),
    [
        ("no marks", "no marks", ()),
        ("[a](b) c", "a c", (Entity(0, 1, "b", "a"),)),
        ("x [a](b:c)", "x a", (Entity(2, 3, "b", "c"),)),
        ('[a]{"entity": "b", "role": "to"}', "a", (Entity(0, 1, "b", "a", role="to"),)),
        (
            'x [a][{"entity": "b"},{"entity": "c", "value": "d"}]',
            "x a",
            (Entity(2, 3, "b", "a"), Entity(2, 3, "c", "d")),
        ),
        ("[a](b) [cc](d)", "a cc", (Entity(0, 1, "b", "a"), Entity(2, 4, "d", "cc"))),
        ("hi [you] (there)", "hi [you] (there)", ()),
        ("[a][b]", "a", ()),
    ],
)
def test_marks_are_read_as_rasa_reads_them(
    marked: str, text: str, entities: tuple[Entity, ...]
) -> None:
    assert read_marks(marked) == (text, entities)


def test_marks_are_written_in_the_shortest_form_that_says_all() -> None:
    text = "from Oslo to Bergen"
    assert mark(text, [Entity(5, 9, "city", "Oslo")]) == "from [Oslo](city) to Bergen"
    assert (
        mark(text, [Entity(13, 19, "city", "BGO", role="to")])
        == 'from Oslo to [Bergen]{"entity": "city", "value": "BGO", "role": "to"}'
    )


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("see [this](that)", []),
        ("see [a][b]", []),
        ("abc", [Entity(0, 2, "x", "ab"), Entity(1, 3, "y", "bc")]),
        ("abc", [Entity(2, 9, "x", "c")]),
        ("a]b", [Entity(0, 3, "x", "a]b")]),
    ],
)
def test_what_cannot_be_written_so_that_it_is_read_the_same_is_refused(
    text: str, entities: list[Entity]
) -> None:
    with pytest.raises(NluDataInvalid):
        mark(text, entities)


@pytest.mark.parametrize(
    "marked",
    [
        "",
        "   ",
        "a\nb",
        "a\tb",
        "a\x00b",
        "a\x85b",
        "a\u2028b",
        "\ufeffa",
        "C:\\users",
        "x" * 20_001,
        "[ ](a)",
    ],
)
def test_a_text_that_no_file_can_hold_as_an_example_is_refused(marked: str) -> None:
    with pytest.raises(NluDataInvalid):
        example(marked)


def test_a_customers_message_becomes_one_line() -> None:
    assert one_line(" Hi,\r\n\r\nmy\torder\x00 \u2028is\u00a0late \ufeff") == "Hi, my order is late"


@given(
    st.text(),
    st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.text('abc:)}"', min_size=1))),
)
@settings(max_examples=150, deadline=None)
def test_whatever_is_marked_is_read_back_or_refused(
    text: str, places: list[tuple[int, int, str]]
) -> None:
    entities = [Entity(a, b, name, text[a:b]) for a, b, name in places]
    try:
        marked = mark(text, entities)
    except NluDataInvalid:
        return
    found, read = read_marks(marked)
    assert found == text
    assert sorted(read, key=repr) == sorted(entities, key=repr)
