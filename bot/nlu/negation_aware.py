"""A classifier that takes no notice of what a message says is not wanted.

An intent classifier hears "cancel" in "I don't want to cancel" and hardly the "not". So the
negated clause is left out, and the rest is classified; where nothing is left, nothing is wanted.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from bot.nlu.negation import Negation, NegationFinder, without
from bot.nlu.questions import SMALL_TALK

Array = NDArray[Any]

MIN_WORDS = 2
"""Of what is left, to be classified by itself."""
UNDERSTOOD = 0.3
"""Least probability of what is left; below it, the message says only what is not wanted."""
SURE = 0.95
"""Probability that nothing is wanted where the words say so (docs/negation.md)."""
OF_THE_ANSWER = frozenset({"rephrase", "article_not_helpful"})
"""Intents whose examples have a "not" of their own: "that's not what I asked"."""


class Understanding(Protocol):
    """A classifier of intents: `bot.nlu.classifier.IntentClassifier` or one round it."""

    @property
    def classes_(self) -> Array:
        """The intents, in the order of the probabilities' columns."""
        ...

    def predict_proba(self, texts: Sequence[str]) -> Array:
        """Probability of each intent (texts, intents)."""
        ...

    def out_of_scope(self, texts: Sequence[str]) -> Array:
        """How foreign each text is (texts,), 0 to 1."""
        ...


@dataclass(frozen=True)
class Heard:
    """A message with a negation.

    Attributes:
        shares: (intents,) probabilities, those of what is wanted.
        negated: the intents that are not wanted, likeliest first of each clause.
        rest: the message with what is not wanted blanked out, as long as the message.
        only: nothing else is said.
    """

    shares: Array
    negated: tuple[str, ...]
    rest: str
    only: bool


class NegationAware:
    """Classifies what messages say is wanted.

    Args:
        model: classifies texts.
        finder: finds the negations.
        nothing: intent of a message that wants nothing; where the model has none, no intent is
            likely then.
        small_talk: intents that nobody refuses.
    """

    def __init__(
        self,
        model: Understanding,
        finder: NegationFinder,
        *,
        nothing: str = "deny",
        small_talk: Collection[str] = SMALL_TALK,
    ) -> None:
        self._model = model
        self._finder = finder
        self._nothing = nothing
        self._small_talk = frozenset(small_talk)

    @property
    def classes_(self) -> Array:
        """The intents, in the order of the probabilities' columns."""
        return self._model.classes_

    def predict_proba(self, texts: Sequence[str]) -> Array:
        """Probability of each intent (texts, intents)."""
        shares = self._model.predict_proba(texts).copy()
        for row, text in enumerate(texts):
            heard = self.hear(text, shares[row])
            if heard is not None:
                shares[row] = heard.shares
        return shares

    def out_of_scope(self, texts: Sequence[str]) -> Array:
        """How foreign each text is (texts,), 0 to 1; what is not wanted counts, too."""
        return self._model.out_of_scope(texts)

    def hear(self, text: str, shares: Array) -> Heard | None:
        """What a message says is wanted, or None for one without a negation.

        Args:
            shares: (intents,) the model's probabilities for the whole message.
        """
        found = self._finder.find(text)
        whole = self._best(shares)
        if not found or whole in OF_THE_ANSWER:
            return None
        scopes = self._tops([one.scope for one in found])
        sure = [
            (one, intent)
            for one, intent in zip(found, scopes, strict=True)
            # else the model has learned the "not": "don't ship it" cancels an order
            if one.named or [intent] == self._tops([one.clause])
        ]
        if not sure:
            return None
        rest = without(text, [one for one, _ in sure])
        negated = tuple(dict.fromkeys(i for _, i in sure if i not in self._small_talk))
        left = self._left(shares, rest, negated)
        if left is not None:
            return Heard(left, negated, rest, only=False)
        if whole not in self._small_talk:
            negated = tuple(dict.fromkeys((*negated, whole)))
        return Heard(
            self._none(shares, negated, [one for one, _ in sure]), negated, rest, only=True
        )

    def _left(self, whole: Array, rest: str, negated: Collection[str]) -> Array | None:
        """Probabilities of what is left, if it says what is wanted.

        The whole message is heard, too, as far as it is not about what is negated: in "I don't want
        to cancel, just change the address" it is the order's address.
        """
        if sum(any(map(str.isalpha, word)) for word in rest.split()) < MIN_WORDS:
            return None
        alone: Array = self._model.predict_proba([" ".join(rest.split())])[0]
        best = self._best(alone)
        others = [intent for intent in negated if intent != best]
        heard = np.where(np.isin(self.classes_, list(negated)), 0, whole)
        shares: Array = np.where(np.isin(self.classes_, others), 0, alone) + heard
        shares = shares / (1 + heard.sum())
        if best in self._small_talk or (shares.max() < UNDERSTOOD and "?" not in rest):
            return None
        return shares

    def _none(self, shares: Array, negated: Collection[str], found: Sequence[Negation]) -> Array:
        """The whole message's probabilities when nothing is wanted of what is negated."""
        nothing = self.classes_ == self._nothing
        if not nothing.any():
            return np.full(len(shares), 1 / len(shares), dtype=shares.dtype)
        kept = np.where(np.isin(self.classes_, list(negated)) | nothing, 0, shares)
        least = SURE if any(one.named for one in found) else 0.0
        kept *= min(1, (1 - least) / max(kept.sum(), 1e-9))
        none: Array = np.where(nothing, 1 - kept.sum(), kept)
        return none

    def _best(self, shares: Array) -> str:
        return str(self.classes_[shares.argmax()])

    def _tops(self, texts: Sequence[str]) -> list[str]:
        return [self._best(row) for row in self._model.predict_proba(texts)]
