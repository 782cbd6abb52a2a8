"""Two models on the same sentences: what a customer would meet with each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cached_property
from pathlib import Path

from bot.errors import NluError
from bot.trainer.cross_validation import OUT_OF_SCOPE
from bot.trainer.gate.mcnemar import Mcnemar, mcnemar
from bot.trainer.interpreter import Interpreter
from bot.trainer.jobs.stages import Stages
from bot.trainer.labelled import NO_LANGUAGE, Labelled

Progress = Callable[[str, int, int], None]


class Outcome(str, Enum):
    """What a customer meets, from good to bad."""

    RIGHT = "right"
    ASKED = "asked"
    WRONG = "wrong"

    @property
    def badness(self) -> int:
        """0 for the best."""
        return list(Outcome).index(self)


@dataclass(frozen=True)
class Said:
    """What a model makes of a sentence.

    Attributes:
        intent: its first choice, also when the bot asks back.
        confidence: of that, 0 to 1.
    """

    intent: str
    confidence: float
    outcome: Outcome


@dataclass(frozen=True)
class Pair:
    """A sentence with what both models make of it."""

    text: str
    intent: str
    language: str
    old: Said
    new: Said

    @property
    def improved(self) -> bool:
        """The customer is better off with the new model."""
        return self.new.outcome.badness < self.old.outcome.badness

    @property
    def regressed(self) -> bool:
        """The customer is worse off with the new model."""
        return self.new.outcome.badness > self.old.outcome.badness


@dataclass(frozen=True)
class Comparison:
    """Two models on the same sentences."""

    pairs: tuple[Pair, ...]

    @cached_property
    def improved(self) -> tuple[Pair, ...]:
        """The sentences that the new model does better, those it now gets right first."""
        better = (pair for pair in self.pairs if pair.improved)
        return tuple(sorted(better, key=lambda pair: (pair.new.outcome.badness, pair.intent)))

    @cached_property
    def regressed(self) -> tuple[Pair, ...]:
        """The sentences that the new model does worse, those it now gets wrong first."""
        worse = (pair for pair in self.pairs if pair.regressed)
        return tuple(sorted(worse, key=lambda pair: (-pair.new.outcome.badness, pair.intent)))

    @cached_property
    def right(self) -> Mcnemar:
        """Is one of them right more often?"""
        return _test(self.pairs, Outcome.RIGHT)

    @cached_property
    def wrong(self) -> Mcnemar:
        """Does one of them answer wrongly more often? Asking back is not wrong."""
        return _test(self.pairs, Outcome.WRONG)

    def shares(self, outcome: Outcome) -> tuple[float, float]:
        """Share of the sentences with an outcome, with the old and the new model; 0 for none."""
        count = len(self.pairs) or 1
        old = sum(pair.old.outcome is outcome for pair in self.pairs)
        return old / count, sum(pair.new.outcome is outcome for pair in self.pairs) / count

    def by_language(self) -> dict[str, Comparison]:
        """The same of each language."""
        return self._split(lambda pair: pair.language)

    def by_intent(self) -> dict[str, Comparison]:
        """The same of the sentences that mean each intent."""
        return self._split(lambda pair: pair.intent)

    def _split(self, key: Callable[[Pair], str]) -> dict[str, Comparison]:
        groups: dict[str, list[Pair]] = {}
        for pair in self.pairs:
            groups.setdefault(key(pair), []).append(pair)
        return {name: Comparison(tuple(those)) for name, those in sorted(groups.items())}


def compare(
    old: Path,
    new: Path,
    sentences: Sequence[Labelled],
    progress: Progress = lambda _what, _done, _total: None,
) -> Comparison:
    """What two models make of sentences, by their whole pipelines.

    Args:
        sentences: such that neither was trained on; else the one that was has an advantage.

    Raises:
        NluError: a file is not a model.
    """
    if not sentences:
        return Comparison(())
    stages = Stages(progress, {"the old model": 1, "the new model": 1})
    said = [
        ask(model, name, sentences, stages.of(name))
        for model, name in ((old, "the old model"), (new, "the new model"))
    ]
    return Comparison(
        tuple(
            Pair(each.text, each.intent, each.language or NO_LANGUAGE, *both)
            for each, *both in zip(sentences, *said, strict=True)
        )
    )


def outcome(intent: str, predicted: str, *, asks: bool) -> Outcome:
    """What a customer meets.

    Args:
        intent: what they mean.
        asks: the bot does not answer but asks "Did you mean".
    """
    if asks:
        # Of what is out of scope there is nothing better to say.
        return Outcome.RIGHT if intent == OUT_OF_SCOPE else Outcome.ASKED
    return Outcome.RIGHT if intent == predicted else Outcome.WRONG


def ask(model: Path, name: str, sentences: Sequence[Labelled], progress: Progress) -> list[Said]:
    """What one model makes of sentences.

    Raises:
        NluError: the file is not a model.
    """
    if not model.is_file():
        raise NluError(f"There is no model '{model}'.")
    progress(f"Loading {name}", 0, len(sentences))
    interpreter = Interpreter(model)
    answers = []
    for count, each in enumerate(sentences):
        progress(f"Asking {name}", count, len(sentences))
        found = interpreter.understand(each.text)
        told = outcome(each.intent, found.intent, asks=not found.answered)
        answers.append(Said(found.intent, found.confidence, told))
    return answers


def _test(pairs: Sequence[Pair], wanted: Outcome) -> Mcnemar:
    return mcnemar((pair.old.outcome is wanted, pair.new.outcome is wanted) for pair in pairs)


Groups = Mapping[str, Comparison]
"""Comparisons by what kind of sentences they are on."""
