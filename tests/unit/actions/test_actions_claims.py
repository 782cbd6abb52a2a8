"""Something was missing, wrong or broken: who gives the order's number has reported it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from order_chat import Chat

from actions import turn
from actions.answer import ActionAnswer
from actions.understanding import ActionAffirmed
from bot.settings import LANGUAGES
from kb_connector.sources.markdown import MarkdownSource

MISSING = {
    "en": "the hat was missing from my parcel",
    "sv": "mössan saknades i paketet",
    "da": "huen manglede i pakken",
    "nb": "lua manglet i pakken",
}
DELIVERED = "NL-104827 9008"


@pytest.fixture(autouse=True, scope="module")
def _articles(shop_of_the_file: Any) -> None:
    turn.knowledge_base().sync(MarkdownSource(Path("data/kb")))


@pytest.mark.parametrize("language", LANGUAGES)
def test_after_the_article_the_number_and_what_proves_it_bring_a_person(language: str) -> None:
    chat = Chat(language)
    told = chat.answer(ActionAnswer(), MISSING[language], "missing_item")
    assert chat.slots["last_answer"]["id"] == f"markdown:{language}/missing-or-wrong-item", told
    said = chat.say(DELIVERED)
    assert said.responses[0] == "utter_order_claim"
    assert "NL-104827" in said.text
    assert said.handoff is not None
    assert said.handoff["evidence"] == {"text": MISSING[language], "order_number": "NL-104827"}
    assert said.verdicts == []  # the article has not failed them
    assert chat.loop is None
    assert chat.slots.get("order_task") is None
    assert chat.slots.get("order_claim") is None


def test_number_and_proof_may_come_one_after_the_other() -> None:
    chat = Chat("en")
    chat.answer(ActionAnswer(), MISSING["en"], "missing_item")
    assert chat.say("NL-104827").responses == ["utter_order_ask_proof"]
    said = chat.say("9008")
    assert said.responses[0] == "utter_order_claim"
    assert said.handoff is not None and said.handoff["evidence"]["text"] == MISSING["en"]


def test_who_says_it_all_at_once_is_not_shown_how_to_report_it() -> None:
    text = "The hat was missing from NL-104827, postcode 9008"
    chat = Chat("en")
    assert chat.answer(ActionAnswer(), text, "missing_item").text == ""
    assert (chat.events[-1]["event"], chat.events[-1]["name"]) == ("followup", "order_form")
    said = Chat("en").say(text, "missing_item")
    assert said.responses[0] == "utter_order_claim"
    assert said.handoff is not None and said.handoff["evidence"]["text"] == text


def test_what_is_said_beside_the_number_goes_with_it() -> None:
    chat = Chat("en")
    chat.answer(ActionAnswer(), MISSING["en"], "missing_item")
    said = chat.say("NL-104827 9008, I got a red hat in the place of a blue one")
    assert said.handoff is not None
    assert said.handoff["evidence"]["text"].startswith(f"{MISSING['en']} NL-104827")


def test_what_no_article_surely_answered_is_reported_too() -> None:
    chat = Chat("en")
    offered = chat.answer(ActionAnswer(), "my zip broke after two weeks", "damaged_item")
    assert offered.responses == ["utter_offer_articles"]
    said = chat.say(DELIVERED)
    assert said.handoff is not None
    assert said.handoff["evidence"]["text"] == "my zip broke after two weeks"


@pytest.mark.parametrize(
    ("text", "intent"),
    [("my zip broke after two weeks", "damaged_item"), (MISSING["en"], "missing_item")],
)
def test_what_a_person_has_had_is_not_reported_again(text: str, intent: str) -> None:
    chat = Chat("en")
    chat.answer(ActionAnswer(), text, intent)
    assert chat.say(DELIVERED).handoff is not None
    assert chat.say("NL-104827").handoff is None


def test_a_parcel_that_has_not_come_is_told_of_and_a_person_offered() -> None:
    chat = Chat("en")
    chat.answer(ActionAnswer(), MISSING["en"], "missing_item")
    said = chat.say("NL-104831 8000")
    assert said.responses[0].startswith("utter_order_state_"), said
    assert said.responses[-1] == "utter_order_no_more"
    assert said.handoff is None
    yes = chat.answer(ActionAffirmed(), "yes please", "affirm")
    assert yes.handoff is not None and yes.handoff["evidence"]["text"] == MISSING["en"]


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("where is my order NL-104827 9008", "order_status"),
        ("I want to return NL-104827 9008", "return_item"),
        ("what about NL-104827 9008, has it come?", "nlu_fallback"),
    ],
)
def test_another_wish_after_the_article_is_no_claim(text: str, intent: str) -> None:
    chat = Chat("en")
    chat.answer(ActionAnswer(), MISSING["en"], "missing_item")
    said = chat.say(text, intent)
    assert "utter_order_claim" not in said.responses
    assert said.handoff is None


def test_a_number_after_another_article_is_no_claim() -> None:
    chat = Chat("en")
    chat.answer(ActionAnswer(), "how long does delivery take", "shipping_info")
    assert chat.say(DELIVERED).handoff is None


def test_another_task_leaves_the_claim() -> None:
    chat = Chat("en")
    chat.answer(ActionAnswer(), MISSING["en"], "missing_item")
    chat.say("NL-104827")
    chat.say("no, I want to cancel it instead", "cancel_order")
    assert chat.slots.get("order_claim") is None
