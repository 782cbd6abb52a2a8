"""Two models on their own examples, fairly: neither is asked about a sentence that it has seen.

An example of the new model's data is put to the new model as if it had been left out. If the old
model learned from it too, it is left out there as well; if not, the old model has not seen it
anyway and is asked as it is. Examples with the same label in both tell what the new data spoils of
what was known. Those whose label is new are kept apart: trainers label what the old model did not
understand, so that it looks worse there than it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from bot.trainer.gate.comparison import Comparison, Pair, Progress, Said, ask, outcome
from bot.trainer.labelled import Labelled, plain
from bot.trainer.models.unseen import Limits, Unseen, limits, unseen


def compare_examples(
    old: Path, new: Path, progress: Progress = lambda _what, _done, _total: None
) -> tuple[Comparison, Comparison]:
    """What both models make of the new model's examples, without having seen them.

    The label is the new data's. An example that the new data no longer has is not asked about.

    Returns:
        Of the examples that both have with the same label, and of those labelled since the old one.

    Raises:
        ModelUnknown: a model does not carry its examples.
        NluError: a file is not a model.
    """
    before = _Known(unseen(old, progress))
    now = unseen(new, progress)
    old_limits, new_limits = limits(old), limits(new)
    added = [each for each in now if before.of(each) is None]
    asked = [Labelled(each.text, each.intent, each.language) for each in added]
    said = iter(ask(old, "the old model", asked, progress) if asked else [])
    both: list[Pair] = []
    since: list[Pair] = []
    for each in now:
        known = before.of(each)
        then = next(said) if known is None else _said(known, each.intent, old_limits)
        answer = _said(each, each.intent, new_limits)
        pair = Pair(each.text, each.intent, each.language, then, answer)
        same = known is not None and known.intent == each.intent
        (both if same else since).append(pair)
    return Comparison(tuple(both)), Comparison(tuple(since))


class _Known:
    """The examples of the old model, to find the same one again."""

    def __init__(self, examples: Sequence[Unseen]) -> None:
        self._anywhere = {plain(each.text): each for each in examples}
        self._here = {(plain(each.text), each.language): each for each in examples}

    def of(self, example: Unseen) -> Unseen | None:
        """The same words in the same language, else in another: it has seen them either way."""
        text = plain(example.text)
        return self._here.get((text, example.language)) or self._anywhere.get(text)


def _said(found: Unseen, intent: str, limit: Limits) -> Said:
    asks = limit.asks(found.confidence, found.foreignness)
    return Said(found.predicted, found.confidence, outcome(intent, found.predicted, asks=asks))
