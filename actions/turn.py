"""What the actions share: the customer's language, and the libraries, opened once."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Final

from rasa_sdk import Tracker

from bot.knowledge import open_knowledge_base
from bot.settings import LANGUAGES, Settings, load_settings
from kb_connector.knowledge_base import KnowledgeBase

OFFERS_OF_A_PERSON: Final = (
    "utter_offer_person",
    "utter_no_answer",
    "utter_language_not_spoken",
    "utter_order_without_number",
    "utter_order_without_proof",
    "utter_order_no_more",
    "utter_order_refused",
    "utter_order_exchange",
)
"""Responses that ask whether a person should come."""
TO_A_PERSON: Final = "/talk_to_human"
"""What the button of a person says."""
NO_OFFERS: Final = ("utter_help", "utter_order_state_delivered")
"""Responses whose button of a person is one of a menu, or says that something is wrong."""
_BESIDE: Final = ("utter_keep_numbers_out", "utter_order_tracking")
"""Responses that ask and offer nothing: a yes after them is to what was said before."""


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings, read once in a process."""
    return load_settings()


@lru_cache(maxsize=1)
def knowledge_base() -> KnowledgeBase:
    """The knowledge base, opened once in a process."""
    return open_knowledge_base(settings())


def language(tracker: Tracker) -> str:
    """The customer's language."""
    found = tracker.get_slot("language")
    return str(found) if found in LANGUAGES else LANGUAGES[0]


def intent(tracker: Tracker) -> str:
    """The intent that the turn acts on, empty when none was understood."""
    return str(tracker.get_intent_of_latest_message() or "")


def said(tracker: Tracker) -> str:
    """The customer's words; for a pressed button, the question that led to it.

    Of "I don't want to cancel, just change the address", what is wanted.
    """
    text = str(tracker.latest_message.get("text") or "")
    if text.startswith("/"):
        return str(tracker.get_slot("last_question") or "")
    return wanted(tracker) or text


def not_wanted(tracker: Tracker) -> tuple[str, ...]:
    """The intents that the customer says they do not have."""
    return tuple((tracker.latest_message.get("negated") or {}).get("intents") or ())


def wanted(tracker: Tracker) -> str:
    """What the customer says they want instead; empty when they say only what they do not."""
    return str((tracker.latest_message.get("negated") or {}).get("rest") or "")


def entity(tracker: Tracker, name: str) -> Any:
    """An entity of the latest message, or None."""
    return next(tracker.get_latest_entity_values(name), None)


def happened(tracker: Tracker) -> list[dict[str, Any]]:
    """What has happened since the customer's message, the latest first."""
    events: list[dict[str, Any]] = []
    for event in reversed(tracker.events):
        if event.get("event") == "user":
            break
        events.append(event)
    return events


def asked(tracker: Tracker) -> str:
    """The response that the bot said last, before what it says to this message; empty for an
    article."""
    for event in reversed(tracker.events):
        response = str((event.get("metadata") or {}).get("utter_action") or "")
        if event.get("event") == "bot" and response != "utter_keep_numbers_out":
            return response
    return ""


def offered_a_person(tracker: Tracker) -> bool:
    """A button under what the bot said last brings a person, and is the offer that it makes.

    The buttons that were sent are looked at: some come with the order and not from `domain.yml`.
    """
    for event in reversed(tracker.events):
        response = str((event.get("metadata") or {}).get("utter_action") or "")
        if event.get("event") == "bot" and response not in _BESIDE:
            buttons = (event.get("data") or {}).get("buttons") or []
            offers = any(button.get("payload") == TO_A_PERSON for button in buttons)
            return offers and response not in NO_OFFERS
    return False
