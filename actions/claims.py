"""Goods that are missing, wrong or broken: with the order's number it is a case for a person.

The help centre's article asks for the number. Who gives it, then or at once, has reported it, and
is neither told where the order is nor shown the article again.
"""

from __future__ import annotations

from typing import Final

from rasa_sdk import Tracker

from actions import turn
from actions.order_reading import has_words
from actions.verdicts import asked_for

CLAIMS: Final = ("missing_item", "damaged_item")
_SAYS_MORE: Final = ("nlu_fallback", "out_of_scope", *CLAIMS)
"""How words beside the number are classified that only say more of what is wrong."""


def claimed(tracker: Tracker) -> str:
    """What is wrong with the goods of an order whose number the message has, in the customer's
    words; empty when nothing is."""
    if turn.entity(tracker, "order_number") is None:
        return ""
    intent = (tracker.latest_message.get("intent") or {}).get("name")
    said = turn.said(tracker)
    words = has_words(tracker.latest_message)
    before = _told_before(tracker)
    if intent in CLAIMS and words:
        return f"{before} {said}".strip()
    if before and words and intent in _SAYS_MORE and "?" not in said:
        return f"{before} {said}"
    return before if not words else ""


def _told_before(tracker: Tracker) -> str:
    """What an article on such goods was shown for, or what the last message said of them."""
    answer = tracker.get_slot("last_answer") or {}
    if set(CLAIMS) & set(answer.get("intents") or ()):
        return asked_for(answer)
    said = [event for event in tracker.events if event.get("event") == "user"]
    earlier = [event for event in said if event["message_id"] != said[-1]["message_id"]]
    heard = (earlier[-1].get("parse_data") or {}) if earlier else {}
    claim = (heard.get("intent") or {}).get("name") in CLAIMS and has_words(heard)
    return str(heard.get("text") or "") if claim else ""
