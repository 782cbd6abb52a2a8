"""An exchange is free and a return is not: who wants one gets no paid label in its place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from order_chat import Chat

from actions import turn
from actions.understanding import ActionAffirmed, ActionDenied, ActionNotUnderstood
from bot.orders.asides import wants_exchange
from bot.settings import LANGUAGES
from kb_connector.sources.markdown import MarkdownSource

WISHES = {
    "en": [
        "the trousers are too long, can I swap them for a shorter size",
        "can i exchange M for L",
        "I'd like to swap for a larger one",
        "no, I want to change it to a size L, not send it back!",
        "could you send me a bigger size instead?",
    ],
    "sv": [
        "Jackan var för liten, kan jag byta till L?",
        "nej jag vill ju byta till L inte skicka tillbaka!!",
        "byta färg på mössan från grön till svart, går det?",
        "jag valde fel storlek. Byte?",
        "kan jag få den i storlek M istället",
    ],
    "da": [
        "Jakken er for lille, kan jeg bytte til en L?",
        "jeg vil ombytte dem til en 43",
        "kan den byttes til en større?",
        "kan man lave et bytte i stedet for at få pengene retur",
        "nej, en ombytning til str. M",
    ],
    "nb": [
        "buksa sitter altfor trangt, kan dere bytte til 40?",
        "jeg vil bytte til en L",
        "skal bytte str, fant ikke noe skjema for det",
        "størrelsen stemte ikke så nå må den byttes",
        "nei, jeg vil ha den i en 43 i stedet",
    ],
}
OTHERS = [
    "I want to return the jacket, it's too small",
    "can I change the address instead?",
    "please change my e-mail address",
    "I changed my mind",
    "I don't want to exchange it, I want my money back",
    "I want to return it and get something else",
    "jackan är för liten, jag vill skicka tillbaka den",
    "kan jag byta adress istället?",
    "jag vill byta lösenord",
    "jag vill inte byta, jag vill ha pengarna tillbaka",
    "Vill byta till annan modell helt och hållet, måste jag göra retur och ny beställning då?",
    "kan jeg bytte leveringsadresse i stedet?",
    "jeg vil ikke bytte den, jeg vil ha pengene igjen",
    "kan jeg bytte til et helt annet produkt?",
    "jeg vil ikke bytte, men sende den retur",
    "returnera eller byta något",
    "fel storlek",
    "feil størrelse",
    "wrong size",
    "NL-104827 9008",
    "ja",
    "",
]
IN_FORM = {
    "en": "swap for a larger one",
    "sv": "nej jag vill ju byta till L inte skicka tillbaka!!",
    "da": "jeg vil hellere ombytte til en L",
    "nb": "kan dere heller bytte til en L?",
}
RETURN = "NL-104827 9008"


def each(said: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(language, text) for language in LANGUAGES for text in said[language]]


@pytest.mark.parametrize("text", [text for _, text in each(WISHES)])
def test_a_wish_to_exchange_is_one(text: str) -> None:
    assert wants_exchange(text)


@pytest.mark.parametrize("text", OTHERS)
def test_another_wish_is_none(text: str) -> None:
    assert not wants_exchange(text)


@pytest.fixture
def articles(shop: Any) -> None:
    turn.knowledge_base().sync(MarkdownSource(Path("data/kb")))


@pytest.mark.usefixtures("articles")
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_article_is_shown_and_a_person_offered_not_a_return(language: str) -> None:
    chat, wish = Chat(language), WISHES[language][0]
    said = chat.say(wish, "return_item")
    assert said.responses == ["utter_order_exchange"]
    assert chat.slots["last_answer"]["id"] == f"markdown:{language}/exchange-size"
    assert chat.loop is None and chat.slots.get("order_task") is None
    yes = chat.answer(ActionAffirmed(), "ja", "affirm")
    assert yes.handoff is not None and yes.handoff["reason"] == "customer_asked"
    assert yes.handoff["evidence"]["text"] == wish


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(("language", "wish"), IN_FORM.items())
@pytest.mark.parametrize("until", ["number", "proof", "items", "reason", "confirmed"])
def test_who_wants_an_exchange_leaves_the_form_of_returns(
    language: str, wish: str, until: str, shop: Any
) -> None:
    chat = Chat(language)
    asked = {
        "number": ["retur"],
        "proof": ["retur", "NL-104816"],
        "items": ["retur", "NL-104816 8000"],
        "reason": ["retur", RETURN],
        "confirmed": ["retur", RETURN, '/order_choice{"choice": "reason:wrong_size"}'],
    }[until]
    for text in asked:
        chat.say(text, "return_item" if text == "retur" else "nlu_fallback")
    assert chat.loop == "order_form", until
    said = chat.say(wish, "return_item")
    assert said.responses == ["utter_order_exchange"]
    assert chat.loop is None and chat.slots["order_task"] is None
    yes = chat.answer(ActionAffirmed(), "ja", "affirm")
    assert yes.handoff is not None and yes.handoff["evidence"]["text"] == wish
    assert "returns" not in shop.seen


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("intent", ["deny", "nlu_fallback", "product_availability"])
def test_it_is_understood_by_its_words_whatever_the_classifier_says(intent: str) -> None:
    chat = Chat("sv")
    chat.say(f"returnera {RETURN}", "return_item")
    assert chat.say(IN_FORM["sv"], intent).responses == ["utter_order_exchange"]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Till vilket kort går det? Jag har bytt bank", "refund_status"),
        ("byta språk på mitt konto", "update_account_details"),
    ],
)
def test_what_is_changed_elsewhere_is_no_exchange(text: str, intent: str) -> None:
    chat = Chat("sv")
    chat.say(f"returnera {RETURN}", "return_item")
    assert "utter_order_exchange" not in chat.say(text, intent).responses


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "can you swap it for a larger one?"),
        ("da", "buksen strammer, kan I bytte den til en 40?"),
    ],
)
def test_a_wish_that_was_not_sure_enough_is_taken_by_its_words(language: str, text: str) -> None:
    unsure = {"nlu_fallback": 0.75, "return_item": 0.43, "product_availability": 0.39}
    chat = Chat(language)
    said = chat.answer(ActionNotUnderstood(), text, "nlu_fallback", ranking=unsure)
    assert said.responses == ["utter_order_exchange"]
    assert chat.slots["last_question"] == text
    other = {"nlu_fallback": 0.75, "change_subscription": 0.6, "return_item": 0.3}
    said = Chat(language).answer(ActionNotUnderstood(), text, "nlu_fallback", ranking=other)
    assert "utter_order_exchange" not in said.responses


@pytest.mark.usefixtures("shop")
def test_the_order_goes_with_it() -> None:
    chat = Chat("nb")
    said = chat.say(f"kan jeg bytte {RETURN} til en M?", "return_item")
    assert said.responses == ["utter_order_exchange"]
    yes = chat.answer(ActionAffirmed(), "ja takk", "affirm")
    assert yes.handoff is not None
    assert yes.handoff["evidence"]["order_number"] == "NL-104827"


@pytest.mark.usefixtures("shop")
def test_who_wants_none_of_it_is_left_alone_and_who_returns_after_all_may() -> None:
    chat = Chat("sv")
    chat.say("kan jag byta till L?", "return_item")
    assert chat.answer(ActionDenied(), "nej tack", "deny").responses == ["utter_okay_then"]
    assert chat.press("/return_item").responses == ["utter_order_ask_number"]
    assert chat.say(RETURN).responses == ["utter_order_ask_reason"]


@pytest.mark.usefixtures("shop")
def test_another_address_is_no_exchange() -> None:
    chat = Chat("sv")
    chat.say("NL-104837 5000", "change_delivery_address")
    assert "utter_order_exchange" not in chat.say("kan jag byta till Storgatan 5?").responses


@pytest.mark.usefixtures("articles")
@pytest.mark.parametrize("language", LANGUAGES)
def test_goods_that_do_not_fit_are_told_of_the_exchange_and_the_return_is_left_open(
    language: str,
) -> None:
    """The help centre answers with the exchange: "I can do it right here" would be of that."""
    small = {
        "en": "the jacket doesn't fit, it is too small",
        "sv": "jackan passar inte, den är för liten",
        "da": "jakken passer ikke, den er for lille",
        "nb": "jakka passer ikke, den er for liten",
    }
    chat = Chat(language)
    said = chat.say(small[language], "return_item")
    assert chat.slots["last_answer"]["id"] == f"markdown:{language}/exchange-size"
    assert said.responses == ["utter_order_exchange"]
    assert "/return_item" in said.payloads
