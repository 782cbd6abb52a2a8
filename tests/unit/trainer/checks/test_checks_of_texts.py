"""Checks of the examples' texts, labels and languages."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from checked_project import EXAMPLES, findings, project

from bot.trainer.checks import Grade, apply_fix, check


def test_a_sound_project_has_no_findings_but_what_is_good_to_know(tmp_path: Path) -> None:
    report = check(project(tmp_path))
    assert [each.message for each in report.findings if each.grade > Grade.INFO] == []
    assert (report.examples, report.intents, report.languages) == (60, 3, 2)


def test_the_same_text_in_two_intents_is_an_error_whatever_its_capitals(tmp_path: Path) -> None:
    made = project(tmp_path, more={("en", "cancel_order"): ["Where is my order?"]})
    (found,) = findings(made, "same-text")
    assert found.grade is Grade.ERROR
    assert {place.intent for place in found.places} == {"order_status", "cancel_order"}
    assert {(Path(place.path).name, place.line) for place in found.places} == {
        ("order_status.yml", 5),
        ("cancel_order.yml", 15),
    }


def test_a_fix_keeps_the_text_in_one_intent_and_touches_no_other_line(tmp_path: Path) -> None:
    made = project(tmp_path, more={("en", "cancel_order"): ["Where is my order?"]})
    kept = (made.nlu / "en/order_status.yml").read_bytes()
    before = (made.nlu / "en/cancel_order.yml").read_bytes()
    (found,) = findings(made, "same-text")
    fix = next(each for each in found.fixes if each.says == "Keep it in order_status only")
    apply_fix(fix, made)
    assert findings(made, "same-text") == []
    assert (made.nlu / "en/order_status.yml").read_bytes() == kept
    assert (made.nlu / "en/cancel_order.yml").read_bytes() == before.replace(
        b"    - Where is my order?\n", b""
    )


def test_the_same_text_in_two_languages_is_good_to_know(tmp_path: Path) -> None:
    made = project(tmp_path, more={("en", "cancel_order"): ["hej hej"]})
    (found,) = findings(made, "same-text")
    assert found.grade is Grade.INFO


def test_a_text_that_stands_twice_is_told_with_its_second_place(tmp_path: Path) -> None:
    made = project(tmp_path, more={("sv", "greet"): ["Tjena!"]})
    (found,) = findings(made, "written-twice")
    assert [place.line for place in found.places] == [7, 15]
    apply_fix(found.fixes[0], made)
    assert findings(made, "written-twice") == []


@pytest.mark.parametrize(
    "other", ["what is the staus of my delivery", "hi what is the status of my delivery please"]
)
def test_all_but_the_same_in_two_intents_is_a_conflict(tmp_path: Path, other: str) -> None:
    made = project(tmp_path, more={("en", "cancel_order"): [other]})
    (found,) = findings(made, "near-conflict")
    assert {place.text for place in found.places} == {other, "what is the status of my delivery"}


def test_what_a_not_tells_apart_is_no_conflict(tmp_path: Path) -> None:
    more = {
        ("en", "order_status"): ["the parcel that you sent me has arrived here"],
        ("en", "cancel_order"): ["the parcel that you sent me has not arrived here"],
    }
    assert findings(project(tmp_path, more=more), "near-conflict") == []


def test_a_label_that_all_others_speak_against_is_told_with_where_it_belongs(
    tmp_path: Path,
) -> None:
    wrong = "when does my delivery arrive here"
    more = {
        ("en", "greet"): [wrong],
        ("en", "order_status"): [
            "when is my delivery coming", "when does the parcel get here",
            "when will my delivery be here", "what day does my delivery arrive",
        ],
    }  # fmt: skip
    made = project(tmp_path, more=more)
    found = [each for each in findings(made, "wrong-label") if each.subject == wrong]
    assert [each.intent for each in found] == ["greet"]
    assert found[0].fixes[0].says == "Move it to order_status"
    apply_fix(found[0].fixes[0], made)
    assert wrong in (made.nlu / "en/order_status.yml").read_text()
    assert wrong not in (made.nlu / "en/greet.yml").read_text()


def test_two_intents_for_one_thing_are_called_confused_with_the_examples(tmp_path: Path) -> None:
    asked = [
        f"{start} {what}"
        for start in ("where is", "when comes", "what about", "any news of", "how is", "track")
        for what in ("my parcel", "my order", "the delivery", "the package", "my shoes", "it all")
    ]
    chance = random.Random(1)
    chance.shuffle(asked)
    both = {"order_status": asked[:18], "where_is_it": asked[18:]}
    examples = {"en": EXAMPLES["en"] | both}
    found = findings(project(tmp_path, examples), "confused-intents")
    assert ("order_status", "where_is_it") in [(each.intent, each.other) for each in found]
    assert found[0].grade is Grade.WARNING
    assert {place.intent for place in found[0].places} <= {"order_status", "where_is_it"}


def test_an_example_in_another_language_is_told_and_can_be_moved(tmp_path: Path) -> None:
    made = project(tmp_path, more={("sv", "greet"): ["could you please tell me who you are"]})
    (found,) = findings(made, "wrong-language")
    assert "reads as en" in found.message
    apply_fix(found.fixes[0], made)
    assert findings(made, "wrong-language") == []
    assert "could you please" in (made.nlu / "en/greet.yml").read_text()


def test_a_file_with_two_languages_has_each_foreign_line_told(tmp_path: Path) -> None:
    swedish = EXAMPLES["sv"]["cancel_order"][:4]
    made = project(tmp_path, more={("en", "cancel_order"): swedish})
    found = findings(made, "wrong-language")
    assert len(found) >= 3
    assert {each.subject for each in found} <= set(swedish)


def test_a_language_that_nobody_here_speaks_is_told(tmp_path: Path) -> None:
    made = project(tmp_path, more={("sv", "greet"): ["könnten Sie mir bitte sagen, wer Sie sind"]})
    (found,) = findings(made, "wrong-language")
    assert "reads as de" in found.message


def test_a_value_marked_here_and_not_there_is_told_and_marked(tmp_path: Path) -> None:
    more = {
        ("en", "order_status"): [
            "where is [NL-104823](order_number)",
            "has [NL-104777](order_number) left yet",
            "any news about NL-104999?",
        ]
    }
    made = project(tmp_path, more=more)
    (found,) = findings(made, "entity-unmarked")
    assert found.subject == "any news about NL-104999?"
    apply_fix(found.fixes[0], made)
    assert (
        "any news about [NL-104999](order_number)?"
        in (made.nlu / "en/order_status.yml").read_text()
    )


def test_personal_data_is_told_and_numbers_of_persons_are_an_error(tmp_path: Path) -> None:
    more = {
        ("sv", "order_status"): [
            "var är paketet, jag heter Gunilla Åkesson",
            "mitt personnummer är 19811228-9874, var är paketet",
        ]
    }
    found = findings(project(tmp_path, more=more), "personal-data")
    assert sorted((each.grade.name, each.places[0].line) for each in found) == [
        ("ERROR", 16),
        ("WARNING", 15),
    ]


def test_more_examples_than_can_be_compared_are_drawn_and_that_is_said(tmp_path: Path) -> None:
    made = project(tmp_path, more={("en", "greet"): ["hi"]})
    report = check(made, only=["wrong-label", "same-text"], most=30)
    (found,) = [each for each in report.findings if each.check == "sampled"]
    assert "61 examples; 30 of them" in found.message
    assert report.compared == 30
