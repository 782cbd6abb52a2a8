"""A person who was offered by a button: a yes is as good as the press, a no is taken for a no."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from order_chat import Chat, Said
from rasa_sdk import Action

from actions import turn
from actions.understanding import ActionAffirmed, ActionDenied, ActionNotUnderstood
from bot import texts
from bot.settings import LANGUAGES

LATE = "NL-104819 411 19"
YES = {
    "en": ["yes", "yes please", "sure, do that"],
    "sv": ["ja", "ja tack gärna", "gör det"],
    "da": ["ja", "ja tak, meget gerne", "gør det"],
    "nb": ["ja", "ja takk, gjerne", "gjør det"],
}
NO = {
    "en": ["no thanks", "not needed"],
    "sv": ["nej tack", "det behövs inte"],
    "da": ["nej tak", "det behøves ikke"],
    "nb": ["nei takk", "det trengs ikke"],
}
OK = {"en": "ok", "sv": "okej", "da": "okay", "nb": "okei"}
IN_PASSING = [
    "utter_ask_rephrase",
    "utter_out_of_scope",
    "utter_order_window_closed",
    "utter_order_not_returnable",
]
OUTRIGHT = ["utter_order_refused", "utter_order_exchange"]


def each(said: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(language, text) for language in LANGUAGES for text in said[language]]


def late(language: str) -> Chat:
    chat = Chat(language)
    told = chat.say(LATE)
    assert told.responses == ["utter_order_state_shipped", "utter_order_tracking"]
    assert "/talk_to_human" in told.payloads
    return chat


def after(response: str, language: str, action: Action, text: str, **slots: Any) -> Said:
    """What an action says to a message, when a response was the last that was said."""
    chat = Chat(language)
    chat.slots |= slots
    buttons = texts.buttons(response, language)
    chat.events.append(
        {"event": "bot", "data": {"buttons": buttons}, "metadata": {"utter_action": response}}
    )
    return chat.answer(action, text, "affirm" if isinstance(action, ActionAffirmed) else "deny")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(("language", "text"), each(YES))
def test_a_yes_to_a_colleague_who_can_ask_the_carrier_brings_one(language: str, text: str) -> None:
    said = late(language).answer(ActionAffirmed(), text, "affirm")
    assert said.responses[0] == "utter_handoff_customer_asked"
    assert said.handoff is not None and said.handoff["reason"] == "customer_asked"
    assert said.handoff["evidence"]["order_number"] == "NL-104819"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(("language", "text"), each(YES))
def test_a_yes_that_was_not_understood_is_one_after_an_offer(language: str, text: str) -> None:
    said = late(language).answer(ActionNotUnderstood(), text, "nlu_fallback")
    assert said.handoff is not None and said.handoff["reason"] == "customer_asked"


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(("language", "text"), each(NO))
def test_a_no_to_the_colleague_is_a_friendly_decline(language: str, text: str) -> None:
    said = late(language).answer(ActionDenied(), text, "deny")
    assert said.responses == ["utter_okay_then"] and said.handoff is None


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(("language", "text"), OK.items())
def test_a_mere_nod_at_what_was_told_is_asked_about(language: str, text: str) -> None:
    chat = late(language)
    assert chat.answer(ActionAffirmed(), text, "affirm").responses == ["utter_order_no_more"]
    assert chat.answer(ActionAffirmed(), text, "affirm").handoff is not None


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("offer", [*IN_PASSING, *OUTRIGHT])
def test_a_yes_is_taken_wherever_a_button_offers_a_person(offer: str, language: str) -> None:
    for text in YES[language]:
        said = after(offer, language, ActionAffirmed(), text)
        assert said.handoff is not None and said.handoff["reason"] == "customer_asked", text
    for text in NO[language]:
        said = after(offer, language, ActionDenied(), text)
        assert said.responses == ["utter_okay_then"], text


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("offer", OUTRIGHT)
def test_a_nod_at_a_question_is_a_yes(offer: str) -> None:
    assert after(offer, "en", ActionAffirmed(), "ok").handoff is not None


@pytest.mark.usefixtures("shop")
def test_a_nod_at_an_offer_made_in_passing_brings_nobody() -> None:
    said = after("utter_out_of_scope", "sv", ActionAffirmed(), "ok")
    assert said.responses == ["utter_okay"] and said.handoff is None


@pytest.mark.usefixtures("shop")
def test_a_yes_after_a_misunderstanding_tells_what_was_not_understood() -> None:
    said = after(
        "utter_ask_rephrase", "sv", ActionAffirmed(), "ja tack",
        misunderstood=1, last_question="blå grej",
    )  # fmt: skip
    assert said.handoff is not None and said.handoff["reason"] == "not_understood"
    assert said.handoff["evidence"] == {"times": 1, "text": "blå grej"}


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_menu_offers_nobody(language: str) -> None:
    said = after("utter_help", language, ActionAffirmed(), "ja")
    assert said.responses == ["utter_okay"] and said.handoff is None


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("language", LANGUAGES)
def test_who_says_yes_to_an_order_that_was_delivered_is_asked_what_for(language: str) -> None:
    yes = YES[language][0]
    said = after("utter_order_state_delivered", language, ActionAffirmed(), yes)
    assert said.responses == ["utter_order_no_more"]
    nod = after("utter_order_state_delivered", language, ActionAffirmed(), OK[language])
    assert nod.responses == ["utter_okay"]


def test_every_response_that_offers_a_person_is_known_here() -> None:
    """A new one has to be thought of: what does a yes to it mean?"""
    in_forms = {
        "utter_order_help_number",  # a yes to where it stands
        "utter_order_help_proof",
        "utter_order_window_over",  # asks what it is about
        "utter_order_not_found_again",
    }
    by_the_intake = {"utter_file_received"}
    thought_of = {*turn.OFFERS_OF_A_PERSON, *turn.NO_OFFERS, *IN_PASSING, *OUTRIGHT}
    offering = {
        name
        for name in yaml.safe_load(texts.DOMAIN.read_text(encoding="utf-8"))["responses"]
        if any(b["payload"] == turn.TO_A_PERSON for b in texts.buttons(name, "en"))
    }
    assert offering <= thought_of | in_forms | by_the_intake
