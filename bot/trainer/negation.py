"""What the assistant makes of messages with a "not": with and without minding it.

`python -m bot.trainer.negation FILE.csv [--wrong]` trains on our own examples and prints, for
each language of the file (columns `text`, `intent`, `not`, `lang`), the shares of three kinds of
messages: `alone` says only what is not wanted (`intent` is empty), `instead` also what is (both are
given), and `kept` has a "not" and means its intent all the same (`not` is empty).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from bot.nlu.negation import NegationFinder
from bot.nlu.negation_aware import NegationAware, Understanding
from bot.nlu.phrases import load_phrases
from bot.trainer import costs
from bot.trainer.cross_validation import OUT_OF_SCOPE, predict
from bot.trainer.evaluation_report.served import served_thresholds
from bot.trainer.examples import read_examples
from bot.trainer.labelled import Labelled, read_columns
from bot.trainer.thresholds import Decisions, Thresholds

WORDS = Path("data/lookups/negation.yml")
KINDS = ("alone", "instead", "kept")
DENY = "deny"


@dataclass(frozen=True)
class Message:
    """A message with a "not".

    Attributes:
        intent: what it asks for; empty when it only says what is not wanted.
        negated: the intent that is not wanted; empty when its "not" negates none.
    """

    text: str
    intent: str
    negated: str
    language: str

    @property
    def kind(self) -> str:
        """One of `KINDS`."""
        return "alone" if not self.intent else "instead" if self.negated else "kept"


@dataclass(frozen=True)
class Outcome:
    """What became of a message.

    Attributes:
        intent: the likeliest.
        acted: the assistant acts on it.
    """

    message: Message
    intent: str
    confidence: float
    acted: bool

    @property
    def right(self) -> bool:
        """What is wanted is likeliest; of a message that wants nothing: it is taken for a no, or
        not acted on."""
        if self.message.kind == "alone":
            return self.intent == DENY or not self.acted
        return self.intent == self.message.intent

    @property
    def wrongly_acted(self) -> bool:
        """The assistant does what is not wanted, or something else that was not asked for."""
        return self.acted and not self.right


def aware(model: Understanding, words: Path = WORDS) -> NegationAware:
    """A classifier that minds negations.

    Raises:
        NluError: the words cannot be read.
    """
    return NegationAware(model, NegationFinder(load_phrases(words)))


def read_messages(path: Path) -> list[Message]:
    """Reads a file of messages.

    Raises:
        NluError: it cannot be read, or a column is missing.
    """
    return [Message(*row) for row in read_columns(path, "text", "intent", "not", "lang")]


def hear(
    model: Understanding, messages: Sequence[Message], thresholds: Thresholds
) -> list[Outcome]:
    """What a model and the assistant's thresholds make of messages."""
    said = predict(model, [message.text for message in messages])
    acted = Decisions(said, [m.intent for m in messages], OUT_OF_SCOPE).split(thresholds)[0]
    return [
        Outcome(message, str(said.predicted[row]), float(said.confidence[row]), bool(acted[row]))
        for row, message in enumerate(messages)
    ]


def shares(outcomes: Iterable[Outcome]) -> dict[str, float]:
    """Share of each kind that is right, and of all that is wrongly acted on."""
    all_of_them = list(outcomes)
    found = {
        kind: float(np.mean([one.right for one in all_of_them if one.message.kind == kind] or [1]))
        for kind in KINDS
    }
    return found | {"wrongly acted": float(np.mean([one.wrongly_acted for one in all_of_them]))}


def main(file: Path, *options: str) -> int:
    """Prints the table and the time that minding takes; with `--wrong`, also what is wrong."""
    messages, thresholds = read_messages(file), served_thresholds()
    rows = [Labelled(e.text, e.intent, e.language) for e in read_examples()]
    plain = costs.fit(rows, OUT_OF_SCOPE)
    heard = {"plain": hear(plain, messages, thresholds)}
    heard["minding"] = hear(aware(plain), messages, thresholds)
    columns = (*KINDS, "wrongly acted")
    click.echo(f"{'':14}" + "".join(f"{name:>15}" for name in columns))
    for name, outcomes in heard.items():
        for language in (*sorted({m.language for m in messages}), "all"):
            those = [one for one in outcomes if language in ("all", one.message.language)]
            found = shares(those)
            click.echo(f"{name:9}{language:5}" + "".join(f"{found[c]:15.1%}" for c in columns))
    for name, model in (("plain", plain), ("minding", aware(plain))):
        taken = [_milliseconds(model, message.text) for message in messages]
        click.echo(f"{name}: {np.median(taken):.1f} ms a message (median)")
    for one in heard["minding"]:
        if "--wrong" in options and not one.right:
            click.echo(
                f"{one.message.language} {one.message.kind}: '{one.message.text}' is "
                f"{one.intent}, {one.confidence:.0%}{', acted on' if one.acted else ''}"
            )
    return 0


def _milliseconds(model: Understanding, text: str) -> float:
    began = time.perf_counter()
    model.predict_proba([text])
    return 1000 * (time.perf_counter() - began)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), *sys.argv[2:]))
