"""The summary of a conversation is its own sentences."""

from __future__ import annotations

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
