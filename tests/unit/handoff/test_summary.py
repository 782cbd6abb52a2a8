"""The summary of a conversation is its own sentences."""

from __future__ import annotations

import pytest

from bot.handoff.summary import summarise
from bot.storage.conversations import Message


def said(*texts: str) -> list[Message]:
    return [Message(number, "c", "customer", text) for number, text in enumerate(texts)]


def test_what_was_wanted_first_and_last_stands_in_it() -> None:
    spoken = said("Where is my parcel?", "NL-104823", "It should be here by now", "anna@x.example")
    assert summarise(spoken, {"order_number": "NL-104823"}).splitlines() == [
        "Where is my parcel?",
        "It should be here by now",
        "NL-104823",
    ]


def test_what_was_called_off_does_not_stand_in_it() -> None:
    spoken = said(
        "kan ni ringa upp mig", "strunt i det", "jag vill komma förbi butiken", "fredag klockan 14"
    )
    assert summarise(spoken, {}).splitlines() == [
        "jag vill komma förbi butiken",
        "fredag klockan 14",
    ]


def test_who_only_calls_off_is_still_quoted() -> None:
    assert summarise(said("please call me back", "never mind"), {}) == "please call me back"


WHY = {
    "buttons": [
        {
            "title": "I changed my mind",
            "payload": '/order_choice{"choice": "reason:changed_mind"}',
        }
    ]
}


@pytest.mark.parametrize("data", [{"payload": WHY["buttons"][0]["payload"]}, {}])
def test_a_change_of_mind_for_which_goods_go_back_calls_nothing_off(data: dict[str, str]) -> None:
    spoken = [
        Message(1, "c", "customer", "I want to return the jacket"),
        Message(2, "c", "bot", "Why are you sending back the jacket?", data=WHY),
        Message(3, "c", "customer", "I changed my mind", data=data),
        Message(4, "c", "bot", "Shall I make the label?"),
        Message(5, "c", "customer", "let me talk to a person"),
    ]
    assert summarise(spoken, {}).splitlines() == [
        "I want to return the jacket",
        "let me talk to a person",
    ]
    spoken += [Message(6, "c", "customer", "never mind"), *said("where is my parcel")]
    assert summarise(spoken, {}) == "where is my parcel"


def test_who_forgets_about_the_return_itself_calls_it_off() -> None:
    spoken = [
        Message(1, "c", "customer", "I want to return the jacket"),
        Message(2, "c", "bot", "Why are you sending back the jacket?", data=WHY),
        *said("forget it", "where is my parcel"),
    ]
    assert summarise(spoken, {}) == "where is my parcel"
