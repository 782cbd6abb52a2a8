"""What customers say beside an answer in the order form: no help, another thing instead."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from order_chat import Chat

from actions import turn
from bot.orders.asides import (
    asks_for_it,
    did_not_help,
    lacks_number,
    takes_too_long,
    wants_instead,
)
from kb_connector.sources.markdown import MarkdownSource

NO_HELP = [
    "no that didn't help",
    "that was no help at all",
    "not helpful",
    "that doesn't answer my question",
    "nej det hjälpte inte",
    "nej, det där var ingen hjälp",
    "det svarar inte på min fråga",
    "nej men det hjälper ju inte, när kommer den??",
    "nej det hjalp ikke",
    "det hjælper mig jo ikke",
    "nej, det kan jeg ikke bruge til noget",
    "det svarede ikke på mit spørgsmål",
    "nei det hjalp ikke",
    "nei, det var ikke til hjelp",
    "det hjelper meg ikke",
    "det svarte ikke på spørsmålet mitt",
]
INSTEAD = [
    "can I change the address instead?",
    "kan jag byta adress istället?",
    "kan jeg ændre adressen i stedet?",
    "kan jeg endre adresse i stedet?",
]


@pytest.mark.parametrize("text", NO_HELP)
def test_says_that_it_was_no_help(text: str) -> None:
    assert did_not_help(text)


@pytest.mark.parametrize(
    "text",
    [
        "no thanks",
        "nej tack, jag behöver ingen hjälp",
        "nej tak, jeg har ikke brug for hjælp",
        "nei takk, trenger ikke hjelp",
        "it helped, thanks",
        "can you help me?",
        "",
    ],
)
def test_a_thank_you_no_says_nothing_of_help(text: str) -> None:
    assert not did_not_help(text)


@pytest.mark.parametrize("text", INSTEAD)
def test_a_wish_for_something_else_is_one(text: str) -> None:
    assert wants_instead(text) and asks_for_it(text)


@pytest.mark.parametrize(
    "text", ["how long does a refund take?", "hur länge dröjer det?", "hvad koster det?"]
)
def test_a_question_is_no_wish(text: str) -> None:
    assert not wants_instead(text) and not asks_for_it(text)


@pytest.fixture
def articles(shop: Any, tmp_path: Path) -> None:
    folder = tmp_path / "articles"
    for name in (
        "en/refund-time.md",
        "en/return-how.md",
        "en/return-conditions.md",
        "en/change-delivery-address.md",
    ):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(Path("data/kb", name).read_text(encoding="utf-8"), encoding="utf-8")
    turn.knowledge_base().sync(MarkdownSource(folder))


@pytest.mark.usefixtures("articles")
@pytest.mark.parametrize("intent", ["article_not_helpful", "deny"])
def test_no_help_after_an_answer_that_ended_with_an_offer_declines_no_offer(
    chat: Chat, intent: str
) -> None:
    chat.say("how do I return something?", "return_item")
    first = chat.slots["last_answer"]["id"]
    said = chat.say("no that didn't help", intent)
    assert said.responses[0] == "utter_next_article"
    assert chat.slots["last_answer"]["id"] != first
    assert said.responses[-1] == "utter_did_this_help"
    assert chat.loop is None and chat.slots["order_task"] is None


@pytest.mark.usefixtures("articles")
def test_a_second_answer_with_an_offer_that_was_no_help_brings_a_person(chat: Chat) -> None:
    chat.slots["last_answer"] = None
    chat.say("how do I return something?", "return_item")
    rejected = [{"id": "markdown:en/refund-time", "title": "Refunds"}]
    chat.slots["last_answer"] = chat.slots["last_answer"] | {"rejected": rejected}
    said = chat.say("nope, that was no help at all", "deny")
    assert said.handoff is not None and said.handoff["reason"] == "answer_rejected"
    assert chat.loop is None and chat.slots["order_task"] is None


@pytest.mark.usefixtures("articles")
def test_no_help_in_the_middle_of_a_return_does_not_end_it(chat: Chat) -> None:
    chat.say("return NL-104821 maja.oberg@mail.example", "return_item")
    chat.say("how long does the refund take?", "refund_status")
    said = chat.say("that didn't help", "article_not_helpful")
    if said.handoff is None:
        assert said.responses[-1] == "utter_order_ask_items"
        assert chat.slots["order_task"] == "return_item"


@pytest.mark.usefixtures("articles")
@pytest.mark.parametrize("words", INSTEAD)
@pytest.mark.parametrize(
    ("intent", "ranking"),
    [
        ("change_delivery_address", {"change_delivery_address": 0.8}),
        ("nlu_fallback", {"update_account_details": 0.6, "change_delivery_address": 0.39}),
    ],
)
def test_another_thing_instead_of_the_confirmation_takes_over(
    chat: Chat, shop: Any, words: str, intent: str, ranking: dict[str, float]
) -> None:
    chat.say("cancel NL-104838 anna.lindqvist@mail.example", "cancel_order")
    said = chat.say(words, intent, ranking=ranking)
    assert said.responses == ["utter_order_ask_address"]
    assert chat.slots["order_task"] == "change_delivery_address"
    assert "cancel" not in shop.seen
    chat.say("Nygatan 1, 831 30 Östersund")
    chat.press("/affirm")
    order = shop.order("NL-104838", "83130")
    assert order["state"] == "received" and order["address"]["street"] == "Nygatan 1"


@pytest.mark.usefixtures("articles")
def test_how_something_else_is_done_is_told_and_the_confirmation_asked_again(chat: Chat) -> None:
    chat.say("cancel NL-104838 anna.lindqvist@mail.example", "cancel_order")
    said = chat.say("how long does a refund take?", "refund_status")
    assert said.responses[-1] == "utter_order_confirm_cancel"


def test_cancel_beside_an_order_number_is_that_order(chat: Chat) -> None:
    ranking = {"nlu_fallback": 0.75, "cancel_subscription": 0.35, "cancel_order": 0.23}
    said = chat.say("avbeställ NL-104838 anna.lindqvist@mail.example", ranking=ranking)
    assert said.responses == ["utter_order_confirm_cancel"]


def test_a_number_alone_asks_where_the_order_is(chat: Chat) -> None:
    ranking = {"nlu_fallback": 0.75, "cancel_order": 0.7}
    said = chat.say("NL-104838 anna.lindqvist@mail.example", ranking=ranking)
    assert said.responses == ["utter_order_state_received"]


def test_cancelling_instead_asks_no_number_again(chat: Chat) -> None:
    chat.say(
        "change the address of NL-104838 anna.lindqvist@mail.example", "change_delivery_address"
    )
    said = chat.say("cancel instead", ranking={"cancel_order": 0.45, "cancel_subscription": 0.4})
    assert said.responses == ["utter_order_confirm_cancel"]


# --- number and proof in one message


@pytest.mark.parametrize(
    "text",
    [
        "NL-104838 831 30",
        "104838 83130",
        "NL-104838/83130",
        "831 30 NL-104838",
        "NL104838, postnr 831 30",
        "det är NL-104838 och postnumret är 83130",
        "ordrenummer 104838, postnummer 831 30",
        "order 104838 anna.lindqvist@mail.example",
    ],
)
@pytest.mark.parametrize(
    ("task", "response"),
    [
        ("order_status", "utter_order_state_received"),
        ("cancel_order", "utter_order_confirm_cancel"),
        ("change_delivery_address", "utter_order_ask_address"),
    ],
)
def test_number_and_proof_in_one_message_are_both_read(
    chat: Chat, text: str, task: str, response: str
) -> None:
    chat.press(f"/{task}")
    assert chat.say(text).responses == [response]


def test_number_and_postcode_of_another_order_are_both_read(chat: Chat) -> None:
    chat.say("where is NL-104838 anna.lindqvist@mail.example", "order_status")
    assert chat.say("and 104831 8000?", "order_status").responses == ["utter_order_state_packed"]


def test_a_wrong_postcode_beside_the_number_of_an_address_change_is_asked_for(chat: Chat) -> None:
    chat.press("/change_delivery_address")
    said = chat.say("NL-104838 112 34")
    assert said.responses == ["utter_order_ask_proof"]
    assert chat.slots["order_number"] == "NL-104838"
    assert chat.say("831 30").responses == ["utter_order_ask_address"]


def test_a_new_address_instead_of_the_proof_is_kept_and_proves_nothing(
    chat: Chat, shop: Any
) -> None:
    chat.say("change the address of NL-104838", "change_delivery_address")
    said = chat.say("Storgatan 5, 112 34 Stockholm", "change_delivery_address")
    assert said.responses == ["utter_order_address_noted"]
    assert chat.slots["order_number"] == "NL-104838"
    assert chat.say("831 30").responses == ["utter_order_confirm_address"]
    chat.press("/affirm")
    order = shop.order("NL-104838", "11234")
    assert order["address"]["street"] == "Storgatan 5"


def test_the_old_address_is_a_proof_and_no_new_address(chat: Chat, shop: Any) -> None:
    old = shop.order("NL-104838", "83130")["address"]
    chat.say("change the address of NL-104838", "change_delivery_address")
    said = chat.say(f"{old['street']}, 831 30 {old['city']}", "change_delivery_address")
    assert said.responses == ["utter_order_ask_address"]


def test_a_new_address_in_the_same_postcode_is_proof_and_address(chat: Chat) -> None:
    chat.say("change the address of NL-104838", "change_delivery_address")
    said = chat.say("Nygatan 1, 831 30 Östersund", "change_delivery_address")
    assert said.responses == ["utter_order_confirm_address"]


def test_a_new_address_beside_the_number_is_no_proof(chat: Chat) -> None:
    chat.press("/change_delivery_address")
    said = chat.say("NL-104838 till Nygatan 1, 831 30 Östersund", "change_delivery_address")
    assert said.responses == ["utter_order_ask_proof"]


# --- no order number

NO_NUMBER = [
    "I don't have the order number",
    "can't find my order number",
    "I never got an order number",
    "I deleted the mail with the number",
    "jag har inget ordernummer",
    "hittar inte mitt ordernummer",
    "ordernumret har jag tappat bort",
    "nä jag har slarvat bort ordernumret",
    "jeg finder ikke ordrenummeret",
    "jeg kan ikke huske mit ordrenummer",
    "jeg har mistet ordrenummeret",
    "jeg har ikke ordrenummeret",
    "finner ikke nummeret",
    "har ikke noe ordrenummer",
]


@pytest.mark.parametrize("text", NO_NUMBER)
def test_says_that_there_is_no_number(text: str) -> None:
    assert lacks_number(text)


@pytest.mark.parametrize(
    "text", ["my order number is NL-104838", "no, the number is 104838", "don't call my number", ""]
)
def test_says_nothing_of_a_missing_number(text: str) -> None:
    assert not lacks_number(text)


@pytest.mark.parametrize("intent", ["deny", "nlu_fallback", "order_status"])
@pytest.mark.parametrize("text", NO_NUMBER)
def test_who_has_no_number_hears_where_it_is_and_then_of_another_way(
    chat: Chat, text: str, intent: str
) -> None:
    chat.say("where is my order", "order_status")
    said = chat.say(text, intent)
    assert said.responses == ["utter_order_help_number"] and "/talk_to_human" in said.payloads
    said = chat.say("I still can't find it", intent)
    assert said.responses == ["utter_order_without_number"] and "/talk_to_human" in said.payloads
    said = chat.say("anna.lindqvist@mail.example", "update_account_details")
    assert said.handoff is not None and said.handoff["reason"] == "customer_asked"
    assert said.handoff["evidence"]["email"] == "anna.lindqvist@mail.example"
    assert chat.loop is None


@pytest.mark.parametrize("text", NO_NUMBER)
def test_who_says_at_once_that_there_is_no_number_is_not_asked_for_it(
    chat: Chat, text: str
) -> None:
    said = chat.say(f"{text}, where is my parcel?", "order_status")
    assert said.responses == ["utter_order_help_number"]
    assert chat.say("NL-104838").responses == ["utter_order_ask_proof"]


def test_a_yes_without_a_number_brings_a_person_who_was_asked_for(chat: Chat) -> None:
    chat.say("where is my order", "order_status")
    chat.say("I don't have the order number")
    chat.say("no idea where it is")
    said = chat.say("yes please", "affirm")
    assert said.handoff is not None and said.handoff["reason"] == "customer_asked"


def test_who_lacks_the_proof_hears_what_it_is_and_then_of_a_person(chat: Chat) -> None:
    chat.say("where is NL-104838", "order_status")
    assert chat.say("I don't know").responses == ["utter_order_help_proof"]
    assert chat.say("jag minns inte").responses == ["utter_order_without_proof"]
    said = chat.say("ja tack", "affirm")
    assert said.handoff is not None and said.handoff["reason"] == "customer_asked"


def test_a_yes_to_where_the_number_is_leads_on_to_a_person(chat: Chat) -> None:
    chat.say("where is my order", "order_status")
    chat.say("I don't have the order number")
    assert chat.say("ok yes").responses == ["utter_order_without_number"]


@pytest.mark.parametrize(
    ("words", "intent"),
    [
        ("no, cancel it instead", "cancel_order"),
        ("nej, annuller den hellere i stedet", "cancel_order"),
        ("nej, avbeställ den hellre", "cancel_order"),
        ("nei, kanseller den heller", "cancel_order"),
    ],
)
def test_a_no_with_another_thing_instead_goes_over_to_it(
    chat: Chat, shop: Any, words: str, intent: str
) -> None:
    chat.say("change the address of NL-104838", "change_delivery_address")
    chat.say("anna.lindqvist@mail.example")
    chat.say("Nygatan 1, 831 35 Östersund")
    assert chat.slots["requested_slot"] == "confirmed"
    assert chat.say(words, intent).responses == ["utter_order_confirm_cancel"]
    assert "cancel" not in shop.seen and chat.slots["new_address"] is None


@pytest.mark.parametrize(
    "text",
    [
        "that's way too late",
        "det är alldeles för sent",
        "det er for lang tid",
        "det tar for lang tid",
    ],
)
def test_says_that_it_takes_too_long(text: str) -> None:
    assert takes_too_long(text) and not takes_too_long("thanks, that is fine")


@pytest.mark.usefixtures("shop")
def test_what_the_help_centre_refuses_is_not_offered() -> None:
    turn.knowledge_base().sync(MarkdownSource(Path("data/kb")))
    chat = Chat("en")
    said = chat.say("can I return a gift card?", "return_item")
    assert said.text.startswith("No, ")
    assert said.responses == ["utter_did_this_help"]
    assert chat.loop is None
