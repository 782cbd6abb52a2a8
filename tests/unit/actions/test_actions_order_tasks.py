"""What the assistant does with orders, against the real shop."""

from __future__ import annotations

from typing import Any

import pytest
from order_chat import Chat
from rasa_sdk.executor import CollectingDispatcher

from actions.orders import say
from bot.orders.task import Say


def test_tells_where_a_parcel_is_with_its_tracking_link(chat: Chat, shop: Any) -> None:
    chat.say("where is my order?", "order_status")
    chat.say("NL-104823")
    said = chat.say("831 30", "out_of_scope")
    order = shop.order("NL-104823", "83130")
    assert said.responses == ["utter_order_state_shipped", "utter_order_tracking"]
    assert order["carrier"] in said.text and order["tracking_url"] in said.text


def test_keeps_nothing_with_a_message_but_what_it_says(shop: Any) -> None:
    dispatcher = CollectingDispatcher()
    say(dispatcher, [Say("utter_order_unchanged", {"address": "Prästgatan 24"})])
    assert "Prästgatan" not in str(dispatcher.messages)


def test_takes_number_and_proof_from_the_first_sentence(chat: Chat) -> None:
    said = chat.say("Where is NL-104823? anna.lindqvist@mail.example", "order_status")
    assert said.responses[0] == "utter_order_state_shipped"


def test_asks_for_neither_again_for_the_next_task(chat: Chat) -> None:
    chat.say("Where is NL-104838, anna.lindqvist@mail.example", "order_status")
    said = chat.say("cancel it please", "cancel_order")
    assert said.responses == ["utter_order_confirm_cancel"]


def test_asks_for_proof_of_another_order(chat: Chat) -> None:
    chat.say("Where is NL-104838, anna.lindqvist@mail.example", "order_status")
    said = chat.say("and where is NL-104824?", "order_status")
    assert said.responses == ["utter_order_ask_proof"]
    assert "Kebne" not in said.text


def test_uses_the_proof_it_has_for_another_order_of_the_same_customer(chat: Chat) -> None:
    chat.say("Where is NL-104838, anna.lindqvist@mail.example", "order_status")
    said = chat.say("and NL-104823 where is it?", "order_status")
    assert said.responses[0] == "utter_order_state_shipped"


def test_cancels_after_a_yes_and_tells_of_the_money(chat: Chat, shop: Any) -> None:
    asked = chat.say("cancel NL-104838 anna.lindqvist@mail.example", "cancel_order")
    assert asked.payloads == ["/affirm", "/deny"]
    assert "Rondane Fleece" in asked.text and "2\xa0×\xa0Bornholm T-shirt" in asked.text
    assert shop.order("NL-104838", "83130")["state"] == "received"
    said = chat.press("/affirm")
    assert said.responses == ["utter_order_cancelled", "utter_order_refund_invoice"]
    assert shop.order("NL-104838", "83130")["state"] == "cancelled"
    assert chat.slots["order_task"] is None and chat.slots["confirmed"] is None


def test_a_no_changes_nothing_and_says_so(chat: Chat, shop: Any) -> None:
    chat.say("cancel NL-104838 anna.lindqvist@mail.example", "cancel_order")
    said = chat.say("no, keep it", "deny")
    assert said.responses == ["utter_order_unchanged"]
    assert "cancel" not in shop.seen
    assert chat.loop is None and chat.slots["order_number"] == "NL-104838"


@pytest.mark.parametrize("words", ["the jacket", "yes but not the shirt", "hmm", "maybe"])
def test_cancels_on_nothing_but_a_plain_yes(chat: Chat, shop: Any, words: str) -> None:
    chat.say("cancel NL-104838 anna.lindqvist@mail.example", "cancel_order")
    said = chat.say(words, "affirm")
    assert said.responses == ["utter_order_say_again", "utter_order_confirm_cancel"]
    assert "cancel" not in shop.seen


def test_a_turn_that_is_run_again_cancels_once(chat: Chat, shop: Any) -> None:
    chat.say("cancel NL-104838 anna.lindqvist@mail.example", "cancel_order")
    before = dict(chat.slots), list(chat.events), chat.loop
    first = chat.say("yes", "affirm", message_id="77")
    chat.slots, chat.events, chat.loop = before
    again = chat.say("yes", "affirm", message_id="77")
    assert (
        again.responses
        == first.responses
        == [
            "utter_order_cancelled",
            "utter_order_refund_invoice",
        ]
    )


