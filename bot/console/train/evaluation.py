"""An evaluation in the words of trainers; the exact terms stand beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from bot.handoff import words
from bot.trainer.behaviour.changes import KINDS

OUT_OF_SCOPE = "out_of_scope"


class Term(NamedTuple):
    """A word of the page.

    Attributes:
        means: what it means, for somebody who trains and does not calculate.
        exact: what those who calculate call it.
    """

    word: str
    means: str
    exact: str


TERMS = (
    Term(
        "Intent",
        "What a customer wants. Each has a name and its examples; the name in the files shows when "
        "the pointer rests on it.",
        "intent",
    ),
    Term(
        words.label(OUT_OF_SCOPE),
        "What has nothing to do with the shop. It is understood when the bot notices that.",
        "out of scope, out_of_scope",
    ),
    Term(
        "Understood",
        "Of all sentences, those that the bot takes for what they are, however sure it is.",
        "accuracy; of one intent, recall",
    ),
    Term(
        "Answers by itself",
        "Of all sentences, those of which it is sure enough to answer. With the others it asks "
        "“Did you mean”, or offers a person.",
        "coverage, acted on",
    ),
    Term(
        "Right, of these",
        "Of the sentences that it answers by itself, those that it took for what they are. The "
        "others get a wrong answer.",
        "accuracy at the threshold",
    ),
    Term(
        "The small figures",
        "How far chance may have moved the large one: in 19 of 20 cases the true figure lies "
        "between them. Of few sentences they are far apart.",
        "95 % interval (Wilson)",
    ),
    Term(
        "Not seen before",
        "Each sentence is put to a model that was trained without it, as a customer’s own words "
        "are new to the bot.",
        "cross-validation",
    ),
)


def intent(name: str) -> str:
    """An intent as a trainer reads it.

    >>> intent("order_status")
    'Order status'
    """
    return words.label(name)


CHANGES: Mapping[str, str] = {kind.name: kind.told for kind in KINDS}
"""What is done to the sentences in each kind of test."""
