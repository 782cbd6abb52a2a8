"""Test stories in words."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bot.trainer.stories import Done, Loop, Part, Said, SlotsSet, Story, read_diff
from bot.trainer.stories.showing import Line as DiffLine
from bot.trainer.stories.wording import Line, action_in_words, intent_in_words, to_read

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("action_not_understood", "Did not understand"),
        ("utter_bot_challenge", "Says: bot challenge"),
        ("gift_form", "Asks: gift"),
        ("action_wrap_gift", "Wrap gift"),
    ],
)
def test_what_the_bot_does_has_words(name: str, words: str) -> None:
    assert action_in_words(name) == words


def test_no_action_of_ours_is_told_by_its_name_alone() -> None:
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    named = (next(iter(each)) if isinstance(each, dict) else each for each in domain["actions"])
    names = [name for name in named if not name.startswith("validate_")]
    for name in (*names, *domain["forms"]):
        plain = name.removeprefix("action_").replace("_", " ").capitalize()
        assert action_in_words(name) not in (plain, f"Asks: {plain.lower()}"), name


def test_intents_have_words() -> None:
    assert intent_in_words("order_status") == "Order status"
    assert intent_in_words("nlu_fallback") == "Not understood"


def test_a_story_is_read_as_a_conversation_and_answers_to_a_form_mean_nothing_by_themselves() -> (
    None
):
    steps = (
        Said("where is it? and hi", "order_status"),
        Done("action_next_question"),
        SlotsSet({"questions_left": True}),
        Part("order_status"),
        Done("order_form"),
        Loop("order_form"),
        SlotsSet({"requested_slot": "order_number"}),
        Said("NL-900001", "nlu_fallback"),
        Done("order_form"),
        SlotsSet({"requested_slot": None}),
        Loop(None),
        Said("hi", None),
        Done("action_hand_off"),
        Loop(None),
    )
    assert to_read(Story("It", steps)) == [
        Line("customer", "where is it? and hi"),
        Line("means", "Order status", "order_status"),
        Line("bot", "Takes up the next question", "action_next_question"),
        Line("means", "Order status", "order_status"),
        Line("bot", "Asks about the order", "order_form"),
        Line("bot", "Waits for: order number", "order_number"),
        Line("customer", "NL-900001"),
        Line("bot", "Asks about the order", "order_form"),
        Line("bot", "Asks no more", "active_loop: null"),
        Line("customer", "hi"),
        Line("bot", "Passes to a person", "action_hand_off"),
    ]


def test_a_diff_is_read_as_it_was_kept_by_this_version_and_by_older_ones() -> None:
    text = (
        "s.yml:3  Where\n    customer  var  är den\n  - intent    order_status\n"
        "  + intent    refund_status (0.61)"
    )
    lines = [
        DiffLine(" ", "customer", "var  är den"),
        DiffLine("-", "intent", "order_status"),
        DiffLine("+", "intent", "refund_status (0.61)"),
    ]
    assert read_diff(text) == lines
    assert read_diff([vars(line) for line in lines]) == lines
    assert read_diff("") == []
