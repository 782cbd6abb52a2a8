"""Labelled sentences: CSV, which rows count, and what is amiss with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import NluError
from bot.trainer.labelled import (
    Labelled,
    draw,
    read_labelled,
    rows_to_test_on,
    rows_to_train_on,
    warnings,
)


def test_text_intent_language_and_split_are_read(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    path.write_text('intent,text,lang,split\ngreet,"hej, du",sv,dev\n', encoding="utf-8")
    assert read_labelled(path) == [Labelled("hej, du", "greet", "sv", "dev")]


def test_language_and_split_may_be_missing(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    path.write_text("text,intent\nhello,greet\n", encoding="utf-8")
    assert read_labelled(path) == [Labelled("hello", "greet", "und", "")]


def test_a_spreadsheets_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "test.csv"
    path.write_text("text,intent\nåh,greet\n", encoding="utf-8-sig")
    assert read_labelled(path)[0].text == "åh"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "missing: intent, text"),
        ("text,label\na,b\n", "missing: intent"),
        ("text,intent\n", "no sentences"),
        ("text,intent\nhello,\n", "line 2: the column intent is empty"),
        ("text,intent\nhello,greet\n ,greet\n", "line 3: the column text is empty"),
        ("text,intent\nhello, you,greet\n", "line 2: more fields than columns"),
        ('text,intent\n"hello,greet\n', "not readable"),
        ("text,intent\n" + "a" * 30000 + ",greet\n", "over 20000 characters"),
    ],
)
def test_a_bad_file_is_an_error_that_says_where(tmp_path: Path, content: str, said: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(NluError, match=rf"bad\.csv.*{said}"):
        read_labelled(path)


def test_another_encoding_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes("text,intent\nåäö,greet\n".encode("latin-1"))
    with pytest.raises(NluError, match="UTF-8"):
        read_labelled(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(NluError, match=r"nothing\.csv"):
        read_labelled(tmp_path / "nothing.csv")


def rows(*splits: str) -> list[Labelled]:
    return [Labelled(f"text {n}", "a", "en", split) for n, split in enumerate(splits)]


def test_trained_on_is_what_is_for_training_or_of_no_split() -> None:
    found = rows_to_train_on(Path("a.csv"), rows("train", "dev", "", "test", "holdout", "Train"))
    assert [row.split for row in found] == ["train", "", "Train"]
    with pytest.raises(NluError, match=r"a\.csv: nothing to train on.*another split than train"):
        rows_to_train_on(Path("a.csv"), rows("dev"))


def test_tested_on_is_dev_or_else_all_that_is_not_for_training() -> None:
    path = Path("a.csv")
    assert [r.split for r in rows_to_test_on(path, rows("train", "dev", "test", ""))] == ["dev"]
    assert [r.split for r in rows_to_test_on(path, rows("train", "test", ""))] == ["test", ""]
    with pytest.raises(NluError, match=r"a\.csv: nothing to test on.*dev"):
        rows_to_test_on(path, rows("train"))


def test_so_many_of_each_intent_are_drawn_by_the_seed_in_their_order() -> None:
    every = [Labelled(f"{intent} {n}", intent) for n in range(9) for intent in ("a", "b")]
    few = [*every, Labelled("c 0", "c")]
    drawn = draw(few, 3, seed=1)
    assert [sum(row.intent == intent for row in drawn) for intent in "abc"] == [3, 3, 1]
    assert drawn == sorted(drawn, key=few.index)
    assert drawn == draw(few, 3, seed=1)
    assert drawn != draw(few, 3, seed=2)


def test_what_is_amiss_with_training_data_is_said_with_what_to_change() -> None:
    found = warnings(
        [
            Labelled("Hello  you", "greet", "en"),
            Labelled("hej", "greet", "sv"),
            Labelled("hello you", "goodbye", "en"),
            Labelled("bye", "goodbye", "en"),
            Labelled("what is love", "oos", "en"),
        ],
        "oos",
    )
    assert found == [
        "Texts with several intents; keep one for each: 'hello you' (goodbye, greet).",
        "Intents with a single example; add more: oos.",
        "Intents with examples in one language only; add some in the others of en, sv: "
        "goodbye (en).",
    ]


def test_data_in_one_language_is_not_told_that_it_has_one() -> None:
    assert warnings([Labelled(f"{n}", "a", "en") for n in range(2)], "oos") == []
    assert warnings([Labelled(f"{n}", "a") for n in range(2)], "oos") == []


def test_of_many_the_first_are_named() -> None:
    (found,) = warnings([Labelled(str(n), f"intent {n}") for n in range(9)], "oos")
    assert found.endswith("intent 0, intent 1, intent 2 and 6 more.")
