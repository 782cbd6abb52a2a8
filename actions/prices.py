"""Questions for the price of something in the shop.

The name of a product finds what is written about the product, which is how to wash it. So such a
question is searched for without the name.
"""

from __future__ import annotations

import re
from typing import Final

from rasa_sdk import Tracker

from actions import turn
from bot import texts
from bot.calling_off import plain

_PRICE: Final = re.compile(
    r"\bhow much (?:is|are|does|do|for|would|will)\b|\b(?:price[ds]?|pricing|costs?|costing)\b"
    r"|\bkosta[rd]?e?\b|\bkoster\b|\b\w*pri(?:s|ser|set|serna|sen|serne|sene)\b|\bhur mycket\b"
    r"|\b(?:in|less )?expensive\b|\bpric[ei]y\b|\bdyr[ate]?(?:st|re|are|ast)?\b"
    r"|\bhvor (?:meget|mye)\b|\b(?:vad|hvad|hva) (?:går|ligger|står)\b|\bset(?:s)? me back\b"
    r"|\b(?:tar|tager) (?:ni|I|dere|man) (?:betalt )?for?\b|\btar ni (?:betalt )?för\b"
    r"|\b(?:ska|skal) (?:ni|I|dere|man) (?:ha|have|ge|gi|give)\b",
    re.I,
)
_OF_ANOTHER_KIND: Final = re.compile(
    r"\b(?:weigh[st]?|weight|hold|väg[ae]r?|vikt\w*|ryms|rymm?er|rymma|vejer?|vægt\w*|veier?|vekt\w*"
    r"|rumme[rs]?|romme[rs]?)\b",
    re.I,
)
"""How much something weighs or holds."""
_ABOUT_A_PRODUCT: Final = "product_availability"
_NOT_UNDERSTOOD: Final = ("nlu_fallback", "out_of_scope")


def asks_price(text: str) -> bool:
    """The words ask what something costs.

    >>> asks_price("vad kostar sarek jackan"), asks_price("hur mycket väger den")
    (True, False)
    """
    words = plain(text)
    return bool(_PRICE.search(words)) and not _OF_ANOTHER_KIND.search(words)


def price_question(tracker: Tracker) -> str:
    """What to look for when the message asks what a product costs; else empty."""
    heard = str((tracker.latest_message.get("intent") or {}).get("name") or "")
    product = heard in _NOT_UNDERSTOOD and turn.entity(tracker, "product") is not None
    about = turn.intent(tracker) == _ABOUT_A_PRODUCT  # at least likeliest
    if (about or product) and asks_price(turn.said(tracker)):
        return texts.say("utter_price_question", turn.language(tracker))
    return ""