def test_a_return_that_is_run_again_makes_one_label(chat: Chat, shop: Any) -> None:
    chat.say("return NL-104827, silje.haugen@mail.example", "return_item")
    chat.say("it's too big", "out_of_scope")
    before = dict(chat.slots), list(chat.events), chat.loop
    first = chat.say("yes", "affirm", message_id="78")
    chat.slots, chat.events, chat.loop = before
    again = chat.say("yes", "affirm", message_id="78")
    assert again.text == first.text
    assert len(shop.order("NL-104827", "9008")["returns"]) == 1


@pytest.mark.parametrize(
    ("number", "email", "response"),
    [
        ("NL-104831", "mette.kjaer", "utter_order_cannot_cancel_packed"),
        ("NL-104823", "anna.lindqvist", "utter_order_cannot_cancel_shipped"),
        ("NL-104816", "mette.kjaer", "utter_order_cannot_cancel_delivered"),
        ("NL-104833", "erik.sandberg", "utter_order_already_cancelled"),
        ("NL-104815", "sara.hedlund", "utter_order_already_returned"),
    ],
)
def test_refuses_to_cancel_what_is_packed_or_further_before_asking(
    chat: Chat, shop: Any, number: str, email: str, response: str
) -> None:
    said = chat.say(f"cancel {number} {email}@mail.example", "cancel_order")
    assert said.responses[0] == response
    assert "/affirm" not in said.payloads
    assert chat.loop is None and shop.seen == ["lookup"]


def test_changes_the_address_of_a_packed_order(chat: Chat, shop: Any) -> None:
    chat.say("change the address of NL-104831", "change_delivery_address")
    chat.say("8000", "out_of_scope")
    asked = chat.say("Vestergade 3, 2. tv, 5000 Odense C", "product_availability")
    assert asked.responses == ["utter_order_confirm_address"]
    assert "Vestergade 3, 2. tv, 5000 Odense C" in asked.text
    said = chat.say("yes please", "affirm")
    assert said.responses == ["utter_order_readdressed"]
    assert shop.order("NL-104831", "mette.kjaer@mail.example")["address"]["city"] == "Odense C"
    # the old postcode proves nothing any more, and is not asked for again
    assert chat.say("where is it?", "order_status").responses == ["utter_order_state_packed"]


def test_an_address_in_the_first_sentence_is_not_taken_for_the_proof(chat: Chat) -> None:
    said = chat.say("send NL-104831 to Ny Vej 1, 8000 Aarhus C", "change_delivery_address")
    assert said.responses == ["utter_order_ask_proof"]
    said = chat.say("mette.kjaer@mail.example")
    assert said.responses == ["utter_order_confirm_address"] and "Ny Vej 1" in said.text


def test_an_address_changed_there_and_back_and_there_again_is_three_changes(
    chat: Chat, shop: Any
) -> None:
    for street in ("Ny Vej 1", "Gammel Vej 2", "Ny Vej 1"):
        words = f"send NL-104831 to {street}, 8000 Aarhus C, mette.kjaer@mail.example"
        chat.say(words, "change_delivery_address")
        chat.press("/affirm")
        assert shop.order("NL-104831", "8000")["address"]["street"] == street


@pytest.mark.parametrize(
    "words",
    [
        "no, it's Ny Vej 7, 8000 Aarhus C",
        "nej, det er Ny Vej 7, 8000 Aarhus C",
        "nei det skal være Ny Vej 7, 8000 Aarhus C",
        "nej, Ny Vej 7, 8000 Aarhus C",
    ],
)
def test_an_address_is_put_right_when_it_is_to_be_confirmed(chat: Chat, words: str) -> None:
    chat.say("send NL-104831 to Ny Vej 1, 8000 Aarhus C", "change_delivery_address")
    chat.say("mette.kjaer@mail.example")
    said = chat.say(words, "deny")
    assert said.responses == ["utter_order_confirm_address"]
    assert chat.slots["new_address"]["street"] == "Ny Vej 7"


@pytest.mark.parametrize(
    "words",
    ["no, wrong number", "nej, det är fel gata", "nej, det er forkert", "nei, feil husnummer"],
)
def test_who_says_that_the_address_is_wrong_is_asked_for_the_right_one(
    chat: Chat, words: str
) -> None:
    chat.say("send NL-104831 to Ny Vej 1, 8000 Aarhus C", "change_delivery_address")
    chat.say("mette.kjaer@mail.example")
    assert chat.say(words, "deny").responses == ["utter_order_ask_address"]
    assert chat.slots["new_address"] is None
    assert chat.say("Ny Vej 7, 8000 Aarhus C").responses == ["utter_order_confirm_address"]


