"""The number of a person in the order form."""

from __future__ import annotations

from order_chat import Chat


def test_a_personal_number_is_neither_an_order_number_nor_its_proof(chat: Chat) -> None:
    chat.say("where is my order", "order_status")
    chat.say("811218 9876")
    assert chat.slots.get("order_number") is None
    chat.say("NL-104823")
    said = chat.say("8112189876")
    assert chat.slots["order_number"] == "NL-104823"
    assert chat.slots.get("order_proof") is None
    assert "9876" not in said.text
