"""How sure the parts of a message must be to count as two questions.

`python -m bot.trainer.two_questions [FILE.csv]` prints, for pairs of limits, the share of our own
examples (each about one thing) that would be torn apart and the share of two examples joined into
one message that would be found, both cross-validated; with a file of messages (columns `text`,
`first`, `second`, `lang`; `second` empty for one question) the same for each of its languages.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np
from sklearn.model_selection import StratifiedKFold

from bot.nlu.classifier import IntentClassifier
from bot.nlu.phrases import load_phrases
from bot.nlu.questions import SMALL_TALK, Limits, Pair, QuestionFinder, chosen
from bot.trainer.cross_validation import SEED
from bot.trainer.examples import Example, read_examples
from bot.trainer.labelled import read_columns

WORDS = Path("data/lookups/questions.yml")
FOLDS = 4
CLEAR = (0.3, 0.4, 0.5, 0.6, 0.7)
UNCLEAR = (0.6, 0.7, 0.8, 0.9, 0.95)
JOINED_WORDS = range(3, 15)
"""How many words an example has that is joined with another."""
JOINTS: Mapping[str, Sequence[str]] = {
    "en": (". ", ", and ", ". Also, ", " and ", ". By the way, "),
    "sv": (". ", ", och ", ". Dessutom: ", " och ", ". En annan sak, "),
    "da": (". ", ", og ", ". Desuden: ", " og ", ". En anden ting, "),
    "nb": (". ", ", og ", ". Dessuten: ", " og ", ". En annen ting, "),
}


@dataclass(frozen=True)
class Message:
    """A message and its intents; `second` is empty when it asks one thing."""

    text: str
    first: str
    second: str
    language: str


@dataclass(frozen=True)
class Heard:
    """A message and what a model that has not seen it makes of its parts."""

    message: Message
    pairs: Sequence[Pair]


@dataclass(frozen=True)
class Share:
    """What limits do to a set of messages; shares of it, 0 to 1.

    Attributes:
        found: two questions were found, in messages of two or of one.
        right: both are what they are.
    """

    found: float
    right: float


def hear_unseen(
    examples: Sequence[Example], words: Path = WORDS, *, progress: Callable[[str], None]
) -> list[Heard]:
    """Cross-validates: every example by itself, and as many joined two and two.

    Args:
        progress: told before each fold.
    """
    draw = random.Random(SEED)
    texts = np.array([example.text for example in examples], dtype=object)
    intents = np.array([example.intent for example in examples])
    heard = []
    splits = StratifiedKFold(FOLDS, shuffle=True, random_state=SEED).split(texts, intents)
    for number, (train, test) in enumerate(splits, start=1):
        progress(f"Cross-validation, part {number} of {FOLDS}")
        model = IntentClassifier().fit(list(texts[train]), list(intents[train]))
        finder = QuestionFinder(model, load_phrases(words))
        own = [examples[place] for place in test]
        single = [Message(e.text, e.intent, "", e.language) for e in own]
        heard += hear(finder, [*single, *join(own, draw)])
    return heard


def hear(finder: QuestionFinder, messages: Iterable[Message]) -> list[Heard]:
    """What a model makes of messages."""
    return [Heard(message, finder.pairs(message.text, message.language)) for message in messages]


def share(heard: Sequence[Heard], limits: Limits) -> Share:
    """What limits do."""
    pairs = [chosen(one.pairs, limits) for one in heard]
    right = [
        pair is not None
        and (pair.first.intent, pair.second.intent) == (one.message.first, one.message.second)
        for pair, one in zip(pairs, heard, strict=True)
    ]
    found = [pair is not None for pair in pairs]
    return Share(float(np.mean(found or [0])), float(np.mean(right or [0])))


def read_messages(path: Path) -> list[Message]:
    """Reads a file of messages of one and two questions.

    Raises:
        NluError: it cannot be read, or a column is missing.
    """
    return [Message(*row) for row in read_columns(path, "text", "first", "second", "lang")]


def join(examples: Sequence[Example], draw: random.Random) -> Iterator[Message]:
    """Two examples of different intents in one message, as many as there are examples."""
    for language, joints in JOINTS.items():
        pool = [
            example
            for example in examples
            if example.language == language
            and example.intent not in SMALL_TALK
            and len(example.text.split()) in JOINED_WORDS
        ]
        for one in pool:
            other = draw.choice(pool)
            if other.intent != one.intent:
                yield Message(
                    _put_together(one, other, draw.choice(joints)),
                    one.intent,
                    other.intent,
                    language,
                )


def _put_together(one: Example, other: Example, joint: str) -> str:
    asks = joint.startswith(".") and one.text.endswith("?")
    second = other.text if joint == ". " else other.text[0].lower() + other.text[1:]
    return one.text.rstrip(" .?!") + ("?" + joint[1:] if asks else joint) + second


def main(file: Path | None = None) -> int:
    """Prints the table."""
    own = hear_unseen(read_examples(), progress=lambda line: click.echo(line, err=True))
    sets = {
        "torn apart": [one for one in own if not one.message.second],
        "joined": [one for one in own if one.message.second],
    }
    if file is not None:
        examples = read_examples()
        model = IntentClassifier().fit([e.text for e in examples], [e.intent for e in examples])
        heard = hear(QuestionFinder(model, load_phrases(WORDS)), read_messages(file))
        for language in sorted({one.message.language for one in heard}):
            said = [one for one in heard if one.message.language == language]
            sets[f"{language} two"] = [one for one in said if one.message.second]
            sets[f"{language} one"] = [one for one in said if not one.message.second]
    click.echo("clear  unclear" + "".join(f"{name:>16}" for name in sets))
    for limits in (Limits(clear, unclear) for clear in CLEAR for unclear in UNCLEAR):
        shares = (share(heard, limits) for heard in sets.values())
        cells = "".join(f"{one.found:9.1%}{one.right:7.1%}" for one in shares)
        click.echo(f"{limits.clear:5.2f}{limits.unclear:9.2f}{cells}")
    return 0


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