def test_a_plain_no_changes_no_address(chat: Chat, shop: Any) -> None:
    chat.say("send NL-104831 to Ny Vej 1, 8000 Aarhus C", "change_delivery_address")
    chat.say("mette.kjaer@mail.example")
    assert chat.say("no thanks", "deny").responses == ["utter_order_unchanged"]


def test_an_incomplete_address_is_asked_for_again_with_an_example(chat: Chat) -> None:
    chat.say("change the address of NL-104831, mette.kjaer@mail.example", "change_delivery_address")
    said = chat.say("Vestergade 3", "product_availability")
    assert said.responses == ["utter_order_help_address"]


def test_an_address_in_another_country_is_refused_before_asking(chat: Chat) -> None:
    chat.say("change the address of NL-104831, mette.kjaer@mail.example", "change_delivery_address")
    said = chat.say("Storgatan 5, 112 34 Stockholm")
    assert said.responses == ["utter_order_address_abroad"]
    assert chat.slots.get("new_address") is None
    assert chat.say("Ny Vej 1, 8000 Aarhus C").responses == ["utter_order_confirm_address"]


@pytest.mark.parametrize(
    ("number", "email", "response"),
    [
        ("NL-104823", "anna.lindqvist", "utter_order_cannot_readdress_shipped"),
        ("NL-104816", "mette.kjaer", "utter_order_cannot_readdress_delivered"),
        ("NL-104833", "erik.sandberg", "utter_order_already_cancelled"),
    ],
)
def test_refuses_to_readdress_what_has_left(
    chat: Chat, number: str, email: str, response: str
) -> None:
    said = chat.say(f"new address for {number} {email}@mail.example", "change_delivery_address")
    assert said.responses[0] == response


def test_makes_a_label_for_the_line_that_was_pressed(chat: Chat, shop: Any) -> None:
    asked = chat.say("return NL-104821 maja.oberg@mail.example", "return_item")
    assert asked.responses == ["utter_order_ask_items"]
    line = '/order_choice{"choice": "items:2x1"}'
    assert line in asked.payloads and '/order_choice{"choice": "items:all"}' in asked.payloads
    assert chat.press(line).responses == ["utter_order_ask_reason"]
    asked = chat.press('/order_choice{"choice": "reason:wrong_size"}')
    assert asked.responses == ["utter_order_confirm_return"]
    assert "Kattegat Swim Shorts" in asked.text and "SEK\xa039.00" in asked.text
    said = chat.press("/affirm")
    [label] = shop.order("NL-104821", "90326")["returns"]
    assert label["lines"] == [{"line": 2, "quantity": 1}] and label["price"] == "39.00"
    assert label["url"] in said.text and "SEK\xa039.00" in said.text


def test_a_line_named_in_words_and_a_reason_of_our_own_fault_cost_nothing(
    chat: Chat, shop: Any
) -> None:
    chat.say("return NL-104821 maja.oberg@mail.example", "return_item")
    chat.say("the tiveden ones", "out_of_scope")
    asked = chat.say("the zip is broken", "damaged_item")
    assert asked.responses == ["utter_order_confirm_return_free"]
    assert "Tiveden Shorts" in asked.text and "Kattegat" not in asked.text
    chat.say("ja", "affirm")
    [label] = shop.order("NL-104821", "90326")["returns"]
    assert label["price"] == "0.00" and label["reason"] == "faulty"


def test_one_of_two_of_the_same_can_go_back_alone(chat: Chat, shop: Any) -> None:
    chat.say("return NL-104802, something is faulty, lars.bakken@mail.example", "return_item")
    asked = chat.say("one of the sleeping pads", "out_of_scope")
    assert "2\xa0×" not in asked.text and "Femund Sleeping Pad" in asked.text
    chat.say("yes", "affirm")
    [label] = shop.order("NL-104802", "0552")["returns"]
    assert label["lines"] == [{"line": 2, "quantity": 1}]


def test_what_has_a_label_is_not_offered_again(chat: Chat, shop: Any) -> None:
    chat.say("return NL-104827, silje.haugen@mail.example", "return_item")
    chat.say("too big", "out_of_scope")
    chat.say("yes", "affirm")
    said = chat.say("return it", "return_item")
    [label] = shop.order("NL-104827", "9008")["returns"]
    assert said.responses == ["utter_order_already_labelled"] and label["url"] in said.text


def test_after_the_window_only_a_fault_counts(chat: Chat, shop: Any) -> None:
    asked = chat.say("return NL-104803 johan.nystrom@mail.example", "return_item")
    assert asked.responses == ["utter_order_window_over"]
    assert '/order_choice{"choice": "reason:changed_mind"}' not in asked.payloads
    assert chat.say("it's too small").responses == ["utter_order_window_closed"]
    assert chat.loop is None
    chat.say("return it", "return_item")
    asked = chat.press('/order_choice{"choice": "reason:faulty"}')
    assert asked.responses == ["utter_order_confirm_return_free"]
    assert chat.press("/affirm").responses == ["utter_order_label", "utter_order_label_free"]


