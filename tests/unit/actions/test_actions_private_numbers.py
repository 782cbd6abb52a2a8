"""The numbers of cards and persons are not wanted in the chat, and that is said once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions import turn
from actions.private_numbers import SAID, ActionKeepNumbersOut, has_private_number

PRIVATE = [
    ("my card is 4242 4242 4242 4242, why was it charged twice?", "en"),
    ("card no 5555555555554444", "en"),
    ("mitt kortnummer är 4242-4242-4242-4242", "sv"),
    ("811218-9876 vad kostar frakten", "sv"),
    ("personnr 19811218-9876", "sv"),
    ("mit cpr er 251248-9996, hvor er min ordre", "da"),
    ("fødselsnummeret mitt er 131169 00216", "nb"),
]
NOT_PRIVATE = [
    ("NL-104838 831 30", "sv"),
    ("ring mig på 070-174 06 12", "sv"),
    ("call me on +44 7700 900123 please", "en"),
    ("tracking 00340434161094012345 says nothing", "en"),
    ("jeg betalte 1299 kr den 12.11.2026", "da"),
    ("hva koster frakten", "nb"),
]


@pytest.mark.parametrize(("text", "language"), PRIVATE)
def test_a_private_number_is_seen(text: str, language: str) -> None:
    assert has_private_number(text, language)


@pytest.mark.parametrize(("text", "language"), NOT_PRIVATE)
def test_other_numbers_are_none(text: str, language: str) -> None:
    assert not has_private_number(text, language)


def run(
    text: str,
    language: str = "en",
    *,
    loop: str = "",
    events: list[dict[str, Any]] | None = None,
    **parsed: Any,
) -> tuple[list[str], list[dict[str, Any]]]:
    latest = {
        "text": text,
        "intent": {"name": "shipping_info"},
        "entities": [],
        "message_id": "7",
        "metadata": {"handoff": False},
        **parsed,
    }
    heard = {"event": "user", "input_channel": "rest", "message_id": "7", "parse_data": latest}
    active = {"name": loop} if loop else {}
    slots = {"language": language}
    everything = [heard, *(events or [])]
    tracker = Tracker("anna", slots, latest, everything, False, None, active, "action_listen")
    dispatcher = CollectingDispatcher()
    given = asyncio.run(ActionKeepNumbersOut().run(dispatcher, tracker, {}))
    return [message["response"] for message in dispatcher.messages], given


@pytest.mark.parametrize(("text", "language"), PRIVATE)
def test_it_is_said_and_the_rules_hear_the_message_again(text: str, language: str) -> None:
    said, (listened, again) = run(text, language, questions=[{"text": "x"}])
    assert said == [SAID]
    assert listened["name"] == "action_listen"
    assert (again["message_id"], again["input_channel"]) == ("7", "rest")
    heard = again["parse_data"]["text"]
    assert again["text"] == heard and len(heard) == len(text)
    assert not has_private_number(heard, language) and heard.split()[-1] in text
    assert again["parse_data"]["looked_through"] is True
    assert again["parse_data"]["questions"] == [{"text": "x"}]
    assert "part" not in again["parse_data"]


@pytest.mark.parametrize(("text", "language"), NOT_PRIVATE)
def test_nothing_is_said_of_other_numbers(text: str, language: str) -> None:
    said, given = run(text, language)
    assert said == [] and len(given) == 2


def test_a_form_keeps_what_it_has_taken_from_the_message() -> None:
    assert run(PRIVATE[0][0], loop="callback_form") == ([SAID], [])


def test_it_is_said_once_in_a_turn() -> None:
    bot = {"event": "bot", "metadata": {"utter_action": SAID}}
    assert run(PRIVATE[0][0], events=[bot])[0] == []
    assert run(PRIVATE[0][0], looked_through=True)[0] == []


def test_what_was_asked_before_is_still_known() -> None:
    events = [
        {"event": "bot", "metadata": {"utter_action": "utter_did_this_help"}},
        {"event": "bot", "metadata": {"utter_action": SAID}},
    ]
    tracker = Tracker("anna", {}, {}, events, False, None, {}, "action_listen")
    assert turn.asked(tracker) == "utter_did_this_help"
