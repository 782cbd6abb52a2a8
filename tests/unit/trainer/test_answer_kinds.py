"""An answer that becomes one of another kind: that one line of its rule, and back."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from answers_project import DOMAIN, RULES, TEXTS, everything, write_project
from test_answers_rasa import rasa_reads_rules

from bot.errors import AnswerRefused, DataChanged, NluDataInvalid
from bot.trainer.answers import (
    HELP_CENTRE,
    PERSON,
    TEXT,
    Place,
    read_answers,
    read_journal,
    save,
    standing,
    undo,
)

TOVE = "Tove"
SHARED = RULES.replace(
    "# --- the end",
    """\
- rule: Questions   # many
  steps:
  - or:
    - intent: gift_wrap
    - intent: shipping
    # by the desk
    - intent: callback_window
  - action: action_answer

# --- the end""",
)


def rule_of(place: Place, name: str) -> list[object]:
    found = yaml.safe_load((place.project.conversations / "rules.yml").read_text())["rules"]
    return list(next(rule["steps"] for rule in found if rule["rule"] == name))


def kind(place: Place, intent: str) -> str:
    return read_answers(place.project).by_intent[intent].kind


@pytest.mark.parametrize(("way", "action"), [(HELP_CENTRE, "answer"), (PERSON, "hand_off")])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_text_becomes_another_answer_in_one_line_of_its_rule(
    tmp_path: Path, way: str, action: str, end: str
) -> None:
    rules = RULES.replace("- action: utter_greet", "- action:  utter_greet   # friendly")
    place = write_project(tmp_path, rules=rules.replace("\n", end))
    before = everything(tmp_path)
    entry = save(place, "greet", TOVE, way)
    assert entry is not None
    assert (entry.was, entry.way) == (TEXT, way)
    changed = rules.replace("utter_greet ", f"action_{action} ").replace("\n", end)
    assert (tmp_path / "data/rules.yml").read_bytes() == changed.encode()
    assert (tmp_path / "domain.yml").read_bytes() == before["domain.yml"]
    assert kind(place, "greet") == way
    undo(place, TOVE)
    assert everything(tmp_path) == before


def test_a_person_becomes_a_text_and_all_steps_are_taken_back(place: Place, tmp_path: Path) -> None:
    before = everything(tmp_path)
    save(place, "gift_wrap", TOVE, PERSON)
    save(place, "gift_wrap", TOVE, TEXT, TEXTS)
    assert kind(place, "gift_wrap") == TEXT
    assert "- action: utter_gift_wrap\n" in (tmp_path / "data/rules.yml").read_text()
    save(place, "gift_wrap", TOVE, HELP_CENTRE)
    save(place, "gift_wrap", TOVE, TEXT, {"sv": "Ja då."})  # the text was still there
    assert dict(read_answers(place.project).by_intent["gift_wrap"].response.texts) == TEXTS | {  # type: ignore[union-attr]
        "sv": "Ja då."
    }
    assert [each.way for each in standing(read_journal(place.journal))] == [
        PERSON,
        TEXT,
        HELP_CENTRE,
        TEXT,
    ]
    for _ in range(4):
        undo(place, TOVE)
    assert everything(tmp_path) == before


@pytest.mark.parametrize("way", [TEXT, PERSON])
def test_one_of_several_in_a_rule_gets_its_own(tmp_path: Path, way: str) -> None:
    place = write_project(tmp_path, rules=SHARED)
    before = everything(tmp_path)
    save(place, "gift_wrap", TOVE, way, TEXTS if way == TEXT else None)
    rules = (tmp_path / "data/rules.yml").read_text()
    assert rules.startswith(SHARED.split("    - intent: gift_wrap\n")[0] + "    - intent: shipping")
    assert rule_of(place, "Questions") == [
        {"or": [{"intent": "shipping"}, {"intent": "callback_window"}]},
        {"action": "action_answer"},
    ]
    assert (kind(place, "gift_wrap"), kind(place, "shipping")) == (way, HELP_CENTRE)
    action = "utter_gift_wrap" if way == TEXT else "action_hand_off"
    assert rasa_reads_rules(tmp_path / "data/rules.yml")[-1][1] == ["gift_wrap", action]
    undo(place, TOVE)
    assert everything(tmp_path) == before