@pytest.mark.parametrize(
    ("number", "email", "response"),
    [
        ("NL-104838", "anna.lindqvist", "utter_order_cannot_return_received"),
        ("NL-104831", "mette.kjaer", "utter_order_cannot_return_on_its_way"),
        ("NL-104823", "anna.lindqvist", "utter_order_cannot_return_on_its_way"),
        ("NL-104833", "erik.sandberg", "utter_order_already_cancelled"),
        ("NL-104805", "rasmus.holm", "utter_order_already_returned"),
    ],
)
def test_refuses_a_return_of_what_is_not_delivered(
    chat: Chat, number: str, email: str, response: str
) -> None:
    said = chat.say(f"return {number} {email}@mail.example", "return_item")
    assert said.responses[0] == response


def test_a_gift_card_is_refused_by_the_shop_in_plain_words(chat: Chat, shop: Any) -> None:
    chat.say("return NL-104810 anna.lindqvist@mail.example", "return_item")
    chat.press('/order_choice{"choice": "reason:changed_mind"}')
    said = chat.press("/affirm")
    assert said.responses == ["utter_order_not_returnable"]
    assert shop.order("NL-104810", "83130")["returns"] == []


def test_an_order_packed_between_question_and_yes_is_not_cancelled(chat: Chat, shop: Any) -> None:
    chat.say("cancel NL-104838 anna.lindqvist@mail.example", "cancel_order")
    with shop.app.state.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE orders SET state='packed' WHERE number='NL-104838'")
    said = chat.press("/affirm")
    assert said.responses == ["utter_order_cannot_cancel_packed"]


@pytest.mark.parametrize(
    ("number", "email", "response"),
    [
        ("NL-104801", "sara.hedlund", "utter_order_refund_paid"),
        ("NL-104807", "silje.haugen", "utter_order_refund_sent"),
        ("NL-104811", "pieter.de.wit", "utter_order_refund_pending"),
        ("NL-104833", "erik.sandberg", "utter_order_refund_paid"),
        ("NL-104817", "johan.nystrom", "utter_order_refund_waiting"),
        ("NL-104816", "mette.kjaer", "utter_order_refund_no_return"),
        ("NL-104823", "anna.lindqvist", "utter_order_refund_none"),
    ],
)
def test_tells_where_the_money_is(
    chat: Chat, shop: Any, number: str, email: str, response: str
) -> None:
    said = chat.say(f"my refund for {number}, {email}@mail.example", "refund_status")
    assert said.responses[0] == response
    refund = shop.order(number, f"{email}@mail.example")["refund"]
    if refund is not None:
        whole = refund["amount"].split(".")[0]
        assert f"{int(whole):,}" in said.text


def test_a_late_parcel_is_called_late_and_a_person_offered(chat: Chat, shop: Any) -> None:
    said = chat.say("where is NL-104819 erik.sandberg@mail.example", "order_status")
    assert "it's late" in said.text and "/talk_to_human" in said.payloads


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ("Shall I cancel", "Rondane Fleece (M, Oat) and 2\xa0×", "SEK\xa0")),
        ("sv", ("Ska jag avbeställa", "Rondane Fleece (M, Oat) och 2\xa0×", "\xa0kr?")),
        ("da", ("Skal jeg annullere", "Rondane Fleece (M, Oat) og 2\xa0×", "\xa0SEK?")),
        ("nb", ("Skal jeg kansellere", "Rondane Fleece (M, Oat) og 2\xa0×", "\xa0SEK?")),
    ],
)
def test_speaks_the_customers_language(shop: Any, language: str, words: tuple[str, ...]) -> None:
    said = Chat(language).say("NL-104838 anna.lindqvist@mail.example", "cancel_order")
    assert all(word in said.text for word in words), said.text
    assert "{" not in said.text


def test_where_the_order_is_asked_twice_offers_a_person_who_finds_out_more(chat: Chat) -> None:
    once = chat.say("where is NL-104838 anna.lindqvist@mail.example", "order_status")
    assert once.responses == ["utter_order_state_received"]
    twice = chat.say("but when does it come?", "order_status")
    assert twice.responses == ["utter_order_state_received", "utter_order_no_more"]
    other = chat.say("and NL-104823?", "order_status")
    assert "utter_order_no_more" not in other.responses
