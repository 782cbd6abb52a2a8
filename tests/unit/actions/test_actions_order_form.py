"""The order form's dialogue: what it asks, what interrupts it, and what it never says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from order_chat import Chat

from actions import turn
from bot import texts
from bot.handoff.lifecycle import REASONS
from kb_connector.sources.markdown import MarkdownSource

HELP = '/order_choice{"choice": "help"}'


# --- proof


@pytest.mark.parametrize("number", ["NL-104823", "NL-104999"])
def test_a_wrong_proof_and_an_unknown_number_get_the_same_answer(chat: Chat, number: str) -> None:
    chat.say("where is my order", "order_status")
    first = chat.say(number)
    assert first.text == texts.say("utter_order_ask_proof", "en", order=number) + "\n"
    second = chat.say("somebody@else.example", "update_account_details")
    assert second.responses == ["utter_order_not_found"]
    assert number not in second.text and chat.slots["order_number"] is None
    chat.say(number)
    third = chat.say("0000", "out_of_scope")
    assert third.responses == ["utter_order_not_found_again"]
    assert "/talk_to_human" in third.payloads


def test_a_person_comes_on_a_yes_to_the_offer(chat: Chat) -> None:
    chat.say("where is my order NL-104823", "order_status")
    chat.say("0000")
    chat.say("NL-104823")
    chat.say("0000")
    said = chat.say("yes please", "affirm")
    assert said.handoff is not None and said.handoff["reason"] == "customer_asked"
    assert chat.loop is None and chat.slots["order_task"] is None


def test_too_many_tries_are_told_and_handed_over(chat: Chat, shop: Any) -> None:
    for _ in range(10):
        assert shop.post("NL-104823/lookup", {"proof": "0000"}).status_code == 404
    chat.say("where is my order NL-104823", "order_status")
    said = chat.say("83130")
    assert said.responses[0] == "utter_order_too_many"
    assert said.handoff is not None and said.handoff["reason"] == "rule" in REASONS
    assert chat.loop is None


def test_nothing_of_a_foreign_order_is_said(chat: Chat) -> None:
    """Anna has proved hers; Mette's stays Mette's."""
    said = chat.say("where is NL-104823 anna.lindqvist@mail.example", "order_status").text
    for words, intent in [
        ("cancel NL-104831", "cancel_order"),
        ("anna.lindqvist@mail.example", "update_account_details"),
        ("NL-104831", "order_status"),
        ("831 30", "out_of_scope"),
    ]:
        said = chat.say(words, intent).text
        assert "Padjelanta" not in said and "packed" not in said
        assert "/affirm" not in said


def test_an_email_given_earlier_is_tried_and_does_not_count(chat: Chat) -> None:
    chat.slots["email"] = "anna.lindqvist@mail.example"
    assert chat.say("NL-104823", "order_status").responses[0] == "utter_order_state_shipped"
    other = Chat()
    other.slots["email"] = "anna.lindqvist@mail.example"
    assert other.say("NL-104831", "order_status").responses == ["utter_order_ask_proof"]
    assert other.say("8000").responses == ["utter_order_state_packed"]


def test_a_dutch_postcode_is_a_proof(chat: Chat) -> None:
    chat.say("where is NL-104826", "order_status")
    assert chat.say("1016 HD").responses[0] == "utter_order_state_shipped"


@pytest.mark.parametrize("down", ["cannot answer", "unreachable"])
def test_an_order_system_that_fails_brings_a_person(
    chat: Chat, shop: Any, monkeypatch: pytest.MonkeyPatch, down: str, caplog: Any
) -> None:
    if down == "unreachable":
        monkeypatch.setenv("SVARA_ORDER_SYSTEM_URL", "http://127.0.0.1:9")
    shop.broken = True
    chat.say("where is my order NL-104823", "order_status")
    said = chat.say("83130")
    assert said.responses[0] == "utter_handoff_technical_error"
    assert said.handoff is not None and said.handoff["reason"] == "technical_error"
    assert chat.loop is None
    assert "83130" not in caplog.text and "NL-104823" not in caplog.text


def test_a_change_that_fails_brings_a_person(chat: Chat, shop: Any) -> None:
    chat.say("cancel NL-104838 anna.lindqvist@mail.example", "cancel_order")
    shop.broken = True
    said = chat.press("/affirm")
    assert said.handoff is not None and said.handoff["reason"] == "technical_error"
    assert said.handoff["evidence"] == {"task": "cancel_order", "order_number": "NL-104838"}
    assert chat.slots["order_task"] is None


# --- not understood


def test_helps_first_and_then_offers_a_person(chat: Chat) -> None:
    chat.say("where is my order", "order_status")
    assert chat.say("blah").responses == ["utter_order_help_number"]
    assert chat.say("blah").responses == ["utter_offer_person"]
    said = chat.say("yes", "affirm")
    assert said.handoff is not None and said.handoff["reason"] == "not_understood"


def test_understanding_something_forgives(chat: Chat) -> None:
    chat.say("where is my order", "order_status")
    chat.say("blah")
    chat.say("NL-104823")
    assert chat.say("blah").responses == ["utter_order_help_proof"]


@pytest.mark.parametrize(
    "words", ["12345", "I don't have it", "where do I find it?", "jag vet inte"]
)
def test_says_where_the_number_stands(chat: Chat, words: str) -> None:
    chat.say("where is my order", "order_status")
    assert chat.say(words, "contact_info").responses == ["utter_order_help_number"]
    assert chat.slots.get("order_proof") is None


def test_the_help_button_costs_no_try(chat: Chat) -> None:
    chat.say("where is my order", "order_status")
    for _ in range(3):
        assert chat.press(HELP).responses == ["utter_order_help_number"]


def test_a_button_of_an_earlier_question_is_no_answer(chat: Chat) -> None:
    chat.say("return NL-104821 maja.oberg@mail.example", "return_item")
    said = chat.press('/order_choice{"choice": "reason:faulty"}')
    assert said.responses == ["utter_order_say_again", "utter_order_ask_items"]
    assert chat.slots.get("return_reason") is None


# --- interruptions


@pytest.mark.parametrize("intent", ["shipping_info", "greet", "thank", "help", "bot_challenge"])
def test_other_questions_go_to_the_rules_and_the_form_asks_again(chat: Chat, intent: str) -> None:
    chat.say("where is my order NL-104823", "order_status")
    assert chat.say("some other words", intent).rejected
    assert chat.answered_by_rules().responses == ["utter_order_ask_proof"]
    assert chat.say("83130").responses[0] == "utter_order_state_shipped"


@pytest.mark.parametrize(
    "intent", ["talk_to_human", "complaint", "data_request", "request_callback"]
)
@pytest.mark.parametrize(
    "asked", ["order_number", "order_proof", "new_address", "return_items", "return_reason"]
)
def test_no_question_swallows_the_wish_for_a_person(chat: Chat, asked: str, intent: str) -> None:
    {
        "order_number": lambda: chat.say("where is my order", "order_status"),
        "order_proof": lambda: chat.say("where is NL-104823", "order_status"),
        "new_address": lambda: chat.say(
            "NL-104831 mette.kjaer@mail.example", "change_delivery_address"
        ),
        "return_items": lambda: chat.say("NL-104821 maja.oberg@mail.example", "return_item"),
        "return_reason": lambda: chat.say("NL-104827 silje.haugen@mail.example", "return_item"),
    }[asked]()
    assert chat.slots["requested_slot"] == asked
    words = "everything is broken in NL-104821, Ny Vej 1, 8000 Aarhus, get me a person"
    said = chat.say(words, intent)
    assert said.rejected and said.responses == []


def test_a_number_alone_is_an_answer_whatever_its_intent(chat: Chat) -> None:
    chat.say("where is my order", "order_status")
    assert chat.say("NL-104823", "talk_to_human").responses == ["utter_order_ask_proof"]
    assert chat.say("831 30", "cancel_order").responses[0] == "utter_order_state_shipped"


@pytest.mark.parametrize(
    ("words", "intent"), [("no thanks", "deny"), ("glöm det", "nlu_fallback"), ("/deny", "")]
)
def test_a_no_leaves_politely(chat: Chat, words: str, intent: str) -> None:
    chat.say("where is my order", "order_status")
    assert chat.say(words, intent).responses == ["utter_okay_then"]
    assert chat.loop is None and chat.slots["order_task"] is None


CHANGED_MIND = [
    "actually no, I changed my mind",
    "jag har ändrat mig",
    "jeg har fortrudt",
    "jeg har ombestemt meg",
    "jeg har skiftet mening",
]


@pytest.mark.parametrize("words", CHANGED_MIND)
def test_who_changes_their_mind_is_asked_nothing_more(chat: Chat, shop: Any, words: str) -> None:
    chat.say("where is my order", "order_status")
    assert chat.say(words, "nlu_fallback").responses == ["utter_okay_then"]
    assert chat.loop is None and chat.slots["order_task"] is None
    chat.say("cancel NL-104838 anna.lindqvist@mail.example", "cancel_order")
    assert chat.say(words, "cancel_order").responses == ["utter_order_unchanged"]
    assert chat.loop is None and "cancel" not in shop.seen


@pytest.mark.parametrize("words", CHANGED_MIND)
def test_a_changed_mind_is_a_reason_to_return_things(chat: Chat, words: str) -> None:
    chat.say("NL-104827 silje.haugen@mail.example", "return_item")
    assert chat.slots["requested_slot"] == "return_reason"
    chat.say(words, "nlu_fallback")
    assert chat.slots["return_reason"] == "changed_mind"
    assert chat.loop is not None and chat.slots["order_task"] == "return_item"


def test_another_task_takes_over_with_the_same_order(chat: Chat) -> None:
    chat.say("cancel NL-104831 mette.kjaer@mail.example", "cancel_order")
    chat.say("new address then", "change_delivery_address")
    assert chat.slots["order_task"] == "change_delivery_address"
    said = chat.say("where is my parcel now", "order_status")
    assert said.responses == ["utter_order_state_packed"]


def test_another_task_while_confirming_confirms_nothing(chat: Chat, shop: Any) -> None:
    chat.say("cancel NL-104838 anna.lindqvist@mail.example", "cancel_order")
    said = chat.say("send it elsewhere rather", "change_delivery_address")
    assert said.responses == ["utter_order_ask_address"]
    chat.say("Nygatan 1, 831 30 Östersund")
    chat.press("/affirm")
    order = shop.order("NL-104838", "83130")
    assert order["state"] == "received" and order["address"]["street"] == "Nygatan 1"


def test_a_yes_with_another_number_confirms_nothing(chat: Chat, shop: Any) -> None:
    chat.say("cancel NL-104838 anna.lindqvist@mail.example", "cancel_order")
    said = chat.say("yes, cancel NL-104831", "cancel_order")
    assert said.responses == ["utter_order_ask_proof"]
    assert chat.say("8000").responses == ["utter_order_cannot_cancel_packed"]
    assert "cancel" not in shop.seen


def test_a_form_given_up_leaves_nothing_to_the_next(chat: Chat) -> None:
    """A stale yes, or address, of a form that was left for a person."""
    chat.slots |= {
        "confirmed": True,
        "requested_slot": "confirmed",
        "order_task": "cancel_order",
        "new_address": {"street": "Old 1", "postcode": "8000", "city": "Aarhus"},
    }
    said = chat.say("NL-104831 mette.kjaer@mail.example", "change_delivery_address")
    assert said.responses == ["utter_order_ask_address"]


# --- the rule first, then the offer


@pytest.fixture
def articles(shop: Any, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    for name in ("en/refund-time.md", "en/cancel-order.md", "en/return-how.md"):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(Path("data/kb", name).read_text(encoding="utf-8"), encoding="utf-8")
    turn.knowledge_base().sync(MarkdownSource(folder))


@pytest.mark.usefixtures("articles")
def test_a_question_without_a_number_is_answered_before_we_offer(chat: Chat) -> None:
    said = chat.say("how long does a refund take?", "refund_status")
    assert "5 working days" in said.text
    assert said.responses == ["utter_order_offer_refund"] and said.payloads == ["/deny"]
    assert chat.say("ok, thanks!", "thank").responses == ["utter_article_helped"]
    assert chat.loop is None


@pytest.mark.usefixtures("articles")
def test_a_wish_with_a_number_is_not_lectured(chat: Chat) -> None:
    said = chat.say("cancel NL-104838", "cancel_order")
    assert said.responses == ["utter_order_ask_proof"] and "packed" not in said.text


@pytest.mark.usefixtures("articles")
def test_a_question_in_the_middle_is_answered_and_the_form_goes_on(chat: Chat) -> None:
    chat.say("return NL-104821 maja.oberg@mail.example", "return_item")
    said = chat.say("how long does the refund take?", "refund_status")
    assert "5 working days" in said.text
    assert said.responses == ["utter_order_ask_items"] and "/refund_status" in said.payloads
    assert chat.slots["order_task"] == "return_item"


@pytest.mark.usefixtures("articles")
def test_a_menu_button_asks_for_the_number_at_once(chat: Chat) -> None:
    assert chat.press("/return_item").responses == ["utter_order_ask_number"]


def test_without_a_good_article_the_number_is_asked_for(chat: Chat) -> None:
    said = chat.say("how long does a refund take?", "refund_status")
    assert said.responses == ["utter_order_ask_number"]


@pytest.mark.parametrize("words", ["forget it", "glöm det", "skidt med det", "dropp det"])
@pytest.mark.parametrize("goods", [None, "Kattegat Swim Shorts"])
def test_a_return_is_called_off_while_goods_or_reason_are_asked_for(
    chat: Chat, words: str, goods: str | None
) -> None:
    chat.say("return NL-104821 maja.oberg@mail.example", "return_item")
    if goods:
        chat.say(goods, "product_availability", product=goods)
    assert chat.slots["requested_slot"] == ("return_reason" if goods else "return_items")
    assert chat.say(words).responses == ["utter_okay_then"]
    assert chat.loop is None and chat.slots["order_task"] is None
