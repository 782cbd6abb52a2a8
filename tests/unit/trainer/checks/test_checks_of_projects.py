"""Checks of files, domain, rules and balance; what is set aside; the command."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from xml.etree import ElementTree

import pytest
from checked_project import DOMAIN, EXAMPLES, RULES, findings, project, write
from click.testing import CliRunner

from bot.cli import main
from bot.errors import NluDataInvalid, NluError
from bot.trainer.checks import Grade, check, key_of, look_again, read_asides, set_aside

BROKEN = [
    (b"nlu:\n- intent: greet\n  examples: |\n    - hi\n   x: [\n", 5),
    (b"nlu:\n- intent: greet\n\texamples: |\n    - hi\n", 3),
    (b"nlu:\n- intent: greet\n  examples: |\n    - hej d\xe5\n", 4),
    (b"nlu:\n- intent: greet\n  examples: |\n    hi\n", 4),
]


@pytest.mark.parametrize(("content", "line"), BROKEN, ids=["yaml", "tab", "encoding", "no dash"])
def test_a_broken_file_is_an_error_with_its_line_and_the_others_are_checked(
    tmp_path: Path, content: bytes, line: int
) -> None:
    made = project(tmp_path, more={("sv", "greet"): ["avbryt mitt köp tack"]})
    path = made.nlu / "en/greet.yml"
    path.write_bytes(content)
    report = check(made, only=["same-text"])
    assert {each.check for each in report.findings} == {"same-text", "unreadable"}
    (broken,) = [each for each in report.findings if each.check == "unreadable"]
    assert (broken.places[0].path, broken.places[0].line) == (path.as_posix(), line)
    assert path.read_bytes() == content


@pytest.mark.parametrize("name", ["domain.yml", "data/rules.yml"])
def test_a_broken_domain_or_rule_is_an_error_with_its_line(tmp_path: Path, name: str) -> None:
    made = project(tmp_path)
    (tmp_path / name).write_text("rules:\nintents:\n- a\n- [\n")
    (found,) = [
        each for each in check(made, only=["no-rule"]).findings if each.check == "unreadable"
    ]
    assert f"{tmp_path / name}, line " in found.message


def test_no_folder_of_examples_is_said(tmp_path: Path) -> None:
    with pytest.raises(NluDataInvalid, match=r"data/nlu: is not a folder"):
        check(project(tmp_path / "x").at(tmp_path))


def test_an_unknown_check_is_refused_with_the_names_there_are(tmp_path: Path) -> None:
    with pytest.raises(NluError, match=r"no check wrong-lable; there is .*wrong-label"):
        check(project(tmp_path), only=["wrong-lable"])


def test_a_label_that_the_domain_no_longer_has_is_an_error_where_it_is_used(
    tmp_path: Path,
) -> None:
    made = project(tmp_path, domain=DOMAIN.replace("- cancel_order\n", ""))
    (found,) = findings(made, "unknown-intent")
    assert (found.grade, found.intent) == (Grade.ERROR, "cancel_order")
    assert "21 lines" in found.message


def test_an_entity_that_the_domain_does_not_have_is_an_error(tmp_path: Path) -> None:
    made = project(tmp_path, more={("en", "greet"): ["hi [bot](robot)"]})
    (found,) = findings(made, "unknown-entity")
    assert (found.subject, found.places[0].line) == ("robot", 15)


def test_intents_without_examples_or_rule_are_told_with_their_line(tmp_path: Path) -> None:
    made = project(tmp_path, domain=DOMAIN.replace("- greet\n", "- greet\n- thank\n"))
    (found,) = findings(made, "no-examples")
    assert (found.intent, found.places[0].line) == ("thank", 5)
    (found,) = findings(made, "no-rule")
    assert (found.intent, found.places[0].line) == ("thank", 5)
    assert found.grade == Grade.WARNING, "nobody can say it"


def test_intents_in_alternatives_and_stories_are_used(tmp_path: Path) -> None:
    made = project(tmp_path, rules=RULES.replace("    - intent: greet\n", ""))
    (found,) = findings(made, "no-rule")
    assert (found.intent, found.grade) == ("greet", Grade.ERROR), "customers say it"
    stories = made.conversations / "stories/one.yml"
    stories.parent.mkdir()
    stories.write_text("stories:\n- story: one\n  steps:\n  - intent: greet\n")
    assert findings(made, "no-rule") == []


def test_a_response_without_words_in_a_language_is_an_error(tmp_path: Path) -> None:
    without = DOMAIN.replace("value: sv", "value: en")
    (found,) = findings(project(tmp_path, domain=without), "response-language")
    assert (found.grade, found.subject, found.places[0].line) == (Grade.ERROR, "utter_greet", 8)
    assert "no words in sv" in found.message


def test_an_intent_missing_in_a_language_is_told(tmp_path: Path) -> None:
    examples = {"en": EXAMPLES["en"], "sv": {"greet": EXAMPLES["sv"]["greet"]}}
    found = findings(project(tmp_path, examples), "missing-language")
    assert {(each.intent, each.language) for each in found} == {
        ("order_status", "sv"), ("cancel_order", "sv")
    }  # fmt: skip


def test_small_intents_are_told_and_one_example_is_an_error(tmp_path: Path) -> None:
    made = project(tmp_path)
    write(made, "en", "greet", ["hi", "hello", "hey"])
    write(made, "sv", "thank", ["tack"])
    found = {(each.intent, each.language): each.grade for each in findings(made, "too-small")}
    assert found == {("greet", "en"): Grade.WARNING, ("thank", ""): Grade.ERROR}


def test_an_intent_much_larger_than_most_is_good_to_know(tmp_path: Path) -> None:
    made = project(tmp_path, more={("en", "greet"): [f"hello number {n}" for n in range(60)]})
    assert "greet has many examples: 80" in findings(made, "unbalanced")[0].message


def test_what_is_set_aside_is_not_told_again_until_its_text_changes(tmp_path: Path) -> None:
    made = project(tmp_path, more={("en", "cancel_order"): ["Where is my order?"]})
    found = findings(made, "same-text")
    assert set_aside(found, "a reason", made.asides) == 1
    assert set_aside(found, "a reason", made.asides) == 0
    report = check(made, only=["same-text"])
    assert (report.findings, len(report.aside)) == ((), 1)
    write(made, "en", "cancel_order", [*EXAMPLES["en"]["cancel_order"], "hello you"])
    report = check(made, only=["same-text"])
    assert [(each.check, each.grade) for each in report.findings] == [
        ("same-text", Grade.ERROR),
        ("set-aside", Grade.INFO),
    ]


def test_a_reason_is_needed_and_comments_in_the_file_stay(tmp_path: Path) -> None:
    made = project(tmp_path, more={("en", "cancel_order"): ["Where is my order?"]})
    found = findings(made, "same-text")
    with pytest.raises(NluDataInvalid, match="give one"):
        set_aside(found, "  ", made.asides)
    assert not made.asides.exists()
    text = "# ours\nset_aside:\n- check: no-rule   # a form\n  intent: thank\n  because: form"
    made.asides.write_text(text)
    set_aside(found, 'it: "is" so', made.asides)
    assert made.asides.read_text().startswith(text + "\n")
    assert check(made, only=["same-text"]).findings == ()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("set_aside:\n- check: x\n", "line 2: needs at least `check:` and `because:`"),
        ("aside:\n- a\n", "line 1: expected `set_aside:`"),
        ("set_aside:\n- [\n", "not readable as YAML"),
        ("set_aside:\n- check: a\n  because: b\n  lines: 3\n", "line 2: unknown: lines"),
    ],
)
def test_a_broken_file_of_what_is_set_aside_is_refused_and_kept(
    tmp_path: Path, content: str, said: str
) -> None:
    made = project(tmp_path, more={("en", "cancel_order"): ["Where is my order?"]})
    found = findings(made, "same-text")
    made.asides.write_text(content)
    with pytest.raises(NluDataInvalid, match=said):
        check(made, only=["same-text"])
    with pytest.raises(NluDataInvalid, match=said):
        set_aside(found, "because", made.asides)
    assert made.asides.read_text() == content


def test_what_is_set_aside_is_taken_out_again_and_all_else_stays(tmp_path: Path) -> None:
    path = tmp_path / "checks.yml"
    one = "- check: no-rule   # a form\n  intent: thank\n  because: form\n"
    two = "- check: no-rule\n  intent: greet\n  because: |\n    two\n    lines\n"
    path.write_text(f"# ours\nset_aside:\n{one}# the second\n{two}")
    first, second = read_asides(path)
    assert look_again(key_of(first.about), path) == first
    assert path.read_text() == f"# ours\nset_aside:\n# the second\n{two}"
    look_again(key_of(second.about), path)
    assert path.read_text() == "# ours\nset_aside:\n# the second\n"
    assert read_asides(path) == []
    with pytest.raises(NluDataInvalid, match="any more"):
        look_again(key_of(second.about), path)


def test_two_who_set_aside_at_once_are_both_kept(tmp_path: Path) -> None:
    words = ["where is my order", "track my parcel please", "hello", "hey"]
    more = {("en", "cancel_order"): [word.upper() for word in words]}
    made = project(tmp_path, more=more)
    found = findings(made, "same-text")
    assert len(found) == len(words)
    threads = [
        threading.Thread(target=set_aside, args=([each], "so", made.asides)) for each in found
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(check(made, only=["same-text"]).aside) == len(words)


def run(root: Path, *arguments: str, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(
        main, ["data", "check", "--project", str(root), *arguments], input=typed
    )
    return done.exit_code, done.output


def test_the_command_fails_for_an_error_and_writes_json_and_junit(tmp_path: Path) -> None:
    made = project(tmp_path, more={("en", "cancel_order"): ["Where is my order?"]})
    out, xml = tmp_path / "out.json", tmp_path / "out.xml"
    code, said = run(tmp_path, "--only", "same-text", "--json", str(out), "--junit", str(xml))
    assert code == 1
    assert f"{made.nlu}/en/cancel_order.yml:15  Where is my order?" in said
    assert json.loads(out.read_text())["counts"]["ERROR"] == 1
    suite = ElementTree.parse(xml).getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")


def test_what_is_set_aside_is_listed_and_taken_out_by_its_key(tmp_path: Path) -> None:
    made = project(tmp_path, domain=DOMAIN.replace("- greet\n", "- greet\n- thank\n"))
    (found,) = findings(made, "no-rule")
    set_aside([found], "a form", made.asides)
    assert run(tmp_path, "--asides") == (0, f"[{found.key}] no-rule, thank: a form\n")
    code, said = run(tmp_path, "--look-again", found.key)
    assert (code, said) == (0, "No longer set aside: no-rule, thank\n")
    assert findings(made, "no-rule") == [found]


def test_a_warning_fails_only_a_strict_run(tmp_path: Path) -> None:
    project(tmp_path, domain=DOMAIN.replace("- greet\n", "- greet\n- thank\n"))
    assert run(tmp_path, "--only", "no-rule")[0] == 0
    assert run(tmp_path, "--only", "no-rule", "--strict")[0] == 1


def test_fixes_are_offered_one_by_one_and_nothing_changes_unasked(tmp_path: Path) -> None:
    more = {("en", "cancel_order"): ["Where is my order?"], ("sv", "greet"): ["Tjena!"]}
    made = project(tmp_path, more=more)
    path = made.nlu / "en/cancel_order.yml"
    before = path.read_bytes()
    assert "0 of 1 findings" in run(tmp_path, "--fix", "same-text", typed="s\n")[1]
    assert path.read_bytes() == before
    assert "1 of 1 findings" in run(tmp_path, "--fix", "same-text", typed="2\n")[1]
    assert path.read_bytes() != before
    assert "1 of 1 findings" in run(tmp_path, "--fix", "written-twice", "--yes")[1]


def test_a_finding_is_set_aside_by_its_key(tmp_path: Path) -> None:
    made = project(tmp_path, more={("en", "cancel_order"): ["Where is my order?"]})
    (found,) = findings(made, "same-text")
    code, _ = run(
        tmp_path, "--only", "same-text", "--set-aside", found.key, "--because", "so it is"
    )
    assert code == 0
    assert run(tmp_path, "--only", "same-text")[0] == 0
    code, said = run(tmp_path, "--only", "same-text", "--set-aside", "ffffffff", "--because", "x")
    assert (code, "no finding 'ffffffff'" in said) == (2, True)
