"""`svara data answer`."""

from __future__ import annotations

from pathlib import Path

import pytest
from answers_project import DOMAIN, TEXTS, everything, write_project
from click.testing import CliRunner, Result

from bot.cli import main


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["data", "answer", *arguments])


def options() -> list[str]:
    return [part for language, text in TEXTS.items() for part in (f"--{language}", text)]


def titles() -> list[str]:
    said = {"en": "Wrap a gift", "sv": "Slå in en gåva", "da": "Pakke en ind", "nb": "Pakke en inn"}
    return [part for language, text in said.items() for part in (f"--title-{language}", text)]


def test_intents_are_shown_those_without_an_answer_first(project: Path) -> None:
    lines = run().output.splitlines()
    assert [line.split()[0] for line in lines[:3]] == ["gift_wrap", "shipping", "greet"]
    assert "no answer: customers get “Sorry, I misunderstood you”" in lines[0]
    assert "a text (en, sv, da, nb)" in lines[2]
    assert lines[-1] == "2 of 6 have no answer."


def test_one_intent_is_shown_with_its_texts_and_lines(project: Path) -> None:
    done = run("greet")
    assert "data/rules.yml:9  Greeting: a text" in done.output
    assert "domain.yml:22  utter_greet" in done.output
    assert "    sv   Hej, jag är en bot." in done.output
    assert "buttons" in run("help").output
    wrong = run("gone")
    assert (wrong.exit_code, "'gone'" in wrong.output) == (2, True)


def test_an_answer_is_written_shown_with_its_author_and_taken_back(project: Path) -> None:
    before = everything(project)
    done = run("gift_wrap", *options(), "--by", "tove")
    assert done.exit_code == 0, done.output
    assert "svara model ship" in done.output
    assert "utter_gift_wrap" in Path("domain.yml").read_text()
    assert "answered by tove" in run("gift_wrap").output
    assert Path("var/answers.jsonl").exists()
    assert run("gift_wrap", "--sv", "Ja!", "--by", "bo").exit_code == 0
    assert '"Ja!"' in Path("domain.yml").read_text()
    assert "These texts are there already" in run("gift_wrap", "--sv", "Ja!").output
    assert "Taken back: what was written for gift_wrap" in run("gift_wrap", "--undo").output
    assert "Taken back" in run("--undo", "--by", "tove").output
    assert everything(project) == before
    assert run("gift_wrap", "--undo").exit_code == 2


def test_the_help_centre_and_a_person(project: Path) -> None:
    assert run("shipping", "--help-centre").exit_code == 0
    assert run("gift_wrap", "--person").exit_code == 0
    assert Path("domain.yml").read_text() == DOMAIN
    rules = Path("data/rules.yml").read_text()
    assert "  - intent: shipping\n  - action: action_answer\n" in rules
    assert "  - intent: gift_wrap\n  - action: action_hand_off\n" in rules


def test_what_is_on_the_button_is_written_with_the_answer_or_alone_and_shown(project: Path) -> None:
    before = everything(project)
    assert "no button: it is never offered" in run("gift_wrap").output
    assert "with a button" in run("gift_wrap", *options(), *titles()).output
    shown = run("gift_wrap").output
    assert "utter_title_gift_wrap, on a button" in shown
    assert "    sv   Slå in en gåva" in shown
    alone = [each if each.startswith("--") else f"{each}?" for each in titles()]
    done = run("order_status", *alone)
    assert "order_status: a form that asks, with a button." in done.output
    assert run("order_status", "--title-en", "My parcel").exit_code == 0
    assert 'text: "My parcel"' in Path("domain.yml").read_text()
    for _ in range(3):
        assert run("--undo").exit_code == 0
    assert everything(project) == before


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["gift_wrap", "--sv", "Ja"], "en, da, nb: there is no text"),
        (["gift_wrap", "--person", "--help-centre"], "one way to answer"),
        (["--person"], "Name an INTENT"),
        (["help", "--sv", "Ja"], "buttons"),
        (["--undo", "--by", "kim"], "kim has written no answer"),
        (["greet", "--title-sv", "Hej"], "en, da, nb: the button has no words"),
        (["gift_wrap", "--title-sv", "Hej"], "no answer that a button could lead to"),
        (["gift_wrap", "--undo", "--title-sv", "Hej"], "not both at once"),
        (["--title-sv", "Hej"], "Name an INTENT"),
    ],
)
def test_what_cannot_be_done_is_said_and_nothing_is_written(
    project: Path, arguments: list[str], said: str
) -> None:
    before = everything(project)
    done = run(*arguments)
    assert done.exit_code == 2
    assert said in done.output
    assert everything(project) == before


def test_an_answer_becomes_one_of_another_kind_and_the_old_one_again(project: Path) -> None:
    before = everything(project)
    assert "greet: handed over to a person." in run("greet", "--person").output
    assert "It is answered so already." in run("greet", "--person").output
    assert "handed over to a person" in run("greet").output
    assert run("greet", "--undo").exit_code == 0
    assert everything(project) == before
    done = run("order_status", "--person")
    assert done.exit_code == 2
    assert "It is not changed here: it is a form or a task." in done.output
    assert "changed by hand: it is a form or a task" in run("order_status").output
