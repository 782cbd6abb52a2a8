"""The gate's arithmetic: what is better, what is worse, and what blocks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom

from bot.commands.gate import as_text
from bot.errors import NluError
from bot.trainer.gate import (
    BrokenStory,
    Comparison,
    Outcome,
    Pair,
    Rules,
    Said,
    judge,
    mcnemar,
    read_rules,
)
from bot.trainer.gate.comparison import outcome
from bot.trainer.gate.rules import IntentLimit
from bot.trainer.gate.running import unanswered_since
from bot.trainer.gate.verdict import BLIND, BOTH, SINCE, Missed
from bot.trainer.models.notes import add_to_notes

MARKS = {"+": Outcome.RIGHT, "?": Outcome.ASKED, "-": Outcome.WRONG}


def said(mark: str, intent: str) -> Said:
    return Said(intent if mark == "+" else "other", 0.9, MARKS[mark])


def pairs(
    marks: str, count: int = 1, *, intent: str = "order_status", language: str = "en"
) -> list[Pair]:
    """Sentences, each as `+-`: right with the old model and wrong with the new one."""
    old, new = marks
    one = (intent, language, said(old, intent), said(new, intent))
    return [Pair(f"{marks} {number}", *one) for number in range(count)]


def verdict(*those: list[Pair], group: str = BLIND, rules: Rules | None = None):
    comparison = Comparison(tuple(pair for some in those for pair in some))
    return judge("old", "new", {group: comparison}, rules or Rules())


@given(st.integers(0, 40), st.integers(0, 40))
def test_the_test_is_the_exact_one(lost: int, gained: int) -> None:
    found = mcnemar([(True, False)] * lost + [(False, True)] * gained + [(True, True)] * 7)
    assert (found.only_old, found.only_new) == (lost, gained)
    both_tails = min(1.0, 2 * float(binom.cdf(min(lost, gained), lost + gained, 0.5)))
    assert found.p == pytest.approx(both_tails)


def test_what_is_right_for_both_changes_nothing() -> None:
    few = mcnemar([(True, False)] * 5 + [(False, True)])
    many = mcnemar([(True, False)] * 5 + [(False, True)] + [(True, True)] * 1000)
    assert few.p == many.p


def test_a_sentence_is_better_or_worse_by_what_the_customer_meets() -> None:
    for marks, better, worse in (
        ("?+", True, False),
        ("-+", True, False),
        ("-?", True, False),
        ("+?", False, True),
        ("?-", False, True),
        ("--", False, False),
    ):
        (pair,) = pairs(marks)
        assert (pair.improved, pair.regressed) == (better, worse), marks


def test_asking_back_is_right_for_what_is_out_of_scope_only() -> None:
    assert outcome("out_of_scope", "greet", asks=True) is Outcome.RIGHT
    assert outcome("greet", "greet", asks=True) is Outcome.ASKED
    assert outcome("out_of_scope", "greet", asks=False) is Outcome.WRONG


def test_the_worst_changes_come_first() -> None:
    found = Comparison((*pairs("+?"), *pairs("+-"), *pairs("?+"), *pairs("-+")))
    assert [pair.new.outcome for pair in found.regressed] == [Outcome.WRONG, Outcome.ASKED]
    assert len(found.improved) == 2


def test_an_equal_model_passes() -> None:
    found = verdict(pairs("++", 50), pairs("--", 3))
    assert found.passed and found.reasons == ()


def test_a_significant_fall_blocks_and_a_chance_one_does_not() -> None:
    limits = Rules(recall=IntentLimit(fall=1.0))
    five = verdict(pairs("++", 200), pairs("+?", 5), rules=limits)
    assert five.passed, "5 to 0 happens by chance in one of 16"
    six = verdict(pairs("++", 200), pairs("+?", 6), rules=limits)
    (reason,) = six.reasons
    assert "right less often; 6 lost, 0 gained (p = 0.031)" in reason


def test_wrong_answers_in_place_of_questions_block() -> None:
    found = verdict(pairs("++", 100), pairs("?-", 8))
    (reason,) = found.reasons
    assert "wrong more often; 8 became wrong, 0 no longer are" in reason


def test_a_gain_in_one_language_does_not_hide_a_fall_in_another() -> None:
    found = verdict(pairs("-+", 30), pairs("++", 100, language="nb"), pairs("+-", 9, language="nb"))
    assert not found.passed
    assert any("language nb" in reason for reason in found.reasons)


def test_of_many_languages_each_has_to_be_worse_by_more_than_chance() -> None:
    one = verdict(pairs("++", 100, language="nb"), pairs("+?", 6, language="nb"), pairs("?+", 6))
    assert one.passed, "6 to 0 has p = 0.03, and there are two languages"


def test_an_intent_may_fall_as_far_as_its_limit() -> None:
    rest = pairs("?+", 20, intent="greet")
    assert verdict(rest, pairs("++", 18), pairs("+?", 2)).passed
    (reason,) = verdict(rest, pairs("++", 17), pairs("+?", 3)).reasons
    assert reason == "order_status: right 85% of 20, was 100%; it may fall by 10%."
    assert verdict(rest, pairs("++", 6), pairs("+?", 3)).passed, "fewer than 10 sentences"
    strict = Rules(intents={"order_status": IntentLimit(fall=0.0, fewer=1)})
    assert not verdict(rest, pairs("++", 18), pairs("+?", 1), rules=strict).passed


def test_an_intent_must_not_be_below_its_least() -> None:
    rules = Rules(intents={"talk_to_human": IntentLimit(least=0.9)})
    poor = pairs("++", 8, intent="talk_to_human") + pairs("??", 2, intent="talk_to_human")
    (reason,) = verdict(poor, rules=rules).reasons
    assert "talk_to_human: right 80% of 10, was 80%; it has to be 90%." in reason


def test_labels_since_the_old_model_do_not_make_up_for_an_intents_fall() -> None:
    groups = {
        BOTH: Comparison((*pairs("++", 16), *pairs("+?", 4))),
        SINCE: Comparison(tuple(pairs("?+", 40))),
    }
    found = judge("old", "new", groups, Rules())
    assert [reason for reason in found.reasons if "order_status" in reason]


def test_what_has_to_be_right_blocks() -> None:
    missed = Missed("I want a person", "talk_to_human", said("-", "talk_to_human"))
    found = judge("old", "new", {BLIND: Comparison(tuple(pairs("++")))}, Rules(), missed=[missed])
    assert found.reasons == (
        "Has to be right: “I want a person” (talk_to_human) is taken for other.",
    )


def test_a_broken_story_blocks() -> None:
    groups = {BLIND: Comparison(tuple(pairs("++")))}
    difference = (
        {"mark": "-", "what": "action", "said": "utter_greet"},
        {"mark": "+", "what": "action", "said": "action_answer"},
    )
    story = BrokenStory("refund", "tests/stories/a.yml", 3, difference)
    found = judge("o", "n", groups, Rules(), broken=[story])
    assert found.reasons == ("Broken test story: refund (tests/stories/a.yml, line 3).",)
    kept = json.loads(json.dumps(found.as_json()))
    assert kept["broken"] == [
        {
            "name": "refund",
            "path": "tests/stories/a.yml",
            "line": 3,
            "difference": list(difference),
        }
    ]
    told = as_text(kept).splitlines()
    place = told.index("tests/stories/a.yml:3  refund")
    assert told[place + 1 : place + 3] == [
        "  - action    utter_greet",
        "  + action    action_answer",
    ]


def test_an_intent_that_came_without_an_answer_blocks() -> None:
    groups = {BLIND: Comparison(tuple(pairs("++")))}
    found = judge("old", "new", groups, Rules(), unanswered=["gift_card"])
    (reason,) = found.reasons
    assert found.as_json()["unanswered"] == ["gift_card"]
    assert reason.startswith("gift_card has no answer: ")


def test_only_what_the_old_model_answered_or_did_not_know_needs_an_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    old, new = (tmp_path / f"svara-{name}.tar.gz" for name in ("old", "new"))
    add_to_notes(new, unanswered=["callback_window", "gift_card", "greet"])
    assert unanswered_since(old, new) == ["callback_window", "gift_card", "greet"]
    add_to_notes(old, unanswered=["greet"])
    assert unanswered_since(old, new) == ["callback_window", "gift_card"]
    (tmp_path / "data").mkdir()
    (tmp_path / "data/checks.yml").write_text(
        "set_aside:\n- check: no-rule\n  intent: callback_window\n  because: a form\n"
    )
    assert unanswered_since(old, new) == ["gift_card"]


def test_nothing_to_compare_on_does_not_pass() -> None:
    (reason,) = judge("old", "new", {BLIND: Comparison(())}, Rules()).reasons
    assert "There are no sentences to compare the models on" in reason


def test_the_verdict_is_json_with_both_sides() -> None:
    told = json.loads(json.dumps(verdict(pairs("+-"), pairs("?+", 2)).as_json()))
    group = told["groups"][BLIND]
    assert group["regressed"][0]["new"]["outcome"] == "wrong"
    assert (group["improved_count"], group["regressed_count"]) == (2, 1)
    assert group["right"]["new"] == pytest.approx(2 / 3)


def test_rules_are_the_defaults_without_a_file(tmp_path: Path) -> None:
    assert read_rules(tmp_path / "gate.yml") == Rules()


def test_rules_are_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "gate.yml"
    path.write_text(
        "recall: {fall: 0.2, sentences: 5}\n"
        "intents:\n  talk_to_human: {least: 0.9}\n"
        "must_be_right:\n  talk_to_human: ['I want a person']\n"
        "sentences: [a.csv, b.csv]\n"
    )
    rules = read_rules(path)
    assert rules.limit("greet") == IntentLimit(0.2, 5)
    assert rules.limit("talk_to_human") == IntentLimit(0.2, 5, 3, 0.9)
    assert rules.must_be_right == (("I want a person", "talk_to_human"),)
    assert rules.sentences == (Path("a.csv"), Path("b.csv"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("recal: {}", "the file has no 'recal'"),
        ("recall: {fall: 10}", "recall: fall has to be a number from 0 to 1, not '10'"),
        ("recall: {sentences: many}", "recall: sentences has to be a whole number"),
        ("intents: [greet]", "intents has to be lines of the form"),
        ("must_be_right: {affirm: [yes]}", "quote yes, no and numbers"),
        ("a: [", "not readable as YAML"),
    ],
)
def test_rules_that_cannot_be_used_are_refused(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "gate.yml"
    path.write_text(content)
    with pytest.raises(NluError, match=r"gate\.yml") as refused:
        read_rules(path)
    assert message in str(refused.value)
