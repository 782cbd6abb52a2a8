"""Test files: CSV."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.errors import NluError
from bot.trainer.labelled import Labelled, read_labelled


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
