"""Changing the training files: a line at a time, and never anybody's work lost."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path

import pytest
from nlu_folder import GREET, write

from bot.errors import DataChanged, IntentUnknown, NluDataInvalid, NluError
from bot.trainer.nlu_files import (
    Add,
    Change,
    Move,
    Remove,
    Replace,
    apply,
    fingerprints,
    read_sources,
)


def diff(before: str, after: str) -> list[str]:
    lines = difflib.unified_diff(before.split("\n"), after.split("\n"), n=0, lineterm="")
    return [line for line in lines if line[0] in "+-" and line[:3] not in ("+++", "---")]


def changed(folder: Path, *changes: Change) -> list[str]:
    """The difference that changes make to `GREET`."""
    path = write(folder, "sv/greet.yml", GREET)
    assert apply(changes, folder) == [path]
    return diff(GREET, path.read_bytes().decode())


def test_an_added_example_is_one_line_more_after_the_last_of_its_intent(tmp_path: Path) -> None:
    assert changed(tmp_path, Add("sv", "greet", "tjena")) == ["+    - tjena"]
    assert [(one.marked, one.line) for one in read_sources(tmp_path)][3] == ("tjena", 10)


def test_it_is_indented_as_the_others_of_its_block(tmp_path: Path) -> None:
    assert changed(tmp_path, Add("sv", "goodbye", "adjö")) == ["+      - adjö"]


def test_a_removed_example_is_one_line_less(tmp_path: Path) -> None:
    assert changed(tmp_path, Remove("sv", "greet", "god morgon")) == ["-    - god morgon"]


def test_a_changed_example_stays_in_its_place_with_its_spaces(tmp_path: Path) -> None:
    assert changed(tmp_path, Replace("sv", "goodbye", "hej då", "hejdå")) == [
        "-      -   hej då",
        "+      -   hejdå",
    ]


def test_a_moved_example_is_the_last_of_its_new_intent(tmp_path: Path) -> None:
    assert changed(tmp_path, Move("sv", "greet", "goodbye", "hallå där")) == [
        "-    - hallå där",
        "+      - hallå där",
    ]


@pytest.mark.parametrize("end", ["\r\n", "\r"])
def test_line_ends_are_kept(tmp_path: Path, end: str) -> None:
    path = write(tmp_path, "sv/greet.yml", GREET.replace("\n", end))
    apply([Add("sv", "greet", "tjena"), Replace("sv", "greet", "hej", "hejsan")], tmp_path)
    wanted = GREET.replace("- hallå där\n", "- hallå där\n    - tjena\n")
    wanted = wanted.replace("- hej\n", "- hejsan\n").replace("\n", end)
    assert path.read_bytes().decode() == wanted


def test_a_file_without_a_line_end_at_the_end_keeps_that_too(tmp_path: Path) -> None:
    content = "nlu:\n- intent: a\n  examples: |\n    - hi"
    path = write(tmp_path, "en/a.yml", content)
    apply([Add("en", "a", "hello"), Add("en", "a", "hey")], tmp_path)
    assert path.read_text() == content + "\n    - hello\n    - hey"
    apply([Remove("en", "a", "hey"), Add("en", "a", "ho")], tmp_path)
    assert path.read_text() == content + "\n    - hello\n    - ho"


def test_an_example_that_is_there_is_not_added_again(tmp_path: Path) -> None:
    path = write(tmp_path, "sv/greet.yml", GREET)
    assert (
        apply([Add("sv", "greet", " hej "), Add("sv", "goodbye", "vi ses i morgon")], tmp_path)
        == []
    )
    assert path.read_text(encoding="utf-8") == GREET


def test_marks_for_words_that_are_there_without_are_added_to_their_line(tmp_path: Path) -> None:
    assert changed(tmp_path, Add("sv", "goodbye", "hej [då](date)")) == [
        "-      -   hej då",
        "+      -   hej [då](date)",
    ]
    with pytest.raises(NluDataInvalid, match=r"greet\.yml, line 16: .*other marks"):
        apply([Add("sv", "goodbye", "[hej](x) då")], tmp_path)


def test_the_last_example_can_go_and_another_one_come(tmp_path: Path) -> None:
    content = "nlu:\n- intent: a\n  examples: |\n    - hi\n- intent: b\n  examples: |\n    - ho\n"
    path = write(tmp_path, "en/a.yml", content)
    apply([Remove("en", "a", "hi")], tmp_path)
    assert path.read_text() == content.replace("    - hi\n", "")
    apply([Add("en", "a", "hi")], tmp_path)
    assert path.read_text() == content


def test_the_second_of_two_that_are_the_same_is_the_one_that_goes(tmp_path: Path) -> None:
    head = "nlu:\n- intent: a\n  examples: |\n"
    path = write(tmp_path, "en/a.yml", head + "    - hi\n    - ho\n    - hi\n")
    apply([Remove("en", "a", "hi")], tmp_path)
    assert path.read_text() == head + "    - hi\n    - ho\n"


def test_changing_one_to_another_that_is_there_leaves_one(tmp_path: Path) -> None:
    assert changed(tmp_path, Replace("sv", "greet", "hej", "god morgon")) == ["-    - hej"]


def test_a_new_intent_gets_a_file_that_looks_like_its_neighbours(tmp_path: Path) -> None:
    write(tmp_path, "sv/greet.yml", GREET.replace("\n", "\r\n"))
    path = tmp_path / "sv" / "order_status.yml"
    assert apply(
        [Add("sv", "order_status", "var är den"), Add("sv", "order_status", "när?")], tmp_path
    ) == [path]
    assert path.read_bytes().decode() == (
        'version: "3.1"\r\nnlu:\r\n- intent: order_status\r\n  examples: |\r\n'
        "    - var är den\r\n    - när?\r\n"
    )


def test_the_first_file_of_a_language_looks_like_those_of_the_others(tmp_path: Path) -> None:
    write(tmp_path, "sv/greet.yml", "nlu:\n  - intent: greet\n    examples: |\n      - hej\n")
    apply([Add("nb", "greet", "hei")], tmp_path)
    content = (tmp_path / "nb" / "greet.yml").read_text()
    assert content == "nlu:\n  - intent: greet\n    examples: |\n      - hei\n"


@pytest.mark.parametrize("name", ["", "../a", "a/b", "a b", "å", "null", "12", "a:"])
def test_what_cannot_name_an_intent_is_refused(tmp_path: Path, name: str) -> None:
    write(tmp_path, "sv/greet.yml", GREET)
    with pytest.raises(IntentUnknown):
        apply([Add("sv", name, "x")], tmp_path)


def test_a_language_that_is_none_of_ours_is_refused(tmp_path: Path) -> None:
    for language in ("../sv", "xx", ""):
        with pytest.raises(NluError):
            apply([Add(language, "greet", "x")], tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "text",
    [
        "- a",
        "# a",
        "a # b",
        "a: b",
        '"a"',
        "[a",
        "a|",
        "%a",
        "--- a",
        "... a",
        "&a *b",
        "a\\nb",
        "'",
        "😀",
        "{a}",
    ],
)
def test_signs_that_mean_something_in_yaml_are_only_signs(tmp_path: Path, text: str) -> None:
    assert changed(tmp_path, Add("sv", "greet", text)) == [f"+    - {text}"]


@pytest.mark.parametrize("text", ["a\n    - b", "a\tb", "a\x1bb", "[a]{b}", "\\u00e5", ""])
def test_what_rasa_would_misread_is_refused_and_nothing_is_written(
    tmp_path: Path, text: str
) -> None:
    path = write(tmp_path, "sv/greet.yml", GREET)
    with pytest.raises(NluDataInvalid):
        apply([Add("sv", "greet", "fine"), Add("sv", "greet", text)], tmp_path)
    assert path.read_text(encoding="utf-8") == GREET


def test_a_letter_that_would_change_how_rasa_reads_the_others_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "en/a.yml", "nlu:\n- intent: a\n  examples: |\n    - caf\\u00e9\n")
    before = path.read_bytes()
    assert read_sources(tmp_path)[0].text == "café"
    with pytest.raises(NluDataInvalid, match="by hand"):
        apply([Add("en", "a", "crème")], tmp_path)
    assert path.read_bytes() == before


LISTED = "nlu:\n- intent: a\n  examples:\n  - text: hi\n    metadata: {x: y}\n"
QUOTED = 'nlu:\n- intent: a\n  examples: "- hi"\n'
FOLDED = "nlu:\n- intent: a\n  examples: >\n    - hi\n"
EMPTY = "nlu:\n- intent: a\n  examples:\n"


@pytest.mark.parametrize("content", [LISTED, QUOTED, FOLDED, EMPTY])
@pytest.mark.parametrize("change", [Remove("en", "a", "hi"), Replace("en", "a", "hi", "ho")])
def test_other_forms_of_examples_are_left_to_be_changed_by_hand(
    tmp_path: Path, content: str, change: Change
) -> None:
    path = write(tmp_path, "en/a.yml", content)
    with pytest.raises(NluError):
        apply([change], tmp_path)
    assert path.read_text() == content


@pytest.mark.parametrize("content", [LISTED, QUOTED, FOLDED, EMPTY])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_an_example_is_added_to_them_in_a_block_of_the_usual_form(
    tmp_path: Path, content: str, end: str
) -> None:
    before = f"# above\n{content}- intent: b\n  examples: |\n    - x\n".replace("\n", end)
    path = write(tmp_path, "en/a.yml", before)
    apply([Add("en", "a", "new"), Add("en", "a", "newer"), Add("en", "a", "hi")], tmp_path)
    lines = [line for line in diff(before, path.read_bytes().decode()) if line.strip()]
    wanted = ["+- intent: a", "+  examples: |", "+    - new", "+    - newer"]
    if content == EMPTY:
        wanted.append("+    - hi")
    assert [line.rstrip("\r") for line in lines] == wanted
    apply([Remove("en", "a", "new"), Add("en", "a", "last")], tmp_path)
    assert [one.marked for one in read_sources(tmp_path) if one.intent == "a"][:2] == [
        "newer",
        "last" if content != EMPTY else "hi",
    ]


def test_one_change_that_cannot_be_made_keeps_all_others_from_being_made(tmp_path: Path) -> None:
    first = write(tmp_path, "sv/greet.yml", GREET)
    second = write(tmp_path, "en/greet.yml", GREET)
    with pytest.raises(DataChanged, match="'gone' is not among the examples of greet in en"):
        apply([Add("sv", "greet", "tjena"), Remove("en", "greet", "gone")], tmp_path)
    assert first.read_bytes() == second.read_bytes() == GREET.encode()


def test_a_file_that_changed_meanwhile_is_merged_with(tmp_path: Path) -> None:
    path = write(tmp_path, "sv/greet.yml", GREET)
    seen = fingerprints(tmp_path)
    theirs = GREET.replace("    - god morgon\n", "    - god kväll\n    - hallå\n")
    path.write_text(theirs, encoding="utf-8")
    apply(
        [Add("sv", "greet", "tjena"), Replace("sv", "greet", "hej", "hejsan")], tmp_path, seen=seen
    )
    assert diff(theirs, path.read_text(encoding="utf-8")) == [
        "-    - hej",
        "+    - hejsan",
        "+    - tjena",
    ]


@pytest.mark.parametrize(
    "change",
    [
        Remove("sv", "greet", "god morgon"),
        Replace("sv", "greet", "god morgon", "godmorgon"),
        Move("sv", "greet", "goodbye", "god morgon"),
    ],
)
def test_when_the_line_is_gone_meanwhile_it_is_refused_naming_the_file(
    tmp_path: Path, change: Change
) -> None:
    path = write(tmp_path, "sv/greet.yml", GREET)
    seen = fingerprints(tmp_path)
    theirs = GREET.replace("god morgon", "god kväll")
    path.write_text(theirs, encoding="utf-8")
    with pytest.raises(DataChanged, match=r"greet\.yml changed meanwhile"):
        apply([change], tmp_path, seen=seen)
    assert path.read_text(encoding="utf-8") == theirs


def test_a_label_that_has_gone_meanwhile_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, "sv/greet.yml", GREET)
    write(tmp_path, "sv/b.yml", GREET.replace("greet", "b").replace("goodbye", "c"))
    seen = fingerprints(tmp_path)
    path.unlink()
    changes: Sequence[Change] = [Add("sv", "greet", "x"), Move("sv", "b", "greet", "hej")]
    for change in changes:
        with pytest.raises(IntentUnknown, match="has gone meanwhile"):
            apply([change], tmp_path, seen=seen)
        with pytest.raises(IntentUnknown, match="no intent greet"):
            apply([change], tmp_path, known=["b", "c"])
    assert not path.exists()


def test_a_broken_neighbour_is_named_before_anything_is_written(tmp_path: Path) -> None:
    path = write(tmp_path, "sv/greet.yml", GREET)
    write(tmp_path, "sv/z.yml", "nlu:\n- intent: z\n\texamples: |\n")
    with pytest.raises(NluDataInvalid, match=r"z\.yml, line 3: a tab"):
        apply([Add("sv", "greet", "x")], tmp_path)
    assert path.read_text(encoding="utf-8") == GREET
