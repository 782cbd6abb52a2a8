"""What the assistant says to who only says what they do not want, in a form and outside."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from order_chat import Chat
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from actions.understanding import ActionDenied
from bot import texts
from bot.settings import LANGUAGES


def only(*intents: str) -> dict[str, Any]:
    return {"intents": list(intents), "rest": ""}


def tracker(text: str, negated: dict[str, Any] | None, before: str = "") -> Tracker:
    parsed: dict[str, Any] = {"text": text, "intent": {"name": "deny"}, "entities": []}
    parsed["negated"] = negated
    said = {"event": "bot", "text": "", "metadata": {"utter_action": before}}
    slots = {"language": "en", "misunderstood": 1}
    return Tracker("anna", slots, parsed, [said], False, None, {}, "action")


@pytest.mark.parametrize(
    ("negated", "response"),
    [
        (only("cancel_order"), "utter_not_wanted_order"),
        (only("return_item", "refund_status"), "utter_not_wanted_order"),
        (only("request_callback"), "utter_not_wanted"),
        (only(), "utter_okay_then"),
        (None, "utter_okay_then"),
    ],
)
def test_who_refuses_hears_that_nothing_is_done(
    negated: dict[str, Any] | None, response: str
) -> None:
    dispatcher = CollectingDispatcher()
    events = asyncio.run(ActionDenied().run(dispatcher, tracker("I don't want it", negated), {}))
    assert [message["response"] for message in dispatcher.messages] == [response]
    assert [(e["name"], e["value"]) for e in events] == [("misunderstood", 0)]


def test_a_refusal_is_no_verdict_on_the_article_before() -> None:
    dispatcher = CollectingDispatcher()
    said = tracker("I don't want to return it", only("return_item"), "utter_did_this_help")
    asyncio.run(ActionDenied().run(dispatcher, said, {}))
    assert [message["response"] for message in dispatcher.messages] == ["utter_not_wanted_order"]


def test_only_what_is_wanted_is_looked_for() -> None:
    text = "I don't want to return it, how do I wash it?"
    rest = {"intents": ["return_item"], "rest": "how do I wash it?"}
    assert turn.said(tracker(text, rest)) == "how do I wash it?"
    assert turn.said(tracker(text, only("return_item"))) == text


@pytest.mark.parametrize("name", ["utter_not_wanted", "utter_not_wanted_order"])
def test_every_language_has_words_of_its_own_for_it(name: str) -> None:
    assert len({texts.say(name, language) for language in LANGUAGES}) == len(LANGUAGES)


def test_no_i_do_not_want_to_cancel_stops_the_form(chat: Chat, shop: Any) -> None:
    chat.say("cancel my order", "cancel_order")
    said = chat.say("I don't want to cancel it", "deny", negated=only("cancel_order"))
    assert said.responses == ["utter_okay_then"] and chat.loop is None
    chat.say("cancel NL-104838 anna.lindqvist@mail.example", "cancel_order")
    said = chat.say("no don't cancel it", "deny", negated=only("cancel_order"))
    assert said.responses == ["utter_order_unchanged"] and chat.loop is None
    assert "cancel" not in shop.seen


def test_what_is_wanted_instead_takes_over(chat: Chat, shop: Any) -> None:
    chat.say("cancel NL-104838 anna.lindqvist@mail.example", "cancel_order")
    said = chat.say(
        "no don't cancel it, just change the address",
        "change_delivery_address",
        negated={"intents": ["cancel_order"], "rest": "no , just change the address"},
    )
    assert said.responses == ["utter_order_ask_address"]
    assert "cancel" not in shop.seen


def test_refusing_something_else_leaves_the_question_open(chat: Chat) -> None:
    chat.say("I want to send my boots back", "return_item")
    said = chat.say("no I'm not asking for a refund", "deny", negated=only("refund_status"))
    assert said.responses == ["utter_order_ask_number"]
    assert chat.slots["order_task"] == "return_item"


def test_a_no_to_the_question_is_a_no_whatever_else_is_refused(chat: Chat, shop: Any) -> None:
    chat.say("cancel NL-104838 anna.lindqvist@mail.example", "cancel_order")
    said = chat.say("no, I don't want a refund", "deny", negated=only("refund_status"))
    assert said.responses == ["utter_order_unchanged"] and "cancel" not in shop.seen
