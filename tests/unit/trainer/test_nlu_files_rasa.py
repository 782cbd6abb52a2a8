"""That Rasa's own reader finds in our files what we do."""

from __future__ import annotations

import string
import tempfile
import warnings
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nlu_folder import GREET, write

from bot.errors import NluError
from bot.trainer.nlu_files import Add, Remove, apply, mark, one_line, read_sources

ROOT = Path(__file__).parents[3]
Read = tuple[str, str, tuple[tuple[int, int, str, str], ...]]
SIGNS = st.characters(codec="utf-8") | st.sampled_from("-#[](){}:|>\"'\\u0% \t\n&*!,?\u2028\x85")
TEXTS = st.text(SIGNS, min_size=1, max_size=40)


def rasa_reads(folder: Path) -> list[Read]:
    from rasa.shared.nlu.training_data.loading import load_data  # noqa: PLC0415

    found: list[Read] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for path in sorted(folder.rglob("*.yml")):
            for message in load_data(str(path)).training_examples:
                entities = tuple(
                    (e["start"], e["end"], e["entity"], str(e["value"]))
                    for e in message.get("entities") or ()
                )
                found.append((message.get("text"), message.get("intent"), entities))
    return sorted(found)


def we_read(folder: Path) -> list[Read]:
    return sorted(
        (one.text, one.intent, tuple((e.start, e.end, e.entity, e.value) for e in one.entities))
        for one in read_sources(folder)
    )


def test_the_shops_examples() -> None:
    folder = ROOT / "data" / "nlu" / "sv"
    assert len(we_read(folder.parent)) > 4000
    ours = [one for one in read_sources(folder.parent) if one.language == "sv"]
    assert [text for text, _, _ in rasa_reads(folder)] == sorted(one.text for one in ours)


@pytest.mark.parametrize(
    "content",
    [
        GREET,
        GREET.replace("\n", "\r\n"),
        "\ufeff" + GREET.rstrip("\n"),
        "nlu:\n- intent: a\n  examples:\n  - text: |\n      hi [you](who)\n  - text: ho\n",
        'nlu:\n- intent: yes\n  examples: "- hi\\n- ho"\n',
        "nlu:\n- intent: a\n  examples: >\n    - hi\n    - ho\n",
        "nlu:\n- intent: a\n  examples: |2\n      - hi\n".replace("      -", "    -"),
        "nlu:\n- intent: a\n  examples: |+\n    - caf\\u00e9\n\n\n",
        'nlu:\n- intent: a\n  examples: |-\n    - [a][{"entity": "b"},{"entity": "c"}] [d][e]\n',
    ],
)
def test_files_of_all_forms(tmp_path: Path, content: str) -> None:
    write(tmp_path, "sv/a.yml", content)
    assert we_read(tmp_path) == rasa_reads(tmp_path)


@given(TEXTS)
@settings(max_examples=80, deadline=None)
def test_whatever_is_added_is_read_by_rasa_or_refused_and_nothing_else_is_touched(
    text: str,
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        path = write(folder, "sv/greet.yml", GREET)
        before = we_read(folder)
        try:
            apply([Add("sv", "greet", text)], folder)
        except NluError:
            assert path.read_bytes() == GREET.encode()
            return
        assert len(we_read(folder)) in (len(before), len(before) + 1)
        assert we_read(folder) == rasa_reads(folder)
        added = set(we_read(folder)) - set(before)
        if not set(text) & set("[]"):
            assert {one[0] for one in added} <= {text.strip(" ")}


@given(TEXTS)
@settings(max_examples=40, deadline=None)
def test_a_customers_message_made_to_one_line_can_nearly_always_be_added(text: str) -> None:
    line = one_line(text)
    if not line or "[" in line or "\\u" in line.lower():
        return
    with tempfile.TemporaryDirectory() as name:
        write(Path(name), "sv/greet.yml", GREET)
        apply([Add("sv", "greet", mark(line, []))], Path(name))
        assert line in [text for text, _, _ in rasa_reads(Path(name))]


@given(st.lists(st.text(string.printable, max_size=15), max_size=8))
@settings(max_examples=60, deadline=None)
def test_a_file_of_any_lines_is_read_as_rasa_does_or_refused(lines: list[str]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(
            folder,
            "en/a.yml",
            "nlu:\n- intent: a\n  examples: |\n    - x\n    - " + "\n    - ".join(lines),
        )
        try:
            found = we_read(folder)
        except NluError:
            return
        # Rasa leaves out the second of two that are the same.
        assert set(found) == {one for one in rasa_reads(folder) if one[0]}


def test_a_block_of_the_usual_form_beside_a_list(tmp_path: Path) -> None:
    write(tmp_path, "en/a.yml", "nlu:\n- intent: a\n  examples:\n  - text: hi [you](who)\n")
    apply([Add("en", "a", "hello")], tmp_path)
    assert we_read(tmp_path) == rasa_reads(tmp_path)
    assert [text for text, _, _ in we_read(tmp_path)] == ["hello", "hi you"]


def test_an_intent_whose_last_example_went_does_not_keep_rasa_from_reading(tmp_path: Path) -> None:
    write(
        tmp_path,
        "en/a.yml",
        "nlu:\n- intent: a\n  examples: |\n    - hi\n- intent: b\n  examples: |\n    - ho\n",
    )
    apply([Remove("en", "a", "hi")], tmp_path)
    assert rasa_reads(tmp_path) == [("ho", "b", ())]