def test_the_rule_of_one_of_several_may_stand_in_another_file(tmp_path: Path) -> None:
    place = write_project(tmp_path, rules=RULES)
    (tmp_path / "data/more").mkdir()
    (tmp_path / "data/more/help.yml").write_text("rules:\n" + SHARED.split("# --- small talk\n")[1])
    (tmp_path / "data/rules.yml").write_text("rules: []\n")
    (tmp_path / "data/rules.yml").write_text(
        "rules:\n- rule: Known\n  steps:\n  - intent: help\n  - action: action_answer\n"
    )
    before = everything(tmp_path)
    save(place, "shipping", TOVE, PERSON)
    assert "shipping" not in (tmp_path / "data/more/help.yml").read_text()
    assert "- intent: shipping" in (tmp_path / "data/rules.yml").read_text()
    undo(place, TOVE)
    assert everything(tmp_path) == before


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        (SHARED.replace("    - intent: shipping\n    # by the desk\n", ""), "for callback_window"),
        (SHARED.replace("- intent: gift_wrap", "- intent: gift_wrap  # mind"), "written for"),
        (
            RULES + "\n- rule: R\n  condition:\n  - slot_was_set: [{name: x}]\n  steps:\n"
            "  - intent: gift_wrap\n  - action: action_answer\n",
            "only at times",
        ),
        (
            RULES + "\n- rule: R\n  steps:\n  - intent: gift_wrap\n  - action: action_answer\n"
            "  - action: utter_greet\n",
            "more than that",
        ),
        (
            RULES + "\n- rule: R\n  steps: [{intent: gift_wrap}, {action: &one action_answer}]\n",
            "another form",
        ),
        (
            RULES + "\n- rule: R\n  steps:\n  - intent: gift_wrap\n  - action: action_answer\n"
            "\n- rule: S\n  condition:\n  - active_loop: order_form\n  steps:\n"
            "  - intent: gift_wrap\n  - action: action_answer\n",
            "in 2 places",
        ),
        (
            RULES + "\nstories:\n- story: R\n  steps:\n  - intent: gift_wrap\n"
            "  - action: action_answer\n",
            "part of a story",
        ),
    ],
)
def test_what_is_more_than_a_plain_rule_is_changed_by_hand(
    tmp_path: Path, rules: str, said: str
) -> None:
    place = write_project(tmp_path, rules=rules)
    before = everything(tmp_path)
    assert said in read_answers(place.project).by_intent["gift_wrap"].fixed
    with pytest.raises(AnswerRefused, match=rf"{said}.*rules\.yml, line \d+"):
        save(place, "gift_wrap", TOVE, PERSON)
    assert everything(tmp_path) == before


def test_the_same_way_again_writes_nothing(place: Place, tmp_path: Path) -> None:
    save(place, "gift_wrap", TOVE, PERSON)
    before = everything(tmp_path)
    assert save(place, "gift_wrap", TOVE, PERSON) is None
    assert everything(tmp_path) == before


def test_a_rule_that_was_changed_since_is_not_put_back(place: Place, tmp_path: Path) -> None:
    save(place, "greet", TOVE, PERSON)
    rules = tmp_path / "data/rules.yml"
    rules.write_text(rules.read_text().replace("- rule: Greeting", "- rule: Hello"))
    before = everything(tmp_path)
    with pytest.raises(DataChanged, match=r"greet in .*rules\.yml is not as it was written"):
        undo(place, TOVE)
    assert everything(tmp_path) == before


def test_a_rule_that_follows_at_the_end_of_the_file_is_no_part_of_it(tmp_path: Path) -> None:
    place = write_project(tmp_path, rules=RULES.split("\n- rule: Help")[0].rstrip("\n"))
    before = everything(tmp_path)
    save(place, "greet", TOVE, PERSON)
    undo(place, TOVE)
    assert everything(tmp_path) == before


def test_the_text_of_a_new_kind_is_checked(place: Place, tmp_path: Path) -> None:
    save(place, "gift_wrap", TOVE, PERSON)
    before = everything(tmp_path)
    with pytest.raises(AnswerRefused, match="sv: there is no text"):
        save(place, "gift_wrap", TOVE, TEXT, TEXTS | {"sv": ""})
    domain = DOMAIN.replace("responses:\n", "responses: {}\nother:\n")
    (tmp_path / "domain.yml").write_text(domain)
    with pytest.raises((AnswerRefused, NluDataInvalid)):
        save(place, "gift_wrap", TOVE, TEXT, TEXTS)
    (tmp_path / "domain.yml").write_bytes(before["domain.yml"])
    assert everything(tmp_path) == before


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return write_project(tmp_path)
