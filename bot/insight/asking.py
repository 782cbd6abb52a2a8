"""Whether a message asks something that an article could answer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bot.calling_off import calls_off, calls_person_off

_TALK = frozenset(
    {
        "affirm",
        "article_helpful",
        "article_not_helpful",
        "bot_challenge",
        "book_visit",
        "complaint",
        "data_request",
        "deny",
        "goodbye",
        "greet",
        "help",
        "rephrase",
        "request_callback",
        "talk_to_human",
        "thank",
    }
)
"""Intents that ask for no knowledge: what is said in passing, and wishes for a person."""
_TO_DO = frozenset(
    {
        "cancel_order",
        "cancel_subscription",
        "change_delivery_address",
        "order_status",
        "refund_status",
        "return_item",
    }
)
"""Intents by which something is to be done; in a word or two they are commands."""
_COMMAND_WORDS = 2
_TALKS, _COMMANDS = 0.5, 0.6
"""From which share of the model's belief a message that it did not understand is taken for talk,
and a short one for a command. On our model "stop" has .93 and "cancel" .99; of the questions that
it does not know, "engraving" has the most, .4."""
_FALLBACK = "nlu_fallback"


def asks(text: str, nlu: Mapping[str, Any] | None, *, form_waits: bool = False) -> bool:
    """Whether somebody who said this could be helped by an article.

    Args:
        nlu: what the model made of it, as it is kept with the message; None is a question.
        form_waits: a form had asked for something: what is not understood then is an answer to it.
    """
    if calls_off(text) or calls_person_off(text):
        return False
    understood = nlu or {}
    if understood.get("taken_by_form"):
        return False
    name = (understood.get("intent") or {}).get("name")
    if name != _FALLBACK:
        return name not in _TALK
    if form_waits:
        return False
    short = len(text.split()) <= _COMMAND_WORDS
    return not (
        _belief(understood, _TALK) >= _TALKS
        or (short and _belief(understood, _TALK | _TO_DO) >= _COMMANDS)
    )


def _belief(nlu: Mapping[str, Any], intents: frozenset[str]) -> float:
    ranking = nlu.get("ranking") or ()
    return sum(float(one.get("confidence") or 0) for one in ranking if one.get("name") in intents)
