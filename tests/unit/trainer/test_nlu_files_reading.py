"""Reading the training files with their lines."""

from __future__ import annotations

from pathlib import Path

import pytest
from nlu_folder import GREET, write

from bot.errors import NluDataInvalid
from bot.trainer.nlu_files import Entity, SourceExample, fingerprints, read_sources

ROOT = Path(__file__).parents[3]


def lines_of(folder: Path) -> list[tuple[str, str, int]]:
    return [(one.intent, one.marked, one.line) for one in read_sources(folder)]


def test_each_example_has_its_line_its_intent_and_its_entities(tmp_path: Path) -> None:
    path = write(tmp_path, "sv/greet.yml", GREET)
    assert lines_of(tmp_path) == [
        ("greet", "hej", 6),
        ("greet", "god morgon", 8),
        ("greet", "hallå där", 9),
        ("goodbye", "hej då", 16),
        ("goodbye", "vi ses [i morgon](date)", 17),
    ]
    assert read_sources(tmp_path)[-1] == SourceExample(
        "vi ses i morgon",
        "vi ses [i morgon](date)",
        "goodbye",
        "sv",
        path,
        17,
        (Entity(7, 15, "date", "i morgon"),),
    )


@pytest.mark.parametrize("change", [("\n", "\r\n"), ("\n", "\r")], ids=["Windows", "old Mac"])
def test_other_line_ends_make_no_difference(tmp_path: Path, change: tuple[str, str]) -> None:
    write(tmp_path, "sv/greet.yml", GREET.replace(*change))
    assert [(marked, line) for _, marked, line in lines_of(tmp_path)][-2:] == [
        ("hej då", 16),
        ("vi ses [i morgon](date)", 17),
    ]


def test_a_file_without_a_line_end_at_the_end_and_with_a_byte_order_mark(tmp_path: Path) -> None:
    write(tmp_path, "sv/a.yml", "\ufeff" + GREET.rstrip("\n"))
    assert lines_of(tmp_path)[-1] == ("goodbye", "vi ses [i morgon](date)", 17)


def test_examples_that_look_like_something_else_are_read_as_they_are(tmp_path: Path) -> None:
    content = (
        'nlu:\n- intent: a\n  examples: |\n    - "quoted" from the start\n    - - dashed\n'
        "    - # 5\n    -close\n    - key: value\n    - 'x\n    - {a}\n\n    - %\n"
    )
    write(tmp_path, "en/a.yml", content)
    assert [marked for _, marked, _ in lines_of(tmp_path)] == [
        '"quoted" from the start',
        "- dashed",
        "# 5",
        "close",
        "key: value",
        "'x",
        "{a}",
        "%",
    ]


def test_rasas_list_of_texts_is_read_too(tmp_path: Path) -> None:
    content = (
        "nlu:\n- intent: a\n  examples:\n  - text: |\n      hi [you](who)\n"
        "    metadata: {sentiment: neutral}\n  - text: hello\n"
    )
    write(tmp_path, "en/a.yml", content)
    assert lines_of(tmp_path) == [("a", "hi [you](who)", 5), ("a", "hello", 7)]


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("nlu:\n- intent: a\n  examples: |\n\t- hi\n", 4, "a tab"),
        ("nlu:\n- intent: a\n  examples: |\n    - hi\n   - ho\n", 5, "not readable as YAML"),
        ("nlu:\n- intent: a\n  examples: |\n    - hi\n      - ho\n", 5, "leave out '- ho'"),
        ("nlu:\n- intent: a\n  examples: |\n    - hi\n    ho\n", 5, "leave out 'ho'"),
        ("nlu:\n- intent: a\n  examples: |\n    - h\u2028i\n", 4, "U\\+2028"),
        ("nlu:\n- intent: a\n  examples: |\n    - h\x07i\n", 4, "U\\+0007"),
        (b"nlu:\n- intent: a\n  examples: |\n    - hall\xe5\n", 4, "not UTF-8 .byte 0xe5"),
        ("nlu:\n- intent: a\n  intent: b\n", 3, "there twice"),
        ("nlu:\n- examples: |\n    - a\n", 2, "no `intent:`"),
        ("nlu:\n- intent:\n  examples: |\n    - a\n", 2, "no name"),
        ("nlu:\n- intent: a\n  examples: {b: c}\n", 3, "needs lines"),
        ("nlu:\n- intent: a\n  examples: |\n    - see [x]{entity}\n", 4, "not JSON"),
        ('nlu:\n- intent: a\n  examples: |\n    - see [x]{"value": "y"}\n', 4, 'needs an "entity"'),
        ("nlu:\n- intent: a\n  examples: |\n    - C:\\users\n", 4, "backslash"),
        ("nlu: 3\n", 1, "needs a list"),
        ("nlu:\n- a\n", 2, "expected `- intent"),
        ("rules: []\n", 1, "expected `nlu:`"),
        ("", 1, "expected `nlu:`"),
        ("nlu: []\n---\nnlu: []\n", 2, "not readable as YAML"),
    ],
)
def test_what_rasa_would_misread_is_refused_with_file_and_line(
    tmp_path: Path, content: str | bytes, line: int, reason: str
) -> None:
    path = write(tmp_path, "sv/wrong.yml", content)
    with pytest.raises(NluDataInvalid, match=reason) as caught:
        read_sources(tmp_path)
    assert (caught.value.path, caught.value.line) == (path, line)
    assert str(caught.value).startswith(f"{path}, line {line}: ")


def test_examples_in_no_languages_folder_are_refused_and_lookups_there_are_not(
    tmp_path: Path,
) -> None:
    write(tmp_path, "lookups.yml", "nlu:\n- lookup: product\n  examples: |\n    - tent\n")
    assert read_sources(tmp_path) == []
    write(tmp_path, "more.yml", "nlu:\n- intent: a\n  examples: |\n    - hi\n")
    with pytest.raises(NluDataInvalid, match="no language's folder"):
        read_sources(tmp_path)


def test_hidden_files_are_none_of_ours(tmp_path: Path) -> None:
    write(tmp_path, "sv/.greet.yml", "broken: [")
    assert read_sources(tmp_path) == []


def test_a_fingerprint_changes_with_the_file(tmp_path: Path) -> None:
    path = write(tmp_path, "sv/greet.yml", GREET)
    before = fingerprints(tmp_path)
    path.write_text(GREET + "\n", encoding="utf-8")
    assert list(before) == [path]
    assert before != fingerprints(tmp_path)


def test_every_line_named_of_the_shops_examples_is_the_one_that_holds_it() -> None:
    sources = read_sources(ROOT / "data" / "nlu")
    assert len(sources) > 4000
    lines = {
        path: path.read_text(encoding="utf-8").split("\n") for path in {s.path for s in sources}
    }
    for one in sources:
        assert lines[one.path][one.line - 1].strip() == f"- {one.marked}"
